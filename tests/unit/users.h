#ifndef KDCSYNC_TEST_USERS_H
#define KDCSYNC_TEST_USERS_H

/* A sound database of many users, for tests that damage copies of its file. */

#include "realm.h"

#include "format/tree.h"

#define PAGE 4096
#define RECORDS 3000		/* no multiple of 128 */

static struct realm realm;
static struct bytes good;	/* its file */

/* Database db with them; each tl_data is of 20 bytes, that of one in a thousand of
 * big. */
static inline void
users_make(const char *db, size_t big, uint32_t seed)
{
	krb5_context ctx;
	char name[64];

	ctx = entry_open(&realm.p, db, true);
	assert_non_null(ctx);
	assert_int_equal(krb5_db_lock(ctx, KRB5_DB_LOCKMODE_EXCLUSIVE), 0);
	for (uint32_t i = 0; i < RECORDS; i++) {
		(void)snprintf(name, sizeof(name), "user%05u@" REALM, i);
		realm_put(ctx, name, i % 1000 == 500 ? big : 20, seed + i);
	}
	assert_int_equal(krb5_db_unlock(ctx), 0);
	entry_close(ctx);
}

/* A realm with this database. */
static inline void
users_begin(size_t big)
{
	realm_make(&realm);
	users_make(realm.p.db, big, 0);
	good = realm_file(&realm);
}

static inline int
users_end(void **state)
{
	(void)state;
	bytes_release(&good);
	realm_end(&realm);
	return 0;
}

/* Of the file, to be damaged. */
static inline struct bytes
users_copy(void)
{
	struct bytes b = BYTES_NONE;

	assert_int_equal(bytes_add(&b, good.p, good.len), 0);
	return b;
}

/* Its leaves in order. */
static inline struct tree
users_tree(void)
{
	struct tree t;
	struct btree b;
	const char *why;

	assert_int_equal(
	    btree_open((struct span){ good.p, good.len }, &b, &why), 0);
	assert_int_equal(tree_check(&b, &t), TREE_SOUND);
	assert_int_equal(t.records, RECORDS);
	return t;
}

#endif
