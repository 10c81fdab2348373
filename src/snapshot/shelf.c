#include "shelf.h"

#include "../sys/file.h"
#include "../sys/newfile.h"
#include "../sys/say.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct shelf_item {
	struct parcel parcel;
	struct digest has; /* zeros: nothing that helps */
	bool full;
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
find(const struct shelf *f, const struct digest *has, bool full)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->item[i]->full == full &&
		    digest_equal(&f->item[i]->has, has))
			return f->item[i];
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
make(struct shelf *f, const struct pack *k, const struct digest *has, bool full)
{
	struct shelf_item *item = calloc(1, sizeof(*item));

	if (item == NULL || grow(f) == -1) {
		say("no memory for a bundle");
		free(item);
		return NULL;
	}
	item->parcel.fd = -1;
	item->full = full;
	item->has = *has;
	if (write_out(f, k, &item->parcel) == -1) {
		drop(item);
		return NULL;
	}
	f->item[f->n++] = item;
	return item;
}

const struct parcel *
shelf_get(struct shelf *f, const struct digest *has, bool full)
{
	static const struct digest none;
	const struct digest *key = full || has == NULL ? &none : has;
	struct shelf_item *item = find(f, key, full);
	struct pack k;

	if (item != NULL)
		return &item->parcel;
	if (pack_choose(f->state, f->now, has, full, &k) == 0) {
		/* Whoever has what leads nowhere needs the same as who has
		 * nothing: a disk full of dumps would be made of them. */
		if (k.kind == PACK_FULL) {
			key = &none;
			item = find(f, key, full);
		}
		if (item == NULL)
			item = make(f, &k, key, full);
	}
	pack_release(&k);
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
