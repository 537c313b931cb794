/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What a Linux kernel's own tables say of its text. */
#ifndef PVAUDIT_LINUX_H
#define PVAUDIT_LINUX_H

#include "code.h"

/** linux_add_roots() - text that other text is replaced by, and what follows replaced jumps. */
void linux_add_roots(struct code *code);

/**
 * linux_original() - of an address in .altinstr_replacement: where it would be copied to.
 *
 * Return: that address, or @addr itself.
 */
u64 linux_original(const struct image *image, u64 addr);

#endif /* PVAUDIT_LINUX_H */
