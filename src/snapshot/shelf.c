#include "shelf.h"

#include "../sys/file.h"
#include "../sys/newfile.h"
#include "../sys/say.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct shelf_item {
	struct parcel parcel;
	struct digest has; /* zeros: nothing */
	bool full;
};

static int
make(const struct shelf *f, const struct digest *has, bool full,
    struct parcel *p)
{
	struct pack k;
	int64_t size;
	int rc = -1;

	if (pack_choose(f->state, f->now, has, full, &k) == -1)
		goto out;
	p->fd = newfile_scratch(f->state->dir);
	if (p->fd == -1 || pack_write(&k, f->state, f->now, p->fd) == -1)
		goto out;
	size = file_size(p->fd, "bundle");
	if (size == -1)
		goto out;
	p->size = (uint64_t)size;
	p->kind = k.kind;
	pack_words(&k, p->words);
	rc = 0;
out:
	pack_release(&k);
	return rc;
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

const struct parcel *
shelf_get(struct shelf *f, const struct digest *has, bool full)
{
	static const struct digest none;
	struct shelf_item *item;

	if (full || has == NULL)
		has = &none;
	item = find(f, has, full);
	if (item != NULL)
		return &item->parcel;
	item = calloc(1, sizeof(*item));
	if (item == NULL || grow(f) == -1) {
		say("no memory for a bundle");
		free(item);
		return NULL;
	}
	item->parcel.fd = -1;
	item->full = full;
	item->has = *has;
	if (make(f, has == &none ? NULL : has, full, &item->parcel) == -1) {
		drop(item);
		return NULL;
	}
	f->item[f->n++] = item;
	return &item->parcel;
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
