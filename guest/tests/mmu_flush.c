// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* TLBs: each flush is seen to drop an entry that was stale. Fixmaps and batches. */
#include <pvops/xen.h>
#include "../host.h"
#include "scratch.h"

/* Map b behind the TLB's back: what a read gives now is the hardware's choice. */
static void make_stale(struct scratch *s)
{
	EXPECT(scratch_read() == MARK_A);
	pvops_mmu_set_pte(s->entry[1], page_entry(s->b, SCRATCH_FLAGS));
}

#define FLUSHES(name, call)					\
	GUEST_TEST(name)					\
	{							\
		struct scratch s;				\
								\
		ASSERT(scratch_enter(&s));			\
		make_stale(&s);					\
		call;						\
		EXPECT(scratch_read() == MARK_B);		\
		scratch_drop(&s);				\
	}

FLUSHES(mmu_flush_one_drops_a_stale_entry, pvops_mmu_flush_one(SCRATCH_VA))
FLUSHES(mmu_flush_local_drops_a_stale_entry, pvops_mmu_flush_local())
FLUSHES(mmu_flush_global_drops_a_stale_entry, pvops_mmu_flush_global())
FLUSHES(cpu_write_cr3_drops_a_stale_entry, pvops_cpu_write_cr3(pvops_cpu_read_cr3()))

GUEST_TEST(mmu_flush_others_this_cpu_too)
{
	struct pvops_cpumask mask = { .bits = { 0 } };
	struct scratch s;

	ASSERT(scratch_enter(&s));
	mask.bits[0] = 1ULL << pvops_cpu();
	make_stale(&s);
	pvops_mmu_flush_others(&mask, SCRATCH_VA, SCRATCH_VA + PVOPS_PAGE_SIZE);
	EXPECT(scratch_read() == MARK_B);
	/* A whole range, and all there is. */
	pvops_mmu_set_pte(s.entry[1], page_entry(s.a, SCRATCH_FLAGS));
	pvops_mmu_flush_others(&mask, SCRATCH_VA - 100 * PVOPS_PAGE_SIZE,
			       SCRATCH_VA + 100 * PVOPS_PAGE_SIZE);
	EXPECT(scratch_read() == MARK_A);
	pvops_mmu_set_pte(s.entry[1], page_entry(s.b, SCRATCH_FLAGS));
	pvops_mmu_flush_others(&mask, 0, ~0UL);
	EXPECT(scratch_read() == MARK_B);
	scratch_drop(&s);
}

/* A CPU that sits on an address space and reads, as fast as it can. */
static struct {
	struct as *as;
	unsigned long seen;
	u32 ready;
	u32 stop;
	u32 writes;
	u32 faults;
	bool writer;
} remote;

static void remote_thread(void *arg)
{
	unsigned long flags = irqs_off();

	as_activate(remote.as);
	irqs_back(flags);
	while (!__atomic_load_n(&remote.stop, __ATOMIC_ACQUIRE)) {
		if (!remote.writer)
			__atomic_store_n(&remote.seen, (unsigned long)scratch_read(),
					 __ATOMIC_RELEASE);
		else if (faults(util_write, (void *)SCRATCH_VA, VECTOR_PF))
			__atomic_fetch_add(&remote.faults, 1, __ATOMIC_RELEASE);
		else
			__atomic_fetch_add(&remote.writes, 1, __ATOMIC_RELEASE);
		__atomic_store_n(&remote.ready, 1, __ATOMIC_RELEASE);
	}
	flags = irqs_off();
	as_activate(NULL);
	irqs_back(flags);
}

static struct thread *remote_start(struct scratch *s, bool writer)
{
	struct thread *t = thread_create(remote_thread, NULL, 1, NULL);

	remote.as = s->as;
	remote.ready = 0;
	remote.stop = 0;
	remote.writes = 0;
	remote.faults = 0;
	remote.writer = writer;
	if (t)
		thread_run(t);
	return t;
}

static void remote_stop(struct thread *t)
{
	__atomic_store_n(&remote.stop, 1, __ATOMIC_RELEASE);
	thread_join(t);
}

