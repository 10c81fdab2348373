#include "dry.h"

#include "job.h"

#include "../format/dump.h"
#include "../sys/file.h"
#include "../store/live/live_copy.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static int
print_change(void *arg, enum dump_change what, enum dump_line kind,
    struct span name, struct span from, struct span to)
{
	static const char *const word[] = { "add", "remove", "change" };

	(void)from;
	(void)to;
	printf("%s %s %.*s\n", word[what],
	    kind == DUMP_PRINC ? "principal" : "policy", (int)name.len, name.p);
	*(uint64_t *)arg += 1;
	return 0;
}

static int
print_difference(struct job *j, int new_dump)
{
	static const struct span nothing = { DUMP_HEADER,
		sizeof(DUMP_HEADER) - 1 };
	struct live_copy c = LIVE_COPY_NONE;
	struct span from = { NULL, 0 }, to = { NULL, 0 };
	uint64_t n = 0;
	int rc = -1;

	if (files_exist(j->place->db) == PLACE_DATA &&
	    (live_copy_take(j->cf, j->place, "dry", EXAMINE_BEST, &c) != 0 ||
		file_map(c.dump, "dump", &from) == -1))
		goto out;
	if (file_map(new_dump, "dump", &to) == -1)
		goto out;
	rc = dump_diff(from.p == NULL ? nothing : from, to, print_change, &n);
	printf("%" PRIu64 " records differ; nothing was changed\n", n);
out:
	file_unmap(&from);
	file_unmap(&to);
	live_copy_drop(&c);
	return rc;
}

static enum verdict_outcome
run(struct job *j, const char *path)
{
	enum verdict_outcome o = job_open(j, path);
	int out;

	if (o != VERDICT_SEALED)
		return o;
	job_check_base(j);
	out = newfile_scratch(j->state->dir);
	if (out == -1)
		return VERDICT_FAILED;
	o = job_unpack(j, out);
	if (o == VERDICT_SEALED && !j->payload)
		printf("a heartbeat: nothing would change\n");
	else if (o == VERDICT_SEALED && print_difference(j, out) == -1)
		o = VERDICT_FAILED;
	(void)close(out);
	return o;
}

enum verdict_outcome
dry_run(const struct config *cf, const struct place *p, struct state *s,
    const char *path)
{
	struct job j;
	enum verdict_outcome o;
	int lock = -1, rc;

	rc = state_lock(s, "apply", JOB_LOCK_WAIT_MS, &lock);
	if (rc != 0)
		return rc == LOCK_BUSY ? VERDICT_BUSY : VERDICT_FAILED;
	job_begin(&j, cf, p, s);
	o = run(&j, path);
	job_release(&j);
	(void)close(lock);
	return o;
}
