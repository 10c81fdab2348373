#include "ship.h"

#include "ahead.h"
#include "pack.h"

#include "../format/hello.h"
#include "../format/verdict.h"
#include "../sys/newfile.h"
#include "../sys/proc.h"
#include "../sys/say.h"
#include "../sys/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What is left to a program after its verdict to end. */
#define END_MS 10000

struct session {
	const struct config *cf;
	struct state *state;
	const struct config_replica *to;
	const struct seal *now;
	struct proc proc;
	int idle_ms;
	int64_t start, until;
	uint64_t sent; /* bytes */
	struct hello hello;
	char hello_text[HELLO_MAX];
	struct verdict verdict;
};

static int
bad(struct session *x, const char *what, const char *why)
{
	say("%s: %s: %s", x->to->name, what, why);
	return -1;
}

static int
read_hello(struct session *x)
{
	struct span got = { x->hello_text, 0 };
	const char *why;
	ssize_t more, n;

	while ((more = hello_missing(got)) > 0) {
		n = proc_read(&x->proc, x->hello_text + got.len, (size_t)more,
		    x->idle_ms, x->until);
		if (n == -1)
			return -1;
		if (n == 0)
			return bad(x, "no hello",
			    got.len == 0 ? "its command ended without a word; "
					   "run it by hand "
					   "to see why"
					 : "its command ended in the middle");
		got.len += (size_t)n;
	}
	if (more == -1)
		return bad(x, "no hello",
		    "it says something else; is its "
		    "command kdc-apply, and does its login print nothing?");
	if (hello_decode(got, &x->hello, &why) == -1)
		return bad(x, "hello", why);
	if (strcmp(x->hello.realm, x->now->m.realm) != 0)
		return bad(x, "it serves another realm", x->hello.realm);
	return 0;
}

static int
send_bytes(void *arg, const void *p, size_t n)
{
	struct session *x = arg;

	if (proc_write(&x->proc, p, n, x->idle_ms, x->until) == -1)
		return -1;
	x->sent += n;
	return 0;
}

static int
read_verdict(struct session *x)
{
	char text[VERDICT_MAX + 1];
	const char *why;
	size_t len = 0;
	ssize_t n;

	for (;;) {
		n = proc_read(&x->proc, text + len, sizeof(text) - len,
		    x->idle_ms, x->until);
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		len += (size_t)n;
		if (len > VERDICT_MAX)
			return bad(x, "verdict", "it does not end");
	}
	if (len == 0)
		return bad(x, "no verdict",
		    "its command ended first; what it "
		    "has is unknown until the next run");
	if (verdict_decode((struct span){ text, len }, &x->verdict, &why) == -1)
		return bad(x, "verdict", why);
	if (strcmp(x->verdict.realm, x->now->m.realm) != 0)
		return bad(
		    x, "its verdict is for another realm", x->verdict.realm);
	return 0;
}

/* The last verdict, as it came but decoded and encoded. */
static void
record(struct session *x)
{
	char text[VERDICT_MAX], dir[PATH_MAX], path[PATH_MAX], name[160];
	size_t n = verdict_encode(&x->verdict, text);

	state_path(x->state, "replicas", dir);
	(void)snprintf(name, sizeof(name), "replicas/%s", x->to->name);
	state_path(x->state, name, path);
	if (n > 0 && newfile_dir(dir) == 0)
		(void)newfile_put(path, text, n);
}

static enum ship_answer
judge(struct session *x, enum pack_kind kind)
{
	const struct verdict *v = &x->verdict;
	const struct manifest *m = &x->now->m;

	if (v->outcome != VERDICT_SEALED) {
		say("%s: %s: %s", x->to->name, verdict_word(v->outcome),
		    v->why);
		return SHIP_BEHIND;
	}
	if (v->epoch != m->epoch || v->generation != m->generation ||
	    !digest_equal(&v->digest, &m->dump.digest)) {
		say("%s: says sealed, but generation %" PRIu64 ".%" PRIu64
		    " is not what was sent",
		    x->to->name, v->epoch, v->generation);
		return SHIP_BEHIND;
	}
	say_info("%s: sealed %" PRIu64 ".%" PRIu64 ", %s, %" PRIu64
		 " bytes sent, %" PRId64 " ms",
	    x->to->name, v->epoch, v->generation, pack_word(kind), x->sent,
	    proc_now() - x->start);
	return SHIP_SEALED;
}

/* The bundle, then the verdict: also when the bundle was not taken to its end,
 * for the verdict says why. */
static int
send_bundle(struct session *x, const struct pack *k)
{
	int sent = pack_write(k, x->now, send_bytes, x);

	if (proc_close_in(&x->proc) == -1 || read_verdict(x) == -1)
		return -1;
	record(x);
	if (sent == -1 && x->verdict.outcome == VERDICT_SEALED)
		return bad(x, "verdict", "sealed, without the whole bundle");
	return 0;
}

/* After the hello. */
static enum ship_answer
exchange(struct session *x, bool full)
{
	enum ship_answer answer = SHIP_BEHIND;
	struct pack k = PACK_NONE;

	switch (ahead_check(x->cf, x->state, x->to->name, &x->hello, x->now)) {
	case AHEAD_OF_PRIMARY:
		return SHIP_SUPERSEDED;
	case AHEAD_OF_RUN:
		say_info("%s: a later run has been there already", x->to->name);
		return SHIP_SEALED;
	case AHEAD_NO:
		break;
	}
	if (pack_choose(x->state, x->now,
		x->hello.has_dump ? &x->hello.digest : NULL, full, &k) == 0 &&
	    send_bundle(x, &k) == 0)
		answer = judge(x, k.kind);
	pack_release(&k);
	return answer;
}

static enum ship_answer
session(struct session *x, const char *const words[], bool full)
{
	enum ship_answer answer;

	x->start = proc_now();
	x->until = x->start + x->to->max_transfer * 1000;
	x->idle_ms = (int)(x->to->deadline * 1000);
	memset(&x->verdict, 0, sizeof(x->verdict));
	if (proc_start(&x->proc, x->to->name, words) == -1)
		return SHIP_UNREACHED;
	answer = read_hello(x) == 0 ? exchange(x, full) : SHIP_UNREACHED;
	(void)proc_end(&x->proc, answer == SHIP_SEALED ? END_MS : 0);
	return answer;
}

static enum ship_answer
ship_locked(struct session *x, const char *const words[], bool full)
{
	enum ship_answer answer = session(x, words, full);

	if (answer == SHIP_BEHIND && !full &&
	    x->verdict.outcome == VERDICT_NEED_FULL)
		answer = session(x, words, true);
	return answer;
}

enum ship_answer
ship(const struct config *cf, struct state *s, const struct config_replica *to,
    const struct seal *now, bool full)
{
	struct session x = {
		.cf = cf, .state = s, .to = to, .now = now, .proc = PROC_NONE
	};
	enum ship_answer answer = SHIP_BEHIND;
	char name[160], **words;
	const char *why;
	int lock = -1;

	words = words_split(to->command, &why);
	if (words == NULL) {
		say("%s: command: %s", to->name, why);
		return SHIP_UNREACHED;
	}
	(void)snprintf(name, sizeof(name), "ship.%s", to->name);
	if (state_lock(s, name, 0, &lock) == 0)
		answer = ship_locked(&x, (const char *const *)words, full);
	if (lock != -1)
		(void)close(lock);
	free(words);
	return answer;
}
