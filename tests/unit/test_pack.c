/* Goal of this test: a replica gets the smallest bundle that makes it current,
 * and tar(1) sees in it what kdcsync-bundle(5) says. */

#include "primary.h"
#include "said.h"

#include "format/bundle.h"
#include "snapshot/pack.h"
#include "sys/archive.h"
#include "sys/file.h"
#include "sys/proc.h"

#define LARGE 40000

static struct {
	struct primary p;
	char tar[64];
	struct bytes dump;
	struct digest oldest, base, other; /* what a replica may have */
	char old_delta[BUNDLE_NAME_MAX], delta[BUNDLE_NAME_MAX];
	struct bytes sent;
	struct said said;
} f;

/* Another dump than golden, and not much. */
static void
add_old(uint64_t n, const char *alice, struct digest *d)
{
	primary_add(&f.p, n,
	    golden_replace(golden_span(&f.dump), "alice@EXAMPLE", alice));
	*d = f.p.now.m.dump.digest;
}

static int
prepare(void **state)
{
	struct bytes text = golden_read(GOLDEN "format-1/manifest");

	(void)state;
	memset(&f, 0, sizeof(f));
	primary_begin(&f.p);
	snprintf(f.tar, sizeof(f.tar), "%s/bundle.tar", f.p.dir);
	f.dump = golden_read(GOLDEN "format-1/dump");
	memset(&f.other, 7, sizeof(f.other));
	add_old(40, "alicg@EXAMPLE", &f.oldest);
	add_old(41, "alicf@EXAMPLE", &f.base);
	primary_add(&f.p, 42, golden_span(&f.dump));
	assert_true(span_equal(golden_span(&text), golden_span(&f.p.now.text)));
	bytes_release(&text);
	bundle_name(BUNDLE_DELTA, &f.oldest, f.old_delta);
	bundle_name(BUNDLE_DELTA, &f.base, f.delta);
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	primary_end(&f.p);
	bytes_release(&f.dump);
	bytes_release(&f.sent);
	return 0;
}

static void
path_in(uint64_t n, const char *name, char path[PATH_MAX])
{
	char dir[PATH_MAX];

	generation_dir(&f.p.s, 1, n, dir);
	generation_file(dir, name, path);
}

static uint64_t
size_in(uint64_t n, const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	path_in(n, name, path);
	return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

/* Chooses; n deltas, or the whole dump. */
static void
chosen(const struct digest *has, bool full, enum pack_kind want, unsigned n,
    struct pack *k)
{
	struct stat st;

	said_begin(&f.said);
	assert_int_equal(pack_choose(&f.p.s, &f.p.now, has, full, k), 0);
	said_nothing(&f.said);
	assert_int_equal(k->kind, want);
	if (want == PACK_DELTA)
		assert_int_equal(k->chain.n, n);
	if (want == PACK_FULL) {
		assert_int_equal(fstat(k->full, &st), 0);
		assert_int_equal(st.st_size, size_in(42, "dump.zst"));
		assert_true(st.st_size > 0);
	} else {
		assert_int_equal(k->full, -1);
	}
}

static void
test_choice(void **state)
{
	const struct digest *now = &f.p.now.m.dump.digest;
	struct {
		const struct digest *has;
		bool full;
		enum pack_kind want;
		unsigned n;
	} of[] = {
		{ now, false, PACK_HEARTBEAT, 0 },
		{ &f.base, false, PACK_DELTA, 1 },
		{ &f.oldest, false, PACK_DELTA, 2 },
		{ &f.other, false, PACK_FULL, 0 },
		{ NULL, false, PACK_FULL, 0 },
		{ now, true, PACK_FULL, 0 },
		{ &f.base, true, PACK_FULL, 0 },
		{ &f.oldest, true, PACK_FULL, 0 },
		{ NULL, true, PACK_FULL, 0 },
	};
	struct pack k;
	int full;

	(void)state;
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		chosen(of[i].has, of[i].full, of[i].want, of[i].n, &k);
		full = k.full;
		pack_release(&k);
		assert_int_equal(fcntl(full, F_GETFD), -1);
		assert_int_equal(k.full, -1);
		pack_release(&k);
	}
}

