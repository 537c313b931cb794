/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Declared, not included: <linux/string.h> brings names that the tests have too. */
#if !defined(KUNIT_HOSTED_STRING_H) && !defined(_LINUX_STRING_H_)
#define KUNIT_HOSTED_STRING_H

#include <linux/types.h>

void *memcpy(void *to, const void *from, size_t len);
void *memmove(void *to, const void *from, size_t len);
void *memset(void *to, int value, size_t len);
int memcmp(const void *a, const void *b, size_t len);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t len);
char *strcpy(char *to, const char *from);
char *strcat(char *to, const char *from);
char *strncat(char *to, const char *from, size_t len);
char *strstr(const char *text, const char *what);
char *strchr(const char *text, int what);

#endif /* KUNIT_HOSTED_STRING_H */
