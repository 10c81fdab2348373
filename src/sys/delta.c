#include "delta.h"
#include "file.h"
#include "say.h"

#include <errno.h>
#include <librsync.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A changed record costs at least a block; the records of a dump are 200 to
 * 1,000 bytes.  Signature: 12 to 20 bytes of memory a block. */
#define BLOCK 512

/* The changed part of a record, its keys, is some 300 bytes.  In still smaller
 * blocks the copies cost more than they save; and 8 million blocks are 200 MB of
 * memory. */
#define BLOCK_FINE 128
#define BLOCKS_MAX (8 << 20)
#define CHUNK ((size_t)64 * 1024)

/* Takes what a job puts out: 0, or -1, said. */
typedef int sink_fn(void *arg, char *p, size_t n);

struct pump {
	char in[CHUNK], out[CHUNK];
};

struct bounded {
	int fd;
	uint64_t left;
};

struct base {
	int fd;
	uint64_t size;
};

static void
trace(rs_loglevel level, const char *text)
{
	(void)level;
	say_debug("librsync: %.*s", (int)strcspn(text, "\n"), text);
}

static void
route_trace(void)
{
	rs_trace_set_level(RS_LOG_ERR);
	rs_trace_to(trace);
}

/* The next bytes of the file at *at; 0 at its end. */
static ssize_t
fill(int fd, char *p, size_t n, uint64_t *at)
{
	ssize_t got;

	do
		got = pread(fd, p, n, (off_t)*at);
	while (got == -1 && errno == EINTR);
	if (got == -1)
		say("delta: read: %s", strerror(errno));
	else
		*at += (uint64_t)got;
	return got;
}

/* One turn of the job; what came out goes to sink.  False in *on at its end. */
static int
turn(rs_job_t *job, rs_buffers_t *b, struct pump *p, sink_fn *sink, void *arg,
    bool *on)
{
	size_t had = b->avail_in, made;
	rs_result r;

	b->next_out = p->out;
	b->avail_out = sizeof(p->out);
	r = rs_job_iter(job, b);
	if (r != RS_DONE && r != RS_BLOCKED) {
		say("delta: %s", rs_strerror(r));
		return -1;
	}
	*on = r == RS_BLOCKED;
	made = sizeof(p->out) - b->avail_out;
	if (made > 0)
		return sink(arg, p->out, made);
	if (*on && b->avail_in == had && (had > 0 || b->eof_in)) {
		say("delta: librsync makes no progress");
		return -1;
	}
	return 0;
}

/* Runs the job over the whole of fd.  It must end with its input. */
static int
pump(rs_job_t *job, struct pump *p, int fd, sink_fn *sink, void *arg)
{
	rs_buffers_t b = { .next_in = p->in };
	uint64_t at = 0;
	bool on = true;
	ssize_t n;
	char more;

	while (on) {
		if (b.avail_in == 0 && !b.eof_in) {
			n = fill(fd, p->in, sizeof(p->in), &at);
			if (n == -1)
				return -1;
			b.next_in = p->in;
			b.avail_in = (size_t)n;
			b.eof_in = n == 0;
		}
		if (turn(job, &b, p, sink, arg, &on) == -1)
			return -1;
	}
	n = b.avail_in > 0 ? 1 : fill(fd, &more, 1, &at);
	if (n > 0)
		say("delta: bytes behind its end");
	return n == 0 ? 0 : -1;
}

/* A job's run, and the release of both. */
static int
drive(rs_job_t *job, int fd, sink_fn *sink, void *arg)
{
	struct pump *p;
	int rc = -1;

	p = malloc(sizeof(*p));
	if (job == NULL || p == NULL)
		say("delta: no memory");
	else
		rc = pump(job, p, fd, sink, arg);
	if (p != NULL)
		explicit_bzero(p, sizeof(*p));
	free(p);
	if (job != NULL)
		(void)rs_job_free(job);
	return rc;
}

static int
to_file(void *arg, char *p, size_t n)
{
	struct bounded *out = arg;

	if (n > out->left) {
		say("delta: its result is larger than expected");
		return -1;
	}
	out->left -= n;
	return file_write(out->fd, "delta", p, n);
}

