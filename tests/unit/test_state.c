/* Goal of this test: the state directory is made and kept as state.h says, and
 * its small files are read as they were written or not at all. */

#include "golden.h"
#include "said.h"

#include "store/proof.h"
#include "store/state.h"
#include "sys/file.h"
#include "sys/newfile.h"

#include <time.h>

static struct {
	char dir[32];
	struct config cf;
	struct state s;
	struct said said;
	unsigned same, refused;
} f;

static int
prepare(void **state)
{
	(void)state;
	scratch_dir(f.dir);
	memset(&f.cf, 0, sizeof(f.cf));
	snprintf(f.cf.state_dir, sizeof(f.cf.state_dir), "%s/state", f.dir);
	snprintf(f.cf.path, sizeof(f.cf.path), "/etc/the.conf");
	return 0;
}

/* The same with a state directory in it. */
static int
prepare_state(void **state)
{
	prepare(state);
	assert_int_equal(state_open(&f.cf, true, &f.s), 0);
	return 0;
}

static int
clean(void **state)
{
	struct stat st;

	(void)state;
	if (lstat(f.cf.state_dir, &st) == 0 && S_ISDIR(st.st_mode))
		scratch_names(f.cf.state_dir, 1);
	scratch_names(f.dir, 1);
	return 0;
}

static void
put(const char *name, const char *text)
{
	char path[PATH_MAX];

	state_path(&f.s, name, path);
	scratch_write(path, text, strlen(text));
}

/* What stands behind the directory. */
static const char *
leaf(const char *path)
{
	size_t n = strlen(f.s.dir);

	assert_memory_equal(path, f.s.dir, n);
	return path + n;
}

static bool
there(const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	state_path(&f.s, name, path);
	return lstat(path, &st) == 0;
}

/*
 * The directory.
 */
static mode_t
mode(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

static void
test_make(void **state)
{
	mode_t old;

	(void)state;
	said_begin(&f.said);
	assert_int_equal(state_open(&f.cf, false, &f.s), -1);
	said_one(&f.said, f.cf.state_dir, "/etc/the.conf");
	assert_int_equal(scratch_names(f.dir, 0), 0);
	old = umask(0);
	assert_int_equal(state_open(&f.cf, true, &f.s), 0);
	umask(old);
	assert_int_equal(mode(f.cf.state_dir), 0700);
	assert_string_equal(f.s.dir, f.cf.state_dir);
	assert_int_equal(f.s.role, ROLE_NONE);
	assert_int_equal(state_open(&f.cf, false, &f.s), 0);
	assert_int_equal(state_open(&f.cf, true, &f.s), 0);
	assert_int_equal(scratch_names(f.s.dir, 0), 0);
}

static void
refused(const char *why)
{
	for (int make = 0; make < 2; make++) {
		said_begin(&f.said);
		assert_int_equal(state_open(&f.cf, make, &f.s), -1);
		said_one(&f.said, f.cf.state_dir, why);
	}
}

static void
test_modes(void **state)
{
	static const mode_t bad[] = { 0720, 0702, 0770, 0777, 01777 };
	static const mode_t good[] = { 0700, 0755, 0711 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(chmod(f.cf.state_dir, bad[i]), 0);
		refused("writable by nobody else");
		/* It is for a person to say whether nobody did. */
		assert_int_equal(mode(f.cf.state_dir), bad[i]);
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(chmod(f.cf.state_dir, good[i]), 0);
		assert_int_equal(state_open(&f.cf, true, &f.s), 0);
	}
}

static void
test_no_directory(void **state)
{
	(void)state;
	assert_int_equal(rmdir(f.cf.state_dir), 0);
	assert_int_equal(symlink("/tmp", f.cf.state_dir), 0);
	refused("not a directory");
	unlink(f.cf.state_dir);
	scratch_write(f.cf.state_dir, "", 0);
	refused("not a directory");
}

static void
test_owner(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		print_message("needs root, to give a directory away\n");
		skip();
	}
	assert_int_equal(chown(f.cf.state_dir, 65534, 0), 0);
	refused("owned by uid 65534");
}

static void
age(const char *name, int64_t seconds)
{
	struct timespec t[2] = { { time(NULL) - seconds, 0 },
		{ time(NULL) - seconds, 0 } };
	char path[PATH_MAX];

	state_path(&f.s, name, path);
	assert_int_equal(utimensat(AT_FDCWD, path, t, 0), 0);
}

