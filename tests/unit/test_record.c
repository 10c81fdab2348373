#include "golden.h"

#include "format/dump.h"
#include "format/record.h"

static struct princ princ = PRINC_NONE;
static struct policy policy = POLICY_NONE;
static struct bytes again = BYTES_NONE;

static int
teardown(void **state)
{
	(void)state;
	princ_release(&princ);
	policy_release(&policy);
	bytes_release(&again);
	return 0;
}

/* Does line decode?  Then it must encode to itself. */
static bool
princ_accepted(struct span line)
{
	if (princ_decode(line, &princ) == -1)
		return false;
	again.len = 0;
	assert_int_equal(princ_encode(&princ, &again), 0);
	assert_int_equal(again.len, line.len);
	assert_memory_equal(again.p, line.p, line.len);
	return true;
}

/* The same; a line of krb5 1.8 becomes one of 1.11. */
static bool
policy_accepted(struct span line)
{
	static const char added[] = "\t0\t0\t0\t-\t0\n";
	size_t common = line.len;

	if (policy_decode(line, &policy) == -1)
		return false;
	again.len = 0;
	assert_int_equal(policy_encode(&policy, &again), 0);
	if (again.len != line.len) {
		common = line.len - 1;
		assert_int_equal(again.len, common + strlen(added));
		assert_memory_equal(again.p + common, added, strlen(added));
	}
	assert_memory_equal(again.p, line.p, common);
	return true;
}

static void
check_princ(struct span line)
{
	princ_accepted(line);
}

static void
check_policy(struct span line)
{
	policy_accepted(line);
}

static void
each_line(const char *path, bool damage)
{
	struct bytes text = golden_read(path);
	struct dump_cursor c;
	enum dump_line kind;
	struct span line;
	bool ok;

	assert_int_equal(dump_open(golden_span(&text), &c), 0);
	while ((kind = dump_next(&c, &line)) != DUMP_END) {
		assert_int_not_equal(kind, DUMP_BAD);
		ok = kind == DUMP_PRINC ? princ_accepted(line)
					: policy_accepted(line);
		if (!ok)
			fail_msg("%s: %.*s", path, (int)line.len, line.p);
		if (damage)
			golden_damage(line,
			    kind == DUMP_PRINC ? check_princ : check_policy);
	}
	bytes_release(&text);
}

static void
golden(void **state)
{
	(void)state;
	each_line(GOLDEN "format-1/dump", true);
}

/* Canonical by tests/canon.py, which shares nothing with us. */
static void
real_ones(void **state)
{
	(void)state;
	each_line(GOLDEN "mit/dump-1.20.1.canonical", false);
}

/* As MIT wrote it: tl in the order of the list, which is not ours. */
static void
order_of_tl(void **state)
{
	(void)state;
	assert_true(princ_accepted(
	    golden_text("princ\t38\t3\t2\t0\t0\ta@R\t0"
			"\t0\t0\t0\t0\t0\t0\t0\t1\t1\tff\t3\t1\tee\t-1;\n")));
	assert_false(princ_accepted(
	    golden_text("princ\t38\t3\t2\t0\t0\ta@R\t0"
			"\t0\t0\t0\t0\t0\t0\t0\t3\t1\tee\t1\t1\tff\t-1;\n")));
}

