#include "sys/archive.h"
#include "sys/proc.h"
#include "sys/say.h"
#include "scratch.h"

#include <signal.h>
#include <sys/resource.h>
#include <zstd.h>

#define T 1700000000
#define ZEROS (1024 * 1024)

struct part {
	const char *name, *p;
	size_t n;
};

static const struct part parts[] = {
	{ "manifest", "format: 1\nrealm: EXAMPLE.COM\n", 29 },
	{ "manifest.sig", "", 0 },
	{ "delta.0123456789abcdef0123456789abcdef"
	  "0123456789abcdef0123456789abcdef.zst",
	    "\0\1\2\0\0", 5 },
};
#define PARTS (sizeof(parts) / sizeof(parts[0]))

/* The parts as a tar: malloc'ed. */
static char *
make(size_t *n)
{
	int fd = scratch_file("", 0), data;
	struct archive_out *a;
	char *p;

	a = archive_create(fd, "bundle");
	assert_non_null(a);
	for (size_t i = 0; i < PARTS; i++) {
		if (i % 2 == 0) {
			assert_int_equal(archive_put(a, parts[i].name, T,
					     parts[i].p, parts[i].n),
			    0);
			continue;
		}
		data = scratch_file(parts[i].p, parts[i].n);
		assert_int_equal(
		    archive_put_fd(a, parts[i].name, T, data, parts[i].n), 0);
		close(data);
	}
	assert_int_equal(archive_finish(a), 0);
	p = scratch_read(fd, n);
	close(fd);
	return p;
}

/* 0 the parts, and they are same; 1 the names and sizes are; -1 refused. */
static int
check(struct archive_in *a)
{
	struct bytes b = BYTES_NONE;
	const char *name;
	uint64_t size;
	size_t i = 0;
	int rc, same = 1;

	if (a == NULL)
		return -1;
	for (;;) {
		rc = archive_next(a, &name, &size);
		if (rc != 1)
			break;
		assert_true(i < PARTS);
		assert_string_equal(name, parts[i].name);
		assert_int_equal(size, parts[i].n);
		b.len = 0;
		rc = archive_get(a, &b, 1000);
		if (rc == -1)
			break;
		assert_int_equal(b.len, parts[i].n);
		if (b.len > 0 && memcmp(b.p, parts[i].p, b.len) != 0)
			same = 0;
		i++;
	}
	if (rc == 0)
		assert_int_equal(i, PARTS);
	assert_int_equal(archive_next(a, &name, &size), rc); /* and stays so */
	bytes_release(&b);
	archive_close(a);
	return rc == -1 ? -1 : same ? 0 : 1;
}

static int
check_bytes(const char *p, size_t n)
{
	int fd = scratch_file(p, n), rc;

	rc = check(archive_open(fd, "bundle"));
	close(fd);
	return rc;
}

struct source {
	const char *p;
	size_t n, at_once;
};

static ssize_t
give(void *arg, void *buf, size_t n)
{
	struct source *s = arg;

	if (n > s->at_once)
		n = s->at_once;
	if (n > s->n)
		n = s->n;
	memcpy(buf, s->p, n);
	s->p += n;
	s->n -= n;
	return (ssize_t)n;
}

static void
test_round_trip(void **state)
{
	size_t n, m;
	char *p = make(&n), *q = make(&m);

	(void)state;
	assert_int_equal(n, m);
	assert_memory_equal(p, q, n); /* same parts, same bytes */
	assert_int_equal(n, 5 * 512 + 1024);
	assert_int_equal(check_bytes(p, n), 0);
	for (size_t at_once = 1; at_once < 3000; at_once += 511) {
		struct source s = { p, n, at_once };

		assert_int_equal(check(archive_open_fn(give, &s, "fn")), 0);
	}
	free(p);
	free(q);
}

static char *squeeze(const char *p, size_t n, size_t *len);

