/*
 * Every decoder of src/format.  The first byte picks one; the rest is its text.
 * What decodes must encode to the same bytes.  A dump gets its header, and a
 * manifest with its right size and digest, so that the fuzzer reaches what
 * stands behind them.
 */
#include "format/bundle.h"
#include "format/commands.h"
#include "format/dump.h"
#include "format/grant.h"
#include "format/hello.h"
#include "format/index.h"
#include "format/manifest.h"
#include "format/merge.h"
#include "format/pieces.h"
#include "format/stored.h"
#include "format/verdict.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool fact)
{
	if (!fact)
		abort();
}

static void
same(const char *again, size_t n, struct span text)
{
	require(n != 0 && span_equal((struct span){ again, n }, text));
}

static void
fuzz_manifest(struct span text)
{
	char again[MANIFEST_MAX];
	struct manifest m;
	const char *why = NULL;

	if (manifest_decode(text, &m, &why) == 0)
		same(again, manifest_encode(&m, again), text);
	else
		require(why != NULL);
}

static void
fuzz_grant(struct span text)
{
	char again[GRANT_MAX];
	struct grant g;
	const char *why = NULL;

	if (grant_decode(text, &g, &why) == 0)
		same(again, grant_encode(&g, again), text);
	else
		require(why != NULL);
}

static void
fuzz_index(struct span text)
{
	struct bytes again = BYTES_NONE;
	struct index x;
	const char *why = NULL;

	if (index_decode(text, &x, &why) == 0) {
		require(index_encode(&x, &again) == 0);
		same(again.p, again.len, text);
	} else {
		require(why != NULL);
	}
	index_release(&x);
	bytes_release(&again);
}

static void
fuzz_verdict(struct span text)
{
	char again[VERDICT_MAX];
	struct verdict v;
	const char *why = NULL;

	if (verdict_decode(text, &v, &why) == 0)
		same(again, verdict_encode(&v, again), text);
	else
		require(why != NULL);
}

static void
fuzz_hello(struct span text)
{
	char again[HELLO_MAX];
	struct span start = { text.p, 0 };
	struct hello h;
	const char *why = NULL;
	ssize_t missing;
	bool good;

	good = hello_decode(text, &h, &why) == 0;
	if (good)
		same(again, hello_encode(&h, again), text);
	else
		require(why != NULL);
	/* A reader stops somewhere, and at the end of a good one. */
	while (start.len <= text.len) {
		missing = hello_missing(start);
		if (missing <= 0)
			break;
		start.len += (size_t)missing;
		require(start.len <= HELLO_MAX);
	}
	require(!good || start.len == text.len);
}

static void
fuzz_princ(struct span line)
{
	struct princ p = PRINC_NONE;
	struct bytes again = BYTES_NONE;

	if (princ_decode(line, &p) == 0) {
		require(princ_encode(&p, &again) == 0);
		same(again.p, again.len, line);
		require(span_equal(dump_name(DUMP_PRINC, line), p.name));
		require(princ_same_keys(&p, &p));
		princ_mangled(&p);
	}
	princ_release(&p);
	bytes_release(&again);
}

static void
fuzz_policy(struct span line)
{
	struct policy p = POLICY_NONE;
	struct bytes again = BYTES_NONE;

	if (policy_decode(line, &p) == 0) {
		require(policy_encode(&p, &again) == 0);
		require(again.len == line.len || again.len == line.len + 10);
		require(memcmp(again.p, line.p, line.len - 1) == 0);
		require(span_equal(dump_name(DUMP_POLICY, line), p.name));
		policy_mangled(&p);
	}
	policy_release(&p);
	bytes_release(&again);
}

/* What is read in a database's page is a line like any other; libkdb5 beside it:
 * tests/unit/test_stored_princ.c. */
static void
fuzz_stored(struct span data)
{
	struct princ p = PRINC_NONE, q = PRINC_NONE;
	struct bytes line = BYTES_NONE;

	if (stored_princ(data, &p) == 0) {
		require(princ_encode(&p, &line) == 0);
		require(
		    princ_decode((struct span){ line.p, line.len }, &q) == 0);
		require(span_equal(p.name, q.name) && p.n_tl == q.n_tl);
		require(princ_same_keys(&p, &q));
	}
	princ_release(&p);
	princ_release(&q);
	bytes_release(&line);
}

static int
no_change(void *arg, enum dump_change what, enum dump_line kind,
    struct span name, struct span from, struct span to)
{
	(void)arg;
	(void)what;
	(void)kind;
	(void)name;
	(void)from;
	(void)to;
	abort();
}

static void
fuzz_dump(struct span body)
{
	struct manifest m = { .realm = "R",
		.epoch = 1,
		.generation = 1,
		.taken = 1,
		.as_of = 1,
		.interval = 1,
		.source = "s",
		.krb5 = "k",
		.kdcsync = "v" };
	char text[MANIFEST_MAX];
	struct bytes dump = BYTES_NONE;
	struct digest d;
	struct span all;
	const char *why = NULL;
	uint64_t line;
	size_t n;

	require(bytes_add(&dump, DUMP_HEADER, strlen(DUMP_HEADER)) == 0);
	require(bytes_add(&dump, body.p, body.len) == 0);
	all = (struct span){ dump.p, dump.len };
	if (dump_check(all, "R", &m.dump, &line, &why) == 0) {
		require(digest_of(dump.p, dump.len, &d) == 0);
		require(digest_equal(&d, &m.dump.digest));
		require(m.dump.size == dump.len);
		n = manifest_encode(&m, text);
		require(n != 0);
		fuzz_manifest((struct span){ text, n });
		require(dump_diff(all, all, no_change, NULL) == 0);
	} else {
		require(why != NULL && line != 0);
	}
	bytes_release(&dump);
}

