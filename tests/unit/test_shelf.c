/* Goal of this test: each bundle of a run is made once, and is the one that
 * pack makes. */

#include "primary.h"
#include "said.h"

#include "snapshot/shelf.h"

#define SIZE 40000

static struct {
	struct primary p;
	struct shelf shelf;
	struct digest oldest, base, strange;
	struct said said;
} f;

/* Three generations of a dump that does not compress, each a little different. */
static int
prepare(void **state)
{
	static char noise[SIZE];
	const struct span dump = { noise, SIZE };

	(void)state;
	memset(&f, 0, sizeof(f));
	primary_begin(&f.p);
	memset(&f.strange, 7, sizeof(f.strange));
	scratch_noise(noise, SIZE, 1);
	primary_add(&f.p, 1, dump);
	f.oldest = f.p.now.m.dump.digest;
	scratch_noise(noise + 5000, 100, 2);
	primary_add(&f.p, 2, dump);
	f.base = f.p.now.m.dump.digest;
	scratch_noise(noise + 25000, 100, 3);
	primary_add(&f.p, 3, dump);
	f.shelf = (struct shelf){ .state = &f.p.s, .now = &f.p.now };
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	shelf_release(&f.shelf);
	primary_end(&f.p);
	return 0;
}

static const struct parcel *
get(const struct digest *has, bool full)
{
	const struct parcel *p;

	said_begin(&f.said);
	p = shelf_get(&f.shelf, has, full, false);
	said_nothing(&f.said);
	assert_non_null(p);
	return p;
}

/* It is the bundle that pack writes for the same. */
static void
is_pack(const struct parcel *p, const struct digest *has, bool full,
    enum pack_kind kind, const char *words)
{
	int fd = scratch_file("", 0);
	struct pack k;
	char *bytes;
	size_t n;

	assert_int_equal(pack_choose(&f.p.s, &f.p.now, has, full, &k), 0);
	assert_int_equal(pack_write(&k, &f.p.s, &f.p.now, fd), 0);
	pack_release(&k);
	bytes = scratch_read(fd, &n);
	assert_int_equal(p->kind, kind);
	assert_string_equal(p->words, words);
	assert_int_equal(p->size, n);
	assert_true(scratch_is(p->fd, bytes, n));
	free(bytes);
	close(fd);
}

static void
test_bytes(void **state)
{
	const struct digest *now = &f.p.now.m.dump.digest;

	(void)state;
	is_pack(get(now, false), now, false, PACK_HEARTBEAT, "heartbeat");
	is_pack(get(&f.base, false), &f.base, false, PACK_DELTA, "delta");
	is_pack(
	    get(&f.oldest, false), &f.oldest, false, PACK_DELTA, "2 deltas");
	is_pack(get(NULL, false), NULL, false, PACK_FULL, "full dump");
	is_pack(
	    get(&f.strange, false), &f.strange, false, PACK_FULL, "full dump");
	is_pack(get(now, true), now, true, PACK_FULL, "full dump");
}

/* Once made, it is there whatever becomes of what it was made of. */
static void
test_once(void **state)
{
	const struct digest *now = &f.p.now.m.dump.digest;
	const struct parcel *full, *delta, *deltas, *heartbeat;
	char all[64];

	(void)state;
	full = get(NULL, false);
	delta = get(&f.base, false);
	deltas = get(&f.oldest, false);
	heartbeat = get(now, false);
	assert_ptr_not_equal(full, delta);
	assert_ptr_not_equal(delta, deltas);
	assert_ptr_not_equal(deltas, heartbeat);
	snprintf(all, sizeof(all), "%s/generations", f.p.dir);
	scratch_tree(all);
	assert_ptr_equal(get(NULL, false), full);
	assert_ptr_equal(get(&f.base, false), delta);
	assert_ptr_equal(get(&f.oldest, false), deltas);
	assert_ptr_equal(get(now, false), heartbeat);
	assert_int_equal(f.shelf.n, 4);
	assert_true(full->size > delta->size && delta->size > 0);
}

/* A replica whose dump leads nowhere needs what one without any does. */
static void
test_one_full(void **state)
{
	const struct parcel *full = get(&f.strange, false);
	struct digest other = f.strange;

	(void)state;
	for (int i = 0; i < 20; i++) {
		other.b[0]++;
		assert_ptr_equal(get(&other, false), full);
	}
	assert_ptr_equal(get(NULL, false), full);
	assert_int_equal(f.shelf.n, 1);
}

/* Who asks for the whole dump may have got a damaged one: it is another. */
static void
test_need_full(void **state)
{
	const struct parcel *one, *two;
	char path[PATH_MAX];

	(void)state;
	generation_file(f.p.at, "dump.zst", path);
	scratch_write(path, "damaged", 7);
	one = get(NULL, false);
	assert_true(one->size < SIZE);
	two = get(&f.base, true);
	assert_ptr_not_equal(one, two);
	assert_true(two->size > SIZE);
	/* That one is everybody's. */
	assert_ptr_equal(get(NULL, true), two);
	assert_ptr_equal(get(&f.oldest, true), two);
	assert_ptr_equal(get(&f.p.now.m.dump.digest, true), two);
	assert_ptr_equal(get(NULL, false), one);
	assert_int_equal(f.shelf.n, 2);
}

/* Nothing with a name is left, and no descriptor. */
static void
test_release(void **state)
{
	int names = scratch_names(f.p.dir, 0), fd, next;

	(void)state;
	next = scratch_file("", 0);
	close(next);
	fd = get(NULL, false)->fd;
	(void)get(&f.base, false);
	assert_int_equal(scratch_names(f.p.dir, 0), names);
	shelf_release(&f.shelf);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_null(f.shelf.item);
	assert_int_equal(f.shelf.n, 0);
	shelf_release(&f.shelf);
	fd = scratch_file("", 0);
	assert_int_equal(fd, next);
	close(fd);
}

/* No bundle: it is said, and nothing half made stands there for the next. */
static void
test_no_dump(void **state)
{
	char path[PATH_MAX];
	const struct parcel *p;

	(void)state;
	generation_file(f.p.at, "dump", path);
	assert_int_equal(unlink(path), 0);
	for (int full = 0; full < 2; full++) {
		said_begin(&f.said);
		assert_null(shelf_get(&f.shelf, NULL, full == 1, false));
		said_one(&f.said, path, "not there; if another");
	}
	assert_int_equal(f.shelf.n, 0);
	/* The others are served. */
	p = get(&f.base, false);
	assert_int_equal(p->kind, PACK_DELTA);
	assert_int_equal(f.shelf.n, 1);
}

static void
test_no_directory(void **state)
{
	struct state gone = f.p.s;

	(void)state;
	snprintf(gone.dir, sizeof(gone.dir), "%s/none", f.p.dir);
	f.shelf.state = &gone;
	said_begin(&f.said);
	assert_null(shelf_get(&f.shelf, &f.p.now.m.dump.digest, false, false));
	said_one(&f.said, gone.dir, NULL);
	assert_int_equal(f.shelf.n, 0);
	f.shelf.state = &f.p.s;
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, prepare, clean)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_bytes),
		T(test_once),
		T(test_one_full),
		T(test_need_full),
		T(test_release),
		T(test_no_dump),
		T(test_no_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