static void
fields_of_a_principal(void **state)
{
	static const char line[] =
	    "princ\t38\t7\t1\t2\t0\ta b/c@R\t-128\t36000"
	    "\t-1\t3471292800\t4294967295\t0\t0\t0\t-5\t2\t00ff"
	    "\t2\t65535\t18\t1\tab\t4\t0\t-1\t0\t6\t-1;\n";

	(void)state;
	assert_true(princ_accepted(golden_text(line)));
	assert_true(span_equal(princ.name, golden_text("a b/c@R")));
	assert_int_equal(princ.attributes, -128);
	assert_int_equal(princ.max_life, 36000);
	assert_int_equal(princ.max_renewable_life, -1);
	assert_int_equal(princ.expiration, 3471292800);
	assert_int_equal(princ.pw_expiration, UINT32_MAX);
	assert_int_equal(princ.n_tl, 1);
	assert_int_equal(princ.tl[0].type, -5);
	assert_memory_equal(princ.tl[0].data, "\0\xff", 2);
	assert_int_equal(princ.n_key, 2);
	assert_int_equal(princ.key[0].ver, 2);
	assert_int_equal(princ.key[0].kvno, 65535);
	assert_int_equal(princ.key[0].part[0].type, 18);
	assert_int_equal(princ.key[0].part[0].len, 1);
	assert_int_equal(princ.key[0].part[1].type, 4);
	assert_int_equal(princ.key[0].part[1].len, 0);
	assert_int_equal(princ.key[1].ver, 0);
	assert_int_equal(princ.key[1].kvno, 6);
}

/* One change at a time to a good line: each is refused. */
static void
strict_principals(void **state)
{
	static const char good[] =
	    "princ\t38\t3\t1\t1\t0\ta@R\t10\t20\t30\t40"
	    "\t50\t0\t0\t0\t3\t2\tabcd\t1\t7\t18\t2\tef01\t-1;\n";
	static const char *const swap[][2] = {
		{ "\t38\t", "\t39\t" },
		{ "\t38\t", "\t038\t" },
		{ "\t3\t1\t1\t0\t", "\t4\t1\t1\t0\t" },
		{ "\t3\t1\t1\t0\t", "\t2\t1\t1\t0\t" },
		{ "\t3\t1\t1\t0\t", "\t0\t1\t1\t0\t" },
		{ "\t3\t1\t1\t0\t", "\t-3\t1\t1\t0\t" },
		{ "\t3\t1\t1\t0\t", "\t2147483648\t1\t1\t0\t" },
		{ "\t3\t1\t1\t0\t", "\t3\t32768\t1\t0\t" },
		{ "\t3\t1\t1\t0\t", "\t3\t32767\t1\t0\t" },
		{ "\t3\t1\t1\t0\t", "\t3\t1\t32768\t0\t" },
		{ "\t3\t1\t1\t0\t", "\t3\t1\t32767\t0\t" },
		{ "\t3\t1\t1\t0\t", "\t3\t0\t1\t0\t" },
		{ "\t3\t1\t1\t0\t", "\t3\t1\t0\t0\t" },
		{ "\t3\t1\t1\t0\t", "\t3\t1\t1\t1\t" },
		{ "a@R", "\n@R" },
		{ "\t10\t", "\t010\t" },
		{ "\t10\t", "\t+10\t" },
		{ "\t10\t", "\t-0\t" },
		{ "\t10\t", "\t 10\t" },
		{ "\t10\t", " \t10\t" },
		{ "\t10\t", "\t\t10\t" },
		{ "\t10\t", " 10\t" },
		{ "\t10\t", "\t2147483648\t" },
		{ "\t10\t", "\t-2147483649\t" },
		{ "\t40\t", "\t-1\t" },
		{ "\t40\t", "\t4294967296\t" },
		{ "\t0\t0\t0\t", "\t1\t0\t0\t" },
		{ "\t0\t0\t0\t", "\t0\t1\t0\t" },
		{ "\t0\t0\t0\t", "\t0\t0\t1\t" },
		{ "\t3\t2\tabcd", "\t32768\t2\tabcd" },
		{ "\t2\tabcd", "\t1\tabcd" },
		{ "\t2\tabcd", "\t3\tabcd" },
		{ "\t2\tabcd", "\t65535\tabcd" },
		{ "abcd", "abcD" },
		{ "abcd", "abc" },
		{ "\t2\tabcd", "\t0\t" },
		{ "\t1\t7\t18", "\t3\t7\t18" },
		{ "\t1\t7\t18", "\t-1\t7\t18" },
		{ "\t1\t7\t18", "\t2\t7\t18" },
		{ "\t1\t7\t18", "\t0\t7\t18" },
		{ "\t1\t7\t18", "\t1\t65536\t18" },
		{ "-1;", "0;" },
		{ "-1;", "-1" },
		{ "-1;", "-1;;" },
		{ "\t-1;", "\t-1 ;" },
		{ "\n", "" },
		{ "\n", "\n\n" },
		{ "\n", "\r\n" },
		{ "princ", "Princ" },
		{ "princ", "policy" },
	};
	size_t i;

	(void)state;
	assert_true(princ_accepted(golden_text(good)));
	for (i = 0; i < sizeof(swap) / sizeof(swap[0]); i++) {
		if (princ_accepted(golden_replace(
			golden_text(good), swap[i][0], swap[i][1])))
			fail_msg("accepted with '%s'", swap[i][1]);
	}
	assert_false(princ_accepted((struct span){ NULL, 0 }));
}

