// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
#include "host.h"
#include <stdarg.h>

#define COM1	0x3f8

int pvops_vsnprintf(char *buf, size_t size, const char *fmt, va_list args);

static void put(char c)
{
	while (!(port_in8(COM1 + 5) & 0x20))
		relax();
	port_out8(COM1, c);
}

static void say_args(const char *format, va_list args)
{
	char line[200];

	pvops_vsnprintf(line, sizeof(line), format, args);
	for (const char *c = "host: "; *c; c++)
		put(*c);
	for (const char *c = line; *c; c++)
		put(*c);
	put('\n');
}

void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_args(format, args);
	va_end(args);
}

/* The machine is reset, which ends QEMU where it is not to reboot. */
void die(const char *format, ...)
{
	va_list args;

	put('\n');
	va_start(args, format);
	say_args(format, args);
	va_end(args);
	port_out8(0xcf9, 2);
	port_out8(0xcf9, 6);
	for (;;)
		relax();
}

void *memcpy(void *to, const void *from, size_t n)
{
	void *start = to;

	asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
	return start;
}

void *memset(void *to, int c, size_t n)
{
	void *start = to;

	asm volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(c) : "memory");
	return start;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}
