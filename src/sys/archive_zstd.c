#include "archive.h"
#include "beside.h"
#include "file.h"
#include "outward.h"
#include "say.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#define CHUNK ((size_t)128 * 1024)
#define LEVEL 1

/* Four hold 18 MiB in all, whatever the size of the file. */
#define WORKERS_MAX 4

/* What level 22 uses, and what zstd(1) reads without asking: 128 MiB. */
#define WINDOW_LOG_MAX 27

/* RFC 8878, 3.1.1: the magic number, then a descriptor whose bit 2 says that
 * the frame ends with a checksum. */
#define HEAD 5
#define HAS_CHECKSUM 0x04

struct stream {
	int in, out;
	uint64_t at;  /* in has been read up to here */
	uint64_t end; /* and is to be up to here */
	ZSTD_inBuffer from;
	char src[CHUNK], dst[CHUNK];
};

static struct stream *
begin(int in, int out)
{
	struct stream *s;

	s = malloc(sizeof(*s));
	if (s == NULL) {
		say("zstd: no memory");
		return NULL;
	}
	s->in = in;
	s->out = out;
	s->at = 0;
	s->end = UINT64_MAX;
	s->from = (ZSTD_inBuffer){ s->src, 0, 0 };
	return s;
}

static void
end(struct stream *s)
{
	if (s != NULL)
		explicit_bzero(s, sizeof(*s));
	free(s);
}

/* The next bytes of in, at most max; 0 at its end. */
static ssize_t
fill(struct stream *s, size_t max)
{
	ssize_t n;

	if (max > s->end - s->at)
		max = (size_t)(s->end - s->at);
	do
		n = pread(s->in, s->src, max, (off_t)s->at);
	while (n == -1 && errno == EINTR);
	if (n == -1) {
		say("zstd: read: %s", strerror(errno));
		return -1;
	}
	s->at += (uint64_t)n;
	s->from = (ZSTD_inBuffer){ s->src, (size_t)n, 0 };
	return n;
}

static int
say_error(const char *doing, size_t code)
{
	say("zstd: %s: %s", doing, ZSTD_getErrorName(code));
	return -1;
}

/* Threads of zstd's own.  A libzstd that was built without any refuses, and then we
 * do it alone; it starts none for files under half a megabyte. */
static void
set_workers(ZSTD_CCtx *ctx)
{
	int cpus = beside_cpus();

	if (cpus > 1)
		(void)ZSTD_CCtx_setParameter(ctx, ZSTD_c_nbWorkers,
		    cpus < WORKERS_MAX ? cpus : WORKERS_MAX);
}

static int
set_up(ZSTD_CCtx *ctx, uint64_t size)
{
	size_t rc;

	set_workers(ctx);
	rc = ZSTD_CCtx_setParameter(ctx, ZSTD_c_compressionLevel, LEVEL);
	if (!ZSTD_isError(rc))
		rc = ZSTD_CCtx_setParameter(ctx, ZSTD_c_checksumFlag, 1);
	if (!ZSTD_isError(rc))
		rc = ZSTD_CCtx_setPledgedSrcSize(ctx, size);
	return ZSTD_isError(rc) ? say_error("compress", rc) : 0;
}

/* One piece of input through the compressor and out. */
static int
squeeze(ZSTD_CCtx *ctx, struct stream *s, ZSTD_EndDirective how)
{
	size_t rest;

	do {
		ZSTD_outBuffer to = { s->dst, sizeof(s->dst), 0 };

		rest = ZSTD_compressStream2(ctx, &to, &s->from, how);
		if (ZSTD_isError(rest))
			return say_error("compress", rest);
		if (file_write(s->out, "zstd", s->dst, to.pos) == -1)
			return -1;
	} while (how == ZSTD_e_end ? rest != 0 : s->from.pos < s->from.size);
	return 0;
}

int
archive_compress(int in, int out)
{
	ZSTD_CCtx *ctx = NULL;
	struct stream *s;
	int64_t size;
	ssize_t n;
	int rc = -1;

	size = file_size(in, "zstd");
	s = begin(in, out);
	if (size == -1 || s == NULL)
		goto out;
	ctx = ZSTD_createCCtx();
	if (ctx == NULL) {
		say("zstd: no memory");
		goto out;
	}
	if (set_up(ctx, (uint64_t)size) == -1)
		goto out;
	do {
		n = fill(s, sizeof(s->src));
		if (n == -1 ||
		    squeeze(ctx, s, n > 0 ? ZSTD_e_continue : ZSTD_e_end) == -1)
			goto out;
	} while (n > 0);
	rc = 0;
out:
	(void)ZSTD_freeCCtx(ctx);
	end(s);
	return rc;
}

/* An ordinary frame (not skippable, not of an older format) with checksum. */
static int
check_head(struct stream *s)
{
	static const char magic[4] = "\x28\xb5\x2f\xfd";
	ssize_t n;

	n = fill(s, HEAD);
	if (n == -1)
		return -1;
	if (n == HEAD && memcmp(s->src, magic, sizeof(magic)) == 0 &&
	    (s->src[4] & HAS_CHECKSUM) != 0)
		return 0;
	say("zstd: not a zstd file with a checksum");
	return -1;
}

/* Decompresses to the end of the frame.  o: of a file that is to stay, or NULL. */
static int
expand(ZSTD_DCtx *ctx, struct stream *s, uint64_t max, struct outward *o)
{
	uint64_t done = 0;
	bool full = false;
	size_t hint;
	ssize_t n;

	for (;;) {
		ZSTD_outBuffer to = { s->dst, sizeof(s->dst), 0 };

		n = s->from.pos < s->from.size || full
		    ? 1
		    : fill(s, sizeof(s->src));
		if (n == 0)
			say("zstd: cut short");
		if (n <= 0)
			return -1;
		hint = ZSTD_decompressStream(ctx, &to, &s->from);
		if (ZSTD_isError(hint))
			return say_error("decompress", hint);
		if (to.pos > max) {
			say("zstd: its content is larger than expected");
			return -1;
		}
		max -= to.pos;
		if (file_write(s->out, "zstd", s->dst, to.pos) == -1)
			return -1;
		done += to.pos;
		if (o != NULL)
			outward_begin(o, s->out, done);
		if (hint == 0)
			return 0;
		full = to.pos == to.size;
	}
}

static int
decompress(struct stream *s, uint64_t max, struct outward *o)
{
	ZSTD_DCtx *ctx = NULL;
	int rc = -1;

	if (s == NULL || check_head(s) == -1)
		goto out;
	ctx = ZSTD_createDCtx();
	if (ctx == NULL ||
	    ZSTD_isError(ZSTD_DCtx_setParameter(
		ctx, ZSTD_d_windowLogMax, WINDOW_LOG_MAX))) {
		say("zstd: no memory");
		goto out;
	}
	if (expand(ctx, s, max, o) == -1)
		goto out;
	if (s->from.pos < s->from.size || fill(s, 1) != 0) {
		say("zstd: more bytes behind its end; refused");
		goto out;
	}
	rc = 0;
out:
	(void)ZSTD_freeDCtx(ctx);
	end(s);
	return rc;
}

int
archive_decompress(int in, int out, uint64_t max)
{
	return decompress(begin(in, out), max, NULL);
}

int
archive_decompress_part(
    int in, uint64_t from, uint64_t size, int out, uint64_t max, bool kept)
{
	struct stream *s = begin(in, out);
	struct outward o = { 0 };

	if (s != NULL) {
		s->at = from;
		s->end = from + size;
	}
	return decompress(s, max, kept ? &o : NULL);
}