static void
no_principal(void **state)
{
	struct key key = { .ver = 3 };
	struct princ p = PRINC_NONE;

	(void)state;
	again.len = 0;
	assert_int_equal(princ_encode(&p, &again), -1);
	p.name = golden_text("a\tb@R");
	assert_int_equal(princ_encode(&p, &again), -1);
	p.name = golden_text("a\n@R");
	assert_int_equal(princ_encode(&p, &again), -1);
	p.name = (struct span){ "a\0@R", 4 };
	assert_int_equal(princ_encode(&p, &again), -1);
	p.name = golden_text("a@R");
	p.key = &key;
	p.n_key = 1;
	assert_int_equal(princ_encode(&p, &again), -1);
	p.n_key = 32768;
	assert_int_equal(princ_encode(&p, &again), -1);
	p.n_key = 0;
	p.n_tl = 32768;
	assert_int_equal(princ_encode(&p, &again), -1);
	assert_int_equal(again.len, 0);
	p.n_tl = 0;
	assert_int_equal(princ_encode(&p, &again), 0);
}

/* Counters vanish, tl are sorted and the sort is stable. */
static void
canonical(void **state)
{
	static const char want[] =
	    "princ\t38\t3\t4\t0\t0\ta@R\t0\t0\t0\t0\t0"
	    "\t0\t0\t0\t-3\t0\t-1\t1\t1\t0b\t1\t1\t0a\t3\t1\t0c\t-1;\n";
	const uint8_t data[] = { 10, 11, 12 };
	struct princ p = PRINC_NONE;

	(void)state;
	assert_int_equal(princ_reserve(&p, 4, 0), 0);
	p.name = golden_text("a@R");
	p.last_success = p.last_failed = p.fail_auth_count = 7;
	p.tl[0] = (struct tl){ 3, 1, data + 2 };
	p.tl[1] = (struct tl){ 1, 1, data + 1 };
	p.tl[2] = (struct tl){ 1, 1, data };
	p.tl[3] = (struct tl){ -3, 0, NULL };
	p.n_tl = 4;
	again.len = 0;
	assert_int_equal(bytes_add(&again, "x", 1), 0);
	assert_int_equal(princ_encode(&p, &again), 0);
	assert_int_equal(again.len, 1 + strlen(want));
	assert_memory_equal(again.p + 1, want, strlen(want));
	princ_release(&p);
	assert_null(p.tl);
	princ_release(&p);
}

static void
largest_items(void **state)
{
	static uint8_t data[65535];
	struct princ p = PRINC_NONE;

	(void)state;
	memset(data, 0xa5, sizeof(data));
	assert_int_equal(princ_reserve(&p, 1, 1), 0);
	p.name = golden_text("a@R");
	p.attributes = p.max_life = p.max_renewable_life = INT32_MIN;
	p.expiration = p.pw_expiration = UINT32_MAX;
	p.tl[0] = (struct tl){ INT16_MIN, 65535, data };
	p.key[0] = (struct key){ 2, 65535,
		{ { INT16_MIN, 65535, data }, { INT16_MAX, 65535, data } } };
	p.n_tl = p.n_key = 1;
	bytes_release(&again);
	assert_int_equal(princ_encode(&p, &again), 0);
	assert_int_equal(princ_decode(golden_span(&again), &princ), 0);
	assert_true(princ_same_keys(&p, &princ));
	assert_memory_equal(princ.tl[0].data, data, sizeof(data));
	princ_release(&p);
}