static void
test_get_fd_and_skip(void **state)
{
	size_t n;
	char *p = make(&n);
	int fd = scratch_file(p, n), out = scratch_file("", 0);
	struct archive_in *a = archive_open(fd, "bundle");
	const char *name;
	uint64_t size;

	(void)state;
	assert_int_equal(archive_next(a, &name, &size), 1);
	assert_int_equal(archive_get_fd(a, out, 29), 0);
	assert_true(scratch_is(out, parts[0].p, parts[0].n));
	assert_int_equal(archive_next(a, &name, &size), 1); /* not read */
	assert_int_equal(archive_next(a, &name, &size), 1);
	assert_string_equal(name, parts[2].name);
	assert_int_equal(archive_next(a, &name, &size), 0);
	assert_int_equal(archive_next(a, &name, &size), 0);
	archive_close(a);

	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	a = archive_open(fd, "bundle");
	assert_int_equal(archive_next(a, &name, &size), 1);
	assert_int_equal(archive_get_fd(a, out, 28), -1); /* over max */
	assert_int_equal(archive_next(a, &name, &size), -1);
	archive_close(a);
	archive_close(NULL);
	assert_null(archive_open(-1, "closed"));
	free(p);
	close(fd);
	close(out);
}

/* Data begin where it says, behind whatever head the name needs; and a part is
 * decompressed as a whole file is. */
static void
test_at(void **state)
{
	char name[300], back[64];
	struct archive_out *out;
	struct archive_in *a;
	const char *entry;
	uint64_t size, at;
	size_t n;
	char *z = squeeze("what stands in it", 17, &n);
	int fd = scratch_file("", 0), plain = scratch_file("", 0);

	(void)state;
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	out = archive_create(fd, "bundle");
	for (int i = 0; i < 3; i++)
		assert_int_equal(
		    archive_put(out, i == 1 ? name : "short", T, z, n), 0);
	assert_int_equal(archive_finish(out), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	a = archive_open(fd, "bundle");
	for (int i = 0; i < 3; i++) {
		assert_int_equal(archive_next(a, &entry, &size), 1);
		assert_int_equal(size, n);
		at = archive_at(a);
		assert_int_equal(ftruncate(plain, 0), 0);
		assert_int_equal(lseek(plain, 0, SEEK_SET), 0);
		assert_int_equal(
		    archive_decompress_part(fd, at, size, plain, 17, i == 2),
		    0);
		assert_int_equal(pread(plain, back, sizeof(back), 0), 17);
		assert_memory_equal(back, "what stands in it", 17);
		/* Nothing before it, nothing behind it, not less. */
		assert_int_equal(
		    archive_decompress_part(fd, at, size + 1, plain, 17, false),
		    -1);
		assert_int_equal(
		    archive_decompress_part(fd, at, size - 1, plain, 17, false),
		    -1);
		assert_int_equal(archive_decompress_part(
				     fd, at - 1, size + 1, plain, 17, false),
		    -1);
	}
	assert_int_equal(archive_next(a, &entry, &size), 0);
	archive_close(a);
	free(z);
	close(fd);
	close(plain);
}

/* Every truncation is refused, at every byte. */
static void
test_truncations(void **state)
{
	int saved = scratch_hush(-1);
	size_t n;
	char *p = make(&n);

	(void)state;
	for (size_t len = 0; len < n; len++) {
		if (check_bytes(p, len) != -1)
			fail_msg("cut at %zu of %zu", len, n);
	}
	scratch_unhush(saved);
	free(p);
}

/* Where a byte of the parts' data stands: there a flip is the digest's. */
static int
is_data(size_t at)
{
	return (at >= 512 && at < 512 + 29) ||
	    (at >= 512 * 4 && at < 512 * 4 + 5);
}

static void
test_flips(void **state)
{
	int saved = scratch_hush(-1), rc;
	size_t n;
	char *p = make(&n);

	(void)state;
	for (size_t bit = 0; bit < n * 8; bit++) {
		p[bit / 8] = (char)(p[bit / 8] ^ 1 << bit % 8);
		rc = check_bytes(p, n);
		if (bit / 8 >= n - 1024 && rc != -1)
			fail_msg("end mark, bit %zu", bit);
		if (is_data(bit / 8) ? rc != 1 : rc == 1)
			fail_msg("bit %zu: %d", bit, rc);
		p[bit / 8] = (char)(p[bit / 8] ^ 1 << bit % 8);
	}
	scratch_unhush(saved);
	free(p);
}

static int
check_tail(const char *p, size_t n, size_t zeros, const char *tail)
{
	size_t len = strlen(tail), all = n + zeros + len;
	struct source s = { NULL, all, 333 };
	char *q = calloc(1, all);
	int rc;

	assert_non_null(q);
	memcpy(q, p, n);
	memcpy(q + n + zeros, tail, len);
	rc = check_bytes(q, all);
	s.p = q;
	assert_int_equal(check(archive_open_fn(give, &s, "fn")), rc);
	free(q);
	return rc;
}

/* Zeros may follow, not without bound, and nothing else, however far away. */
static void
test_behind_end(void **state)
{
	static const size_t far[] = { 0, 1, 511, 512, 9000, 65536, 200000,
		ZEROS - 1025 };
	size_t n;
	char *p = make(&n);

	(void)state;
	for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
		assert_int_equal(check_tail(p, n, far[i], ""), 0);
		assert_int_equal(check_tail(p, n, far[i], "x"), -1);
	}
	assert_int_equal(check_tail(p, n, 2 * ZEROS, ""), -1);
	/* one block of zeros is no end mark, nor is it with more behind it */
	assert_int_equal(check_tail(p, n - 512, 0, ""), -1);
	assert_int_equal(check_tail(p, n - 512, 0, "x"), -1);
	assert_int_equal(check_tail(p, n - 1024, 0, ""), -1);
	free(p);
}