/* The signature goes straight from the job that makes it to the one that
 * loads it. */
static int
to_loader(void *arg, char *p, size_t n)
{
	rs_job_t *loader = arg;
	rs_buffers_t b = { .next_in = p, .avail_in = n };
	rs_result r;

	r = rs_job_iter(loader, &b);
	if (r == RS_BLOCKED && b.avail_in == 0)
		return 0;
	say("delta: load signature: %s", rs_strerror(r));
	return -1;
}

static int
end_loader(rs_job_t *loader)
{
	rs_buffers_t b = { .eof_in = 1 };
	rs_result r;

	r = rs_job_iter(loader, &b);
	if (r == RS_DONE)
		return 0;
	say("delta: load signature: %s", rs_strerror(r));
	return -1;
}

/* The signature of base in memory, indexed; NULL when it failed. */
static rs_signature_t *
sign(int base, size_t block)
{
	rs_magic_number magic = RS_RK_BLAKE2_SIG_MAGIC;
	size_t strong = (size_t)-1;
	rs_signature_t *sig = NULL;
	rs_job_t *loader;
	int64_t size;
	rs_result r;
	int rc;

	size = file_size(base, "delta base");
	if (size == -1)
		return NULL;
	r = rs_sig_args(size, &magic, &block, &strong);
	if (r != RS_DONE) {
		say("delta: signature: %s", rs_strerror(r));
		return NULL;
	}
	loader = rs_loadsig_begin(&sig);
	if (loader == NULL) {
		say("delta: no memory");
		return NULL;
	}
	rc = drive(rs_sig_begin(block, strong, magic), base, to_loader, loader);
	if (rc == 0)
		rc = end_loader(loader);
	(void)rs_job_free(loader);
	if (rc == 0 && rs_build_hash_table(sig) != RS_DONE) {
		say("delta: no memory for the index");
		rc = -1;
	}
	if (rc == 0)
		return sig;
	if (sig != NULL)
		rs_free_sumset(sig);
	return NULL;
}

static int
rewind_out(int out)
{
	if (lseek(out, 0, SEEK_SET) == 0 && ftruncate(out, 0) == 0)
		return 0;
	say("delta: rewind: %s", strerror(errno));
	return -1;
}

static int
make(int base, int target, int out, size_t block)
{
	struct bounded file = { out, UINT64_MAX };
	rs_signature_t *sig;
	int rc;

	route_trace();
	if (rewind_out(out) == -1)
		return -1;
	sig = sign(base, block);
	if (sig == NULL)
		return -1;
	rc = drive(rs_delta_begin(sig), target, to_file, &file);
	rs_free_sumset(sig);
	return rc;
}

int
delta_make(int base, int target, int out)
{
	return make(base, target, out, BLOCK);
}

int
delta_make_fine(int base, int target, int out)
{
	int64_t size = file_size(base, "delta base");
	size_t block = BLOCK_FINE;

	if (size == -1)
		return -1;
	while (block < BLOCK && size / (int64_t)block > BLOCKS_MAX)
		block *= 2;
	return make(base, target, out, block);
}

/* Part of the base for a copy command; all that is asked for is there or it is
 * not this delta's base. */
static rs_result
copy_base(void *arg, rs_long_t pos, size_t *len, void **buf)
{
	const struct base *base = arg;
	uint64_t at = (uint64_t)pos;
	size_t done = 0;
	ssize_t n;

	if (pos < 0 || at > base->size || *len > base->size - at)
		return RS_CORRUPT;
	while (done < *len) {
		n = fill(base->fd, (char *)*buf + done, *len - done, &at);
		if (n == -1)
			return RS_IO_ERROR;
		if (n == 0)
			return RS_INPUT_ENDED;
		done += (size_t)n;
	}
	return RS_DONE;
}

int
delta_patch(int base, int delta, int out, uint64_t max)
{
	struct bounded file = { out, max };
	struct base from = { base, 0 };
	int64_t size;

	route_trace();
	size = file_size(base, "delta base");
	if (size == -1 || rewind_out(out) == -1)
		return -1;
	from.size = (uint64_t)size;
	return drive(rs_patch_begin(copy_base, &from), delta, to_file, &file);
}
