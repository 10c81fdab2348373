/* Goal of this test: a port that is free can be bound, for TCP and UDP. */

#include "scratch.h"

#include "sys/port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static int
take(int type, unsigned port)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	at.sin_port = htons((uint16_t)port);
	assert_int_not_equal(fd, -1);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

static void
free_ones(void **state)
{
	int fd[64];

	(void)state;
	/* All held at once: each is another. */
	for (size_t i = 0; i < 64; i += 2) {
		unsigned port = port_free();

		assert_in_range(port, 1024, 65535);
		fd[i] = take(SOCK_STREAM, port);
		fd[i + 1] = take(SOCK_DGRAM, port);
		assert_int_equal(listen(fd[i], 1), 0);
	}
	for (size_t i = 0; i < 64; i++)
		close(fd[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(free_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
