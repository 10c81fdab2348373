#include "level.h"

const char *
level_word(enum level l)
{
	static const char *const word[] = { "OK", "WARNING", "CRITICAL",
		"UNKNOWN" };

	return word[l];
}

int
level_weight(enum level l)
{
	static const int weight[] = { [LEVEL_GOOD] = 0,
		[LEVEL_WARNING] = 1,
		[LEVEL_UNKNOWN] = 2,
		[LEVEL_CRITICAL] = 3 };

	return weight[l];
}