/* One that asks for the whole dump gets it compressed anew: what it got before
 * may have been damaged here. */
static void
test_full_anew(void **state)
{
	char path[PATH_MAX];
	struct pack k;
	uint64_t good;

	(void)state;
	chosen(NULL, false, PACK_FULL, 0, &k);
	pack_release(&k);
	good = size_in(42, "dump.zst");
	path_in(42, "dump.zst", path);
	scratch_write(path, "damaged", 7);
	chosen(NULL, false, PACK_FULL, 0, &k);
	pack_release(&k);
	assert_int_equal(size_in(42, "dump.zst"), 7);
	chosen(NULL, true, PACK_FULL, 0, &k);
	pack_release(&k);
	assert_int_equal(size_in(42, "dump.zst"), good);
}

static void
test_no_dump(void **state)
{
	char path[PATH_MAX];
	struct pack k;

	(void)state;
	path_in(42, "dump", path);
	assert_int_equal(unlink(path), 0);
	said_begin(&f.said);
	assert_int_equal(pack_choose(&f.p.s, &f.p.now, NULL, false, &k), -1);
	said_one(&f.said, path, "not there; if another");
	pack_release(&k);
	/* What needs none is not held up. */
	chosen(&f.p.now.m.dump.digest, false, PACK_HEARTBEAT, 0, &k);
	pack_release(&k);
}

static void
has_words(enum pack_kind kind, unsigned n, const char *want)
{
	struct pack k = PACK_NONE;
	char words[PACK_WORDS];

	k.kind = kind;
	k.chain.n = n;
	pack_words(&k, words);
	assert_string_equal(words, want);
}

static void
test_words(void **state)
{
	(void)state;
	has_words(PACK_HEARTBEAT, 0, "heartbeat");
	has_words(PACK_DELTA, 1, "delta");
	has_words(PACK_DELTA, 2, "2 deltas");
	has_words(PACK_DELTA, BUNDLE_DELTAS, "256 deltas");
	has_words(PACK_FULL, 0, "full dump");
	has_words(PACK_FULL, 3, "full dump"); /* smaller than these */
}

/*
 * Deltas or the whole dump: sizes.
 */
/* Generations 50, 51, 52 of noise, of which each replaces part of the one
 * before. */
static void
add_large(size_t part)
{
	static char noise[LARGE];

	scratch_noise(noise, LARGE, 1);
	primary_add(&f.p, 50, (struct span){ noise, LARGE });
	f.oldest = f.p.now.m.dump.digest;
	scratch_noise(noise, part, 2);
	primary_add(&f.p, 51, (struct span){ noise, LARGE });
	f.base = f.p.now.m.dump.digest;
	scratch_noise(noise + LARGE - part, part, 3);
	primary_add(&f.p, 52, (struct span){ noise, LARGE });
}

static enum pack_kind
choice(const struct digest *has)
{
	struct pack k;

	assert_int_equal(pack_choose(&f.p.s, &f.p.now, has, false, &k), 0);
	assert_int_equal(k.full == -1, k.kind != PACK_FULL);
	pack_release(&k);
	return k.kind;
}

/* Far smaller: then there is no need to compress a dump to see it. */
static void
test_small(void **state)
{
	char path[PATH_MAX];

	(void)state;
	add_large(500);
	path_in(52, "dump", path);
	assert_int_equal(unlink(path), 0);
	said_begin(&f.said);
	assert_int_equal(choice(&f.base), PACK_DELTA);
	assert_int_equal(choice(&f.oldest), PACK_DELTA);
	said_nothing(&f.said);
	assert_int_equal(size_in(52, "dump.zst"), 0);
}

