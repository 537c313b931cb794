// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The four functions that compilers call on their own. Weak: a kernel has better ones.
 */
#include <pvops/types.h>

void *memcpy(void *to, const void *from, size_t len);
void *memmove(void *to, const void *from, size_t len);
void *memset(void *to, int c, size_t len);
int memcmp(const void *a, const void *b, size_t len);

__attribute__((weak)) void *memcpy(void *to, const void *from, size_t len)
{
	void *d = to;

	asm volatile("rep movsb" : "+D"(d), "+S"(from), "+c"(len) : : "memory");
	return to;
}

__attribute__((weak)) void *memmove(void *to, const void *from, size_t len)
{
	u8 *d = to;
	const u8 *s = from;

	if (d <= s || d >= s + len)
		return memcpy(to, from, len);
	while (len--)
		*(volatile u8 *)(d + len) = s[len];
	return to;
}

__attribute__((weak)) void *memset(void *to, int c, size_t len)
{
	void *d = to;

	asm volatile("rep stosb" : "+D"(d), "+c"(len) : "a"(c) : "memory");
	return to;
}

__attribute__((weak)) int memcmp(const void *a, const void *b, size_t len)
{
	const volatile u8 *p = a, *q = b;

	for (; len; len--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}
