#include "boot.h"

#include "file.h"

#include <string.h>
#include <unistd.h>

#define TEXT 36 /* a UUID */

int
boot_id(char id[BOOT_ID])
{
	ssize_t n;
	int fd = file_open("/proc/sys/kernel/random/boot_id");

	if (fd == -1)
		return -1;
	n = read(fd, id, TEXT);
	(void)close(fd);
	if (n != TEXT)
		return -1;
	id[TEXT] = '\0';
	return strspn(id, "0123456789abcdef-") == TEXT ? 0 : -1;
}
