// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Arithmetic of 64 bits on i386, and words of 8 bytes read and written at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pvops/types.h>
#include <pvops/insn.h>

/* core/divide_32.c, under names of its own: the operators here are the C library's. */
u64 own_udivdi3(u64 value, u64 by);
u64 own_umoddi3(u64 value, u64 by);
u64 own_udivmoddi4(u64 value, u64 by, u64 *rest);
s64 own_divdi3(s64 value, s64 by);
s64 own_moddi3(s64 value, s64 by);

static u64 random_word(void)
{
	static u64 word = 0x9e3779b97f4a7c15ULL;

	/* xorshift, and often few bits, for that is where the branches are. */
	word ^= word << 13;
	word ^= word >> 7;
	word ^= word << 17;
	return word >> (word >> 3 & 63);
}

static void division(void **state)
{
	for (int i = 0; i < 200000; i++) {
		u64 a = random_word(), b = random_word(), rest;

		b = b ? b : 1;
		assert_int_equal(own_udivdi3(a, b), a / b);
		assert_int_equal(own_umoddi3(a, b), a % b);
		assert_int_equal(own_udivmoddi4(a, b, &rest), a / b);
		assert_int_equal(rest, a % b);
		if ((s64)a == -0x7fffffffffffffffLL - 1)
			continue;
		assert_int_equal(own_divdi3(-(s64)a, (s64)b), -(s64)a / (s64)b);
		assert_int_equal(own_moddi3(-(s64)a, (s64)b), -(s64)a % (s64)b);
	}
}

/* (a * b) >> 32 modulo 2^64, digit by digit. */
static u64 slow_scale(u64 a, u64 b)
{
	u64 result = 0;

	for (int i = 0; i < 64; i++)
		if (b >> i & 1)
			result += i < 32 ? 0 : a << (i - 32);
	/* The lower half of the factor: carries out of the fraction count. */
	for (int word = 0; word < 2; word++)
		result += word ? (a >> 32) * (u32)b : (u64)(u32)a * (u32)b >> 32;
	return result;
}

static void scaling(void **state)
{
	assert_int_equal(pvops_mul_shift32(~0ULL, ~0U), 0xfffffffeffffffffULL);
	assert_int_equal(pvops_mul_shift32(1ULL << 32, 5), 5);
	assert_int_equal(pvops_scale(3, 1ULL << 33), 6);
	for (int i = 0; i < 100000; i++) {
		u64 a = random_word(), b = random_word();

		assert_int_equal(pvops_scale(a, b), slow_scale(a, b));
	}
}

static void words_at_once(void **state)
{
	u64 word = 0xffffffff00000000ULL, was = 1;

	assert_int_equal(pvops_load64(&word), word);
	assert_false(pvops_cas64(&word, &was, 2));
	assert_int_equal(was, word);
	assert_true(pvops_cas64(&word, &was, 2));
	assert_int_equal(word, 2);
	assert_int_equal(pvops_load64(&word), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(division), cmocka_unit_test(scaling),
		cmocka_unit_test(words_at_once),
	};

	return cmocka_run_group_tests_name("math", tests, NULL, NULL);
}
