#ifndef KDCSYNC_TEST_CHANCE_H
#define KDCSYNC_TEST_CHANCE_H

/* Chance that can be repeated, for tests of many rounds, and what the environment
 * says of how many and from where. */

#include <stdint.h>
#include <stdlib.h>

static uint64_t chance;

/* From 0 to below - 1. */
static inline uint32_t
any(uint32_t below)
{
	chance = chance * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(chance >> 33) % below;
}

static inline unsigned long
setting(const char *name, unsigned long otherwise)
{
	const char *s = getenv(name);

	return s == NULL ? otherwise : strtoul(s, NULL, 10);
}

#endif
