#include "into.h"

#include "conf.h"
#include "emptydir.h"

#include "../sys/age.h"
#include "../sys/file.h"
#include "../sys/newfile.h"
#include "../sys/say.h"
#include "../sys/stop.h"
#include "../store/kdb/examine.h"
#include "../store/kdb/fill.h"
#include "../store/show.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define STASH_MAX (1024 * 1024)

/*
 * The stash.
 */
static int
decrypt(const struct into *x, const struct source *s, struct bytes *stash)
{
	struct span text = { s->stash_age.p, s->stash_age.len };

	if (!s->archived_stash) {
		say("%s: has no stash for --identity to open; without "
		    "--identity, %s is taken",
		    s->archive == NULL ? s->state->dir : s->archive,
		    x->place->stash);
		return EX_DATAERR;
	}
	return age_decrypt(text, x->identity, stash) == 0 ? EX_OK : EX_DATAERR;
}

/* None is no failure: there is much to be seen without. */
static void
say_none(const struct into *x, const struct source *s)
{
	say("%s: no such file, so what is restored cannot be opened; %s",
	    x->place->stash,
	    s->archived_stash
		? "--identity opens the stash that the archive has"
		: "put the realm's stash there, or give an archive that has "
		  "it");
}

static int
find_stash(struct into *x, const struct source *s, struct bytes *stash)
{
	int rc;

	if (x->identity != NULL) {
		rc = decrypt(x, s, stash);
		x->has_stash = rc == EX_OK;
		return rc;
	}
	rc = file_read(x->place->stash, STASH_MAX, stash);
	x->has_stash = rc == 0;
	if (rc == -1 && errno != ENOENT)
		return EX_NOINPUT;
	if (rc == 0)
		return EX_OK;
	say_none(x, s);
	return x->must_open ? EX_NOINPUT : EX_OK;
}

/*
 * The database.
 */
static void
below(char path[PATH_MAX], const char *dir, const char *name)
{
	/* emptydir_begin left room for every name. */
	if (snprintf(path, PATH_MAX, "%s/%s", dir, name) >= PATH_MAX)
		path[0] = '\0';
}

static void
set_place(struct into *x, const char *dir)
{
	struct place *p = &x->made;

	*p = *x->place;
	(void)snprintf(p->db_dir, PATH_MAX, "%s", dir);
	below(p->db, dir, "principal");
	below(p->stash, dir, "stash");
	below(p->room, dir, "principal.kdcsync");
	below(p->krb5_conf, dir, "krb5.conf");
	below(p->kdc_conf, dir, "kdc.conf");
	below(p->acl, dir, "kadm5.acl");
}

static int
flush(const struct place *p)
{
	char path[PATH_MAX];
	int fd, rc = 0;

	for (int i = 0; rc == 0 && i < PLACE_DATA; i++) {
		place_path(p->db, (enum place_file)i, path);
		fd = file_open(path);
		rc = fd == -1 ? -1 : newfile_flush(fd, path);
		if (fd != -1)
			(void)close(fd);
	}
	return rc;
}

static int
build(const struct into *x, const struct source *s)
{
	if (fill_load(&x->made, x->made.db, s->dump, NULL) == -1 ||
	    flush(&x->made) == -1)
		return EX_CANTCREAT;
	return EX_OK;
}

/* Walk, lookups and digest are what was signed. */
static int
prove(const struct into *x, const struct source *s)
{
	struct examination e;
	int fd = newfile_scratch(s->state->dir), rc;

	if (fd == -1)
		return EX_CANTCREAT;
	rc = examine(&x->made, x->made.db, fd, &e);
	(void)close(fd);
	if (rc == -1)
		return EX_IOERR;
	if (e.flaw == EXAMINE_NONE &&
	    digest_equal(&e.facts.digest, &s->seal.m.dump.digest))
		return EX_OK;
	say("%s: what was made is not what was signed%s%s (is the disk full or "
	    "failing?); nothing is left of it",
	    x->made.db, e.flaw == EXAMINE_NONE ? "" : ": ",
	    e.flaw == EXAMINE_NONE ? "" : e.why);
	return EX_IOERR;
}

static void
say_wrong(const struct into *x, const struct source *s)
{
	char words[SOURCE_WORDS];

	source_words(s, words);
	if (x->identity != NULL)
		say("the archive's stash does not fit %s: %s", words,
		    x->mkey.why);
	else
		say("%s: does not fit %s: %s; %s", x->place->stash, words,
		    x->mkey.why,
		    s->archived_stash
			? "--identity opens the stash that the archive has"
			: "put the stash of that time there");
}

/* What krb5kdc would find.  A disabled krbtgt is what was signed. */
static int
check_mkey(struct into *x, const struct source *s)
{
	if (!x->has_stash)
		return EX_OK;
	if (mkey_check(&x->made, x->made.db, &x->mkey) == -1)
		return EX_IOERR;
	switch (x->mkey.state) {
	case MKEY_GOOD:
	case MKEY_OLD:
	case MKEY_NO_KRBTGT:
		return EX_OK;
	default:
		say_wrong(x, s);
		return EX_DATAERR;
	}
}

static int
fill(struct into *x, const struct source *s, const struct bytes *stash)
{
	int rc = EX_OK;

	stages_next(x->stages);
	if (x->has_stash &&
	    newfile_put(x->made.stash, stash->p, stash->len) == -1)
		rc = EX_CANTCREAT;
	if (rc == EX_OK)
		rc = build(x, s);
	if (rc == EX_OK) {
		stages_next(x->stages);
		rc = prove(x, s);
	}
	if (rc == EX_OK)
		rc = check_mkey(x, s);
	if (rc == EX_OK && conf_write(&x->made, 0) == -1)
		rc = EX_CANTCREAT;
	return rc == EX_OK && stop_asked() ? EX_TEMPFAIL : rc;
}

int
into_make(struct into *x, const struct source *s)
{
	struct emptydir d = EMPTYDIR_NONE;
	struct bytes stash = BYTES_NONE;
	int rc = find_stash(x, s, &stash);

	if (rc == EX_OK)
		rc = emptydir_begin(&d, x->dir);
	if (rc == EX_OK) {
		set_place(x, d.path);
		rc = fill(x, s, &stash);
	}
	bytes_release(&stash);
	if (rc == EX_OK && emptydir_commit(&d) == -1)
		rc = EX_CANTCREAT;
	emptydir_abandon(&d);
	return rc;
}

int
into_show(const struct into *x, const struct source *s)
{
	const struct dump_facts *f = &s->seal.m.dump;
	char words[SOURCE_WORDS];

	source_words(s, words);
	printf("# %s: %" PRIu64 " principals, %" PRIu64 " policies%s\n", words,
	    f->principals, f->policies,
	    x->has_stash ? "" : "; no stash, so no keys");
	printf("# kadmin.local and kdb5_util work on it, and on nothing else, "
	       "after:\n"
	       "export KRB5_CONFIG=%s\n"
	       "export KRB5_KDC_PROFILE=%s\n",
	    x->made.krb5_conf, x->made.kdc_conf);
	printf("# One that was deleted comes back: there,\n"
	       "#   kdb5_util dump FILE NAME@%s\n"
	       "# and on the primary, krb5kdc and kadmind stopped for that "
	       "moment,\n"
	       "#   kdb5_util load -update FILE\n",
	    x->made.realm);
	return show_end();
}
