/* Goal of this test: a replica gets the smallest bundle that makes it current,
 * and tar(1) sees in it what kdcsync-bundle(5) says. */

#include "golden.h"
#include "said.h"

#include "format/bundle.h"
#include "snapshot/pack.h"
#include "store/generation.h"
#include "sys/archive.h"
#include "sys/file.h"
#include "sys/proc.h"

#define SIG "-----BEGIN SSH SIGNATURE-----\nnot looked at here\n"

static struct {
	char dir[32], tar[64];
	struct state s;
	struct seal seal;
	struct bytes dump;
	struct digest base, other; /* what a replica may have */
	struct bytes sent;
	struct said said;
	size_t left; /* bytes until give fails */
} f;

/* A generation as the manifest names it, with the delta from base. */
static void
make_generation(void)
{
	char dir[PATH_MAX], before[PATH_MAX];
	struct span old = golden_replace(
	    golden_span(&f.dump), "alice@EXAMPLE", "alicf@EXAMPLE");
	int fd;

	fd = scratch_file(old.p, old.len);
	assert_int_equal(digest_of(old.p, old.len, &f.base), 0);
	assert_int_equal(generation_begin(&f.s, 1, 41, before), 0);
	assert_int_equal(generation_put_dump(before, fd, old.len), 0);
	close(fd);
	fd = scratch_file(f.dump.p, f.dump.len);
	assert_int_equal(generation_begin(&f.s, 1, 42, dir), 0);
	assert_int_equal(generation_put_dump(dir, fd, f.dump.len), 0);
	close(fd);
	assert_int_equal(generation_put_delta(dir, before, &f.base,
			     &f.seal.m.dump.digest, f.dump.len),
	    0);
}

static int
prepare(void **state)
{
	struct bytes text = golden_read(GOLDEN "format-1/manifest");
	const char *why;

	(void)state;
	memset(&f, 0, sizeof(f));
	scratch_dir(f.dir);
	snprintf(f.tar, sizeof(f.tar), "%s/bundle.tar", f.dir);
	memcpy(f.s.dir, f.dir, sizeof(f.dir));
	f.left = SIZE_MAX;
	f.dump = golden_read(GOLDEN "format-1/dump");
	memset(&f.other, 7, sizeof(f.other));
	assert_int_equal(
	    seal_from(golden_span(&text), golden_text(SIG), &f.seal, &why), 0);
	bytes_release(&text);
	make_generation();
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	generation_prune(&f.s, 0, 0, 0, 0);
	scratch_names(f.dir, 1);
	seal_release(&f.seal);
	bytes_release(&f.dump);
	bytes_release(&f.sent);
	return 0;
}

static int
give(void *arg, const void *p, size_t n)
{
	struct bytes *b = arg;

	if (n > f.left)
		return -1;
	f.left -= n;
	return bytes_add(b, p, n);
}

/* Chooses; the payload's size is that of its file. */
static void
chosen(const struct digest *has, bool full, enum pack_kind want,
    const char *name, struct pack *k)
{
	struct stat st;

	said_begin(&f.said);
	assert_int_equal(pack_choose(&f.s, &f.seal, has, full, k), 0);
	said_nothing(&f.said);
	assert_int_equal(k->kind, want);
	if (want == PACK_HEARTBEAT) {
		assert_int_equal(k->payload, -1);
		return;
	}
	assert_string_equal(k->name, name);
	assert_int_equal(fstat(k->payload, &st), 0);
	assert_int_equal(k->size, st.st_size);
	assert_true(k->size > 0);
}

static void
test_choice(void **state)
{
	const struct digest *now = &f.seal.m.dump.digest;
	struct {
		const struct digest *has;
		bool full;
		enum pack_kind want;
	} of[] = {
		{ now, false, PACK_HEARTBEAT },
		{ &f.base, false, PACK_DELTA },
		{ &f.other, false, PACK_FULL },
		{ NULL, false, PACK_FULL },
		{ now, true, PACK_FULL },
		{ &f.base, true, PACK_FULL },
		{ NULL, true, PACK_FULL },
	};
	char delta[BUNDLE_NAME_MAX];
	struct pack k;

	(void)state;
	bundle_name(BUNDLE_DELTA, &f.base, delta);
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		chosen(of[i].has, of[i].full, of[i].want,
		    of[i].want == PACK_DELTA ? delta : "dump.zst", &k);
		pack_release(&k);
		assert_int_equal(k.payload, -1);
		pack_release(&k);
	}
}

static void
test_no_dump(void **state)
{
	char dir[PATH_MAX], path[PATH_MAX];
	struct pack k;

	(void)state;
	generation_dir(&f.s, 1, 42, dir);
	generation_file(dir, "dump", path);
	assert_int_equal(unlink(path), 0);
	said_begin(&f.said);
	assert_int_equal(pack_choose(&f.s, &f.seal, NULL, false, &k), -1);
	said_one(&f.said, path, "No such file");
	pack_release(&k);
	/* What needs none is not held up. */
	chosen(&f.seal.m.dump.digest, false, PACK_HEARTBEAT, NULL, &k);
	pack_release(&k);
}

