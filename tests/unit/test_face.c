/* Goal of this test: what kdc-verify prints is what it found, in lines, in JSON
 * that python3 reads, and in metrics of Prometheus's grammar. */

#include "golden.h"
#include "said.h"

#include "sys/file.h"
#include "sys/proc.h"
#include "verify/face.h"

#include <ctype.h>

#define NOW 1795333400

static struct {
	char dir[32], path[64];
	struct report r; /* of a good replica */
	struct said said;
} f;

static int
prepare(void **state)
{
	struct bytes text = golden_read(GOLDEN "format-1/manifest");
	const char *why;

	(void)state;
	scratch_dir(f.dir);
	snprintf(f.path, sizeof(f.path), "%s/kdcsync.prom", f.dir);
	memset(&f.r, 0, sizeof(f.r));
	memcpy(f.r.realm, "EXAMPLE.COM", 12);
	f.r.sealed = true;
	f.r.now = NOW;
	f.r.proof = NOW - 42;
	f.r.stash_kvno = 2;
	f.r.max_age = 1200;
	assert_int_equal(manifest_decode(golden_span(&text), &f.r.m, &why), 0);
	f.r.age = NOW - f.r.m.as_of;
	bytes_release(&text);
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	scratch_names(f.dir, 1);
	return 0;
}

/* What a face prints; malloc'ed. */
static char *
print(void (*face)(const struct report *, FILE *))
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	assert_non_null(out);
	face(&f.r, out);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(strlen(text), n);
	return text;
}

/*
 * Lines.
 */
#define GOOD                                                                   \
	"OK - generation 1.42, 6 principals, as of 3 min ago, proved 42 s ago"

static void
plain(const struct report *r, FILE *out)
{
	face_lines(r, false, out);
}

static void
plugin(const struct report *r, FILE *out)
{
	face_lines(r, true, out);
}

static void
lines_are(const char *want)
{
	char *text = print(plain);

	assert_string_equal(text, want);
	free(text);
}

static void
plugin_is(const char *want)
{
	char *text = print(plugin);

	assert_string_equal(text, want);
	free(text);
}

#define DATA "principals=6;;;0 dump=2063B;;;0 proof=42s;;;0\n"

/* What a monitor reads: performance data on the first line. */
static void
test_plugin(void **state)
{
	(void)state;
	plugin_is("kdcsync " GOOD " | age=199s;900;1200;0 " DATA);
	report_add(&f.r, "age", LEVEL_WARNING, "old");
	report_add(&f.r, "held", LEVEL_WARNING, "a | b\033[m\xc3\xa9");
	f.r.age = -7;
	plugin_is("kdcsync WARNING - age: old | age=0s;900;1200;0 " DATA
		  "  WARNING - held: a ! b\\x1b[m\\xc3\\xa9\n");
	/* What to do, to be copied, stands on a line of its own. */
	f.r.n = 0;
	report_add(&f.r, "stash", LEVEL_WARNING, "old; type here: a; b");
	report_add(&f.r, "held", LEVEL_WARNING, "so");
	plugin_is("kdcsync WARNING - stash: old | age=0s;900;1200;0 " DATA
		  "  WARNING - stash: old; type here: a; b\n"
		  "  WARNING - held: so\n");
	/* A primary's data are never too old for itself. */
	f.r.n = 0;
	f.r.primary = true;
	plugin_is("kdcsync OK - the primary's database is sound | "
		  "age=0s;900;;0 " DATA);
	/* Nothing is known. */
	f.r.sealed = false;
	plugin_is("kdcsync OK - the primary's database is sound\n");
}

/* The first line fits into what NRPE and pagers take; nothing is lost. */
static void
test_plugin_brief(void **state)
{
	char text[1024], *got, *end;

	(void)state;
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = i % 8 == 7 ? ' ' : 'x';
	text[sizeof(text) - 1] = '\0';
	report_add(&f.r, "age", LEVEL_WARNING, "old");
	report_add(&f.r, "superseded", LEVEL_CRITICAL, "%s", text);
	got = print(plugin);
	end = strchr(got, '\n');
	assert_non_null(end);
	assert_in_range(end - got, 250, 400);
	assert_non_null(strstr(got, "xxxxxxx ... | age="));
	assert_non_null(strstr(end, "\n  WARNING - age: old\n"));
	assert_non_null(strstr(end, text));
	free(got);
	/* One word. */
	f.r.n = 0;
	memset(text, 'x', sizeof(text) - 1);
	report_add(&f.r, "superseded", LEVEL_CRITICAL, "%s", text);
	got = print(plugin);
	assert_in_range(strcspn(got, "\n"), 20, 400);
	free(got);
}

