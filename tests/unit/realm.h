#ifndef KDCSYNC_TEST_REALM_H
#define KDCSYNC_TEST_REALM_H

/* A throw-away database of MIT's, made and read through libkdb5 in this process:
 * for tests that need hundreds of them.  It has no master key. */

#include "scratch.h"

#include "format/record.h"
#include "store/kdb/entry.h"

#define REALM "UNIT.TEST"

struct realm {
	char dir[32];
	struct place p;		/* p.db: <dir>/principal */
};

static inline void
realm_make(struct realm *r)
{
	char path[64], text[256];
	int n;

	scratch_dir(r->dir);
	memset(&r->p, 0, sizeof(r->p));
	(void)snprintf(r->p.realm, sizeof(r->p.realm), REALM);
	(void)snprintf(r->p.db, sizeof(r->p.db), "%s/principal", r->dir);
	(void)snprintf(path, sizeof(path), "%s/krb5.conf", r->dir);
	n = snprintf(text, sizeof(text),
	    "[libdefaults]\n\tdefault_realm = " REALM "\n"
	    "[realms]\n\t" REALM " = {\n\t\tdatabase_name = %s\n\t}\n",
	    r->p.db);
	scratch_write(path, text, (size_t)n);
	setenv("KRB5_CONFIG", path, 1);
	setenv("KRB5_KDC_PROFILE", path, 1);
}

static inline void
realm_end(struct realm *r)
{
	scratch_tree(r->dir);
}

/* Away with the database: another takes its place. */
static inline void
realm_clear(const struct realm *r)
{
	char path[PATH_MAX];

	for (int i = 0; i < PLACE_FILES; i++) {
		place_path(r->p.db, (enum place_file)i, path);
		assert_int_equal(unlink(path), 0);
	}
}

/* The principals' file. */
static inline struct bytes
realm_file(const struct realm *r)
{
	int fd = open(r->p.db, O_RDONLY | O_CLOEXEC);
	struct bytes b = BYTES_NONE;
	size_t n;
	char *p = scratch_read(fd, &n);

	close(fd);
	assert_int_equal(bytes_add(&b, p, n), 0);
	free(p);
	return b;
}

/* A principal with one key and one tl_data of size bytes. */
static inline void
realm_put(krb5_context ctx, const char *name, size_t size, uint32_t seed)
{
	static char data[40000];
	struct tl tl[2];
	struct key key = { .ver = 1, .kvno = (uint16_t)(1 + seed % 3) };
	struct princ p = { .name = { name, strlen(name) }, .tl = tl,
		.n_tl = 2, .key = &key, .n_key = 1 };

	assert_in_range(size + 62, 62, sizeof(data));
	scratch_noise(data, size + 62, seed);
	tl[0] = (struct tl){ 1, 4, (const uint8_t *)data };
	tl[1] = (struct tl){ 11, (uint16_t)size, (const uint8_t *)data };
	key.part[0].type = 18;
	key.part[0].len = 62;
	key.part[0].data = (const uint8_t *)data + size;
	p.last_success = seed;
	assert_int_equal(entry_put_princ(ctx, &p), 0);
}

static inline void
realm_delete(krb5_context ctx, const char *name)
{
	krb5_principal princ = NULL;

	assert_int_equal(krb5_parse_name(ctx, name, &princ), 0);
	assert_int_equal(krb5_db_delete_principal(ctx, princ), 0);
	krb5_free_principal(ctx, princ);
}

#endif
