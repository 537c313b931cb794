/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The frontend's half of a shared ring (the layout of Xen's public io/ring.h). The other end may
 * write anything at any time: its index is checked, and a response is copied before use.
 */
#ifndef DRIVERS_XEN_RING_H
#define DRIVERS_XEN_RING_H

#include <pvops/errno.h>
#include <pvops/types.h>

struct shared_ring {
	u32 req_prod;
	u32 req_event;
	u32 rsp_prod;
	u32 rsp_event;
	u8 reserved[48];
	u8 entries[];
};

struct front_ring {
	struct shared_ring *shared;
	u32 req_prod;
	u32 rsp_cons;
	u32 nr;			/* entries, a power of two */
	u32 size;		/* bytes of one */
};

static inline void ring_init(struct front_ring *ring, void *page, u32 size)
{
	*ring = (struct front_ring){ .shared = page, .size = size, .nr = 1 };
	while (ring->nr * 2 * size <= PVOPS_PAGE_SIZE - sizeof(struct shared_ring))
		ring->nr *= 2;
	ring->shared->req_event = 1;
	ring->shared->rsp_event = 1;
}

static inline bool ring_full(const struct front_ring *ring)
{
	return ring->req_prod - ring->rsp_cons >= ring->nr;
}

/* The next request's place; written, then ring_push(). */
static inline void *ring_request(const struct front_ring *ring)
{
	return ring->shared->entries + (ring->req_prod & (ring->nr - 1)) * ring->size;
}

/* The other end may see it; whether it wants to be told. */
static inline bool ring_push(struct front_ring *ring)
{
	u32 old = ring->req_prod++;

	__atomic_store_n(&ring->shared->req_prod, ring->req_prod, __ATOMIC_SEQ_CST);
	return ring->req_prod - __atomic_load_n(&ring->shared->req_event, __ATOMIC_SEQ_CST) <
	       ring->req_prod - old;
}

/* Copy the next response: 1, 0 if there is none, -EPROTO if the index makes no sense. */
static inline int ring_response(struct front_ring *ring, void *copy, u32 size)
{
	u32 prod = __atomic_load_n(&ring->shared->rsp_prod, __ATOMIC_ACQUIRE);
	const volatile u8 *from;

	if (prod == ring->rsp_cons) {
		/* Say that we want to be told of the next one, then look again. */
		__atomic_store_n(&ring->shared->rsp_event, prod + 1, __ATOMIC_SEQ_CST);
		prod = __atomic_load_n(&ring->shared->rsp_prod, __ATOMIC_SEQ_CST);
		if (prod == ring->rsp_cons)
			return 0;
	}
	if (prod - ring->rsp_cons > ring->req_prod - ring->rsp_cons)
		return -PVOPS_EPROTO;
	from = ring->shared->entries + (ring->rsp_cons & (ring->nr - 1)) * ring->size;
	for (u32 i = 0; i < size; i++)
		((u8 *)copy)[i] = from[i];
	ring->rsp_cons++;
	return 1;
}

#endif /* DRIVERS_XEN_RING_H */
