#include "stamps.h"

static const char *const names[PLACE_DATA][4] = {
	{ "principal-dev", "principal-ino", "principal-size",
	    "principal-mtime" },
	{ "policy-dev", "policy-ino", "policy-size", "policy-mtime" },
};

void
stamps_put(struct text_out *o, const struct stamp *s)
{
	for (int i = 0; i < PLACE_DATA; i++) {
		text_put_u64(o, names[i][0], s->file[i].dev);
		text_put_u64(o, names[i][1], s->file[i].ino);
		text_put_u64(o, names[i][2], s->file[i].size);
		text_put_u64(o, names[i][3], (uint64_t)s->file[i].mtime);
	}
	text_put_u64(o, "read", (uint64_t)s->read);
}

void
stamps_get(struct text_in *in, struct stamp *s)
{
	uint64_t v[4], read;

	for (int i = 0; i < PLACE_DATA; i++) {
		for (int j = 0; j < 4; j++)
			text_get_u64(in, names[i][j], &v[j], INT64_MAX);
		s->file[i].dev = v[0];
		s->file[i].ino = v[1];
		s->file[i].size = v[2];
		s->file[i].mtime = (int64_t)v[3];
	}
	text_get_u64(in, "read", &read, INT64_MAX);
	s->read = (int64_t)read;
}
