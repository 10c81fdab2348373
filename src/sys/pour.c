#include "pour.h"

#include "say.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE 4096
#define BUFFER (128 * 1024)

static int
write_at(int fd, const char *p, size_t n, uint64_t at)
{
	ssize_t put;

	while (n > 0) {
		put = pwrite(fd, p, n, (off_t)at);
		if (put == -1 && errno == EINTR)
			continue;
		if (put == -1)
			return -1;
		p += put;
		n -= (size_t)put;
		at += (uint64_t)put;
	}
	return 0;
}

int
pour(int fd, const char *name, struct span from, uint64_t at, struct outward *o)
{
	char *buffer = aligned_alloc(PAGE, BUFFER);
	size_t odd, n;
	int rc = buffer == NULL ? -1 : 0;

	for (; from.len > 0 && rc == 0; at += n) {
		odd = at % PAGE;
		n = from.len < BUFFER - odd ? from.len : BUFFER - odd;
		memcpy(buffer + odd, from.p, n);
		rc = write_at(fd, buffer + odd, n, at);
		from.p += n;
		from.len -= n;
		if (o != NULL && rc == 0)
			outward_begin(o, fd, at + n);
	}
	if (o != NULL && rc == 0)
		outward_end(o, fd, at);
	if (rc == -1)
		say("%s: write: %s", name, strerror(errno));
	if (buffer != NULL)
		explicit_bzero(buffer, BUFFER);
	free(buffer);
	return rc;
}