static void
test_two_archives(void **state)
{
	size_t n;
	char *p = make(&n), *two = malloc(2 * n);

	(void)state;
	assert_non_null(two);
	memcpy(two, p, n);
	memcpy(two + n, p, n);
	assert_int_equal(check_bytes(two, 2 * n), -1);
	memcpy(two + n - 512, p, n); /* behind one block of zeros */
	assert_int_equal(check_bytes(two, 2 * n - 512), -1);
	free(two);
	free(p);
}

static void
test_empty(void **state)
{
	static char zeros[10240];
	struct archive_in *a;
	const char *name;
	uint64_t size;
	int fd = scratch_file("", 0);

	(void)state;
	assert_int_equal(archive_finish(archive_create(fd, "empty")), 0);
	assert_true(scratch_is(fd, zeros, 1024));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	a = archive_open(fd, "empty");
	assert_non_null(a);
	assert_int_equal(archive_next(a, &name, &size), 0);
	archive_close(a);
	close(fd);
	assert_int_equal(check_bytes("", 0), -1);
	assert_int_equal(check_bytes("not a tar\n", 10), -1);
}

/* What a test says to the shell, $D being a directory of its own. */
static int
sh(const char *dir, const char *script)
{
	const char *const argv[] = { "sh", "-ec", script, NULL };
	struct span in = { NULL, 0 };

	setenv("D", dir, 1);
	return proc_run(argv, NULL, in, NULL, NULL, 0, 60000);
}

static void
write_parts(const char *dir)
{
	char path[256];

	for (size_t i = 0; i < PARTS; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, parts[i].name);
		scratch_write(path, parts[i].p, parts[i].n);
	}
}

static int
check_file(const char *dir, const char *name)
{
	char path[64];
	int fd, rc;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_not_equal(fd, -1);
	rc = check(archive_open(fd, path));
	close(fd);
	return rc;
}

/* tar(1) reads ours, we read tar's. */
static void
test_stock_tar(void **state)
{
	static const char *const how[] = { "tar cf", "tar --format=pax -cf",
		"tar --format=ustar -cf", "tar -b 64 -cf" };
	char dir[32], path[64], script[256];
	size_t n;
	char *p = make(&n);

	(void)state;
	scratch_dir(dir);
	write_parts(dir);
	snprintf(path, sizeof(path), "%s/ours", dir);
	scratch_write(path, p, n);
	free(p);
	assert_int_equal(sh(dir,
			     "cd $D; mkdir x; tar xf ours -C x; "
			     "for f in man* del*; do cmp $f x/$f; done; "
			     "test \"$(tar tf ours | tr '\\n' ' ')\" = "
			     "\"manifest manifest.sig $(ls | grep del) \"; "
			     "tar --numeric-owner --utc -tvf ours | grep -q "
			     "'^-rw------- 0/0 .* 2023-11-14 22:13'; "
			     "rm -r x"),
	    0);
	for (size_t i = 0; i < 4; i++) {
		snprintf(script, sizeof(script), "cd $D; %s t %s %s %s", how[i],
		    parts[0].name, parts[1].name, parts[2].name);
		assert_int_equal(sh(dir, script), 0);
		assert_int_equal(check_file(dir, "t"), 0);
	}
	scratch_names(dir, 1);
}

