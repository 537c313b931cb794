/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Client of xenstore, the tree of strings that domains and Xen's tools configure each other by
 * (Xen's docs/misc/xenstore.txt). One request at a time; all calls wait for the answer.
 *
 * Paths without a leading slash are below the domain's own home. Context of all: task, after
 * pvops_late_init(). All return 0 or more, or a negative errno: -ENODEV without a store,
 * -ETIMEDOUT when it does not answer, -EPROTO when what it says makes no sense (then nothing is
 * asked any more), else what the store said.
 */
#ifndef PVOPS_XEN_STORE_H
#define PVOPS_XEN_STORE_H

#include <pvops/types.h>

#define PVOPS_STORE_NO_TRANSACTION	0

/** pvops_store_init() - find the store. Called by the others; again after a restore. */
int pvops_store_init(void);

/**
 * pvops_store_read() - a node's value.
 * @tx: transaction, or 0
 * @path: node
 * @value: where it goes, terminated; cut off if it is longer
 * @size: bytes there
 *
 * Return: length of the whole value.
 */
int pvops_store_read(u32 tx, const char *path, char *value, size_t size);

/** pvops_store_read_number() - the same for a decimal number; -EINVAL if it is none. */
int pvops_store_read_number(u32 tx, const char *path, u64 *number);

/** pvops_store_list() - names below a node, each terminated, in @names. Return: their bytes. */
int pvops_store_list(u32 tx, const char *path, char *names, size_t size);

/** pvops_store_write() - set a node's value; makes the node and those above. */
int pvops_store_write(u32 tx, const char *path, const char *value);

/** pvops_store_write_number() - the same, in decimal. */
int pvops_store_write_number(u32 tx, const char *path, u64 number);

/** pvops_store_remove() - remove a node and all below. */
int pvops_store_remove(u32 tx, const char *path);

/** pvops_store_begin() - start a transaction. */
int pvops_store_begin(u32 *tx);

/** pvops_store_end() - carry it out or drop it; -EAGAIN: somebody interfered, do it again. */
int pvops_store_end(u32 tx, bool commit);

/**
 * pvops_store_watch() - events for changes at or below a node; one comes at once.
 * @path: node, shorter than 96 bytes
 * @token: comes with each event, shorter than 64 bytes
 *
 * Kept over a restore, after which another event comes at once. Return: -EEXIST for one that is
 * there already; -ENOSPC when there are 16.
 */
int pvops_store_watch(const char *path, const char *token);

/** pvops_store_unwatch() - ends it. */
int pvops_store_unwatch(const char *path, const char *token);

/**
 * pvops_store_event() - the next event of any watch.
 * @token: of the watch, terminated, cut off if longer
 * @size: bytes there
 * @deadline: time.clock at which it ends with -ETIMEDOUT
 */
int pvops_store_event(char *token, size_t size, u64 deadline);

#endif /* PVOPS_XEN_STORE_H */
