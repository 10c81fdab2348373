/* Goal of this test: a copy becomes what its file is, whatever differs and
 * however the file grew or shrank, and only pages that differ are written. */

#include "sys/pages.h"
#include "sys/say.h"
#include "scratch.h"

#define MOST ((size_t)6 * 1024 * 1024)

static uint32_t seed = 19991231;
static char *old, *new;

static size_t
pick(size_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return n == 0 ? 0 : (seed >> 4) % n;
}

/* Levels a copy (old, was bytes) with a file of which mapped bytes are there when
 * it is mapped, and is when it is compared. */
static uint64_t
level(size_t was, size_t mapped, size_t is)
{
	int from = scratch_file(new, mapped), to = scratch_file(old, was);
	struct pages p = PAGES_NONE;
	uint64_t moved = 0;

	assert_int_equal(pages_map(&p, from, to, "copy"), 0);
	assert_int_equal(pages_look(&p, "copy"), 0);
	assert_int_equal(ftruncate(from, 0), 0);
	assert_int_equal(pwrite(from, new, is, 0), is);
	assert_int_equal(pages_level(&p, is, "copy", &moved), 0);
	assert_true(scratch_is(to, new, is));
	pages_unmap(&p);
	pages_unmap(&p);
	close(from);
	close(to);
	return moved;
}

static void
test_few_pages(void **state)
{
	size_t at;

	(void)state;
	memcpy(new, old, MOST);
	assert_int_equal(level(MOST, MOST, MOST), 0);
	/* first, last, beside the middle, and two in one */
	new[0] ^= 1;
	new[MOST - 1] ^= 1;
	new[MOST / 2] ^= 1;
	new[MOST / 2 - 1] ^= 1;
	new[PAGES_SIZE * 9] ^= 1;
	new[PAGES_SIZE * 9 + 77] ^= 1;
	assert_int_equal(level(MOST, MOST, MOST), 5);
	for (int i = 0; i < 50; i++) {
		memcpy(new, old, MOST);
		at = pick(MOST);
		new[at] ^= 0x40;
		assert_int_equal(level(MOST, MOST, MOST), 1);
	}
}

static void
test_sizes(void **state)
{
	static const size_t n[] = { 0, 1, PAGES_SIZE - 1, PAGES_SIZE,
		PAGES_SIZE + 1, 65536, 65537, 300000, MOST / 2, MOST };
	const size_t all = sizeof(n) / sizeof(n[0]);

	(void)state;
	memcpy(new, old, MOST);
	for (size_t i = 0; i < MOST; i += 1 + pick(50000))
		new[i] ^= 1;
	for (size_t i = 0; i < all; i++)
		for (size_t k = 0; k < all; k++)
			for (size_t j = 0; j < all; j += 3)
				level(n[i], n[j], n[k]);
}

/* As a cycle does it: restless, and once more for what was written meanwhile. */
static void
test_both(void **state)
{
	static const size_t n[] = { 0, PAGES_SIZE + 1, 300000, MOST };
	const size_t all = sizeof(n) / sizeof(n[0]);

	(void)state;
	for (size_t i = 0; i < all * all * all; i++) {
		const size_t is = n[i % all];
		struct pages p = PAGES_NONE;
		uint64_t moved = 0;
		int from, to;

		memcpy(new, old, MOST);
		new[pick(MOST)] ^= 1;
		from = scratch_file(new, n[i / all % all]);
		to = scratch_file(old, n[i / all / all]);
		assert_int_equal(pages_map(&p, from, to, "copy"), 0);
		assert_int_equal(pages_level_restless(&p, "copy", &moved), 0);
		new[pick(MOST)] ^= 1;
		assert_int_equal(ftruncate(from, 0), 0);
		assert_int_equal(pwrite(from, new, is, 0), is);
		assert_int_equal(pages_look(&p, "copy"), 0);
		assert_int_equal(pages_level(&p, is, "copy", &moved), 0);
		assert_true(scratch_is(to, new, is));
		pages_unmap(&p);
		close(from);
		close(to);
	}
}

