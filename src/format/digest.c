#include "digest.h"

#include "hex.h"

#include <openssl/evp.h>

#include <stdlib.h>
#include <string.h>

struct digest_run {
	EVP_MD_CTX *ctx;
};

bool
digest_equal(const struct digest *a, const struct digest *b)
{
	return memcmp(a->b, b->b, DIGEST_SIZE) == 0;
}

void
digest_encode(const struct digest *d, char text[DIGEST_TEXT])
{
	*hex_put(text, d->b, DIGEST_SIZE) = '\0';
}

int
digest_decode(const char *text, size_t len, struct digest *d)
{
	if (len != DIGEST_TEXT - 1)
		return -1;
	return hex_get(text, d->b, DIGEST_SIZE);
}

struct digest_run *
digest_begin(void)
{
	struct digest_run *run;

	run = calloc(1, sizeof(*run));
	if (run == NULL)
		return NULL;
	run->ctx = EVP_MD_CTX_new();
	if (run->ctx == NULL)
		goto fail;
	if (EVP_DigestInit_ex(run->ctx, EVP_sha256(), NULL) != 1)
		goto fail;
	return run;
fail:
	digest_drop(run);
	return NULL;
}

int
digest_add(struct digest_run *run, const void *p, size_t n)
{
	return EVP_DigestUpdate(run->ctx, p, n) == 1 ? 0 : -1;
}

int
digest_end(struct digest_run *run, struct digest *d)
{
	int ok;

	ok = EVP_DigestFinal_ex(run->ctx, d->b, NULL);
	digest_drop(run);
	return ok == 1 ? 0 : -1;
}

void
digest_drop(struct digest_run *run)
{
	if (run == NULL)
		return;
	EVP_MD_CTX_free(run->ctx);
	free(run);
}

int
digest_of(const void *p, size_t n, struct digest *d)
{
	return EVP_Digest(p, n, d->b, NULL, EVP_sha256(), NULL) == 1 ? 0 : -1;
}
