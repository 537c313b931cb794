/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
#ifndef KUNIT_HOSTED_STDIO_H
#define KUNIT_HOSTED_STDIO_H

#include <linux/types.h>
#include <linux/stdarg.h>

int snprintf(char *buf, size_t size, const char *fmt, ...);
int sprintf(char *buf, const char *fmt, ...);
int vsnprintf(char *buf, size_t size, const char *fmt, va_list args);
void hosted_printf(const char *fmt, ...);

#define printf(...)	hosted_printf(__VA_ARGS__)

#endif /* KUNIT_HOSTED_STDIO_H */