GUEST_TEST(mmu_flush_others_another_cpu)
{
	const struct pvops_cpumask mask = { .bits = { 2 } };
	struct thread *t;
	struct scratch s;

	if (nr_cpus < 2)
		SKIP("one CPU");
	ASSERT(scratch_make(&s));
	EXPECT(pvops_mmu_pin(page_pfn(s.as->root)) == 0);
	t = remote_start(&s, false);
	ASSERT(t);
	EXPECT(WAIT_FOR(__atomic_load_n(&remote.ready, __ATOMIC_ACQUIRE), 5000));
	for (int i = 0; i < 20; i++) {
		pvops_mmu_set_pte(s.entry[1], page_entry(i & 1 ? s.a : s.b, SCRATCH_FLAGS));
		pvops_mmu_flush_others(&mask, SCRATCH_VA, SCRATCH_VA + PVOPS_PAGE_SIZE);
		remote.ready = 0;
		EXPECT(WAIT_FOR(__atomic_load_n(&remote.ready, __ATOMIC_ACQUIRE), 5000));
		remote.ready = 0;
		EXPECT(WAIT_FOR(__atomic_load_n(&remote.ready, __ATOMIC_ACQUIRE), 5000));
		EXPECT(__atomic_load_n(&remote.seen, __ATOMIC_ACQUIRE) ==
		       (i & 1 ? MARK_A : MARK_B));
	}
	remote_stop(t);
	scratch_drop(&s);
}

GUEST_TEST(mmu_protect_pte_race_with_a_writer)
{
	const struct pvops_cpumask mask = { .bits = { 2 } };
	struct thread *t;
	struct scratch s;
	u32 before;

	if (nr_cpus < 2)
		SKIP("one CPU");
	ASSERT(scratch_make(&s));
	EXPECT(pvops_mmu_pin(page_pfn(s.as->root)) == 0);
	t = remote_start(&s, true);
	ASSERT(t);
	EXPECT(WAIT_FOR(__atomic_load_n(&remote.ready, __ATOMIC_ACQUIRE), 5000));
	for (int i = 0; i < 10; i++) {
		pvops_mmu_protect_pte(s.entry[1], PVOPS_PTE_WRITE, 0);
		pvops_mmu_flush_others(&mask, SCRATCH_VA, SCRATCH_VA + PVOPS_PAGE_SIZE);
		/* From here on no CPU may still write. */
		*s.a = 1234;
		before = __atomic_load_n(&remote.faults, __ATOMIC_ACQUIRE);
		/* A hypervisor that flushes for us need not let it run in the meantime. */
		EXPECT(WAIT_FOR(__atomic_load_n(&remote.faults, __ATOMIC_ACQUIRE) != before, 5000));
		EXPECT(*(volatile u64 *)s.a == 1234);
		pvops_mmu_protect_pte(s.entry[1], 0, PVOPS_PTE_WRITE);
		pvops_mmu_flush_others(&mask, SCRATCH_VA, SCRATCH_VA + PVOPS_PAGE_SIZE);
		EXPECT(WAIT_FOR(*(volatile u64 *)s.a == 0x77, 5000));
	}
	EXPECT(remote.faults > 0 && remote.writes > 0);
	remote_stop(t);
	scratch_drop(&s);
}

GUEST_TEST(mmu_set_fixmap_maps_at_once)
{
	static u64 words[2 * 512] __attribute__((aligned(4096)));
	unsigned long flags = irqs_off(), va;
	u64 *alias;

	words[0] = 11;
	words[512] = 22;
	alias = host_alias_map(words, 8);
	va = (unsigned long)alias & PVOPS_PAGE_MASK;
	EXPECT(*alias == 11);
	*alias = 33;
	EXPECT(words[0] == 33);
	pvops_mmu_set_fixmap(vmm_pte(va), va,
			     page_entry(words + 512, PTE_KERNEL | PVOPS_PTE_DIRTY | pte_nx));
	EXPECT(*alias == 22);
	EXPECT(faults(util_write, alias, VECTOR_PF));
	host_alias_unmap(alias, 8);
	EXPECT(faults(util_read, alias, VECTOR_PF));
	irqs_back(flags);
}

