#include "port.h"
#include "say.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TRIES 20

/* Binds a socket to port (0: any) of 127.0.0.1, and lets it go.  The port, or
 * -1 and errno. */
static int
try_bind(int type, unsigned port)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t size = sizeof(at);
	int fd, rc = -1, saved;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	at.sin_port = htons((uint16_t)port);
	fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
	    getsockname(fd, (struct sockaddr *)&at, &size) == 0)
		rc = ntohs(at.sin_port);
	saved = errno;
	(void)close(fd);
	errno = saved;
	return rc;
}

unsigned
port_free(void)
{
	int port = -1;

	for (int i = 0; i < TRIES; i++) {
		port = try_bind(SOCK_STREAM, 0);
		if (port == -1)
			break;
		if (try_bind(SOCK_DGRAM, (unsigned)port) == port)
			return (unsigned)port;
	}
	say("127.0.0.1: no free port: %s", strerror(errno));
	return 0;
}
