#include "shelf.h"

#include "../sys/file.h"
#include "../sys/newfile.h"
#include "../sys/say.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What makes one bundle another. */
struct want {
	struct digest has; /* zeros: nothing that helps */
	bool full, grant;
};

struct shelf_item {
	struct parcel parcel;
	struct want want;
};

static int
write_out(const struct shelf *f, const struct pack *k, struct parcel *p)
{
	int64_t size;

	p->fd = newfile_scratch(f->state->dir);
	if (p->fd == -1 || pack_write(k, f->state, f->now, p->fd) == -1)
		return -1;
	size = file_size(p->fd, "bundle");
	if (size == -1)
		return -1;
	p->size = (uint64_t)size;
	p->kind = k->kind;
	pack_words(k, p->words);
	return 0;
}

static struct shelf_item *
find(const struct shelf *f, const struct want *want)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct want *w = &f->item[i]->want;

		if (w->full == want->full && w->grant == want->grant &&
		    digest_equal(&w->has, &want->has))
			return f->item[i];
	}
	return NULL;
}

static void
drop(struct shelf_item *item)
{
	if (item->parcel.fd != -1)
		(void)close(item->parcel.fd);
	free(item);
}

/* Makes room for one more: 0 or -1. */
static int
grow(struct shelf *f)
{
	struct shelf_item **more =
	    realloc(f->item, (f->n + 1) * sizeof(struct shelf_item *));

	if (more == NULL)
		return -1;
	f->item = more;
	return 0;
}

static struct shelf_item *
make(struct shelf *f, const struct pack *k, const struct want *want)
{
	struct shelf_item *item = calloc(1, sizeof(*item));

	if (item == NULL || grow(f) == -1) {
		say("no memory for a bundle");
		free(item);
		return NULL;
	}
	item->parcel.fd = -1;
	item->want = *want;
	if (write_out(f, k, &item->parcel) == -1) {
		drop(item);
		return NULL;
	}
	f->item[f->n++] = item;
	return item;
}

const struct parcel *
shelf_get(struct shelf *f, const struct digest *has, bool full, bool grant)
{
	static const struct digest none;
	struct want want = { .has = full || has == NULL ? none : *has,
		.full = full,
		.grant = grant };
	struct shelf_item *item = find(f, &want);
	struct pack k;

	if (item != NULL)
		return &item->parcel;
	if (pack_choose(f->state, f->now, has, full, &k) == 0) {
		k.grant = grant;
		/* Whoever has what leads nowhere needs the same as who has
		 * nothing: a disk full of dumps would be made of them. */
		if (k.kind == PACK_FULL) {
			want.has = none;
			item = find(f, &want);
		}
		if (item == NULL)
			item = make(f, &k, &want);
	}
	pack_release(&k);
	/* A later run may have taken a delta away meanwhile. */
	if (item == NULL && has != NULL && k.kind == PACK_DELTA)
		return shelf_get(f, NULL, false, grant);
	return item == NULL ? NULL : &item->parcel;
}

void
shelf_release(struct shelf *f)
{
	for (size_t i = 0; i < f->n; i++)
		drop(f->item[i]);
	free(f->item);
	f->item = NULL;
	f->n = 0;
}
