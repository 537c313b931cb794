// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Division of 64 bits, which compilers call on their own on i386. Weak: a kernel has its own.
 *
 * Not libgcc's: that takes its arguments from the stack, and the compilers call these functions
 * as all others here, by -mregparm=3.
 */
#include <pvops/types.h>

u64 __udivmoddi4(u64 value, u64 by, u64 *rest);
u64 __udivdi3(u64 value, u64 by);
u64 __umoddi3(u64 value, u64 by);
s64 __divdi3(s64 value, s64 by);
s64 __moddi3(s64 value, s64 by);

/* high:low / by; high is less than by, or the result would not fit. */
static u32 divide_word(u32 high, u32 low, u32 by, u32 *rest)
{
	u32 result;

	asm("divl %4" : "=a"(result), "=d"(*rest) : "a"(low), "d"(high), "r"(by));
	return result;
}

static u64 divide(u64 value, u64 by, u64 *rest)
{
	u32 high = (u32)(value >> 32), low = (u32)value, left = 0;
	u64 result = 0;

	if (!(by >> 32)) {
		/* As by hand, digits of 32 bits; by 0 it is #DE, as it should be. */
		high = divide_word(0, high, (u32)by, &left);
		low = divide_word(left, low, (u32)by, &left);
		*rest = left;
		return (u64)high << 32 | low;
	}
	/* At most 32 bits come out: bit by bit. */
	*rest = high;
	for (int bit = 31; bit >= 0; bit--) {
		bool carry = *rest >> 63;

		*rest = *rest << 1 | (low >> bit & 1);
		result <<= 1;
		if (carry || *rest >= by) {
			*rest -= by;
			result |= 1;
		}
	}
	return result;
}

__attribute__((weak)) u64 __udivmoddi4(u64 value, u64 by, u64 *rest)
{
	u64 left, result = divide(value, by, &left);

	if (rest)
		*rest = left;
	return result;
}

__attribute__((weak)) u64 __udivdi3(u64 value, u64 by)
{
	u64 left;

	return divide(value, by, &left);
}

__attribute__((weak)) u64 __umoddi3(u64 value, u64 by)
{
	u64 left;

	divide(value, by, &left);
	return left;
}

__attribute__((weak)) s64 __divdi3(s64 value, s64 by)
{
	u64 left, result = divide(value < 0 ? -(u64)value : (u64)value,
				  by < 0 ? -(u64)by : (u64)by, &left);

	return (s64)((value < 0) != (by < 0) ? -result : result);
}

__attribute__((weak)) s64 __moddi3(s64 value, s64 by)
{
	u64 left;

	divide(value < 0 ? -(u64)value : (u64)value, by < 0 ? -(u64)by : (u64)by, &left);
	return (s64)(value < 0 ? -left : left);
}
