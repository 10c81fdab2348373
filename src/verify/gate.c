#include "gate.h"

#include "face.h"

#include "../format/when.h"
#include "../sys/proc.h"
#include "../sys/say.h"
#include "../sys/words.h"
#include "../store/seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define OVERRIDE_MAX (7 * 86400)
#define HOOK_MS (60 * 1000)

void
gate_refuse(struct state *s, bool primary, const char *line)
{
	if (!primary)
		(void)state_set_line(s, STATE_REFUSED, line);
	say("%s is not started", primary ? "kadmind" : "the KDC");
}

int
gate_pass(const struct config *cf, const char *realm, struct state *s,
    bool primary, const struct report *r)
{
	enum level l = report_level(r, NULL);
	char line[REPORT_LINE];

	if (l == LEVEL_GOOD || l == LEVEL_WARNING) {
		if (!primary)
			(void)state_remove(s, STATE_REFUSED);
		return 1;
	}
	face_short(r, line, sizeof(line));
	gate_refuse(s, primary, line);
	if (l == LEVEL_CRITICAL && report_overridable(r))
		say("to start it in spite of that, for 12 hours or until the "
		    "next ship: kdc-verify -c %s%s%s --override 12h --reason "
		    "'WHY'",
		    cf->path, realm == NULL ? "" : " -r ",
		    realm == NULL ? "" : realm);
	return 0;
}

static void
run_hook(const struct config *cf, const char *level, const char *line)
{
	const char **argv, *why;
	char **words;
	size_t n = 0;
	int rc;

	words = words_split(cf->on_verdict, &why);
	if (words == NULL)
		return;
	while (words[n] != NULL)
		n++;
	argv = calloc(n + 3, sizeof(*argv));
	if (argv != NULL) {
		memcpy(argv, words, n * sizeof(*argv));
		argv[n] = level;
		argv[n + 1] = line;
		rc = proc_run(argv, NULL, (struct span){ NULL, 0 }, NULL, NULL,
		    64 * 1024, HOOK_MS);
		if (rc > 0)
			say("on_verdict: %s: exit status %d", words[0], rc);
	}
	free(argv);
	free(words);
}

/* Ages grow with each look; the level and the check are what changes. */
void
gate_tell(const struct config *cf, struct state *s, const struct report *r)
{
	const struct finding *worst;
	enum level l = report_level(r, &worst);
	char now[64], was[64], line[REPORT_LINE];

	(void)snprintf(now, sizeof(now), "%s %s", level_word(l),
	    worst == NULL ? "-" : worst->check);
	if (state_line(s, STATE_VERDICT, was, sizeof(was)) == 1 &&
	    strcmp(now, was) == 0)
		return;
	if (state_set_line(s, STATE_VERDICT, now) == -1 ||
	    cf->on_verdict[0] == '\0')
		return;
	face_short(r, line, sizeof(line));
	run_hook(cf, level_word(l), line);
}

int
gate_override(const struct config *cf, const struct state *s,
    const char *duration, const char *reason)
{
	struct override o = { 0 };
	struct seal seal;
	char path[PATH_MAX], until[WHEN_TEXT];
	int64_t seconds;

	if (geteuid() != 0) {
		say("--override: for root only");
		return EX_NOPERM;
	}
	if (config_duration(duration, &seconds) == -1 || seconds < 1 ||
	    seconds > OVERRIDE_MAX) {
		say("--override %s: a length of time from 1s to 7d", duration);
		return EX_USAGE;
	}
	if (strlen(reason) == 0 || strlen(reason) >= sizeof(o.reason)) {
		say("--reason: 1 to %zu characters", sizeof(o.reason) - 1);
		return EX_USAGE;
	}
	state_path(s, STATE_SEAL, path);
	if (seal_read(path, &seal) != 1) {
		say("%s: no seal; there is nothing to start from", path);
		return EX_DATAERR;
	}
	strcpy(o.reason, reason);
	o.until = time(NULL) + seconds;
	if (digest_of(seal.text.p, seal.text.len, &o.seal) == -1 ||
	    override_write(s, &o) == -1) {
		seal_release(&seal);
		return EX_CANTCREAT;
	}
	seal_release(&seal);
	(void)when_encode(o.until, until);
	say_info("%s: age, clock and signer are overridden until %s or the "
		 "next ship",
	    cf->state_dir, until);
	return EX_OK;
}