static u64 hypercalls(void)
{
	u64 sum = 0;

	for (unsigned int nr = 0; nr < PVOPS_XEN_NR_HYPERCALLS; nr++)
		sum += pvops_xen_hypercalls(nr);
	return sum;
}

GUEST_TEST(mmu_batch_begin_64_updates_are_one_hypercall)
{
	static pvops_pte_t *ptep[64];
	struct scratch s;
	u64 before;

	ASSERT(scratch_enter(&s));
	for (unsigned int i = 0; i < 64; i++)
		ptep[i] = s.table[1] + i;
	/* With more CPUs there are the hypercalls by which the others idle. */
	before = hypercalls();
	pvops_mmu_batch_begin();
	for (unsigned int i = 0; i < 64; i++)
		pvops_mmu_set_pte(ptep[i], page_entry(i & 1 ? s.b : s.a, SCRATCH_FLAGS));
	EXPECT(pvops_mmu_batch_flush() == 0);
	if (nr_cpus == 1)
		EXPECT(hypercalls() - before == (on_xen_pv() ? 1 : 0));
	pvops_mmu_flush_local();
	for (unsigned long i = 0; i < 64; i++)
		EXPECT(*(volatile u64 *)(SCRATCH_VA + i * PVOPS_PAGE_SIZE) ==
		       (i & 1 ? MARK_B : MARK_A));
	for (unsigned int i = 1; i < 64; i++)
		pvops_mmu_clear_pte(ptep[i]);
	scratch_drop(&s);
}

GUEST_TEST(mmu_batch_flush_of_nothing)
{
	unsigned long flags = irqs_off();
	u64 before = hypercalls();

	pvops_mmu_batch_begin();
	EXPECT(pvops_mmu_batch_flush() == 0);
	if (nr_cpus == 1)
		EXPECT(hypercalls() == before);
	irqs_back(flags);
}

GUEST_TEST(mmu_batch_begin_nests)
{
	struct scratch s;

	ASSERT(scratch_enter(&s));
	pvops_mmu_batch_begin();
	pvops_mmu_batch_begin();
	pvops_mmu_set_pte(s.entry[1], page_entry(s.b, SCRATCH_FLAGS));
	EXPECT(pvops_mmu_batch_flush() == 0);
	pvops_mmu_flush_one(SCRATCH_VA);
	EXPECT(pvops_mmu_batch_flush() == 0);
	EXPECT(scratch_read() == MARK_B);
	scratch_drop(&s);
}

GUEST_TEST(mmu_batch_begin_keeps_the_order)
{
	struct scratch s;

	ASSERT(scratch_enter(&s));
	pvops_mmu_batch_begin();
	for (int i = 0; i < 200; i++)
		pvops_mmu_set_pte(s.entry[1], page_entry(i & 1 ? s.b : s.a, SCRATCH_FLAGS));
	pvops_mmu_protect_pte(s.entry[1], PVOPS_PTE_WRITE, 0);
	EXPECT(pvops_mmu_batch_flush() == 0);
	pvops_mmu_flush_local();
	EXPECT(scratch_read() == MARK_B);
	EXPECT(!(pvops_pte_flags(*s.entry[1]) & PVOPS_PTE_WRITE));
	scratch_drop(&s);
}

GUEST_TEST(mmu_batch_flush_tells_the_first_error)
{
	struct scratch s;

	if (!on_xen_pv())
		SKIP("nothing can fail on bare hardware");
	ASSERT(scratch_enter(&s));
	pvops_mmu_batch_begin();
	/* A writable mapping of a page table is what Xen never allows. */
	pvops_mmu_set_pte(s.entry[1] + 1, page_entry(s.table[3], SCRATCH_FLAGS));
	EXPECT(pvops_mmu_batch_flush() < 0);
	pvops_mmu_batch_begin();
	pvops_mmu_set_pte(s.entry[1], page_entry(s.b, SCRATCH_FLAGS));
	EXPECT(pvops_mmu_batch_flush() == 0);
	pvops_mmu_flush_local();
	EXPECT(scratch_read() == MARK_B);
	scratch_drop(&s);
}
