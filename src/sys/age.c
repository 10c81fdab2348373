#include "age.h"
#include "file.h"
#include "proc.h"
#include "say.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define DEADLINE_MS (2 * 60 * 1000)
#define MORE_MAX (256 * 1024) /* of the header, and of what it says */

static bool
begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static bool
is_key(const char *recipient)
{
	return begins(recipient, "age1") || begins(recipient, "ssh-");
}

int
age_check(const char *recipient)
{
	int fd;

	if (strncasecmp(recipient, "AGE-SECRET-KEY-", 15) == 0) {
		say("--recipient: that is a secret key, and whoever lists "
		    "processes has seen it; make another, and give what "
		    "age-keygen -y prints");
		return -1;
	}
	if (is_key(recipient))
		return 0;
	/* age would take "-" for its own stdin, which is the plain text. */
	fd = file_open(recipient);
	if (fd == -1) {
		if (errno == ENOENT)
			say("--recipient %s: no such file, and not the public "
			    "key of age or ssh",
			    recipient);
		return -1;
	}
	(void)close(fd);
	return 0;
}

/* "age: error: ..." */
static void
tell(const struct bytes *err, const char *advice)
{
	const char *line = err->p, mark[] = "error: ", *at;
	size_t n = 0;

	while (n < err->len && err->p[n] != '\n')
		n++;
	at = n == 0 ? NULL : memmem(line, n, mark, strlen(mark));
	if (at != NULL) {
		at += strlen(mark);
		n -= (size_t)(at - line);
		line = at;
	}
	say("age: %.*s; %s", (int)n, n == 0 ? "" : line, advice);
}

static int
run(const char *const argv[], struct span in, struct bytes *out,
    const char *advice)
{
	struct bytes err = BYTES_NONE, unheard = BYTES_NONE;
	char why[200];
	int rc;

	say_capture(&unheard);
	rc =
	    proc_run(argv, NULL, in, out, &err, in.len + MORE_MAX, DEADLINE_MS);
	say_capture(NULL);
	if (rc == -1) {
		say_last(why, sizeof(why));
		say("%s; is the package age installed?", why);
	} else if (rc > 0) {
		tell(&err, advice);
	}
	bytes_release(&err);
	bytes_release(&unheard);
	return rc == 0 ? 0 : -1;
}

int
age_encrypt(struct span plain, const char *const *recipient, size_t n,
    struct bytes *out)
{
	size_t was = out->len, argc = 0;
	const char **argv = calloc(2 * n + 3, sizeof(*argv));
	int rc;

	if (argv == NULL) {
		say("no memory for %zu recipients", n);
		return -1;
	}
	argv[argc++] = "age";
	argv[argc++] = "--encrypt";
	for (size_t i = 0; i < n; i++) {
		argv[argc++] = is_key(recipient[i]) ? "-r" : "-R";
		argv[argc++] = recipient[i];
	}
	rc =
	    run(argv, plain, out, "nothing was encrypted; look at --recipient");
	free(argv);
	/* An exit status is a hint. */
	if (rc == 0 &&
	    age_recipients((struct span){ out->p + was, out->len - was }) ==
		0) {
		say("age: what it printed is not encrypted; is it age 1.0 or "
		    "later?");
		rc = -1;
	}
	return rc;
}

int
age_decrypt(struct span text, const char *identity, struct bytes *plain)
{
	const char *const argv[] = { "age", "--decrypt", "--identity", identity,
		NULL };
	int fd = file_open(identity);

	/* age would take "-" for its own stdin. */
	if (fd == -1) {
		if (errno == ENOENT)
			say("--identity %s: no such file", identity);
		return -1;
	}
	(void)close(fd);
	return run(argv, text, plain,
	    "nothing was decrypted; --identity names the secret key of one "
	    "of its recipients");
}

/* Takes a line, its newline included; an empty span when there is none. */
static struct span
take_line(struct span *s)
{
	const char *end = s->len == 0 ? NULL : memchr(s->p, '\n', s->len);
	struct span line = { s->p, 0 };

	if (end == NULL)
		return line;
	line.len = (size_t)(end - s->p) + 1;
	s->p += line.len;
	s->len -= line.len;
	return line;
}

static bool
line_begins(struct span line, const char *with)
{
	return line.len >= strlen(with) &&
	    memcmp(line.p, with, strlen(with)) == 0;
}

/* age-encryption.org/v1: one stanza, "-> TYPE ...", for each recipient, then
 * "--- MAC".  Stanzas of a type that ends with "-grease" are for nobody. */
unsigned
age_recipients(struct span text)
{
	struct span line = take_line(&text);
	unsigned n = 0;

	if (!line_begins(line, "age-encryption.org/v1\n"))
		return 0;
	while ((line = take_line(&text)).len > 0) {
		if (line_begins(line, "--- "))
			return n;
		if (line_begins(line, "-> ") &&
		    memmem(line.p, line.len, "-grease", 7) == NULL)
			n++;
	}
	return 0;
}
