#include "say.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

/* A line of ours is some hundred bytes; a longer one is cut, with "...". */
#define TEXT_MAX 2048
#define LINE_MAX_BYTES (4 * TEXT_MAX + 128)

/* A terminal that was stopped, or a reader that hangs, must not stop us for
 * ever: locks are held, and others wait. */
#define DEAF_MS 10000

enum { ERR = 3, INFO = 6, DEBUG = 7 }; /* syslog(3)'s numbers */

static char program[64] = "kdcsync";
static char last[LINE_MAX_BYTES];
static bool is_quiet, is_debug;
static struct bytes *captured;
static void (*before)(void);

void
say_program(const char *name)
{
	(void)snprintf(program, sizeof(program), "%s", name);
}

void
say_level(bool quiet, bool debug)
{
	is_quiet = quiet;
	is_debug = debug;
}

/* systemd.exec(5): compare, do not only look whether it is set; a shell in a
 * service inherits it with a stderr of its own. */
static bool
to_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat st;
	char own[64];

	if (stream == NULL || fstat(STDERR_FILENO, &st) == -1)
		return false;
	(void)snprintf(own, sizeof(own), "%llu:%llu",
	    (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	return strcmp(stream, own) == 0;
}

/* Formats into out, which has room for four times TEXT_MAX: the length. */
static size_t __attribute__((format(printf, 2, 0)))
format(char *out, const char *fmt, va_list ap)
{
	static const char hex[] = "0123456789abcdef";
	char text[TEXT_MAX];
	size_t n = 0;
	int want;

	want = vsnprintf(text, sizeof(text), fmt, ap);
	if (want < 0)
		(void)snprintf(text, sizeof(text), "(no memory for a message)");
	else if ((size_t)want >= sizeof(text))
		memcpy(text + sizeof(text) - 4, "...", 4);
	for (const char *p = text; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;

		if (c >= 0x20 && c < 0x7f) {
			out[n++] = *p;
			continue;
		}
		out[n++] = '\\';
		out[n++] = 'x';
		out[n++] = hex[c >> 4];
		out[n++] = hex[c & 15];
	}
	out[n] = '\0';
	return n;
}

/* Does stderr take a line?  Who once was deaf is not waited for again. */
static bool
is_heard(void)
{
	static int wait_ms = DEAF_MS;
	struct pollfd one = { STDERR_FILENO, POLLOUT, 0 };
	int n;

	do
		n = poll(&one, 1, wait_ms);
	while (n == -1 && errno == EINTR);
	wait_ms = n == 0 ? 0 : DEAF_MS;
	return n != 0;
}

/* One write a line, so that lines of several processes do not mix. */
static void
put(int level, const char *text, size_t len)
{
	char line[LINE_MAX_BYTES + 96];
	size_t n = 0;
	ssize_t done;

	if (captured == NULL && !is_heard())
		return;
	if (captured == NULL && before != NULL)
		before();
	if (captured == NULL && to_journal()) {
		line[n++] = '<';
		line[n++] = (char)('0' + level);
		line[n++] = '>';
	}
	n += (size_t)snprintf(line + n, sizeof(line) - n, "%s: ", program);
	memcpy(line + n, text, len);
	n += len;
	line[n++] = '\n';
	/* Without memory for it, it is better printed than lost. */
	if (captured != NULL && bytes_add(captured, line, n) == 0)
		return;
	do
		done = write(STDERR_FILENO, line, n);
	while (done == -1 && errno == EINTR);
}

static void __attribute__((format(printf, 2, 0)))
say_at(int level, const char *fmt, va_list ap)
{
	char text[LINE_MAX_BYTES];
	int saved = errno;
	size_t len;

	len = format(text, fmt, ap);
	/* A damaged file is met by each step that reads it: one line will do. */
	if (level != ERR || strcmp(last, text) != 0)
		put(level, text, len);
	if (level == ERR)
		memcpy(last, text, len + 1);
	errno = saved;
}

void
say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_at(ERR, fmt, ap);
	va_end(ap);
}

void
say_info(const char *fmt, ...)
{
	va_list ap;

	if (is_quiet)
		return;
	va_start(ap, fmt);
	say_at(INFO, fmt, ap);
	va_end(ap);
}

void
say_debug(const char *fmt, ...)
{
	va_list ap;

	if (!is_debug)
		return;
	va_start(ap, fmt);
	say_at(DEBUG, fmt, ap);
	va_end(ap);
}

struct bytes *
say_capture(struct bytes *to)
{
	struct bytes *was = captured;

	captured = to;
	return was;
}

void
say_again(struct span said)
{
	const size_t prefix = strlen(program) + 2;
	const char *end;

	while ((end = memchr(said.p, '\n', said.len)) != NULL) {
		size_t len = (size_t)(end - said.p);

		if (len > prefix)
			put(ERR, said.p + prefix, len - prefix);
		said.p += len + 1;
		said.len -= len + 1;
	}
}

void
say_before(void (*fn)(void))
{
	before = fn;
}

void
say_last(char *text, unsigned long size)
{
	(void)snprintf(text, size, "%s", last);
}
