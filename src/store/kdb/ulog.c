#include "ulog.h"

#include "../../sys/newfile.h"
#include "../../sys/proc.h"
#include "../../sys/say.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define DEADLINE_MS (60 * 1000)
#define PRINTED_MAX (64 * 1024)

bool
ulog_exists(const struct place *p)
{
	struct stat st;

	return p->ulog[0] != '\0' && lstat(p->ulog, &st) == 0;
}

static int
run(const char *option, struct bytes *out)
{
	const char *argv[] = { "kproplog", option, NULL };

	return proc_run(argv, NULL, (struct span){ NULL, 0 }, out, NULL,
	    PRINTED_MAX, DEADLINE_MS);
}

/* kproplog(8) takes no file and no realm: it has that of the default realm. */
static bool
is_its(const struct place *p, const struct bytes *said)
{
	char mark[PATH_MAX + 2];
	int n = snprintf(mark, sizeof(mark), "(%s)", p->ulog);

	return said->len > 0 &&
	    memmem(said->p, said->len, mark, (size_t)n) != NULL;
}

int
ulog_reset(const struct place *p, bool open)
{
	struct bytes said = BYTES_NONE;
	int rc = -1;

	if (!ulog_exists(p))
		return 0;
	if (!open)
		return newfile_remove(p->ulog);
	if (run("-h", &said) == 0 && is_its(p, &said))
		rc = run("-R", &said);
	bytes_release(&said);
	if (rc == 0)
		return 0;
	say("%s: kproplog -R does not reset it; stop kadmind, remove that "
	    "file, "
	    "then start kadmind",
	    p->ulog);
	return -1;
}