static void
test_sweep(void **state)
{
	char path[PATH_MAX];

	(void)state;
	put(".seal.tar.abcdef", "x");
	put(".young.abcdef", "x");
	put("seal.tar", "x");
	state_path(&f.s, ".dir", path);
	assert_int_equal(mkdir(path, 0700), 0);
	age(".seal.tar.abcdef", 86400 + 600);
	age(".young.abcdef", 86400 - 600);
	age("seal.tar", 1000000);
	age(".dir", 1000000);
	assert_int_equal(state_open(&f.cf, false, &f.s), 0);
	assert_int_equal(scratch_names(f.s.dir, 0), 4);
	assert_int_equal(state_open(&f.cf, true, &f.s), 0);
	assert_false(there(".seal.tar.abcdef"));
	assert_true(there(".young.abcdef") && there("seal.tar"));
	assert_true(there(".dir"));
}

static void
test_path(void **state)
{
	static struct state s;
	char path[PATH_MAX];

	(void)state;
	state_path(&f.s, STATE_SEAL, path);
	assert_string_equal(leaf(path), "/seal.tar");
	/* Never a name that is cut. */
	memset(s.dir, 'x', PATH_MAX - 3);
	state_path(&s, "a", path);
	assert_int_equal(strlen(path), PATH_MAX - 1);
	state_path(&s, "ab", path);
	assert_string_equal(path, "");
}

/*
 * The role.
 */
static void
test_role(void **state)
{
	static const enum role other[] = { 0, ROLE_REPLICA, ROLE_PRIMARY };

	(void)state;
	for (enum role r = ROLE_PRIMARY; r <= ROLE_REPLICA; r++) {
		assert_int_equal(state_take_role(&f.s, r), 0);
		assert_int_equal(f.s.role, r);
		assert_int_equal(state_take_role(&f.s, r), 0);
		assert_int_equal(state_open(&f.cf, false, &f.s), 0);
		assert_int_equal(f.s.role, r);
		said_begin(&f.said);
		assert_int_equal(state_take_role(&f.s, other[r]), -1);
		said_one(&f.said, f.s.dir,
		    r == ROLE_PRIMARY ? "--demote" : "--promote");
		assert_int_equal(f.s.role, r);
		assert_int_equal(state_open(&f.cf, true, &f.s), 0);
		assert_int_equal(f.s.role, r);
		assert_int_equal(state_remove(&f.s, "role"), 0);
		assert_int_equal(state_open(&f.cf, true, &f.s), 0);
		assert_int_equal(f.s.role, ROLE_NONE);
	}
}

/* A kdc-restore is under way. */
static void
test_role_restore(void **state)
{
	struct state again;

	(void)state;
	for (enum role r = ROLE_NONE; r <= ROLE_REPLICA; r++) {
		assert_int_equal(state_set_restore(&f.s, r, 7, "before-1"), 0);
		assert_int_equal(state_open(&f.cf, true, &again), 0);
		assert_int_equal(again.role, ROLE_RESTORE);
		assert_int_equal(again.was, r);
		assert_int_equal(again.from, 7);
		assert_string_equal(again.kept, "before-1");
		assert_string_equal(state_newest(&again), STATE_CURRENT);
		for (enum role other = ROLE_PRIMARY; other <= ROLE_REPLICA;
		     other++) {
			said_begin(&f.said);
			assert_int_equal(state_take_role(&again, other), -1);
			said_one(&f.said, "cut short", "kdc-restore(8)");
		}
	}
	put(STATE_SEAL, "");
	assert_string_equal(state_newest(&again), STATE_SEAL);
	assert_int_equal(state_remove(&f.s, STATE_SEAL), 0);
	/* Who opened it before learns of it when he asks again. */
	again.role = ROLE_PRIMARY;
	said_begin(&f.said);
	assert_int_equal(state_take_role(&again, ROLE_PRIMARY), -1);
	said_one(&f.said, "cut short", NULL);
	assert_int_equal(state_set_role(&f.s, ROLE_PRIMARY), 0);
	assert_int_equal(state_open(&f.cf, true, &again), 0);
	assert_int_equal(again.role, ROLE_PRIMARY);
	assert_string_equal(again.kept, "");
	assert_int_equal(state_set_role(&f.s, ROLE_NONE), 0);
	assert_int_equal(scratch_names(f.s.dir, 0), 0);
}