static void
fields_of_a_policy(void **state)
{
	static const char line[] =
	    "policy\tp q\t1\t-1\t3\t4\t5\t0\t6\t7\t8\t9"
	    "\t10\t11\taes:x,y\t2\t-1\t1\tfe\t7\t0\t-1\n";

	(void)state;
	assert_true(policy_accepted(golden_text(line)));
	assert_true(span_equal(policy.name, golden_text("p q")));
	assert_int_equal(policy.min_life, 1);
	assert_int_equal(policy.max_life, -1);
	assert_int_equal(policy.min_length, 3);
	assert_int_equal(policy.min_classes, 4);
	assert_int_equal(policy.history, 5);
	assert_int_equal(policy.max_fail, 6);
	assert_int_equal(policy.failcnt_interval, 7);
	assert_int_equal(policy.lockout_duration, 8);
	assert_int_equal(policy.attributes, 9);
	assert_int_equal(policy.ticket_max_life, 10);
	assert_int_equal(policy.ticket_max_renewable_life, 11);
	assert_true(span_equal(policy.keysalts, golden_text("aes:x,y")));
	assert_int_equal(policy.n_tl, 2);
	assert_memory_equal(policy.tl[0].data, "\xfe", 1);
}

static void
policy_of_1_8(void **state)
{
	static const char line[] = "policy\tp\t1\t2\t3\t4\t5\t0\t6\t7\t8\n";

	(void)state;
	assert_true(policy_accepted(golden_text(line)));
	assert_int_equal(policy.lockout_duration, 8);
	assert_int_equal(policy.attributes, 0);
	assert_null(policy.keysalts.p);
	assert_int_equal(policy.n_tl, 0);
	golden_damage(golden_text(line), check_policy);
}

static void
strict_policies(void **state)
{
	static const char good[] = "policy\tp\t1\t2\t3\t4\t5\t0\t6\t7\t8\t9\t10"
				   "\t11\tks\t1\t3\t1\tff\n";
	static const char *const swap[][2] = {
		{ "\tp\t", "\t\t" },
		{ "\tp\t", "\t" },
		{ "\t5\t0", "\t5\t1" },
		{ "\t1\t2", "\t01\t2" },
		{ "\t1\t2", "\t2147483648\t2" },
		{ "\t8\t9", "\t8\n" },
		{ "\t8\t9", "\t8\t9\n" },
		{ "\tks\t1", "\tks\t2" },
		{ "\tks\t1", "\tks\t0" },
		{ "\tks\t1", "\tks\t32768" },
		{ "\tks\t1", "\t1" },
		{ "\tks\t1", "\tks\t-1" },
		{ "\tff", "\tfF" },
		{ "\tff", "\tff;" },
		{ "\n", "" },
		{ "\n", "\n\n" },
		{ "\n", "\t\n" },
		{ "ks", "k\n" },
	};
	size_t i;

	(void)state;
	assert_true(policy_accepted(golden_text(good)));
	for (i = 0; i < sizeof(swap) / sizeof(swap[0]); i++) {
		if (policy_accepted(golden_replace(
			golden_text(good), swap[i][0], swap[i][1])))
			fail_msg("accepted with '%s'", swap[i][1]);
	}
	assert_false(policy_accepted((struct span){ NULL, 0 }));
}

