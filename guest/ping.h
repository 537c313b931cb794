/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
#ifndef GUEST_PING_H
#define GUEST_PING_H

#include <pvops/types.h>
#include <pvops/xen-net.h>

/* Who is at the other end? Asked until there is an answer, or too often. One caller at a time. */
bool ping_find(struct pvops_net *net);

/* Send a ping of so many bytes, and wait for its answer. */
bool ping(struct pvops_net *net, u32 number, u32 payload);

/* Send many the same, and then look how many came back. Return: how many could be sent. */
u32 ping_flood(struct pvops_net *net, u32 nr, u32 payload, u32 *came);

#endif /* GUEST_PING_H */
