#include "pack.h"

#include "../sys/archive.h"
#include "../sys/file.h"
#include "../store/generation.h"

#include <unistd.h>

const char *
pack_word(enum pack_kind kind)
{
	static const char *const word[] = { "heartbeat", "delta", "full dump" };

	return word[kind];
}

int
pack_choose(const struct state *s, const struct seal *now,
    const struct digest *has, bool full, struct pack *k)
{
	char dir[PATH_MAX];
	int64_t size;

	*k = (struct pack)PACK_NONE;
	if (has != NULL && !full && digest_equal(has, &now->m.dump.digest)) {
		k->kind = PACK_HEARTBEAT;
		return 0;
	}
	generation_dir(s, now->m.epoch, now->m.generation, dir);
	if (has != NULL && !full) {
		k->payload = generation_open_delta(dir, has);
		bundle_name(BUNDLE_DELTA, has, k->name);
		k->kind = PACK_DELTA;
	}
	/* Whoever asks for the whole dump may have got a damaged one. */
	if (full)
		generation_drop_full(dir);
	if (k->payload == -1) {
		k->payload = generation_open_full(dir);
		bundle_name(BUNDLE_DUMP, &now->m.dump.digest, k->name);
		k->kind = PACK_FULL;
	}
	if (k->payload == -1)
		return -1;
	size = file_size(k->payload, k->name);
	k->size = (uint64_t)size;
	return size == -1 ? -1 : 0;
}

int
pack_write(const struct pack *k, const struct seal *now,
    int (*write_fn)(void *, const void *, size_t), void *arg)
{
	struct archive_out *a = archive_create_fn(write_fn, arg, "bundle");
	int64_t t = now->m.as_of;

	if (a == NULL)
		return -1;
	if (archive_put(a, "manifest", t, now->text.p, now->text.len) == -1 ||
	    archive_put(a, "manifest.sig", t, now->sig.p, now->sig.len) == -1 ||
	    (k->payload != -1 &&
		archive_put_fd(a, k->name, t, k->payload, k->size) == -1)) {
		archive_drop(a);
		return -1;
	}
	return archive_finish(a);
}

void
pack_release(struct pack *k)
{
	if (k->payload != -1)
		(void)close(k->payload);
	*k = (struct pack)PACK_NONE;
}