/* While nobody writes, the copy is the file after it, whatever the sizes. */
static void
test_restless(void **state)
{
	static const size_t n[] = { 0, 1, PAGES_SIZE, PAGES_SIZE + 1, 300000,
		MOST / 2, MOST };
	const size_t all = sizeof(n) / sizeof(n[0]);
	int from, to;

	(void)state;
	memcpy(new, old, MOST);
	for (size_t i = 0; i < MOST; i += 1 + pick(50000))
		new[i] ^= 1;
	for (size_t i = 0; i < all; i++)
		for (size_t k = 0; k < all; k++) {
			struct pages p = PAGES_NONE;
			uint64_t moved = 0;

			from = scratch_file(new, n[k]);
			to = scratch_file(old, n[i]);
			assert_int_equal(pages_map(&p, from, to, "copy"), 0);
			/* Cut or grown since it was mapped. */
			if (i % 2 == 1) {
				assert_int_equal(ftruncate(from, 0), 0);
				assert_int_equal(
				    pwrite(from, new, n[all - 1 - k], 0),
				    n[all - 1 - k]);
			}
			assert_int_equal(
			    pages_level_restless(&p, "copy", &moved), 0);
			assert_true(scratch_is(
			    to, new, n[i % 2 == 1 ? all - 1 - k : k]));
			pages_unmap(&p);
			close(from);
			close(to);
		}
}

static unsigned asked;

static bool
same_but_first(struct span was, struct span is)
{
	asked++;
	return memcmp(was.p + 1, is.p + 1, PAGES_SIZE - 1) == 0;
}

/* Levels both ways, the last byte of the file being moved or not. */
static bool
other(size_t was, size_t is, bool restless)
{
	int from = scratch_file(new, is), to = scratch_file(old, was);
	struct pages p = PAGES_NONE;
	uint64_t moved = 0;
	bool answer;

	assert_int_equal(pages_map(&p, from, to, "copy"), 0);
	p.same = same_but_first;
	if (!restless)
		assert_int_equal(pages_look(&p, "copy"), 0);
	assert_int_equal(restless ? pages_level_restless(&p, "copy", &moved)
				  : pages_level(&p, is, "copy", &moved),
	    0);
	assert_true(scratch_is(to, new, is));
	answer = p.other;
	pages_unmap(&p);
	close(from);
	close(to);
	return answer;
}

static void
test_same(void **state)
{
	const size_t n = MOST / 4;

	(void)state;
	for (int restless = 0; restless < 2; restless++) {
		memcpy(new, old, MOST);
		asked = 0;
		assert_false(other(n, n, restless));
		assert_int_equal(asked, 0);
		new[0] ^= 1;
		new[PAGES_SIZE * 77] ^= 1;
		assert_false(other(n, n, restless));
		assert_int_equal(asked, 2);
		new[PAGES_SIZE * 78 + 1] ^= 1;
		assert_true(other(n, n, restless));
		new[PAGES_SIZE * 78 + 1] ^= 1;
		assert_false(other(n, n, restless));
		/* What is more, or less, is never the same. */
		assert_true(other(n, n + PAGES_SIZE, restless));
		assert_true(other(n + PAGES_SIZE, n, restless));
		assert_true(other(n, n + 1, restless));
		assert_true(other(n + 1, n, restless));
	}
}

/* A copy that cannot be written is no copy. */
static void
test_read_only(void **state)
{
	char path[] = "/proc/self/fd/XXXXXXXXXX";
	struct pages p = PAGES_NONE;
	uint64_t moved = 0;
	int from, to, held, saved;

	(void)state;
	memcpy(new, old, MOST);
	new[MOST - 5] ^= 1;
	from = scratch_file(new, MOST);
	held = scratch_file(old, MOST);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", held);
	to = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_not_equal(to, -1);
	assert_int_equal(pages_map(&p, from, to, "copy"), 0);
	assert_int_equal(pages_look(&p, "copy"), 0);
	saved = scratch_hush(-1);
	assert_int_equal(pages_level(&p, MOST, "copy", &moved), -1);
	scratch_unhush(saved);
	pages_unmap(&p);
	close(from);
	close(to);
	close(held);
}

static int
prepare(void **state)
{
	(void)state;
	old = malloc(MOST);
	new = malloc(MOST);
	assert_non_null(old);
	assert_non_null(new);
	scratch_noise(old, MOST, 1);
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	free(old);
	free(new);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_few_pages),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_both),
		cmocka_unit_test(test_restless),
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_read_only),
	};

	return cmocka_run_group_tests(tests, prepare, clean);
}
