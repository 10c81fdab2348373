#include "foreign.h"

#include "../../format/dump.h"
#include "../../sys/file.h"
#include "../../sys/say.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static int
on_change(void *arg, enum dump_change what, enum dump_line kind,
    struct span name, struct span sealed, struct span live)
{
	static const char *const word[] = { "added", "removed", "changed" };

	(void)sealed;
	(void)live;
	*(uint64_t *)arg += 1;
	say_debug("%s %s here: %.*s",
	    kind == DUMP_PRINC ? "principal" : "policy", word[what],
	    (int)name.len, name.p);
	return 0;
}

/* How many records differ from the sealed dump; 0 when that cannot tell. */
static uint64_t
count(const struct install *in, const struct digest *sealed)
{
	struct span was = { NULL, 0 }, live = { NULL, 0 };
	char path[PATH_MAX];
	struct digest d;
	uint64_t n = 0;
	int fd;

	state_dump(in->state, sealed, path);
	fd = file_open(path);
	if (fd == -1)
		return 0;
	if (file_digest(fd, path, &d) == -1 || !digest_equal(&d, sealed) ||
	    file_map(fd, path, &was) == -1 ||
	    file_map(in->old.dump, "dump", &live) == -1 ||
	    dump_diff(was, live, on_change, &n) == -1)
		n = 0;
	file_unmap(&was);
	file_unmap(&live);
	(void)close(fd);
	return n;
}

static void
tell(const struct install *in, const struct manifest *was)
{
	uint64_t n = count(in, &was->dump.digest);
	char records[64] = "";

	if (n > 0)
		(void)snprintf(records, sizeof(records),
		    "%" PRIu64 " record%s ", n, n == 1 ? "" : "s");
	say("%s: not what was sealed as generation %" PRIu64 ".%" PRIu64
	    ": %saltered, or changed on this replica; replaced (-d names the "
	    "records); changes belong on the primary",
	    in->place->db, was->epoch, was->generation, records);
}

void
foreign_tell(const struct install *in)
{
	struct seal was;
	char path[PATH_MAX], next[PATH_MAX];

	state_path(in->state, STATE_SEAL, path);
	state_path(in->state, STATE_SEAL_NEXT, next);
	/* Our own half-done swap, or a KDC's late write, is nobody's doing. */
	if (access(next, F_OK) == 0 || in->r->shadows > 0 ||
	    seal_read(path, &was) != 1)
		return;
	if (!digest_equal(&was.m.dump.digest, &in->old.e.facts.digest))
		tell(in, &was.m);
	seal_release(&was);
}