/* The answer to the first entry of a tar that the script makes as $D/t. */
static int
first(const char *dir, const char *script, char *name, uint64_t *size)
{
	struct archive_in *a;
	const char *entry;
	char path[64];
	int fd, rc;

	assert_int_equal(sh(dir, script), 0);
	snprintf(path, sizeof(path), "%s/t", dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	a = archive_open(fd, path);
	if (a == NULL) {
		close(fd);
		return -1;
	}
	rc = archive_next(a, &entry, size);
	if (rc == 1)
		snprintf(name, 300, "%s", entry);
	archive_close(a);
	close(fd);
	return rc;
}

static void
test_no_surprises(void **state)
{
	static const char *const refused[] = {
		"cd $D; ln -s /etc/passwd l; tar cf t l; rm l",
		"cd $D; echo x >a; ln a b; tar cf t a b; "
		"tar --delete -f t a; rm a b",
		"cd $D; mkdir d; tar cf t d; rmdir d",
		"cd $D; mkfifo f; tar cf t f; rm f",
		"tar cf $D/t -C / dev/null",
		"cd $D; truncate -s 10M s; tar cSf t s; rm s",
		"cd $D; truncate -s 10M s; echo x >>s; tar cSf t s; rm s",
		"cd $D; truncate -s 10M s; echo x >>s; "
		"tar cSf t --format=pax --sparse-version=1.0 s; rm s",
		"cd $D; truncate -s 10M s; echo x >>s; "
		"tar cSf t --format=pax --sparse-version=0.0 s; rm s",
		"cd $D; echo x >x; tar czf t x; rm x",
		"cd $D; echo x >x; echo x | cpio -o >t 2>/dev/null "
		"|| echo 070707 >t; rm x",
	};
	char dir[32], name[300];
	uint64_t size;

	(void)state;
	scratch_dir(dir);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (first(dir, refused[i], name, &size) != -1)
			fail_msg("%s", refused[i]);
	/* names come as they are stored */
	assert_int_equal(
	    first(dir, "cd $D; echo x >x; tar cf t ./x; rm x", name, &size), 1);
	assert_string_equal(name, "./x");
	assert_int_equal(
	    first(dir, "tar cPf $D/t $D/../../etc/passwd", name, &size), 1);
	assert_non_null(strstr(name, "/../../etc/passwd"));
	/* a name too long for a plain header */
	assert_int_equal(first(dir,
			     "cd $D; n=$(printf %0250d 0); echo x >$n; "
			     "tar --format=pax -cf t $n; rm $n",
			     name, &size),
	    1);
	assert_int_equal(strlen(name), 250);
	assert_int_equal(size, 2);
	scratch_names(dir, 1);
}

static int puts_left;

static int
take_some(void *arg, const void *p, size_t n)
{
	struct bytes *b = arg;

	if (puts_left-- <= 0)
		return -1;
	return bytes_add(b, p, n);
}

static void
test_write_fn(void **state)
{
	static char big[40000];
	struct bytes b = BYTES_NONE;
	struct archive_out *a;
	struct source s;
	const char *name;
	uint64_t size;
	struct archive_in *in;

	(void)state;
	puts_left = 1000;
	a = archive_create_fn(take_some, &b, "fn");
	assert_int_equal(archive_put(a, "big", T, big, sizeof(big)), 0);
	assert_int_equal(archive_finish(a), 0);
	s = (struct source){ b.p, b.len, 999 };
	in = archive_open_fn(give, &s, "fn");
	assert_int_equal(archive_next(in, &name, &size), 1);
	assert_int_equal(size, sizeof(big));
	assert_int_equal(archive_next(in, &name, &size), 0);
	archive_close(in);

	/* refused at the nth write: no end mark, no success */
	for (int n = 0; n < 4; n++) {
		puts_left = n;
		b.len = 0;
		a = archive_create_fn(take_some, &b, "fn");
		(void)archive_put(a, "big", T, big, sizeof(big));
		assert_int_equal(archive_finish(a), -1);
		assert_true(b.len <= (size_t)n * 10240);
	}
	bytes_release(&b);
}

static int
is_whole(const struct bytes *b)
{
	struct source s = { b->p, b->len, 100 };
	struct archive_in *in = archive_open_fn(give, &s, "fn");
	const char *name;
	uint64_t size;
	int rc = -1;

	if (in == NULL)
		return 0;
	do
		rc = archive_next(in, &name, &size);
	while (rc == 1);
	archive_close(in);
	return rc == 0;
}

/* Dropped, or failed: never an archive that looks whole. */
static void
test_drop(void **state)
{
	static char big[20480];
	struct bytes b = BYTES_NONE;
	struct archive_out *a;
	int fd = scratch_file("short", 5);

	(void)state;
	puts_left = 1000;
	archive_drop(NULL);
	a = archive_create_fn(take_some, &b, "fn");
	assert_int_equal(archive_put(a, "big", T, big, sizeof(big)), 0);
	archive_drop(a);
	assert_false(is_whole(&b));

	b.len = 0;
	a = archive_create_fn(take_some, &b, "fn");
	assert_int_equal(archive_put(a, "big", T, big, sizeof(big)), 0);
	assert_int_equal(archive_put_fd(a, "short", T, fd, 6), -1);
	assert_int_equal(archive_put(a, "more", T, big, 1), -1);
	assert_int_equal(archive_finish(a), -1);
	assert_false(is_whole(&b));
	bytes_release(&b);
	close(fd);
}

/* A part of a file, and one that the file does not have. */
static void
test_put_part(void **state)
{
	int from = scratch_file("0123456789", 10), to = scratch_file("", 0);
	struct archive_out *a = archive_create(to, "bundle");
	struct archive_in *in;
	struct bytes b = BYTES_NONE;
	const char *name;
	uint64_t size;
	int saved;

	(void)state;
	assert_non_null(a);
	assert_int_equal(archive_put_part(a, "part", T, from, 3, 4), 0);
	assert_int_equal(archive_put_part(a, "none", T, from, 10, 0), 0);
	assert_int_equal(archive_finish(a), 0);
	assert_int_equal(lseek(to, 0, SEEK_SET), 0);
	in = archive_open(to, "bundle");
	assert_int_equal(archive_next(in, &name, &size), 1);
	assert_string_equal(name, "part");
	assert_int_equal(archive_get(in, &b, 10), 0);
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.p, "3456", 4);
	archive_close(in);
	bytes_release(&b);
	a = archive_create(to, "bundle");
	saved = scratch_hush(-1);
	assert_int_equal(archive_put_part(a, "part", T, from, 8, 3), -1);
	assert_int_equal(archive_finish(a), -1);
	scratch_unhush(saved);
	close(from);
	close(to);
}