static void
test_role_unclear(void **state)
{
	static const char *const bad[] = { "restore", "restore ",
		"restore primary", "restore king 1 -", "restore primary 1 - -",
		"restore primary 1", "restore primary x -",
		"restore restore 1 -", "", "\n", "none\n", "primar",
		"primary \n", "Primary\n", " primary", "primary replica\n",
		"\nprimary\n", "replica\r\n",
		"primaryprimaryprimaryprimaryprimary\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put("role", bad[i]);
		said_begin(&f.said);
		if (state_open(&f.cf, true, &f.s) != -1)
			fail_msg("accepted: '%s'", bad[i]);
		said_one(&f.said, "/role", f.cf.state_dir);
		assert_int_equal(f.s.role, ROLE_NONE);
	}
	put("role", "replica"); /* as echo -n leaves it */
	assert_int_equal(state_open(&f.cf, true, &f.s), 0);
	assert_int_equal(f.s.role, ROLE_REPLICA);
}

/*
 * Lines.
 */
static void
test_lines(void **state)
{
	char text[64], small[4];

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(state_line(&f.s, "refused", text, sizeof(text)), 0);
	assert_string_equal(text, "");
	assert_int_equal(
	    state_set_line(&f.s, "refused", "seal: is damaged"), 0);
	assert_int_equal(state_line(&f.s, "refused", text, sizeof(text)), 1);
	assert_string_equal(text, "seal: is damaged");
	assert_int_equal(state_line(&f.s, "refused", small, sizeof(small)), 1);
	assert_string_equal(small, "sea");
	assert_int_equal(state_set_line(&f.s, "refused", ""), 0);
	assert_int_equal(state_line(&f.s, "refused", text, sizeof(text)), 1);
	assert_string_equal(text, "");
	put("refused", "a\nb\n");
	assert_int_equal(state_line(&f.s, "refused", text, sizeof(text)), 1);
	assert_string_equal(text, "a");
	assert_int_equal(state_remove(&f.s, "refused"), 0);
	assert_false(there("refused"));
	assert_int_equal(state_remove(&f.s, "refused"), 0);
}

static void
test_line_file(void **state)
{
	struct bytes b = BYTES_NONE;
	char path[PATH_MAX];

	(void)state;
	state_path(&f.s, "verdict", path);
	assert_int_equal(state_set_line(&f.s, "verdict", "OK seal"), 0);
	assert_int_equal(mode(path), 0600);
	assert_int_equal(file_read(path, 100, &b), 0);
	assert_string_equal(b.p, "OK seal\n");
	bytes_release(&b);
	assert_int_equal(scratch_names(f.s.dir, 0), 1);
}

/* What is longer than a small file is cut before it is written, and no line
 * when somebody else wrote it. */