/* Two deltas that together are larger than the dump; one is not. */
static void
test_large(void **state)
{
	char path[PATH_MAX];

	(void)state;
	add_large(LARGE / 5 * 3);
	assert_int_equal(choice(&f.base), PACK_DELTA);
	assert_int_not_equal(size_in(52, "dump.zst"), 0);
	assert_int_equal(choice(&f.oldest), PACK_FULL);
	/* Without the dump they are better than nothing. */
	path_in(52, "dump", path);
	assert_int_equal(unlink(path), 0);
	path_in(52, "dump.zst", path);
	assert_int_equal(unlink(path), 0);
	said_begin(&f.said);
	assert_int_equal(choice(&f.oldest), PACK_DELTA);
	said_one(&f.said, "/dump", "not there; if another");
}

/*
 * Bytes.
 */
/* Writes the bundle to the file and f.sent. */
static void
write_bundle(const struct pack *k)
{
	int fd = open(f.tar, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	f.sent.len = 0;
	assert_int_equal(pack_write(k, &f.p.s, &f.p.now, fd), 0);
	close(fd);
	assert_int_equal(file_read(f.tar, 1 << 20, &f.sent), 0);
}

/* What tar(1) prints for one mode of it. */
static struct bytes
tar(const char *mode, const char *entry)
{
	const char *argv[] = { "tar", mode, f.tar, entry, NULL };
	struct bytes out = BYTES_NONE;
	const struct span none = { NULL, 0 };

	assert_int_equal(
	    proc_run(argv, NULL, none, &out, NULL, 1 << 20, 60000), 0);
	assert_int_equal(bytes_add(&out, "", 1), 0);
	out.len--;
	return out;
}

static void
lists(const char *want)
{
	struct bytes out = tar("tf", NULL);

	assert_string_equal(out.p, want);
	bytes_release(&out);
}

static void
has_entry(const char *entry, struct span want)
{
	struct bytes out = tar("xOf", entry);

	assert_int_equal(out.len, want.len);
	assert_memory_equal(out.p, want.p, want.len);
	bytes_release(&out);
}

/* The entry is the file that generation n has under its name. */
static void
has_file(const char *entry, uint64_t n)
{
	struct bytes file = BYTES_NONE;
	char path[PATH_MAX];

	path_in(n, entry, path);
	assert_int_equal(file_read(path, 1 << 20, &file), 0);
	has_entry(entry, golden_span(&file));
	bytes_release(&file);
}

static void
test_heartbeat(void **state)
{
	struct pack k;

	(void)state;
	chosen(&f.p.now.m.dump.digest, false, PACK_HEARTBEAT, 0, &k);
	write_bundle(&k);
	lists("manifest\nmanifest.sig\n");
	has_entry("manifest", golden_span(&f.p.now.text));
	has_entry("manifest.sig", golden_text(PRIMARY_SIG));
	pack_release(&k);
}

static void
test_delta(void **state)
{
	char want[160];
	struct pack k;

	(void)state;
	chosen(&f.base, false, PACK_DELTA, 1, &k);
	write_bundle(&k);
	snprintf(want, sizeof(want), "manifest\nmanifest.sig\n%s\n", f.delta);
	lists(want);
	has_entry("manifest", golden_span(&f.p.now.text));
	has_file(f.delta, 42);
	pack_release(&k);
}

/* In the order of use: the oldest first. */
static void
test_deltas(void **state)
{
	char want[240];
	struct pack k;

	(void)state;
	chosen(&f.oldest, false, PACK_DELTA, 2, &k);
	write_bundle(&k);
	snprintf(want, sizeof(want), "manifest\nmanifest.sig\n%s\n%s\n",
	    f.old_delta, f.delta);
	lists(want);
	has_entry("manifest", golden_span(&f.p.now.text));
	has_file(f.old_delta, 41);
	has_file(f.delta, 42);
	pack_release(&k);
}

/* With the grant where it is asked for, before the payload. */
static void
test_grant(void **state)
{
	struct bytes grant = golden_read(GOLDEN "format-1/grant");
	struct hello h = { .sealed = true };
	const char *why;
	struct pack k;

	(void)state;
	assert_false(pack_needs_grant(&h, &f.p.now));
	assert_int_equal(seal_add_grant(&f.p.now, golden_span(&grant),
			     golden_text("sig"), &why),
	    0);
	chosen(NULL, false, PACK_FULL, 0, &k);
	assert_false(k.grant);
	write_bundle(&k);
	lists("manifest\nmanifest.sig\ndump.zst\n");
	k.grant = true;
	write_bundle(&k);
	lists("manifest\nmanifest.sig\ngrant\ngrant.sig\ndump.zst\n");
	has_entry("grant", golden_span(&grant));
	has_entry("grant.sig", golden_text("sig"));
	has_file("dump.zst", 42);
	pack_release(&k);
	/* Who has just that does not need it. */
	assert_true(pack_needs_grant(&h, &f.p.now));
	h.grant = golden_span(&grant);
	h.grant_sig = golden_text("gis");
	assert_true(pack_needs_grant(&h, &f.p.now));
	h.grant_sig = golden_text("sig");
	assert_false(pack_needs_grant(&h, &f.p.now));
	h.grant.len--;
	assert_true(pack_needs_grant(&h, &f.p.now));
	bytes_release(&grant);
}

static void
test_full(void **state)
{
	struct bytes zst;
	int in, out;
	struct pack k;

	(void)state;
	chosen(NULL, false, PACK_FULL, 0, &k);
	write_bundle(&k);
	lists("manifest\nmanifest.sig\ndump.zst\n");
	has_file("dump.zst", 42);
	zst = tar("xOf", "dump.zst");
	in = scratch_file(zst.p, zst.len);
	out = scratch_file("", 0);
	assert_int_equal(archive_decompress(in, out, f.dump.len), 0);
	assert_true(scratch_is(out, f.dump.p, f.dump.len));
	close(in);
	close(out);
	bytes_release(&zst);
	pack_release(&k);
}

/* The same parts give the same bytes, whenever and however often. */
static void
same_bytes(const struct digest *has, enum pack_kind want, unsigned n)
{
	struct bytes first = BYTES_NONE;
	struct pack k;

	chosen(has, false, want, n, &k);
	write_bundle(&k);
	assert_int_equal(bytes_add(&first, f.sent.p, f.sent.len), 0);
	write_bundle(&k);
	assert_int_equal(f.sent.len, first.len);
	assert_memory_equal(f.sent.p, first.p, first.len);
	pack_release(&k);
	bytes_release(&first);
}

static void
test_same_bytes(void **state)
{
	(void)state;
	same_bytes(NULL, PACK_FULL, 0);
	same_bytes(&f.oldest, PACK_DELTA, 2);
}

/* Its order and sizes are those that a replica's rules take. */
static void
takes(const struct digest *has, enum pack_kind want, unsigned payloads)
{
	struct bundle_rules rules = { .payload_max = bundle_bound(f.dump.len) };
	enum bundle_part part;
	struct archive_in *a;
	struct digest base;
	const char *name, *why;
	struct pack k;
	uint64_t size;
	unsigned n = 0;
	int fd;

	chosen(has, false, want, payloads, &k);
	write_bundle(&k);
	fd = file_open(f.tar);
	a = archive_open(fd, f.tar);
	assert_non_null(a);
	while (archive_next(a, &name, &size) == 1) {
		assert_int_equal(
		    bundle_entry(&rules, name, size, &part, &base, &why), 0);
		n++;
	}
	assert_int_equal(n, 2 + payloads);
	assert_int_equal(bundle_end(&rules, &why), 0);
	archive_close(a);
	close(fd);
	pack_release(&k);
}

static void
test_rules(void **state)
{
	(void)state;
	takes(&f.p.now.m.dump.digest, PACK_HEARTBEAT, 0);
	takes(NULL, PACK_FULL, 1);
	takes(&f.base, PACK_DELTA, 1);
	takes(&f.oldest, PACK_DELTA, 2);
}

/* Would a replica take what was written for a whole tar? */
static bool
looks_whole(void)
{
	int fd = file_open(f.tar), rc = 1;
	struct archive_in *a = archive_open(fd, f.tar);
	const char *name;
	uint64_t size;

	if (a == NULL)
		rc = -1;
	while (rc == 1)
		rc = archive_next(a, &name, &size);
	archive_close(a);
	close(fd);
	return rc == 0;
}

/* In a child that may not write more than so much to a file. */
static int
write_little(void *arg, void *result)
{
	int fd = open(f.tar, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	*(int *)result = pack_write(arg, &f.p.s, &f.p.now, fd);
	return 0;
}

static int
write_at_most(struct pack *k, uint64_t n)
{
	int rc = 1;

	assert_int_equal(
	    proc_call("pack", write_little, k, &rc, sizeof(rc), NULL, n, 60000),
	    0);
	return rc;
}

/* The disk is full, wherever it is: -1, and no whole tar is there. */
static void
breaks_anywhere(const struct digest *has, enum pack_kind want, unsigned n)
{
	struct pack k;
	size_t whole;
	struct stat st;
	unsigned broken = 0;

	chosen(has, false, want, n, &k);
	write_bundle(&k);
	whole = f.sent.len;
	for (size_t most = 1; most < whole; most += 511) {
		said_begin(&f.said);
		assert_int_equal(write_at_most(&k, most), -1);
		assert_int_equal(stat(f.tar, &st), 0);
		assert_true((size_t)st.st_size <= most);
		assert_false(looks_whole());
		(void)said_end(&f.said);
		broken++;
	}
	assert_true(broken > 3);
	assert_int_equal(write_at_most(&k, whole), 0);
	assert_int_equal(stat(f.tar, &st), 0);
	assert_int_equal(st.st_size, whole);
	assert_true(looks_whole());
	pack_release(&k);
}

static void
test_broken(void **state)
{
	(void)state;
	breaks_anywhere(NULL, PACK_FULL, 0);
	breaks_anywhere(&f.oldest, PACK_DELTA, 2);
}

/* A delta that went away after it was chosen, the first or a later one. */
static void
delta_gone(uint64_t n, const char *name)
{
	char path[PATH_MAX];
	struct pack k;
	int fd = open(f.tar, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	chosen(&f.oldest, false, PACK_DELTA, 2, &k);
	path_in(n, name, path);
	assert_int_equal(unlink(path), 0);
	said_begin(&f.said);
	assert_int_equal(pack_write(&k, &f.p.s, &f.p.now, fd), -1);
	said_one(&f.said, path, "No such file");
	said_begin(&f.said);
	assert_false(looks_whole());
	(void)said_end(&f.said);
	close(fd);
	pack_release(&k);
}

static void
test_first_delta_gone(void **state)
{
	(void)state;
	delta_gone(41, f.old_delta);
}

static void
test_last_delta_gone(void **state)
{
	(void)state;
	delta_gone(42, f.delta);
}

/* A dump that cannot be read as far as its size. */
static void
test_short_payload(void **state)
{
	int fd = open(f.tar, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct pack k;

	(void)state;
	chosen(NULL, false, PACK_FULL, 0, &k);
	pack_release(&k);
	k.full = open(f.p.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	said_begin(&f.said);
	assert_int_equal(pack_write(&k, &f.p.s, &f.p.now, fd), -1);
	assert_false(looks_whole());
	assert_true(said_end(&f.said) > 0);
	close(fd);
	pack_release(&k);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, prepare, clean)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_choice),
		T(test_full_anew),
		T(test_no_dump),
		T(test_words),
		T(test_small),
		T(test_large),
		T(test_heartbeat),
		T(test_delta),
		T(test_deltas),
		T(test_full),
		T(test_grant),
		T(test_same_bytes),
		T(test_rules),
		T(test_broken),
		T(test_first_delta_gone),
		T(test_last_delta_gone),
		T(test_short_payload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