static void
test_full(void **state)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct archive_out *a = archive_create(fd, "bundle");
	char said[256];

	(void)state;
	(void)archive_put(a, "x", T, "x", 1);
	assert_int_equal(archive_finish(a), -1);
	say_last(said, sizeof(said));
	assert_string_equal(
	    said, "bundle: write: No space left on device in /dev");
	close(fd);
}

static ssize_t
broken(void *arg, void *buf, size_t n)
{
	struct source *s = arg;

	return s->n == 0 ? -1 : give(s, buf, n);
}

static void
test_read_fails(void **state)
{
	size_t n;
	char *p = make(&n);

	(void)state;
	for (size_t len = 0; len <= n; len += 256) {
		struct source s = { p, len, 100 };

		assert_int_equal(check(archive_open_fn(broken, &s, "fn")), -1);
	}
	free(p);
}

/* zstd */

static int
expand(const char *p, size_t n, uint64_t max, int out)
{
	int in = scratch_file(p, n), rc;

	assert_int_equal(lseek(out, 0, SEEK_SET), 0);
	assert_int_equal(ftruncate(out, 0), 0);
	rc = archive_decompress(in, out, max);
	close(in);
	return rc;
}

static char *
squeeze(const char *p, size_t n, size_t *len)
{
	int in = scratch_file(p, n), out = scratch_file("", 0);
	char *z;

	if (n > 1)
		assert_int_equal(lseek(in, 1, SEEK_SET), 1);
	assert_int_equal(archive_compress(in, out), 0);
	z = scratch_read(out, len);
	close(in);
	close(out);
	return z;
}

static void
test_zstd(void **state)
{
	static const size_t sizes[] = { 0, 1, 100, 131071, 131072, 131073,
		262144, 1000000 };
	static char data[1000000];
	int out = scratch_file("", 0);

	(void)state;
	scratch_noise(data, sizeof(data) / 2, 1);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t n = sizes[i], len;
		char *z = squeeze(data, n, &len);

		assert_int_equal(expand(z, len, n, out), 0);
		assert_true(scratch_is(out, data, n));
		assert_int_equal(expand(z, len, UINT64_MAX, out), 0);
		if (n > 0) {
			struct stat st;

			assert_int_equal(expand(z, len, n - 1, out), -1);
			assert_int_equal(fstat(out, &st), 0);
			assert_true((size_t)st.st_size < n);
		}
		free(z);
	}
	close(out);
}