static int
any_change(void *arg, enum dump_change what, enum dump_line kind,
    struct span name, struct span from, struct span to)
{
	(void)kind;
	(void)arg;
	require(name.len != 0);
	require((from.len == 0) == (what == DUMP_ADDED));
	require((to.len == 0) == (what == DUMP_REMOVED));
	return 0;
}

static int
add_piece(void *arg, const void *p, size_t n)
{
	require(bytes_add(arg, p, n) == 0);
	return 0;
}

/* The delta of one to the other makes the other of the one. */
static void
merge_both(struct span a, struct span b)
{
	struct bytes delta = BYTES_NONE;

	if (merge_delta(a, b, add_piece, &delta) == 0)
		require(
		    merge_proves(a, (struct span){ delta.p, delta.len }, b));
	bytes_release(&delta);
}

/* Commands, of which each is what it was when it is written again. */
static void
fuzz_commands(struct span text)
{
	struct command c = { .kind = COMMAND_COPY }, again;
	char head[COMMAND_MAX];
	struct span rest;

	merge_proves(text, text, text);
	if (command_open(&text) == -1)
		return;
	while (c.kind != COMMAND_END && command_next(&text, &c) == 0) {
		rest = (struct span){ head, command_encode(&c, head) };
		require(rest.len > 0 && rest.len <= COMMAND_MAX);
		if (c.kind != COMMAND_COPY)
			continue;
		require(command_next(&rest, &again) == 0 && rest.len == 0);
		require(again.at == c.at && again.len == c.len);
	}
}

/* What commands make of themselves, and the lines that this changes. */
static void
fuzz_pieces(struct span text)
{
	struct bytes from = BYTES_NONE, to = BYTES_NONE;
	const char *why = NULL;
	struct pieces p;
	uint64_t size = 0;

	require(pieces_begin(&p, text) == 0);
	if (pieces_apply(&p, text, &why) == -1) {
		require(why != NULL);
		p.n = 0;
	}
	for (size_t i = 0; i < p.n; i++) {
		require(p.v[i].at == size && p.v[i].bytes.len > 0);
		size += p.v[i].bytes.len;
	}
	require(why != NULL || size == p.size);
	if (why == NULL && pieces_changes(&p, 8192, &from, &to, &why) == 0)
		require(from.len <= 8192 && to.len <= 8192);
	pieces_release(&p);
	bytes_release(&from);
	bytes_release(&to);
}

/* Two dumps, parted by a NUL. */
static void
fuzz_diff(struct span two)
{
	struct bytes a = BYTES_NONE, b = BYTES_NONE;
	const char *part;
	size_t at;

	part = two.len == 0 ? NULL : memchr(two.p, '\0', two.len);
	at = part == NULL ? two.len : (size_t)(part - two.p);
	require(bytes_add(&a, DUMP_HEADER, strlen(DUMP_HEADER)) == 0);
	require(bytes_add(&b, DUMP_HEADER, strlen(DUMP_HEADER)) == 0);
	require(bytes_add(&a, two.p, at) == 0);
	if (part != NULL)
		require(bytes_add(&b, part + 1, two.len - at - 1) == 0);
	dump_diff((struct span){ a.p, a.len }, (struct span){ b.p, b.len },
	    any_change, NULL);
	merge_both((struct span){ a.p, a.len }, (struct span){ b.p, b.len });
	bytes_release(&a);
	bytes_release(&b);
}

/* Names, one a line. */
static void
fuzz_bundle(struct span names)
{
	struct bundle_rules r = { .payload_max = 1000 };
	char name[BUNDLE_NAME_MAX + 8], again[BUNDLE_NAME_MAX];
	enum bundle_part part;
	struct digest base;
	const char *why;
	size_t i, n = 0;

	for (i = 0; i < names.len; i++) {
		if (names.p[i] != '\n' && n < sizeof(name) - 1) {
			name[n++] = names.p[i];
			continue;
		}
		name[n] = '\0';
		n = 0;
		if (bundle_entry(&r, name, i + 1, &part, &base, &why) == 0) {
			bundle_name(part, &base, again);
			require(strcmp(name, again) == 0);
		}
	}
	bundle_end(&r, &why);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const fuzz[])(struct span) = { fuzz_manifest, fuzz_grant,
		fuzz_hello, fuzz_verdict, fuzz_princ, fuzz_policy, fuzz_dump,
		fuzz_diff, fuzz_bundle, fuzz_index, fuzz_commands, fuzz_pieces,
		fuzz_stored };

	if (size == 0)
		return 0;
	fuzz[data[0] % (sizeof(fuzz) / sizeof(fuzz[0]))](
	    (struct span){ (const char *)data + 1, size - 1 });
	return 0;
}
