#include "write.h"

#include "bundles.h"
#include "files.h"

#include "../sys/file.h"
#include "../sys/newfile.h"
#include "../sys/say.h"
#include "../store/archive/reading.h"
#include "../store/sign.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

struct job {
	const struct write *w;
	const char *dir; /* for unnamed files */
	struct spool spool;
	char words[READING_WORDS]; /* what was read back */
	int64_t size;		   /* bytes */
};

static int
put_all(struct job *j, struct archive_out *a, const struct bytes *text,
    const struct bytes *sig)
{
	const struct seal *now = &j->w->stock->now;
	int64_t t = j->spool.index.made;

	if (archive_put(a, "index", t, text->p, text->len) == -1 ||
	    archive_put(a, "index.sig", t, sig->p, sig->len) == -1)
		return -1;
	if (now->granted &&
	    (archive_put(a, "grant", t, now->grant.p, now->grant.len) == -1 ||
		archive_put(a, "grant.sig", t, now->grant_sig.p,
		    now->grant_sig.len) == -1))
		return -1;
	return spool_put(&j->spool, a);
}

static int
fill_index(struct index *x, const char *realm)
{
	(void)snprintf(x->realm, sizeof(x->realm), "%s", realm);
	x->made = time(NULL);
	if (gethostname(x->host, sizeof(x->host) - 1) == -1) {
		say("gethostname: %s", strerror(errno));
		return -1;
	}
	return 0;
}

/* Signs, and sees whether those who have the present seal will believe it. */
static int
sign(const struct job *j, const struct bytes *text, struct bytes *sig)
{
	const struct config *cf = j->w->cf;
	const struct span span = { text->p, text->len };
	enum sign_answer answer;
	char why[SIGN_WHY];

	if (sign_make(cf, span, sig) == -1)
		return -1;
	answer = sign_check_text(cf, j->w->place->realm, &j->w->stock->now,
	    span, (struct span){ sig->p, sig->len }, j->spool.index.made, why);
	if (answer != SIGN_GOOD && answer != SIGN_FAILED)
		say("%s: the index of the archive would be refused: %s; "
		    "nothing was written; does kdc-snapshot work?",
		    cf->signing_key, why);
	return answer == SIGN_GOOD ? 0 : -1;
}

/* 0; or the exit status, said. */
static int
put_archive(struct job *j, int fd, const char *name)
{
	struct bytes text = BYTES_NONE, sig = BYTES_NONE;
	struct index *x = &j->spool.index;
	struct archive_out *a = NULL;
	int rc = EX_IOERR;

	if (fill_index(x, j->w->place->realm) == -1)
		goto out;
	if (index_encode(x, &text) == -1) {
		say("the index cannot be written: a name in it (realm, host) "
		    "has no spelling as text, or memory is short");
		goto out;
	}
	if (sign(j, &text, &sig) == -1)
		goto out;
	a = archive_create(fd, name);
	if (a == NULL)
		goto out;
	if (put_all(j, a, &text, &sig) == 0) {
		rc = archive_finish(a) == 0 ? EX_OK : EX_CANTCREAT;
		a = NULL;
	} else {
		rc = EX_CANTCREAT;
	}
out:
	archive_drop(a);
	bytes_release(&text);
	bytes_release(&sig);
	return rc;
}

/* What cannot be read back is no archive. */
static int
read_back(struct job *j, int fd, const char *name)
{
	struct reading x = {
		.cf = j->w->cf, .realm = j->w->place->realm, .scratch = j->dir
	};
	int rc;

	if (lseek(fd, 0, SEEK_SET) == -1) {
		say("%s: %s", name, strerror(errno));
		return EX_IOERR;
	}
	rc = reading_run(&x, fd, name);
	if (rc != EX_OK)
		return rc;
	reading_words(&x, j->words);
	reading_release(&x);
	j->size = file_size(fd, name);
	return j->size == -1 ? EX_IOERR : EX_OK;
}

static int
to_stdout(struct job *j)
{
	struct span all = { NULL, 0 };
	int fd = newfile_scratch(j->dir), rc;

	if (fd == -1)
		return EX_CANTCREAT;
	rc = put_archive(j, fd, "archive");
	if (rc == EX_OK)
		rc = read_back(j, fd, "archive");
	if (rc == EX_OK &&
	    (file_map(fd, "archive", &all) == -1 ||
		file_write(STDOUT_FILENO, "stdout", all.p, all.len) == -1))
		rc = EX_IOERR;
	file_unmap(&all);
	(void)close(fd);
	return rc;
}

static int
to_file(struct job *j)
{
	struct newfile n = NEWFILE_NONE;
	int rc;

	if (newfile_begin(&n, j->w->file) == -1)
		return EX_CANTCREAT;
	rc = put_archive(j, n.fd, j->w->file);
	if (rc == EX_OK)
		rc = read_back(j, n.fd, j->w->file);
	if (rc == EX_OK && newfile_commit(&n) == -1)
		rc = EX_CANTCREAT;
	newfile_abandon(&n);
	return rc;
}

/* Before the work is done. */
static int
check_target(const char *file)
{
	struct stat st;

	if (strcmp(file, "-") == 0) {
		if (!isatty(STDOUT_FILENO))
			return EX_OK;
		say("an archive holds every key of the realm and is not for a "
		    "terminal; name a file");
		return EX_USAGE;
	}
	/* It would take the place of the device. */
	if (stat(file, &st) == 0 && !S_ISREG(st.st_mode)) {
		say("%s: there, and not a regular file; name another, or write "
		    "to - and redirect that",
		    file);
		return EX_CANTCREAT;
	}
	return EX_OK;
}

/* What may be wrong with the call or the configuration is seen first. */
static int
make(struct job *j, bool *left_out)
{
	const struct write *w = j->w;
	struct bytes stash = BYTES_NONE;
	int rc = EX_IOERR;

	if (w->stash &&
	    files_stash(w->place, w->recipient, w->n_recipients, &stash) == -1)
		rc = EX_DATAERR;
	else if (spool_begin(&j->spool, j->dir) == 0 &&
	    bundles_add(&j->spool, w->stock, w->m, w->older, left_out) == 0 &&
	    files_add(&j->spool, w->place, &stash) == 0)
		rc = strcmp(w->file, "-") == 0 ? to_stdout(j) : to_file(j);
	bytes_release(&stash);
	return rc;
}

int
write_run(const struct write *w)
{
	struct job j = {
		.w = w, .dir = w->stock->state->dir, .spool = SPOOL_NONE
	};
	int rc = check_target(w->file);
	bool left_out = false;

	if (rc != EX_OK)
		return rc;
	rc = make(&j, &left_out);
	spool_release(&j.spool);
	if (rc == EX_OK)
		say_info("%s: archive of %s, %" PRId64 " bytes",
		    strcmp(w->file, "-") == 0 ? "stdout" : w->file, j.words,
		    j.size);
	return rc == EX_OK && left_out ? 1 : rc;
}