static void
test_zstd_damage(void **state)
{
	static char data[2000];
	int out = scratch_file("", 0), saved = scratch_hush(-1);
	size_t len;
	char *z;

	(void)state;
	scratch_noise(data, 300, 4);
	memcpy(data + 900, data, 300);
	z = squeeze(data, sizeof(data), &len);
	for (size_t cut = 0; cut < len; cut++)
		if (expand(z, cut, 10000, out) != -1)
			fail_msg("cut at %zu of %zu", cut, len);
	for (size_t bit = 0; bit < len * 8; bit++) {
		z[bit / 8] = (char)(z[bit / 8] ^ 1 << bit % 8);
		if (expand(z, len, 10000, out) == 0 &&
		    !scratch_is(out, data, sizeof(data)))
			fail_msg("bit %zu", bit);
		z[bit / 8] = (char)(z[bit / 8] ^ 1 << bit % 8);
	}
	scratch_unhush(saved);
	free(z);
	close(out);
}

/* One ordinary frame with its checksum, nothing in front or behind. */
static void
test_zstd_one_frame(void **state)
{
	static const char skippable[] = "\x50\x2a\x4d\x18\x04\0\0\0abcd";
	char both[1000];
	int out = scratch_file("", 0);
	size_t len;
	char *z = squeeze("hello", 5, &len);

	(void)state;
	assert_int_equal(expand(z, len, 5, out), 0);
	memcpy(both, z, len);
	memcpy(both + len, z, len);
	assert_int_equal(expand(both, 2 * len, 100, out), -1);
	assert_int_equal(expand(both, len + 1, 100, out), -1);
	both[len] = 0;
	assert_int_equal(expand(both, len + 1, 100, out), -1);
	memcpy(both + len, skippable, 12);
	assert_int_equal(expand(both, len + 12, 100, out), -1);
	memcpy(both, skippable, 12);
	assert_int_equal(expand(both, 12, 100, out), -1);
	memcpy(both + 12, z, len);
	assert_int_equal(expand(both, 12 + len, 100, out), -1);
	/* without checksum */
	free(z);
	len = ZSTD_compress(both, sizeof(both), "hello", 5, 3);
	assert_false(ZSTD_isError(len));
	assert_int_equal(expand(both, len, 100, out), -1);
	close(out);
}

/* What several threads compress, a part each: every part to its last byte, in one
 * frame that stock tools read. */
static void
test_zstd_large(void **state)
{
	enum { SIZE = 24 * 1024 * 1024 + 1 };
	char *data = malloc(SIZE), dir[32], path[64];
	int out = scratch_file("", 0);
	size_t len;
	char *z;

	(void)state;
	assert_non_null(data);
	for (size_t at = 0; at < SIZE; at += 4096)
		scratch_noise(data + at, SIZE - at < 4096 ? SIZE - at : 4096,
		    (uint32_t)(at % 65536));
	z = squeeze(data, SIZE, &len);
	assert_true(len < SIZE);
	assert_int_equal(ZSTD_findFrameCompressedSize(z, len), len);
	assert_int_equal(expand(z, len, SIZE, out), 0);
	assert_true(scratch_is(out, data, SIZE));
	assert_int_equal(expand(z, len, SIZE - 1, out), -1);
	assert_int_equal(expand(z, len - 1, SIZE, out), -1);
	scratch_dir(dir);
	snprintf(path, sizeof(path), "%s/z.zst", dir);
	scratch_write(path, z, len);
	assert_int_equal(sh(dir, "zstd -tq $D/z.zst"), 0);
	scratch_names(dir, 1);
	free(z);
	free(data);
	close(out);
}

/* A byte behind the frame, where a read of 128 KiB ends. */
static void
test_zstd_behind_end(void **state)
{
	static char data[140000], more[150000];
	int out = scratch_file("", 0);

	(void)state;
	scratch_noise(data, sizeof(data), 9);
	/* noise does not shrink: the frame is some 20 bytes longer */
	for (size_t n = 131072 - 40; n < 131072 + 20; n++) {
		size_t len;
		char *z = squeeze(data, n, &len);

		memcpy(more, z, len);
		more[len] = 'x';
		assert_int_equal(expand(more, len, n, out), 0);
		assert_int_equal(expand(more, len + 1, n, out), -1);
		free(z);
	}
	close(out);
}