static void
keysalts(void **state)
{
	struct policy p = POLICY_NONE;

	(void)state;
	p.name = golden_text("p");
	again.len = 0;
	assert_int_equal(policy_encode(&p, &again), 0);
	assert_int_equal(policy_decode(golden_span(&again), &policy), 0);
	assert_null(policy.keysalts.p);
	assert_false(policy_mangled(&policy));
	/* An empty list is not none. */
	p.keysalts = golden_text("");
	again.len = 0;
	assert_int_equal(policy_encode(&p, &again), 0);
	assert_int_equal(policy_decode(golden_span(&again), &policy), 0);
	assert_non_null(policy.keysalts.p);
	assert_int_equal(policy.keysalts.len, 0);
	assert_true(policy_mangled(&policy));
	p.keysalts = golden_text("a\tb");
	assert_int_equal(policy_encode(&p, &again), -1);
	p.keysalts = golden_text("a\nb");
	assert_int_equal(policy_encode(&p, &again), -1);
}

/* Seen on krb5 1.20.1 with kdb5_util load. */
static void
mangled(void **state)
{
	char longest[1024];
	struct policy q = POLICY_NONE;
	struct princ p = PRINC_NONE;
	struct tl tl = { 32767, 0, NULL };

	(void)state;
	memset(longest, 'x', sizeof(longest));
	p.name = golden_text("a b@R");
	assert_false(princ_mangled(&p));
	p.name = golden_text(" a@R");
	assert_true(princ_mangled(&p));
	p.name = golden_text("\ra@R");
	assert_true(princ_mangled(&p));
	p.name = golden_text("\xc2\xa0"
			     "a@R");
	assert_false(princ_mangled(&p));
	p.tl = &tl;
	p.n_tl = 1;
	assert_true(princ_mangled(&p));
	tl.type = 32766;
	assert_false(princ_mangled(&p));

	q.name = golden_text("p");
	assert_false(policy_mangled(&q));
	q.name = (struct span){ longest, 1023 };
	assert_false(policy_mangled(&q));
	q.name.len++;
	assert_true(policy_mangled(&q));
	q.name = golden_text("two words");
	assert_true(policy_mangled(&q));
	q.name = golden_text("p");
	q.keysalts = (struct span){ longest, 512 };
	assert_false(policy_mangled(&q));
	q.keysalts.len++;
	assert_true(policy_mangled(&q));
	q.keysalts = golden_text("a:b, c:d");
	assert_true(policy_mangled(&q));
}

static void
same_keys(void **state)
{
	static const char line[] =
	    "princ\t38\t3\t0\t2\t0\ta@R\t0\t0\t0\t0\t0"
	    "\t0\t0\t0\t2\t7\t18\t1\tab\t4\t1\tcd\t1\t6\t17\t0\t-1\t-1;\n";
	static const char *const swap[][2] = {
		{ "\t2\t7", "\t2\t8" },
		{ "\t18", "\t17" },
		{ "\tab", "\tac" },
		{ "\t4\t1", "\t5\t1" },
		{ "\tcd", "\tce" },
		{ "\t1\tcd", "\t0\t-1" },
		{ "\t1\tcd", "\t2\tcdcd" },
		{ "\t1\t6\t17\t0\t-1", "\t0\t6" },
	};
	struct princ other = PRINC_NONE;
	size_t i;

	(void)state;
	assert_int_equal(princ_decode(golden_text(line), &other), 0);
	assert_true(princ_accepted(
	    golden_replace(golden_text(line), "a@R\t0", "b@R\t9")));
	assert_true(princ_same_keys(&princ, &other));
	for (i = 0; i < sizeof(swap) / sizeof(swap[0]); i++) {
		assert_true(princ_accepted(
		    golden_replace(golden_text(line), swap[i][0], swap[i][1])));
		assert_false(princ_same_keys(&princ, &other));
	}
	princ_release(&other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden),
		cmocka_unit_test(real_ones),
		cmocka_unit_test(order_of_tl),
		cmocka_unit_test(fields_of_a_principal),
		cmocka_unit_test(strict_principals),
		cmocka_unit_test(no_principal),
		cmocka_unit_test(canonical),
		cmocka_unit_test(largest_items),
		cmocka_unit_test(fields_of_a_policy),
		cmocka_unit_test(policy_of_1_8),
		cmocka_unit_test(strict_policies),
		cmocka_unit_test(keysalts),
		cmocka_unit_test(mangled),
		cmocka_unit_test(same_keys),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
