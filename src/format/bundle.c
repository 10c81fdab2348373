#include "bundle.h"

#include "grant.h"
#include "manifest.h"

#include <stdio.h>
#include <string.h>

#define BIT(part) (1u << (part))
#define BEFORE(part) (BIT(part) - 1)

/* The texts come in the order of their names here. */
static const struct {
	const char *name;
	uint64_t max; /* bytes; 0: a payload */
} part_rule[] = {
	[BUNDLE_MANIFEST] = { "manifest", MANIFEST_MAX },
	[BUNDLE_MANIFEST_SIG] = { "manifest.sig", BUNDLE_SIG_MAX },
	[BUNDLE_GRANT] = { "grant", GRANT_MAX },
	[BUNDLE_GRANT_SIG] = { "grant.sig", BUNDLE_SIG_MAX },
	[BUNDLE_DUMP] = { "dump.zst", 0 },
};

static int
delta_decode(const char *name, struct digest *base)
{
	const char before[] = "delta.", after[] = ".zst";
	const size_t digits = DIGEST_TEXT - 1;

	if (strlen(name) != strlen(before) + digits + strlen(after) ||
	    strncmp(name, before, strlen(before)) != 0)
		return -1;
	name += strlen(before);
	if (strcmp(name + digits, after) != 0)
		return -1;
	return digest_decode(name, digits, base);
}

/* 0 or -1. */
static int
part_find(const char *name, enum bundle_part *part, struct digest *base)
{
	unsigned i;

	for (i = BUNDLE_MANIFEST; i <= BUNDLE_DUMP; i++) {
		if (strcmp(name, part_rule[i].name) == 0) {
			*part = (enum bundle_part)i;
			return 0;
		}
	}
	*part = BUNDLE_DELTA;
	return delta_decode(name, base);
}

/* Manifest and signature, and grant and signature or neither? */
static bool
whole_texts(const struct bundle_rules *r)
{
	unsigned texts = r->seen & BEFORE(BUNDLE_DUMP);

	return texts == BEFORE(BUNDLE_GRANT) || texts == BEFORE(BUNDLE_DUMP);
}

/* Is it the turn of part? */
static bool
in_turn(const struct bundle_rules *r, enum bundle_part part)
{
	if (part < BUNDLE_DUMP)
		return r->seen == BEFORE(part);
	if (!whole_texts(r) || (r->seen & BIT(BUNDLE_DUMP)) != 0)
		return false;
	return part == BUNDLE_DELTA || r->n_delta == 0;
}

static const char *
size_complaint(
    const struct bundle_rules *r, enum bundle_part part, uint64_t size)
{
	if (size == 0)
		return "an empty entry";
	if (part < BUNDLE_DUMP)
		return size > part_rule[part].max ? "a text too long" : NULL;
	if (r->payload_max == 0)
		return "a payload before the manifest was checked";
	if (size > r->payload_max)
		return "a payload larger than the signed size allows";
	return NULL;
}

static const char *
delta_complaint(const struct bundle_rules *r, const struct digest *base)
{
	unsigned i;

	if (r->n_delta == BUNDLE_DELTAS)
		return "too many deltas";
	for (i = 0; i < r->n_delta; i++) {
		if (digest_equal(&r->base[i], base))
			return "two deltas of one base";
	}
	return NULL;
}

int
bundle_entry(struct bundle_rules *r, const char *name, uint64_t size,
    enum bundle_part *part, struct digest *base, const char **why)
{
	if (part_find(name, part, base) == -1) {
		*why = "a name that no bundle has";
		return -1;
	}
	if (!in_turn(r, *part)) {
		*why = "an entry twice or out of order";
		return -1;
	}
	*why = size_complaint(r, *part, size);
	if (*why == NULL && *part == BUNDLE_DELTA)
		*why = delta_complaint(r, base);
	if (*why != NULL)
		return -1;
	if (*part == BUNDLE_DELTA)
		r->base[r->n_delta++] = *base;
	r->seen |= BIT(*part);
	return 0;
}

int
bundle_end(const struct bundle_rules *r, const char **why)
{
	if (whole_texts(r))
		return 0;
	*why = "cut short: no manifest, or a text without its signature";
	return -1;
}

uint64_t
bundle_bound(uint64_t dump_size)
{
	/* ZSTD_COMPRESSBOUND adds a 256th and, to small ones, 64 bytes; frame,
	 * block headers and flushes take the rest. */
	const uint64_t more = dump_size / 128 + 65536;

	return dump_size > UINT64_MAX - more ? UINT64_MAX : dump_size + more;
}

void
bundle_name(enum bundle_part part, const struct digest *base,
    char name[BUNDLE_NAME_MAX])
{
	char digits[DIGEST_TEXT];

	if (part != BUNDLE_DELTA) {
		snprintf(name, BUNDLE_NAME_MAX, "%s", part_rule[part].name);
		return;
	}
	digest_encode(base, digits);
	snprintf(name, BUNDLE_NAME_MAX, "delta.%s.zst", digits);
}