static void
test_lines_good(void **state)
{
	(void)state;
	lines_are("kdcsync " GOOD "\n");
	report_add(&f.r, "repair", LEVEL_GOOD, "rebuilt");
	lines_are("kdcsync " GOOD "\n  OK - repair: rebuilt\n");
	/* The primary's clock is a little ahead. */
	f.r.n = 0;
	f.r.age = -3;
	lines_are("kdcsync OK - generation 1.42, 6 principals, as of 0 s ago, "
		  "proved 42 s ago\n");
	f.r.primary = true;
	lines_are("kdcsync OK - the primary's database is sound\n");
}

/* The worst first, the others in their order. */
static void
test_lines_bad(void **state)
{
	(void)state;
	report_add(&f.r, "age", LEVEL_WARNING, "old");
	lines_are("kdcsync WARNING - age: old\n");
	report_add(&f.r, "content", LEVEL_CRITICAL, "altered");
	report_add(&f.r, "stash", LEVEL_UNKNOWN, "who knows");
	report_add(&f.r, "krbtgt", LEVEL_CRITICAL, "none");
	lines_are("kdcsync CRITICAL - content: altered\n"
		  "  WARNING - age: old\n  UNKNOWN - stash: who knows\n"
		  "  CRITICAL - krbtgt: none\n");
}

/* A text as long as it can be is not cut in any of them. */
static void
test_lines_long(void **state)
{
	char text[400], want[1024];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	report_add(&f.r, "written-back", LEVEL_CRITICAL, "%s", text);
	report_add(&f.r, "written-back", LEVEL_WARNING, "%s", text);
	snprintf(want, sizeof(want),
	    "kdcsync CRITICAL - written-back: %s\n  WARNING - written-back: "
	    "%s\n",
	    text, text);
	lines_are(want);
}

static void
test_short(void **state)
{
	char text[128], small[8];

	(void)state;
	face_short(&f.r, text, sizeof(text));
	assert_string_equal(text, GOOD);
	face_short(&f.r, small, sizeof(small));
	assert_string_equal(small, "OK - ge");
	report_add(&f.r, "age", LEVEL_UNKNOWN, "old %d", 5);
	face_short(&f.r, text, sizeof(text));
	assert_string_equal(text, "UNKNOWN - age: old 5");
	face_short(&f.r, small, sizeof(small));
	assert_string_equal(small, "UNKNOWN");
}

/*
 * JSON.
 */
/* The object as python3 reads it: sorted "name=value", one a line; texts as
 * Latin 1, where a byte is a character. */
static const char program[] =
    "import json, sys\n"
    "def once(pairs):\n"
    "  d = dict(pairs)\n"
    "  assert len(d) == len(pairs)\n"
    "  return d\n"
    "t = sys.stdin.buffer.read()\n"
    "assert t.endswith(b'}\\n') and t.count(b'\\n') == 1, t\n"
    "assert all(32 <= c < 127 for c in t[:-1]), t\n"
    "d = json.loads(t.decode('ascii'), object_pairs_hook=once)\n"
    "assert type(d) is dict\n"
    "for k in sorted(d):\n"
    "  v = d[k]\n"
    "  if k == 'findings':\n"
    "    v = ' '.join(x['check'] + '/' + x['level'] + '/' + x['text']\n"
    "                 for x in v)\n"
    "    assert all(len(x) == 3 for x in d[k])\n"
    "  line = k + '=' + str(v) + '\\n'\n"
    "  sys.stdout.buffer.write(line.encode('latin-1'))\n";

static void
json_is(const char *want)
{
	const char *argv[] = { "python3", "-I", "-S", "-c", program, NULL };
	struct bytes out = BYTES_NONE;
	char *text = print(face_json);
	int rc;

	rc =
	    proc_run(argv, NULL, golden_text(text), &out, NULL, 1 << 20, 60000);
	if (rc != 0)
		fail_msg("python3 says %d: %s", rc, text);
	assert_int_equal(bytes_add(&out, "", 1), 0);
	assert_string_equal(out.p, want);
	bytes_release(&out);
	free(text);
}