static void
test_line_long(void **state)
{
	static char text[6000], got[6000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	assert_int_equal(state_set_line(&f.s, "refused", text), 0);
	assert_int_equal(state_line(&f.s, "refused", got, sizeof(got)), 1);
	assert_int_equal(strlen(got), 4094);
	text[4096] = '\0';
	put("refused", text);
	assert_int_equal(state_line(&f.s, "refused", got, sizeof(got)), 1);
	assert_int_equal(strlen(got), 4096);
	text[4096] = 'x';
	text[4097] = '\0';
	put("refused", text);
	said_begin(&f.said);
	assert_int_equal(state_line(&f.s, "refused", got, sizeof(got)), -1);
	said_one(&f.said, "/refused", "longer than");
	assert_string_equal(got, "");
}

static void
test_line_link(void **state)
{
	char path[PATH_MAX], text[64];

	(void)state;
	state_path(&f.s, "refused", path);
	assert_int_equal(symlink("/etc/hostname", path), 0);
	said_begin(&f.said);
	assert_int_equal(state_line(&f.s, "refused", text, sizeof(text)), -1);
	said_one(&f.said, path, "symbolic link");
	assert_string_equal(text, "");
}

static void
test_lock(void **state)
{
	int a = -1, b = -1, c = -1;

	(void)state;
	assert_int_equal(state_lock(&f.s, "apply", 0, &a), 0);
	assert_true(there("apply.lock"));
	said_begin(&f.said);
	assert_int_equal(state_lock(&f.s, "apply", 0, &b), LOCK_BUSY);
	said_one(&f.said, "/apply.lock", NULL);
	assert_int_equal(state_lock(&f.s, "verify", 0, &c), 0);
	close(a);
	assert_int_equal(state_lock(&f.s, "apply", 0, &b), 0);
	close(b);
	close(c);
}

/*
 * Dumps.
 */
static const struct digest one = { { 1 } }, two = { { 2 } }, three = { { 3 } };

static void
put_dump(const struct digest *d)
{
	char path[PATH_MAX];

	state_dump(&f.s, d, path);
	scratch_write(path, "x", 1);
}

static bool
has_dump(const struct digest *d)
{
	char path[PATH_MAX];

	state_dump(&f.s, d, path);
	return access(path, F_OK) == 0;
}

static void
test_dump_name(void **state)
{
	char path[PATH_MAX];

	(void)state;
	state_dump(&f.s, &one, path);
	assert_string_equal(leaf(path),
	    "/dump.01000000000000000000000000000000"
	    "00000000000000000000000000000000");
}

static void
test_prune(void **state)
{
	(void)state;
	put_dump(&one);
	put_dump(&two);
	put_dump(&three);
	put(".dump.0100.abcdef", "left half written");
	put("dump.", "x");
	put("seal.tar", "x");
	put("dumpling", "x");
	put(".seal.tar.abcdef", "x");
	state_prune_dumps(&f.s, &one, &three);
	assert_true(has_dump(&one) && has_dump(&three));
	assert_false(has_dump(&two));
	assert_false(there(".dump.0100.abcdef"));
	assert_true(there("seal.tar") && there("dumpling"));
	assert_true(there(".seal.tar.abcdef"));
	state_prune_dumps(&f.s, &three, NULL);
	assert_true(has_dump(&three));
	assert_false(has_dump(&one));
	assert_true(there("seal.tar") && there("dumpling"));
	state_prune_dumps(&f.s, &three, &three);
	assert_true(has_dump(&three));
}

/* The spare: written over, until it has a name again; never under one. */
static void
test_spare(void **state)
{
	struct newfile n = NEWFILE_NONE;
	char path[PATH_MAX], spare[PATH_MAX], c;
	int fd;

	(void)state;
	state_path(&f.s, STATE_SPARE, spare);
	fd = state_spare_open(&f.s); /* there is none */
	assert_int_not_equal(fd, -1);
	close(fd);
	put_dump(&one);
	put_dump(&two);
	state_prune_dumps(&f.s, &one, NULL);
	assert_true(has_dump(&one) && there(STATE_SPARE));
	assert_false(has_dump(&two));
	/* That is no dump to anybody. */
	assert_int_equal(state_other_dump(&f.s, &one, path), 0);
	fd = state_spare_open(&f.s);
	assert_int_equal(pread(fd, &c, 1, 0), 1);
	assert_int_equal(pwrite(fd, "X", 1, 0), 1);
	state_dump(&f.s, &two, path);
	assert_int_equal(newfile_adopt(&n, path, fd), 0);
	assert_int_equal(newfile_commit(&n), 0);
	close(fd);
	assert_true(has_dump(&two) && there(STATE_SPARE));
	assert_false(state_spare_put(&f.s, path));
	assert_true(has_dump(&two) && there(STATE_SPARE));
	/* Both names are of it: what comes next is written elsewhere. */
	fd = state_spare_open(&f.s);
	assert_int_equal(pwrite(fd, "Y", 1, 0), 1);
	close(fd);
	assert_false(there(STATE_SPARE));
	fd = open(path, O_RDONLY);
	assert_int_equal(pread(fd, &c, 1, 0), 1);
	assert_int_equal(c, 'X');
	close(fd);
	/* One at the most, and none of what was not whole. */
	put_dump(&three);
	put(".dump.0100.abcdef", "left half written");
	state_prune_dumps(&f.s, &one, NULL);
	assert_true(has_dump(&one) && there(STATE_SPARE));
	assert_false(has_dump(&two) || has_dump(&three));
	assert_false(there(".dump.0100.abcdef"));
	put_dump(&two);
	put_dump(&three);
	assert_int_equal(state_remove(&f.s, STATE_SPARE), 0);
	state_prune_dumps(&f.s, NULL, NULL);
	assert_false(has_dump(&two) || there(STATE_SPARE));
}

static void
test_other_dump(void **state)
{
	char path[PATH_MAX], want[PATH_MAX];

	(void)state;
	assert_int_equal(state_other_dump(&f.s, &one, path), 0);
	put("seal.tar", "x");
	put(".dump.0100.abcdef", "x");
	put_dump(&one);
	assert_int_equal(state_other_dump(&f.s, &one, path), 0);
	put_dump(&two);
	assert_int_equal(state_other_dump(&f.s, &one, path), 1);
	state_dump(&f.s, &two, want);
	assert_string_equal(path, want);
	assert_int_equal(state_other_dump(&f.s, &two, path), 1);
	state_dump(&f.s, &one, want);
	assert_string_equal(path, want);
}

/*
 * The proof.
 */
static const struct proof good = {
	.time = 1795332900,
	.good = true,
	.result = "good",
	.digest = { { 0xab, 1, 2, 3 } },
	.stash_kvno = 2,
	.mkey_kvno = { 1, 2, UINT32_MAX },
	.n_mkey = 3,
	.stamp = {
		.file = { { 1, 2, 3, 1795332899123456789 }, { 4, 5, 6, 7 } },
		.read = 1795332900123456789,
	},
};

static const struct digested dump = {
	.digest = { { 0xab, 1, 2, 3 } },
	.dev = 1,
	.ino = 2,
	.size = 3,
	.mtime = 1795332899123456789,
	.ctime = 1795332899123456790,
	.time = 1795332900,
};

static void
assert_same(const struct proof *a, const struct proof *b)
{
	assert_true(grant_mark_equal(&a->mark, &b->mark));
	assert_int_equal(a->time, b->time);
	assert_int_equal(a->good, b->good);
	assert_string_equal(a->result, b->result);
	assert_true(digest_equal(&a->digest, &b->digest));
	assert_int_equal(a->stash_kvno, b->stash_kvno);
	assert_int_equal(a->n_mkey, b->n_mkey);
	for (unsigned i = 0; i < a->n_mkey; i++)
		assert_int_equal(a->mkey_kvno[i], b->mkey_kvno[i]);
	assert_true(stamp_equal(&a->stamp, &b->stamp));
	assert_true(a->stamp.read == b->stamp.read);
	assert_int_equal(a->locked, b->locked);
	assert_int_equal(a->locked_ms, b->locked_ms);
	assert_true(digested_equal(&a->dump, &b->dump));
}

static void
roundtrip(const struct proof *p)
{
	struct proof got;

	assert_int_equal(proof_write(&f.s, p), 0);
	memset(&got, 0xff, sizeof(got));
	assert_int_equal(proof_read(&f.s, &got), 1);
	assert_same(p, &got);
}

static void
test_proof(void **state)
{
	struct proof p;

	(void)state;
	assert_int_equal(proof_read(&f.s, &p), 0);
	assert_false(p.good);
	roundtrip(&good);
	p = (struct proof){ .result = "the walk did not end; see the log" };
	roundtrip(&p);
	p.time = INT64_C(253402300799);
	p.stash_kvno = UINT32_MAX;
	memset(p.result, '~', sizeof(p.result) - 1);
	memset(&p.digest, 0xff, sizeof(p.digest));
	for (p.n_mkey = 0; p.n_mkey < DUMP_MKEYS; p.n_mkey++)
		p.mkey_kvno[p.n_mkey] = UINT32_MAX - DUMP_MKEYS + p.n_mkey;
	for (int i = 0; i < PLACE_DATA; i++) {
		p.stamp.file[i].dev = INT64_MAX;
		p.stamp.file[i].ino = INT64_MAX;
		p.stamp.file[i].size = INT64_MAX;
		p.stamp.file[i].mtime = INT64_MAX;
	}
	p.stamp.read = INT64_MAX;
	roundtrip(&p);
	p.locked = true;
	roundtrip(&p);
	p.locked_ms = INT64_MAX;
	roundtrip(&p);
	p.dump = dump;
	roundtrip(&p);
	p.locked = false;
	p.locked_ms = 0;
	p.dump.dev = p.dump.ino = UINT64_MAX;
	p.dump.size = INT64_MAX;
	p.dump.mtime = p.dump.ctime = INT64_MAX;
	roundtrip(&p);
}

/* It is not what it was found to be; all else is known as before. */
static void
test_proof_forget_dump(void **state)
{
	struct proof p = good, got;

	(void)state;
	proof_forget_dump(&f.s);
	assert_int_equal(proof_read(&f.s, &got), 0);
	p.dump = dump;
	assert_int_equal(proof_write(&f.s, &p), 0);
	proof_forget_dump(&f.s);
	assert_int_equal(proof_read(&f.s, &got), 1);
	assert_same(&got, &good);
	proof_forget_dump(&f.s);
	assert_int_equal(proof_read(&f.s, &got), 1);
	assert_same(&got, &good);
}

/* Of a generation, with a grant of that time (0: none). */
static struct seal
sealed(uint64_t epoch, uint64_t generation, int64_t time)
{
	struct seal s = SEAL_NONE;

	s.m.epoch = epoch;
	s.m.generation = generation;
	s.granted = time != 0;
	s.g = (struct grant){
		.realm = "R", .epoch = epoch, .key = "SHA256:x", .time = time
	};
	return s;
}

static void
test_proof_beyond(void **state)
{
	struct seal s = sealed(2, 5, 1000), t;
	struct proof p = good, none = { .time = 1 };

	(void)state;
	assert_int_equal(proof_follow(&p, &s), 0);
	roundtrip(&p);
	assert_int_equal(p.mark.time, 1000);
	assert_false(proof_beyond(&none, &s));
	assert_false(proof_beyond(&p, &s));
	t = sealed(2, 6, 1000);
	assert_false(proof_beyond(&p, &t));
	t = sealed(2, 5, 1001);
	assert_false(proof_beyond(&p, &t));
	t = sealed(3, 1, 1);
	assert_false(proof_beyond(&p, &t));
	/* An older generation, grant, none, epoch. */
	t = sealed(2, 4, 1001);
	assert_true(proof_beyond(&p, &t));
	t = sealed(2, 6, 999);
	assert_true(proof_beyond(&p, &t));
	t = sealed(2, 6, 0);
	assert_true(proof_beyond(&p, &t));
	t = sealed(1, 9, 2000);
	assert_true(proof_beyond(&p, &t));
}

static void
test_proof_unwritable(void **state)
{
	struct proof p = good, got;

	(void)state;
	assert_int_equal(proof_write(&f.s, &good), 0);
	memcpy(p.result, "a\nb", 4);
	said_begin(&f.said);
	assert_int_equal(proof_write(&f.s, &p), -1);
	said_one(&f.said, "/proof", f.s.dir);
	p.result[0] = '\0';
	said_begin(&f.said);
	assert_int_equal(proof_write(&f.s, &p), -1);
	said_one(&f.said, "/proof", f.s.dir);
	assert_int_equal(proof_read(&f.s, &got), 1);
	assert_same(&good, &got);
}

/* Is what is in the file, as read, what writes the file again? */
static bool
rewrites(const char *name, int (*again)(void), struct span text)
{
	struct bytes b = BYTES_NONE;
	char path[PATH_MAX];
	bool same;

	state_path(&f.s, name, path);
	scratch_write(path, text.p, text.len);
	if (again() == 0) {
		f.refused++;
		return true;
	}
	f.same++;
	assert_int_equal(file_read(path, 8192, &b), 0);
	same = span_equal(golden_span(&b), text);
	bytes_release(&b);
	return same;
}

static int
proof_again(void)
{
	struct proof p;

	if (proof_read(&f.s, &p) == 0)
		return 0;
	assert_int_equal(proof_write(&f.s, &p), 0);
	return 1;
}

static int
override_again(void)
{
	struct override o;

	if (override_read(&f.s, &o) == 0)
		return 0;
	assert_int_equal(override_write(&f.s, &o), 0);
	return 1;
}

static void
proof_damaged(struct span text)
{
	if (!rewrites("proof", proof_again, text))
		fail_msg(
		    "read, but is another text:\n%.*s", (int)text.len, text.p);
}

static void
override_damaged(struct span text)
{
	if (!rewrites("override", override_again, text))
		fail_msg(
		    "read, but is another text:\n%.*s", (int)text.len, text.p);
}

static void
damage(const char *name, void (*fn)(struct span text))
{
	struct bytes b = BYTES_NONE;
	char path[PATH_MAX];

	state_path(&f.s, name, path);
	assert_int_equal(file_read(path, 8192, &b), 0);
	f.same = f.refused = 0;
	fn(golden_span(&b));
	assert_int_equal(f.same, 1);
	golden_damage(golden_span(&b), fn);
	print_message("%s, %zu bytes: %u times refused, %u another value\n",
	    name, b.len, f.refused, f.same);
	assert_true(f.refused > b.len && f.same > 10);
	/* One that goes on is refused, too. */
	f.same = 0;
	assert_int_equal(bytes_add(&b, "\n", 1), 0);
	fn(golden_span(&b));
	b.len--;
	/* Every text that is cut is refused. */
	for (size_t n = 0; n < b.len; n++)
		fn((struct span){ b.p, n });
	assert_int_equal(f.same, 0);
	bytes_release(&b);
}

static void
test_proof_damage(void **state)
{
	(void)state;
	assert_int_equal(proof_write(&f.s, &good), 0);
	damage("proof", proof_damaged);
}

/* The lines that a replica's has more: without all of them it is one that an older
 * program wrote, with some of them it is none. */
static void
test_proof_dump_damage(void **state)
{
	struct proof p = good;
	struct bytes b = BYTES_NONE;
	char path[PATH_MAX];

	(void)state;
	p.dump = dump;
	assert_int_equal(proof_write(&f.s, &p), 0);
	state_path(&f.s, "proof", path);
	assert_int_equal(file_read(path, 8192, &b), 0);
	f.same = f.refused = 0;
	golden_damage(golden_span(&b), proof_damaged);
	assert_true(f.refused > b.len && f.same > 10);
	f.same = 0;
	for (size_t n = 0; n < b.len; n++)
		proof_damaged((struct span){ b.p, n });
	assert_int_equal(f.same, 1);
	bytes_release(&b);
}

/*
 * The override.
 */
static void
test_override(void **state)
{
	struct override o = { .until = 1795332900,
		.seal = { { 7, 8, 9 } },
		.reason = "kdc1 is lost; ticket 4711" };
	struct override got;

	(void)state;
	assert_int_equal(override_read(&f.s, &got), 0);
	assert_int_equal(got.until, 0);
	assert_int_equal(override_write(&f.s, &o), 0);
	assert_int_equal(override_read(&f.s, &got), 1);
	assert_int_equal(got.until, o.until);
	assert_true(digest_equal(&got.seal, &o.seal));
	assert_string_equal(got.reason, o.reason);
	damage("override", override_damaged);
	assert_int_equal(override_write(&f.s, &o), 0);
	memset(o.reason, 'y', sizeof(o.reason) - 1);
	assert_int_equal(override_write(&f.s, &o), 0);
	assert_int_equal(override_read(&f.s, &got), 1);
	assert_string_equal(got.reason, o.reason);
	memcpy(o.reason, "two\nlines", 10);
	said_begin(&f.said);
	assert_int_equal(override_write(&f.s, &o), -1);
	said_one(&f.said, "reason", NULL);
	o.reason[0] = '\0';
	said_begin(&f.said);
	assert_int_equal(override_write(&f.s, &o), -1);
	said_one(&f.said, "reason", NULL);
	assert_int_equal(override_read(&f.s, &got), 1);
	assert_int_equal(strlen(got.reason), sizeof(o.reason) - 1);
}

#define IN_STATE(fn) cmocka_unit_test_setup_teardown(fn, prepare_state, clean)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_make, prepare, clean),
		IN_STATE(test_modes),
		IN_STATE(test_no_directory),
		IN_STATE(test_owner),
		IN_STATE(test_sweep),
		IN_STATE(test_path),
		IN_STATE(test_role),
		IN_STATE(test_role_restore),
		IN_STATE(test_role_unclear),
		IN_STATE(test_lines),
		IN_STATE(test_line_file),
		IN_STATE(test_line_long),
		IN_STATE(test_line_link),
		IN_STATE(test_lock),
		IN_STATE(test_dump_name),
		IN_STATE(test_prune),
		IN_STATE(test_spare),
		IN_STATE(test_other_dump),
		IN_STATE(test_proof),
		IN_STATE(test_proof_beyond),
		IN_STATE(test_proof_unwritable),
		IN_STATE(test_proof_damage),
		IN_STATE(test_proof_dump_damage),
		IN_STATE(test_proof_forget_dump),
		IN_STATE(test_override),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
