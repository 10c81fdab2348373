#include "swap.h"

#include "shadow.h"

#include "../../sys/newfile.h"
#include "../../sys/proc.h"
#include "../kdb/fill.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* Counters that the KDC wrote since the copy; both locks are held. */
static int
take_late(struct install *in)
{
	char dir[PATH_MAX + 8], late[PATH_MAX];
	struct stamp now;
	int rc;

	if (!in->usable)
		return 0;
	if (stamp_read(in->place->db, &now) == -1)
		return -1;
	if (stamp_equal(&now, &in->old.stamp) && stamp_settled(&in->old.stamp))
		return 0;
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

/* Policies first: a principal may name a new policy. */
static int
move(struct install *in, int keep[PLACE_DATA])
{
	static const enum place_file order[PLACE_DATA] = { PLACE_POLICIES,
		PLACE_PRINCIPALS };
	char from[PATH_MAX], to[PATH_MAX];

	for (int i = 0; i < PLACE_DATA; i++) {
		if (!in->changed[order[i]])
			continue;
		place_path(in->shadow, order[i], from);
		place_path(in->place->db, order[i], to);
		/* Held open, so that the rename does not have to free the old
		 * file's blocks under the locks. */
		keep[i] = open(to, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		if (newfile_move(from, to) == -1)
			return -1;
	}
	return newfile_flush_dir(in->place->db_dir);
}

enum verdict_outcome
swap(struct install *in)
{
	struct files_lock l = FILES_UNLOCKED;
	int keep[PLACE_DATA] = { -1, -1 };
	int rc;

	rc = files_lock(in->place->db, LOCK_EXCLUSIVE, true,
	    (int)(in->cf->lock_wait * 1000), &l);
	if (rc != 0)
		return rc == LOCK_BUSY ? VERDICT_BUSY : VERDICT_FAILED;
	rc = take_late(in);
	if (rc == 0)
		rc = shadow_flush(in);
	if (rc == 0)
		rc = move(in, keep);
	if (rc == 0)
		rc = stamp_read(in->place->db, &in->swapped);
	files_unlock(&l);
	in->r->lock_ms = proc_now() - l.since;
	for (int i = 0; i < PLACE_DATA; i++)
		if (keep[i] != -1)
			(void)close(keep[i]);
	return rc == 0 ? VERDICT_SEALED : VERDICT_FAILED;
}
