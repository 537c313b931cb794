/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Network interfaces of Xen, the frontend (Xen's public io/netif.h): whole frames, copied, no
 * offloads asked for or offered.
 *
 * Context of all: task, one caller at a time a device.
 */
#ifndef PVOPS_XEN_NET_H
#define PVOPS_XEN_NET_H

#include <pvops/xen-bus.h>

#define PVOPS_NET_SEND_SLOTS	16
#define PVOPS_NET_RECEIVE_SLOTS	64
#define PVOPS_NET_MAX_FRAME	1514

/** struct pvops_net_slot - a page and its grant; @busy: the backend has it. */
struct pvops_net_slot {
	void *page;
	int ref;
	bool busy;
};

/**
 * struct pvops_net - one open interface. The first three are for the caller.
 * @mac: its address
 * @dropped: frames received that made no sense, or that the backend could not deliver
 * @broken: the backend does not keep to the protocol: all calls fail
 */
struct pvops_net {
	u8 mac[6];
	u64 dropped;
	bool broken;
	struct pvops_bus_device bus;
	struct {
		void *shared;
		u32 req_prod, rsp_cons, nr, size;
	} send_ring, receive_ring;
	struct pvops_net_slot send[PVOPS_NET_SEND_SLOTS];
	struct pvops_net_slot receive[PVOPS_NET_RECEIVE_SLOTS];
};

/** pvops_net_open() - connect to the n-th interface. -ENOENT when there are not so many. */
int pvops_net_open(struct pvops_net *net, unsigned int index);

/**
 * pvops_net_send() - send a frame.
 * @net: interface
 * @frame: from the destination address on, without FCS
 * @len: 14 to PVOPS_NET_MAX_FRAME
 *
 * Return: 0 when it is handed over; -EINVAL, -EPROTO (and broken), -ETIMEDOUT when the backend
 * takes none.
 */
int pvops_net_send(struct pvops_net *net, const void *frame, u32 len);

/**
 * pvops_net_receive() - the next frame.
 * @net: interface
 * @frame: where it goes
 * @size: bytes there; a longer frame is cut off
 * @deadline: time.clock at which it ends with -ETIMEDOUT
 *
 * Return: length of the whole frame, or a negative errno.
 */
int pvops_net_receive(struct pvops_net *net, void *frame, u32 size, u64 deadline);

/** pvops_net_close() - end it; it may be opened again. */
void pvops_net_close(struct pvops_net *net);

#endif /* PVOPS_XEN_NET_H */