static void
test_words(void **state)
{
	(void)state;
	assert_string_equal(pack_word(PACK_HEARTBEAT), "heartbeat");
	assert_string_equal(pack_word(PACK_DELTA), "delta");
	assert_string_equal(pack_word(PACK_FULL), "full dump");
}

/*
 * Bytes.
 */
/* Writes the bundle to f.sent and the file. */
static void
write_bundle(const struct pack *k)
{
	f.sent.len = 0;
	assert_int_equal(pack_write(k, &f.seal, give, &f.sent), 0);
	scratch_write(f.tar, f.sent.p, f.sent.len);
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

static void
has_payload(const struct pack *k)
{
	size_t n;
	char *p = scratch_read(k->payload, &n);

	has_entry(k->name, (struct span){ p, n });
	free(p);
}

static void
test_heartbeat(void **state)
{
	struct pack k;

	(void)state;
	chosen(&f.seal.m.dump.digest, false, PACK_HEARTBEAT, NULL, &k);
	write_bundle(&k);
	lists("manifest\nmanifest.sig\n");
	has_entry("manifest", golden_span(&f.seal.text));
	has_entry("manifest.sig", golden_text(SIG));
	pack_release(&k);
}

static void
test_delta(void **state)
{
	char name[BUNDLE_NAME_MAX], want[160];
	struct pack k;

	(void)state;
	bundle_name(BUNDLE_DELTA, &f.base, name);
	chosen(&f.base, false, PACK_DELTA, name, &k);
	write_bundle(&k);
	snprintf(want, sizeof(want), "manifest\nmanifest.sig\n%s\n", name);
	lists(want);
	has_entry("manifest", golden_span(&f.seal.text));
	has_payload(&k);
	pack_release(&k);
}

static void
test_full(void **state)
{
	struct bytes zst;
	int in, out;
	struct pack k;

	(void)state;
	chosen(NULL, false, PACK_FULL, "dump.zst", &k);
	write_bundle(&k);
	lists("manifest\nmanifest.sig\ndump.zst\n");
	has_payload(&k);
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
test_same_bytes(void **state)
{
	struct bytes first = BYTES_NONE;
	struct pack k;

	(void)state;
	chosen(NULL, false, PACK_FULL, "dump.zst", &k);
	write_bundle(&k);
	assert_int_equal(bytes_add(&first, f.sent.p, f.sent.len), 0);
	write_bundle(&k);
	assert_int_equal(f.sent.len, first.len);
	assert_memory_equal(f.sent.p, first.p, first.len);
	pack_release(&k);
	bytes_release(&first);
}

/* Its order and sizes are those that a replica's rules take. */
static void
test_rules(void **state)
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

	(void)state;
	chosen(NULL, false, PACK_FULL, "dump.zst", &k);
	write_bundle(&k);
	fd = file_open(f.tar);
	a = archive_open(fd, f.tar);
	assert_non_null(a);
	while (archive_next(a, &name, &size) == 1) {
		assert_int_equal(
		    bundle_entry(&rules, name, size, &part, &base, &why), 0);
		n++;
	}
	assert_int_equal(n, 3);
	assert_int_equal(bundle_end(&rules, &why), 0);
	archive_close(a);
	close(fd);
	pack_release(&k);
}

/* Would a replica take what was sent for a whole tar? */
static bool
looks_whole(void)
{
	int fd = scratch_file(f.sent.p, f.sent.len), rc = 1;
	struct archive_in *a = archive_open(fd, "sent");
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

/* The line breaks, wherever it does: -1, and no whole tar was sent. */
static void
test_broken_line(void **state)
{
	struct pack k;
	size_t whole;
	unsigned broken = 0;

	(void)state;
	chosen(NULL, false, PACK_FULL, "dump.zst", &k);
	write_bundle(&k);
	whole = f.sent.len;
	for (size_t n = 0; n < whole; n += 512) {
		f.sent.len = 0;
		f.left = n;
		said_begin(&f.said);
		assert_int_equal(pack_write(&k, &f.seal, give, &f.sent), -1);
		assert_true(f.sent.len <= n);
		assert_false(looks_whole());
		(void)said_end(&f.said);
		broken++;
	}
	assert_true(broken > 3);
	f.left = whole;
	f.sent.len = 0;
	assert_int_equal(pack_write(&k, &f.seal, give, &f.sent), 0);
	assert_int_equal(f.sent.len, whole);
	assert_true(looks_whole());
	pack_release(&k);
}

/* A payload that shrank after it was chosen. */
static void
test_short_payload(void **state)
{
	struct pack k;

	(void)state;
	chosen(NULL, false, PACK_FULL, "dump.zst", &k);
	k.size++;
	said_begin(&f.said);
	assert_int_equal(pack_write(&k, &f.seal, give, &f.sent), -1);
	assert_false(looks_whole());
	assert_true(said_end(&f.said) > 0);
	pack_release(&k);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, prepare, clean)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_choice),
		T(test_no_dump),
		T(test_words),
		T(test_heartbeat),
		T(test_delta),
		T(test_full),
		T(test_same_bytes),
		T(test_rules),
		T(test_broken_line),
		T(test_short_payload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
