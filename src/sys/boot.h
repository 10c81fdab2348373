#ifndef KDCSYNC_BOOT_H
#define KDCSYNC_BOOT_H

/* Which life of the kernel this is: what was written and not flushed can be told
 * apart from what a power cut took back. */
#define BOOT_ID 40			/* bytes of its name and a NUL */

/* 0; -1, not said: the kernel does not tell. */
int	boot_id(char id[BOOT_ID]);

#endif
