#include "swap.h"

#include "shadow.h"

#include "../../sys/newfile.h"
#include "../../sys/proc.h"
#include "../../sys/retired.h"
#include "../kdb/fill.h"
#include "../kdb/late.h"

#include <stdio.h>

/* What the swap needs, looked up before the locks are taken. */
struct ready {
	struct late late;
	bool pages; /* late can be used */
	struct retired old[PLACE_DATA];
};
#define READY_NONE                                                             \
	{                                                                      \
		.late = LATE_NONE, .old = { RETIRED_NONE, RETIRED_NONE }       \
	}

/* Through libkdb5, record by record, and another proof: what a hash database
 * needs. */
static int
copy_late(struct install *in)
{
	char dir[PATH_MAX + 8], late[PATH_MAX];
	struct stamp now;
	int rc;

	if (snprintf(dir, sizeof(dir), "%s/late", in->place->room) >= PATH_MAX)
		return -1;
	rc = files_copy_locked(in->place->db, dir, late, &now);
	if (rc == 0)
		rc = fill_late(in->place, in->shadow, late, &in->r->late);
	(void)newfile_remove_dir(dir);
	/* libkdb5 swallows a failed write: what was touched is proved again. */
	if (rc == 0 && in->r->late > 0 && shadow_prove(in) != VERDICT_SEALED)
		rc = -1;
	return rc;
}

/* Counters that the KDC wrote since the copy; both locks are held. */
static int
take_late(struct install *in, struct ready *r)
{
	struct stamp now;
	int rc = 1;

	if (!in->usable)
		return 0;
	if (stamp_read(in->place->db, &now) == -1)
		return -1;
	if (stamp_equal(&now, &in->old.stamp) && stamp_settled(&in->old.stamp))
		return 0;
	if (r->pages && stamp_same_files(&now, &in->old.stamp)) {
		rc = late_merge(&r->late);
		in->r->late = r->late.n;
	}
	return rc == 1 ? copy_late(in) : rc;
}

/* Policies first: a principal may name a new policy. */
static int
move(struct install *in)
{
	static const enum place_file order[PLACE_DATA] = { PLACE_POLICIES,
		PLACE_PRINCIPALS };
	char from[PATH_MAX], to[PATH_MAX];
	int rc;

	in->kept = true;
	for (int i = 0; i < PLACE_DATA; i++) {
		if (!in->changed[order[i]])
			continue;
		place_path(in->shadow, order[i], from);
		place_path(in->place->db, order[i], to);
		rc = newfile_exchange(from, to);
		if (rc == 1) {
			in->kept = false;
			rc = newfile_move(from, to);
		}
		if (rc == -1)
			return -1;
	}
	return newfile_flush_dir(in->place->db_dir);
}

/* The blocks of the old files are freed behind the locks. */
static int
get_ready(struct install *in, struct ready *r)
{
	char path[PATH_MAX];
	int rc = 1;

	for (int i = 0; i < PLACE_DATA; i++) {
		place_path(in->place->db, (enum place_file)i, path);
		if (in->changed[i])
			retired_open(path, &r->old[i]);
	}
	if (in->usable)
		rc = late_open(&r->late, in->place->db,
		    in->changes == NULL ? in->old.db : NULL, in->shadow);
	r->pages = rc == 0;
	return rc == -1 ? -1 : 0;
}

static enum verdict_outcome
swap_ready(struct install *in, struct ready *r)
{
	struct files_lock l = FILES_UNLOCKED;
	int rc;

	rc = files_lock(in->place->db, LOCK_EXCLUSIVE, true,
	    (int)(in->cf->lock_wait * 1000), &l);
	if (rc != 0)
		return rc == LOCK_BUSY ? VERDICT_BUSY : VERDICT_FAILED;
	rc = take_late(in, r);
	if (rc == 0)
		rc = shadow_flush(in);
	if (rc == 0)
		rc = move(in);
	if (rc == 0)
		rc = stamp_read(in->place->db, &in->swapped);
	files_unlock(&l);
	in->unlocked = proc_now();
	in->r->lock_ms = in->unlocked - l.since;
	return rc == 0 ? VERDICT_SEALED : VERDICT_FAILED;
}

enum verdict_outcome
swap(struct install *in)
{
	struct ready r = READY_NONE;
	enum verdict_outcome o = VERDICT_FAILED;

	if (get_ready(in, &r) == 0)
		o = swap_ready(in, &r);
	late_close(&r.late);
	for (int i = 0; i < PLACE_DATA; i++)
		retired_free(&r.old[i]);
	return o;
}
