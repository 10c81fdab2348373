#include "swap.h"

#include "shadow.h"

#include "../../sys/newfile.h"
#include "../../sys/proc.h"
#include "../../sys/retired.h"
#include "../kdb/fill.h"
#include "../kdb/late.h"

#include <stdio.h>

#define NOT_READY 2 /* beside LOCK_BUSY */

/* What the swap needs, looked up before the locks are taken. */
struct ready {
	struct late late; /* once the live database moved since the copy */
	bool open;
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

/* Did the KDC write since the copy?  1, 0, -1; both locks are held. */
static int
moved(const struct install *in, struct stamp *now)
{
	if (!in->usable)
		return 0;
	if (stamp_read(in->place->db, now) == -1)
		return -1;
	return !stamp_equal(now, &in->old.stamp) ||
	    !stamp_settled(&in->old.stamp);
}

/* The counters that it wrote; both locks are held. */
static int
take_late(struct install *in, struct ready *r, const struct stamp *now)
{
	int rc = 1;

	if (r->pages && stamp_same_files(now, &in->old.stamp)) {
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
		stamp_age(from);
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
static void
open_old(const struct install *in, struct ready *r)
{
	char path[PATH_MAX];

	for (int i = 0; i < PLACE_DATA; i++) {
		place_path(in->place->db, (enum place_file)i, path);
		if (in->changed[i])
			retired_open(path, &r->old[i]);
	}
}

/* Reads both databases in, which nobody should wait for. */
static int
get_ready(struct install *in, struct ready *r)
{
	int rc = late_open(&r->late, in->place->db,
	    in->changes == NULL ? in->old.db : NULL, in->shadow);

	r->open = true;
	r->pages = rc == 0;
	return rc == -1 ? -1 : 0;
}

/* With the locks.  NOT_READY for what was written since the copy. */
static int
swap_locked(struct install *in, struct ready *r)
{
	struct stamp now;
	int rc = moved(in, &now);

	if (rc == 1 && !r->open)
		return NOT_READY;
	if (rc == 1)
		rc = take_late(in, r, &now);
	if (rc == 0)
		rc = shadow_flush(in);
	if (rc == 0)
		rc = move(in);
	if (rc == 0)
		rc = stamp_read(in->place->db, &in->swapped);
	return rc;
}

/* As swap_locked; LOCK_BUSY. */
static int
lock_and_swap(struct install *in, struct ready *r)
{
	struct files_lock l = FILES_UNLOCKED;
	int rc = files_lock(in->place->db, LOCK_EXCLUSIVE, true,
	    (int)(in->cf->lock_wait * 1000), &l);

	if (rc != 0)
		return rc;
	rc = swap_locked(in, r);
	files_unlock(&l);
	in->unlocked = proc_now();
	in->r->lock_ms = in->unlocked - l.since;
	return rc;
}

static enum verdict_outcome
swap_ready(struct install *in, struct ready *r)
{
	int rc = lock_and_swap(in, r);

	if (rc == NOT_READY)
		rc = get_ready(in, r) == 0 ? lock_and_swap(in, r) : -1;
	if (rc == LOCK_BUSY)
		return VERDICT_BUSY;
	return rc == 0 ? VERDICT_SEALED : VERDICT_FAILED;
}

enum verdict_outcome
swap(struct install *in)
{
	struct ready r = READY_NONE;
	enum verdict_outcome o;

	open_old(in, &r);
	o = swap_ready(in, &r);
	late_close(&r.late);
	for (int i = 0; i < PLACE_DATA; i++)
		retired_free(&r.old[i]);
	return o;
}
