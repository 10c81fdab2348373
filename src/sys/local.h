#ifndef KDCSYNC_LOCAL_H
#define KDCSYNC_LOCAL_H

/* Unix sockets: the line between two programs on one host. */

/* Connects to the one that somebody listens on at path.  The descriptor, or -1,
 * not said: errno tells. */
int	local_connect(const char *path);

/* Nothing more will be written to fd: its reader comes to an end.  A descriptor
 * that is no socket is left alone. */
void	local_end(int fd);

#endif
