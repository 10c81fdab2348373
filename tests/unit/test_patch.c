/* Goal of this test: whatever happens to the bytes of a bundle whose texts were
 * checked before, every truncation and every flipped bit, the payload is
 * refused or the dump comes out byte for byte as signed. */

#include "sys/archive.h"
#include "sys/delta.h"
#include "sys/file.h"
#include "sys/proc.h"
#include "golden.h"
#include "scratch.h"

#include "format/bundle.h"
#include "format/dump.h"

#include <errno.h>

/* Its child in this process: a fork for each of 100,000 cases takes too long,
 * and here the sanitizers see it.  One in FORK_EVERY is a child after all. */
#define FORK_EVERY 997

static int forked, called;

static int
call(const char *what, int (*fn)(void *, void *), void *arg, void *result,
    size_t size, const int *keep, uint64_t file_max, int deadline_ms)
{
	if (called++ % FORK_EVERY != 0)
		return fn(arg, result);
	forked++;
	return proc_call(
	    what, fn, arg, result, size, keep, file_max, deadline_ms);
}

/* So many of these calls succeed before the disk is full; -1: all. */
static int room = -1;

static bool
full(void)
{
	if (room == -1)
		return false;
	errno = ENOSPC;
	return room-- == 0;
}

/* What a hostile payload might make of its reader. */
static bool crash;

static int
decompress(
    int in, uint64_t from, uint64_t size, int out, uint64_t max, bool kept)
{
	if (crash)
		abort();
	return full() ? -1
		      : archive_decompress_part(in, from, size, out, max, kept);
}

static int
delta(int base, int from, int out, uint64_t max)
{
	return full() ? -1 : delta_patch(base, from, out, max);
}

/* Nameless files, made once: the making takes longer than the case. */
static int
scratch(const char *dir)
{
	static int fd[2] = { -1, -1 }, n;
	int *one = &fd[n++ % 2];

	(void)dir;
	if (*one == -1)
		*one = scratch_file("left by the case before", 23);
	return fcntl(*one, F_DUPFD_CLOEXEC, 3);
}

#undef fail /* cmocka's */
#define proc_call call
#define newfile_scratch scratch
#define archive_decompress_part decompress
#define delta_patch delta
#include "store/patch.c"
#undef proc_call
#undef newfile_scratch
#define fail() _fail(__FILE__, __LINE__)
#undef archive_decompress_part
#undef delta_patch

#define REALM "EXAMPLE.COM"
#define OTHER_DELTA                                                            \
	"delta."                                                               \
	"01aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.zst"

static struct {
	struct bytes dump; /* what is signed */
	struct manifest m;
	int base; /* -1, or what the deltas start from */
	struct digest base_digest;
	int bundle, out; /* files */
	size_t packed;	 /* bytes of the payloads */
	int saved;	 /* stderr, while it is hushed */
	unsigned sealed, refused, need_full;
} f;

static int
prepare(void **state)
{
	struct span all;
	const char *why;
	uint64_t line;

	(void)state;
	f.bundle = scratch_file("", 0);
	f.out = scratch_file("", 0);
	f.dump = golden_read(GOLDEN "format-1/dump");
	all = golden_span(&f.dump);
	assert_int_equal(dump_check(all, REALM, &f.m.dump, &line, &why), 0);
	snprintf(f.m.realm, sizeof(f.m.realm), "%s", REALM);
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	bytes_release(&f.dump);
	close(f.bundle);
	close(f.out);
	return 0;
}

/* What a bundle is made of: texts, then payloads. */
static struct archive_out *
begin_bundle(int fd)
{
	struct archive_out *a = archive_create(fd, "bundle");
	static const char text[] = "a manifest, checked before\n";

	assert_non_null(a);
	f.packed = 0;
	assert_int_equal(
	    archive_put(a, "manifest", 0, text, sizeof(text) - 1), 0);
	assert_int_equal(archive_put(a, "manifest.sig", 0, "signature", 9), 0);
	return a;
}

