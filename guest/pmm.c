// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Page frames: a byte of reference count each, first fit from a moving hand.
 *
 * The counts lie in the image, because the first pages are wanted before there is a direct map
 * to keep anything else in; that bounds the memory that is used, not what there may be.
 */
#include "pmm.h"
#include "host.h"
#include "lock.h"

#define MAX_FRAMES	(512UL << 8)	/* 512 MiB */
#define NOT_RAM		0xff

static u8 count[MAX_FRAMES];
static unsigned long frames, mapped, hand, free_pages_left;
static struct lock pmm_lock;

static void *pfn_to_page(unsigned long pfn)
{
	return host_gpa_to_virt(pvops_pfn_to_gpa((__force pvops_pfn_t)pfn));
}

static unsigned long page_to_pfn(const void *page)
{
	return (__force unsigned long)pvops_gpa_to_pfn(host_virt_to_gpa(page));
}

void pmm_init(void)
{
	const struct pvops_boot *boot = guest_boot;

	for (unsigned long pfn = 0; pfn < MAX_FRAMES; pfn++)
		count[pfn] = NOT_RAM;
	for (u32 i = 0; i < boot->nr_mem; i++) {
		const struct pvops_mem *mem = boot->mem + i;
		u64 first = (mem->base + PVOPS_PAGE_SIZE - 1) >> PVOPS_PAGE_SHIFT;
		u64 last = (mem->base + mem->size) >> PVOPS_PAGE_SHIFT;

		if (mem->type != PVOPS_MEM_RAM)
			continue;
		for (u64 pfn = first ? first : 1; pfn < last && pfn < MAX_FRAMES; pfn++) {
			/* Low memory is the firmware's and the AP trampoline's. */
			if (pfn < 0x100 || (pfn >= boot->used_start >> PVOPS_PAGE_SHIFT &&
					    pfn < boot->used_end >> PVOPS_PAGE_SHIFT))
				continue;
			count[pfn] = 0;
			free_pages_left++;
			frames = pfn + 1;
		}
	}
}

void pmm_mapped(unsigned long pfn_end)
{
	mapped = pfn_end < frames ? pfn_end : frames;
}

/* Find and take n free frames in a row, n a power of two, aligned. */
static unsigned long take(unsigned long n)
{
	for (unsigned long tried = 0; tried < mapped; tried += n) {
		unsigned long i;

		hand = (hand + n - 1) & ~(n - 1);
		if (hand + n > mapped)
			hand = 0;
		for (i = 0; i < n && !count[hand + i]; i++)
			;
		if (i == n && hand + n <= mapped) {
			while (i--)
				count[hand + i] = 1;
			free_pages_left -= n;
			hand += n;
			return hand - n;
		}
		hand += n;
	}
	return 0;
}

void *host_alloc_pages(unsigned int order)
{
	unsigned long flags = lock_irqsave(&pmm_lock);
	unsigned long pfn = take(1UL << order);
	u64 *page;

	unlock_irqrestore(&pmm_lock, flags);
	if (!pfn)
		return NULL;
	page = pfn_to_page(pfn);
	for (unsigned long i = 0; i < (PVOPS_PAGE_SIZE << order) / sizeof(*page); i++)
		page[i] = 0;
	return page;
}

void host_free_pages(void *va, unsigned int order)
{
	for (unsigned long i = 0; i < 1UL << order; i++)
		page_put((u8 *)va + i * PVOPS_PAGE_SIZE);
}

void *page_alloc(void)
{
	return host_alloc_pages(0);
}

void page_free(void *page)
{
	page_put(page);
}

void page_get(void *page)
{
	__atomic_fetch_add(&count[page_to_pfn(page)], 1, __ATOMIC_RELAXED);
}

void page_put(void *page)
{
	unsigned long flags = lock_irqsave(&pmm_lock);

	if (!__atomic_sub_fetch(&count[page_to_pfn(page)], 1, __ATOMIC_ACQ_REL))
		free_pages_left++;
	unlock_irqrestore(&pmm_lock, flags);
}

unsigned int page_count(void *page)
{
	return __atomic_load_n(&count[page_to_pfn(page)], __ATOMIC_ACQUIRE);
}

unsigned long pages_free(void)
{
	return __atomic_load_n(&free_pages_left, __ATOMIC_RELAXED);
}