static void
test_zstd_bomb_and_window(void **state)
{
	static char small[100000], zeros[1 << 20];
	int out = scratch_file("", 0);
	ZSTD_CCtx *ctx = ZSTD_createCCtx();
	ZSTD_outBuffer to = { small, sizeof(small), 0 };
	struct stat st;

	(void)state;
	/* 256 MiB of zeros, in a window of 256 MiB; then one of 128 MiB */
	for (int log = 28; log >= 27; log--) {
		ZSTD_CCtx_reset(ctx, ZSTD_reset_session_and_parameters);
		ZSTD_CCtx_setParameter(ctx, ZSTD_c_windowLog, log);
		ZSTD_CCtx_setParameter(ctx, ZSTD_c_checksumFlag, 1);
		to.pos = 0;
		for (int i = 0; i < 256; i++) {
			ZSTD_inBuffer from = { zeros, sizeof(zeros), 0 };

			assert_false(ZSTD_isError(ZSTD_compressStream2(ctx, &to,
			    &from, i < 255 ? ZSTD_e_continue : ZSTD_e_end)));
			assert_int_equal(from.pos, from.size);
		}
		assert_int_equal(expand(small, to.pos, 1000000, out), -1);
		assert_int_equal(fstat(out, &st), 0);
		if (log == 28)
			assert_int_equal(st.st_size, 0);
		assert_true(st.st_size <= 1000000);
	}
	ZSTD_freeCCtx(ctx);
	close(out);
}

static void
test_stock_zstd(void **state)
{
	char dir[32], path[64];
	size_t len;
	char *z = squeeze("hello\n", 6, &len);
	int out = scratch_file("", 0), in;

	(void)state;
	scratch_dir(dir);
	snprintf(path, sizeof(path), "%s/z.zst", dir);
	scratch_write(path, z, len);
	free(z);
	assert_int_equal(sh(dir,
			     "cd $D; zstd -tq z.zst; "
			     "test $(zstd -dqc z.zst) = hello; "
			     "seq 9999 >s; zstd -q19 s; cat s | zstd -q >p; "
			     "sha256sum <s"),
	    0);
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, i ? "p" : "s.zst");
		in = open(path, O_RDONLY | O_CLOEXEC);
		assert_int_equal(lseek(out, 0, SEEK_SET), 0);
		assert_int_equal(archive_decompress(in, out, 48888), 0);
		free(scratch_read(out, &len));
		assert_int_equal(len, 48888);
		close(in);
	}
	close(out);
	scratch_names(dir, 1);
}

static void
test_zstd_no_room(void **state)
{
	int in = scratch_file("hello", 5), full;
	char said[256];
	size_t len;
	char *z = squeeze("hello", 5, &len);
	int frame = scratch_file(z, len);

	(void)state;
	free(z);
	full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_int_equal(archive_compress(in, full), -1);
	say_last(said, sizeof(said));
	assert_string_equal(
	    said, "zstd: write: No space left on device in /dev");
	assert_int_equal(archive_decompress(frame, full, 5), -1);
	close(full);
	assert_int_equal(ftruncate(in, 8 * 1024 * 1024), 0);
	assert_int_equal(archive_compress(in, full), -1);
	assert_int_equal(archive_compress(-1, full), -1);
	assert_int_equal(archive_decompress(-1, full, 3), -1);
	close(in);
	close(frame);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_get_fd_and_skip),
		cmocka_unit_test(test_at),
		cmocka_unit_test(test_truncations),
		cmocka_unit_test(test_flips),
		cmocka_unit_test(test_behind_end),
		cmocka_unit_test(test_two_archives),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_stock_tar),
		cmocka_unit_test(test_no_surprises),
		cmocka_unit_test(test_write_fn),
		cmocka_unit_test(test_drop),
		cmocka_unit_test(test_put_part),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_read_fails),
		cmocka_unit_test(test_zstd),
		cmocka_unit_test(test_zstd_large),
		cmocka_unit_test(test_zstd_damage),
		cmocka_unit_test(test_zstd_one_frame),
		cmocka_unit_test(test_zstd_behind_end),
		cmocka_unit_test(test_zstd_bomb_and_window),
		cmocka_unit_test(test_stock_zstd),
		cmocka_unit_test(test_zstd_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
