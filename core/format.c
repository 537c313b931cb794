// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Bounded text formatting: the few conversions that boot messages need.
 */
#include "core.h"

struct out {
	char *buf;
	size_t size;
	size_t len;
};

static void put(struct out *out, char c)
{
	if (out->len + 1 < out->size)
		out->buf[out->len] = c;
	out->len++;
}

static void put_number(struct out *out, u64 value, unsigned int base, int width, char fill,
		       bool minus)
{
	char digits[24];
	int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	if (minus && fill == '0')
		put(out, '-');
	for (int i = n + minus; i < width; i++)
		put(out, fill);
	if (minus && fill != '0')
		put(out, '-');
	while (n)
		put(out, digits[--n]);
}

static void put_string(struct out *out, const char *s, int width)
{
	int n = 0;

	for (s = s ? s : "(null)"; *s; s++, n++)
		put(out, *s);
	for (; n < width; n++)
		put(out, ' ');
}

static u64 take(va_list *args, int longs, bool is_signed)
{
	if (longs > 1)
		return va_arg(*args, unsigned long long);
	if (longs)
		return is_signed ? (u64)va_arg(*args, long) : va_arg(*args, unsigned long);
	return is_signed ? (u64)va_arg(*args, int) : va_arg(*args, unsigned int);
}

/* One conversion, behind the percent sign; returns where to go on. */
static const char *convert(struct out *out, const char *fmt, va_list *args)
{
	char fill = ' ';
	int width = 0, longs = 0;
	u64 value;

	if (*fmt == '0')
		fill = *fmt++;
	while (*fmt >= '0' && *fmt <= '9')
		width = width * 10 + *fmt++ - '0';
	for (; *fmt == 'l'; fmt++)
		longs++;
	if (*fmt == 'z') {
		longs = sizeof(size_t) == sizeof(long);
		fmt++;
	}

	switch (*fmt) {
	case 's':
		put_string(out, va_arg(*args, const char *), width);
		break;
	case 'c':
		put(out, (char)va_arg(*args, int));
		break;
	case 'd':
		value = take(args, longs, true);
		put_number(out, (s64)value < 0 ? -value : value, 10, width, fill, (s64)value < 0);
		break;
	case 'u':
		put_number(out, take(args, longs, false), 10, width, fill, false);
		break;
	case 'x':
		put_number(out, take(args, longs, false), 16, width, fill, false);
		break;
	case 'p':
		put(out, '0');
		put(out, 'x');
		put_number(out, (unsigned long)va_arg(*args, void *), 16, 2 * sizeof(void *), '0',
			   false);
		break;
	case '\0':
		return fmt;
	default:
		put(out, *fmt);
	}
	return fmt + 1;
}

int pvops_vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out out = { buf, size, 0 };
	va_list copy;

	va_copy(copy, args);
	while (*fmt) {
		if (*fmt == '%')
			fmt = convert(&out, fmt + 1, &copy);
		else
			put(&out, *fmt++);
	}
	va_end(copy);
	if (size)
		buf[out.len < size ? out.len : size - 1] = '\0';
	return (int)out.len;
}

int pvops_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = pvops_vsnprintf(buf, size, fmt, args);
	va_end(args);
	return len;
}