static void
put_packed(struct archive_out *a, const char *name, int plain)
{
	int packed = scratch_file("", 0);

	assert_int_equal(archive_compress(plain, packed), 0);
	f.packed += (size_t)file_size(packed, name);
	assert_int_equal(archive_put_fd(a, name, 0, packed,
			     (uint64_t)file_size(packed, name)),
	    0);
	close(packed);
}

static void
put_delta(struct archive_out *a, int from, int to)
{
	char name[BUNDLE_NAME_MAX];
	int delta = scratch_file("", 0);
	struct digest d;

	assert_int_equal(file_digest(from, "base", &d), 0);
	bundle_name(BUNDLE_DELTA, &d, name);
	assert_int_equal(delta_make(from, to, delta), 0);
	put_packed(a, name, delta);
	close(delta);
}

static struct bytes
end_bundle(struct archive_out *a, int fd)
{
	struct bytes b = BYTES_NONE;

	assert_int_equal(archive_finish(a), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(file_read_fd(fd, "bundle", 1 << 20, &b), 0);
	close(fd);
	return b;
}

/* The dump with some bytes less, or others: the generation before. */
static int
older(const char *from, const char *to)
{
	struct span text = golden_replace(golden_span(&f.dump), from, to);

	return scratch_file(text.p, text.len);
}

static void
set_base(int base)
{
	f.base = base;
	if (base != -1)
		assert_int_equal(file_digest(base, "base", &f.base_digest), 0);
}

/* out is f.out, emptied. */
static enum verdict_outcome
patch_bytes(struct span bundle, bool *payload)
{
	struct patch x = { .bundle = f.bundle,
		.base = f.base,
		.base_digest = f.base_digest,
		.out = f.out,
		.scratch = "." };

	assert_int_equal(ftruncate(f.out, 0), 0);
	assert_int_equal(lseek(f.out, 0, SEEK_SET), 0);
	assert_int_equal(ftruncate(f.bundle, 0), 0);
	assert_int_equal(pwrite(f.bundle, bundle.p, bundle.len, 0), bundle.len);
	assert_int_equal(lseek(f.bundle, 0, SEEK_SET), 0);
	return patch(&x, &f.m, payload);
}

static void
refused_or_equal(struct span bundle)
{
	enum verdict_outcome o;
	bool payload, good = false;

	o = patch_bytes(bundle, &payload);
	if (o == VERDICT_SEALED) {
		f.sealed++;
		good = payload && scratch_is(f.out, f.dump.p, f.dump.len);
	} else if (o == VERDICT_NEED_FULL) {
		f.need_full++;
		good = f.base != -1;
	} else {
		f.refused++;
		good = o == VERDICT_REFUSED;
	}
	if (good)
		return;
	scratch_unhush(f.saved);
	fail_msg("case %u: outcome %d, payload %d",
	    f.sealed + f.refused + f.need_full, o, payload);
}

/* The bundle as it is, then all its damages. */
static void
damage(struct bytes *bundle)
{
	f.saved = scratch_hush(-1);
	f.sealed = f.refused = f.need_full = 0;
	refused_or_equal(golden_span(bundle));
	golden_damage(golden_span(bundle), refused_or_equal);
	scratch_unhush(f.saved);
	/* Zeros that fill a block of tar mean nothing; cut off, they do. */
	assert_true(f.sealed > 1 && f.refused > bundle->len);
	/* Only the tar's own damage is held against a delta: a bit of its
	 * payload is mended by the whole dump, but for the few that mean
	 * nothing. */
	assert_true(
	    f.base == -1 ? f.need_full == 0 : f.need_full + 64 > 8 * f.packed);
	assert_int_equal(f.sealed + f.refused + f.need_full,
	    1 + bundle->len + 8 * bundle->len);
	print_message("%zu bytes: %u times refused, %u equal, %u for another "
		      "base\n",
	    bundle->len, f.refused, f.sealed, f.need_full);
	bytes_release(bundle);
}

static void
test_full(void **state)
{
	int fd = scratch_file("", 0), dump;
	struct archive_out *a = begin_bundle(fd);
	struct bytes b;

	(void)state;
	set_base(-1);
	dump = scratch_file(f.dump.p, f.dump.len);
	put_packed(a, "dump.zst", dump);
	b = end_bundle(a, fd);
	damage(&b);
	close(dump);
	assert_true(forked > 0);
}

/* Who brought it by hand hears what to do. */
static void
cut_short(void **state)
{
	int fd = scratch_file("", 0), dump;
	struct archive_out *a = begin_bundle(fd);
	struct bytes b;
	char said[256];
	const char *zstd;
	bool payload;

	(void)state;
	set_base(-1);
	dump = scratch_file(f.dump.p, f.dump.len);
	put_packed(a, "dump.zst", dump);
	b = end_bundle(a, fd);
	zstd = memmem(b.p, b.len, "\x28\xb5\x2f\xfd", 4);
	assert_non_null(zstd);
	f.saved = scratch_hush(-1);
	assert_int_equal(
	    patch_bytes(
		(struct span){ b.p, (size_t)(zstd + 9 - b.p) }, &payload),
	    VERDICT_REFUSED);
	say_last(said, sizeof(said));
	scratch_unhush(f.saved);
	assert_non_null(strstr(said,
	    "; send it again, or, if it was brought "
	    "by hand, copy it again and compare its "
	    "size"));
	bytes_release(&b);
	close(dump);
}

static void
test_delta(void **state)
{
	int fd = scratch_file("", 0), dump, base;
	struct archive_out *a = begin_bundle(fd);
	struct bytes b;

	(void)state;
	dump = scratch_file(f.dump.p, f.dump.len);
	base = older("alice@", "Alice@");
	set_base(base);
	put_delta(a, base, dump);
	b = end_bundle(a, fd);
	damage(&b);
	close(dump);
	close(base);
}

/* The result of the first is the base of the second. */
static void
test_chain(void **state)
{
	int fd = scratch_file("", 0), dump, base, middle;
	struct archive_out *a = begin_bundle(fd);
	struct bytes b;

	(void)state;
	dump = scratch_file(f.dump.p, f.dump.len);
	base = older("alice@", "Alice@");
	middle = older("K/M@", "k/m@");
	set_base(base);
	put_delta(a, base, middle);
	put_delta(a, middle, dump);
	b = end_bundle(a, fd);
	damage(&b);
	close(dump);
	close(base);
	close(middle);
}

/* One payload for one case. */
static void
one(enum verdict_outcome want, const char *name, const void *p, size_t n,
    uint64_t size)
{
	int fd = scratch_file("", 0), plain = scratch_file(p, n);
	struct archive_out *a = begin_bundle(fd);
	enum verdict_outcome o;
	struct bytes b;
	bool payload;

	put_packed(a, name, plain);
	b = end_bundle(a, fd);
	f.m.dump.size = size;
	f.saved = scratch_hush(-1);
	o = patch_bytes(golden_span(&b), &payload);
	scratch_unhush(f.saved);
	assert_int_equal(o, want);
	f.m.dump.size = f.dump.len;
	close(plain);
	bytes_release(&b);
}

/* A right payload of something else than what is signed. */
static void
test_other_content(void **state)
{
	struct span all = golden_span(&f.dump), text;
	char *twice;
	int base;

	(void)state;
	set_base(-1);
	one(VERDICT_SEALED, "dump.zst", all.p, all.len, all.len);
	one(VERDICT_REFUSED, "dump.zst", all.p, all.len - 1, all.len);
	one(VERDICT_REFUSED, "dump.zst", all.p, all.len, all.len - 1);
	one(VERDICT_REFUSED, "dump.zst", "", 0, all.len);
	text = golden_replace(all, "alice@", "alicf@");
	one(VERDICT_REFUSED, "dump.zst", text.p, text.len, all.len);
	twice = calloc(2, all.len);
	assert_non_null(twice);
	memcpy(twice, all.p, all.len);
	memcpy(twice + all.len, all.p, all.len);
	one(VERDICT_REFUSED, "dump.zst", twice, 2 * all.len, all.len);
	free(twice);
	/* No base here: any delta is for another one.  So it is with a base
	 * that the delta does not name. */
	one(VERDICT_NEED_FULL, OTHER_DELTA, "rs\0026", 4, all.len);
	base = older("alice@", "Alice@");
	set_base(base);
	one(VERDICT_NEED_FULL, OTHER_DELTA, "rs\0026", 4, all.len);
	close(base);
}

/* A chain of f.base and two deltas, the manifest's facts as they are. */
static void
chain(enum verdict_outcome want, int a_from, int a_to, int b_from, int b_to)
{
	int fd = scratch_file("", 0);
	struct archive_out *a = begin_bundle(fd);
	enum verdict_outcome o;
	struct bytes b;
	bool payload;

	put_delta(a, a_from, a_to);
	put_delta(a, b_from, b_to);
	b = end_bundle(a, fd);
	f.saved = scratch_hush(-1);
	o = patch_bytes(golden_span(&b), &payload);
	scratch_unhush(f.saved);
	assert_int_equal(o, want);
	bytes_release(&b);
}

/* Whatever deltas give, it is the signed dump, or the whole one is asked for;
 * a manifest that lies about its own dump is refused. */
static void
test_other_result(void **state)
{
	int dump, base, middle;
	uint64_t was = f.m.dump.principals;

	(void)state;
	dump = scratch_file(f.dump.p, f.dump.len);
	base = older("alice@", "Alice@");
	middle = older("K/M@", "k/m@");
	set_base(base);
	chain(VERDICT_SEALED, base, middle, middle, dump);
	chain(VERDICT_NEED_FULL, base, dump, dump, middle);
	chain(VERDICT_NEED_FULL, middle, dump, base, middle);
	chain(VERDICT_NEED_FULL, base, middle, dump, dump);
	f.m.dump.principals++;
	chain(VERDICT_REFUSED, base, middle, middle, dump);
	chain(VERDICT_NEED_FULL, base, dump, dump, middle);
	f.m.dump.principals = was;
	close(dump);
	close(base);
	close(middle);
}

/* What crashed on a delta is not asked for again in another form. */
static void
test_crash(void **state)
{
	int fd = scratch_file("", 0), dump, base;
	struct archive_out *a = begin_bundle(fd);
	enum verdict_outcome o;
	struct bytes b;
	bool payload;

	(void)state;
	dump = scratch_file(f.dump.p, f.dump.len);
	base = older("alice@", "Alice@");
	set_base(base);
	put_delta(a, base, dump);
	b = end_bundle(a, fd);
	called = 0;
	crash = true;
	f.saved = scratch_hush(-1);
	o = patch_bytes(golden_span(&b), &payload);
	scratch_unhush(f.saved);
	crash = false;
	assert_int_equal(o, VERDICT_REFUSED);
	bytes_release(&b);
	close(dump);
	close(base);
}

/* A bundle without a payload is a heartbeat: whole, and nothing comes out. */
static void
test_heartbeat(void **state)
{
	int fd = scratch_file("", 0);
	struct archive_out *a = begin_bundle(fd);
	struct bytes b = end_bundle(a, fd);
	bool payload = true;

	(void)state;
	set_base(-1);
	assert_int_equal(
	    patch_bytes(golden_span(&b), &payload), VERDICT_SEALED);
	assert_false(payload);
	assert_true(scratch_is(f.out, "", 0));
	bytes_release(&b);
}

/* A full disk is no fault of the bundle: whoever gets this verdict must not
 * look for damage on the wire. */
static void
test_disk_full(void **state)
{
	struct span all = golden_span(&f.dump);

	(void)state;
	set_base(-1);
	room = 0;
	one(VERDICT_FAILED, "dump.zst", all.p, all.len, all.len);
	room = -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full),
		cmocka_unit_test(cut_short),
		cmocka_unit_test(test_delta),
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_other_content),
		cmocka_unit_test(test_other_result),
		cmocka_unit_test(test_crash),
		cmocka_unit_test(test_heartbeat),
		cmocka_unit_test(test_disk_full),
	};

	return cmocka_run_group_tests(tests, prepare, clean);
}
