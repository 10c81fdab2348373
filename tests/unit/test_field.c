#include "golden.h"

#include "format/field.h"

static void
writes(void **state)
{
	const uint8_t data[] = { 0, 0xff };
	char text[64], *q = text;

	(void)state;
	q = field_put(q, golden_text("a b"));
	q = field_put(q, (struct span){ NULL, 0 });
	q = field_put_number(q, -7);
	q = field_put_octets(q, -1, data, 2);
	q = field_put_octets(q, 3, NULL, 0);
	*q = '\0';
	assert_string_equal(text, "\ta b\t\t-7\t-1\t2\t00ff\t3\t0\t-1");
	assert_true(field_octets_max(2) >= strlen("\t-32768\t2\t00ff"));
}

static void
reads(void **state)
{
	struct bytes pool = BYTES_NONE;
	struct field_in in = {
		golden_text("x\ta b\t-7\t-1\t2\t00ff\t3\t0\t-1;"), &pool, false
	};
	const uint8_t *data;
	struct span name;
	int16_t type;
	uint16_t len;

	(void)state;
	assert_int_equal(bytes_reserve(&pool, in.rest.len / 2), 0);
	field_expect(&in, "x");
	name = field_take(&in);
	assert_true(span_equal(name, golden_text("a b")));
	assert_int_equal(field_take_i32(&in), -7);
	data = field_take_octets(&in, &type, &len);
	assert_int_equal(type, -1);
	assert_int_equal(len, 2);
	assert_memory_equal(data, "\0\xff", 2);
	assert_null(field_take_octets(&in, &type, &len));
	assert_int_equal(type, 3);
	field_expect(&in, ";");
	assert_false(in.failed);
	assert_int_equal(in.rest.len, 0);
	assert_null(field_take_bytes(&in, 1).p);
	assert_true(in.failed);
	assert_int_equal(field_take_u16(&in), 0);
	bytes_release(&pool);
}

/* A pool that is too small is a refusal, not an overrun. */
static void
small_pool(void **state)
{
	struct bytes pool = BYTES_NONE;
	struct field_in in = { golden_text("\t1\t2\tabcd"), &pool, false };
	int16_t type;
	uint16_t len;

	(void)state;
	assert_null(field_take_octets(&in, &type, &len));
	assert_true(in.failed);
	assert_int_equal(len, 0);
}

static void
fits(void **state)
{
	(void)state;
	assert_true(field_fits(golden_text("")));
	assert_true(field_fits(golden_text(" a\r\v\xff")));
	assert_false(field_fits(golden_text("a\tb")));
	assert_false(field_fits(golden_text("a\n")));
	assert_false(field_fits((struct span){ "a\0b", 3 }));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes),
		cmocka_unit_test(reads),
		cmocka_unit_test(small_pool),
		cmocka_unit_test(fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
