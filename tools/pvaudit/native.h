/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Native regions: where an image may have instructions that differ between hosts, because it does
 * not get there on the wrong one. The image declares them itself, in two ways:
 *
 * - a backend is registered: what is reached through its record, or through its forms of ops, and
 *   by nothing else, is the backend's own;
 * - PVOPS_NATIVE_BEGIN and PVOPS_NATIVE_END around assembly put a record into .pvops_native.
 */
#ifndef PVAUDIT_NATIVE_H
#define PVAUDIT_NATIVE_H

#include "code.h"

struct native;

/** native_find() - the regions of an image; native_free() at the end. */
struct native *native_find(const struct code *code);
void native_free(struct native *native);

/** native_at() - is it in one? */
bool native_at(const struct native *native, u64 addr);

#endif /* PVAUDIT_NATIVE_H */