#define SEAL_END                                                               \
	"schema=1\nsha256=4ca3a31320428d3e7cbc5064d9ebcccfaaa35f90f57b4a5a"    \
	"34013280401cb5ee\nstash_kvno=2\n"

static void
test_json_good(void **state)
{
	(void)state;
	json_is("age_seconds=199\nas_of=2026-11-22T07:40:01Z\nepoch=1\n"
		"findings=\ngeneration=42\nheld=False\nprincipals=6\n"
		"proof_time=2026-11-22T07:42:38Z\nrealm=EXAMPLE.COM\n"
		"role=replica\n" SEAL_END "status=0\nword=OK\n");
}

static void
test_json_bad(void **state)
{
	(void)state;
	f.r.primary = true;
	f.r.m.held = true;
	f.r.age = -7;
	f.r.m.epoch = UINT64_MAX;
	report_add(&f.r, "held", LEVEL_WARNING, "it shrank");
	report_add(&f.r, "stash", LEVEL_UNKNOWN, "who knows");
	json_is("age_seconds=-7\nas_of=2026-11-22T07:40:01Z\n"
		"epoch=18446744073709551615\n"
		"findings=held/WARNING/it shrank stash/UNKNOWN/who knows\n"
		"generation=42\nheld=True\nprincipals=6\n"
		"proof_time=2026-11-22T07:42:38Z\nrealm=EXAMPLE.COM\n"
		"role=primary\n" SEAL_END "status=3\nword=UNKNOWN\n");
}

/* Nothing was sealed or proved yet. */
static void
test_json_nothing(void **state)
{
	(void)state;
	f.r.sealed = false;
	f.r.proof = 0;
	f.r.stash_kvno = 0;
	report_add(&f.r, "seal", LEVEL_CRITICAL, "none");
	json_is("findings=seal/CRITICAL/none\nrealm=EXAMPLE.COM\n"
		"role=replica\nschema=1\nstash_kvno=0\nstatus=2\n"
		"word=CRITICAL\n");
}

/* Every byte that a file name or a realm can have. */
static void
test_json_any_text(void **state)
{
	char all[256], want[1024];

	(void)state;
	for (unsigned i = 1; i < 256; i++)
		all[i - 1] = (char)(i == '\n' ? ' ' : i);
	all[255] = '\0';
	f.r.sealed = false;
	f.r.proof = 0;
	memcpy(f.r.realm, all, sizeof(f.r.realm));
	report_add(&f.r, "a", LEVEL_WARNING, "%s", all);
	snprintf(want, sizeof(want),
	    "findings=a/WARNING/%s\nrealm=%s\nrole=replica\nschema=1\n"
	    "stash_kvno=2\nstatus=1\nword=WARNING\n",
	    all, all);
	json_is(want);
}

/*
 * Metrics.
 */
static bool
take(const char **p, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*p, word, n) != 0)
		return false;
	*p += n;
	return true;
}

/* A name is [a-zA-Z_:][a-zA-Z0-9_:]*, and ours begin with kdcsync_. */
static void
take_name(const char **p, char name[64])
{
	size_t n = 0;

	while (isalnum((unsigned char)**p) || **p == '_') {
		assert_true(n < 63);
		name[n++] = *(*p)++;
	}
	name[n] = '\0';
	assert_int_equal(strncmp(name, "kdcsync_", 8), 0);
}

#define LABELS "{realm=\"EXAMPLE.COM\",role=\"replica\""

/* A sample's value, behind its name and labels. */
static size_t
take_sample(const char **p, char *to, size_t size)
{
	char name[64], check[64] = "", value[32];
	size_t n = 0;

	take_name(p, name);
	assert_true(take(p, LABELS));
	if (take(p, ",check=\"")) {
		n = strcspn(*p, "\"");
		assert_true(n < sizeof(check));
		memcpy(check, *p, n);
		*p += n + 1;
	}
	assert_true(take(p, "} "));
	for (n = 0; isdigit((unsigned char)**p); n++) {
		assert_true(n < sizeof(value) - 1);
		value[n] = *(*p)++;
	}
	value[n] = '\0';
	assert_true(n > 0);
	assert_true(take(p, "\n"));
	if (check[0] != '\0' && strcmp(value, "0") == 0)
		return 0;
	return (size_t)snprintf(to, size, "%s%s%s %s\n", name + 8,
	    check[0] == '\0' ? "" : " ", check, value);
}

