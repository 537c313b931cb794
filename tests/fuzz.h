/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* A fuzzer's input, taken byte by byte; zeros behind its end. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <pvops/types.h>

static const u8 *in;
static size_t left;

static inline void input(const u8 *data, size_t size)
{
	in = data;
	left = size;
}

static inline u8 byte(void)
{
	if (!left)
		return 0;
	left--;
	return *in++;
}

static inline void fill(void *to, size_t len)
{
	for (size_t i = 0; i < len; i++)
		((u8 *)to)[i] = byte();
}

static inline u16 word(void)
{
	u16 val;

	fill(&val, sizeof(val));
	return val;
}

/* An index of a ring: mostly near what it was. */
static inline u32 near(u32 was)
{
	u32 any;

	if (byte() % 8)
		return was + (u32)(s8)byte();
	fill(&any, sizeof(any));
	return any;
}

#define check(cond)								\
	do {									\
		if (!(cond)) {							\
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			abort();						\
		}								\
	} while (0)

#endif /* TESTS_FUZZ_H */