/* HELP, TYPE and samples, for each name; the samples "name value" a line, with
 * the check if it is one, and not good. */
static char *
samples(const char *p)
{
	static char all[4096];
	char name[64], same[64];
	size_t n = 0;

	while (*p != '\0') {
		assert_true(take(&p, "# HELP "));
		take_name(&p, name);
		assert_true(take(&p, " "));
		assert_true(*p != '\n');
		for (; *p != '\n'; p++)
			assert_true(*p >= ' ' && *p <= '~' && *p != '\\');
		assert_true(take(&p, "\n# TYPE "));
		take_name(&p, same);
		assert_string_equal(name, same);
		assert_true(take(&p, " gauge\n"));
		while (*p != '#' && *p != '\0') {
			assert_int_equal(strncmp(p, name, strlen(name)), 0);
			assert_int_equal(p[strlen(name)], '{');
			n += take_sample(&p, all + n, sizeof(all) - n);
			assert_true(n < sizeof(all) - 128);
		}
	}
	return all;
}

static void
metrics_are(const char *want)
{
	struct bytes b = BYTES_NONE;
	struct stat st;

	assert_int_equal(face_metrics(&f.r, f.path), 0);
	assert_int_equal(file_read(f.path, 1 << 20, &b), 0);
	assert_int_equal(strlen(b.p), b.len);
	assert_string_equal(samples(b.p), want);
	bytes_release(&b);
	/* Another user's exporter reads it. */
	assert_int_equal(stat(f.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(scratch_names(f.dir, 0), 1);
}

#define FOUND "verify_timestamp_seconds 1795333400\n"
#define SEAL                                                                   \
	"epoch 1\ngeneration 42\nas_of_timestamp_seconds 1795333201\n"         \
	"interval_seconds 300\n"

static void
test_metrics(void **state)
{
	mode_t old = umask(077);

	(void)state;
	metrics_are("verify_status 0\n" FOUND "max_age_seconds 1200\n"
		    "proof_timestamp_seconds 1795333358\n" SEAL
		    "held 0\nprincipals 6\ndump_bytes 2063\n");
	/* It is replaced.  Of one check the worst counts. */
	report_add(&f.r, "stash", LEVEL_CRITICAL, "wrong");
	report_add(&f.r, "age", LEVEL_UNKNOWN, "who knows");
	report_add(&f.r, "age", LEVEL_CRITICAL, "old\n# HELP x");
	report_add(&f.r, "age", LEVEL_WARNING, "old");
	f.r.m.held = true;
	metrics_are("verify_status 2\n" FOUND
		    "verify_check age 2\nverify_check stash 2\n"
		    "max_age_seconds 1200\n"
		    "proof_timestamp_seconds 1795333358\n" SEAL
		    "held 1\nprincipals 6\ndump_bytes 2063\n");
	f.r.n = 0;
	f.r.sealed = false;
	f.r.proof = 0;
	metrics_are("verify_status 0\n" FOUND "max_age_seconds 1200\n"
		    "proof_timestamp_seconds 0\n");
	umask(old);
}

static void
test_metrics_failing(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/no/where", f.dir);
	said_begin(&f.said);
	assert_int_equal(face_metrics(&f.r, path), -1);
	said_one(&f.said, path, "No such file");
	/* What is there stays, and nothing beside it. */
	assert_int_equal(mkdir(f.path, 0700), 0);
	said_begin(&f.said);
	assert_int_equal(face_metrics(&f.r, f.path), -1);
	said_one(&f.said, f.path, "rename");
	assert_int_equal(scratch_names(f.dir, 0), 1);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, prepare, clean)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_lines_good),
		T(test_lines_bad),
		T(test_lines_long),
		T(test_plugin),
		T(test_plugin_brief),
		T(test_short),
		T(test_json_good),
		T(test_json_bad),
		T(test_json_nothing),
		T(test_json_any_text),
		T(test_metrics),
		T(test_metrics_failing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
