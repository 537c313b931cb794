// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The monitor's memory, its window on the guest's, and the kernel's by linear address. */
#include "monitor.h"
#include "io.h"

#define PRESENT_WRITE	3ULL
#define UNCACHED	0x18ULL
#define DEVICES		(M_MAX_CPUS * M_SLOTS)	/* the window's pages behind the slots */
#define WINDOW_PAGES	512U

extern u8 m_bss_end[];

u32 m_bad_address, m_bad_error;
static u64 *const window = (u64 *)(M_TOP + M_WINDOW_TABLE);
static const u32 *const own_base = (const u32 *)(M_TOP + M_OWN_BASE);	/* by the ROM */
static u32 next_device = DEVICES;
static u8 *next_page = m_bss_end;
static void *free_pages;

void *m_frame(u32 slot, u64 gpa)
{
	u32 at = m_this()->index * M_SLOTS + slot;
	u8 *page = (u8 *)M_WINDOW + at * PVOPS_PAGE_SIZE;
	u64 entry = (gpa & PVOPS_PTE_FRAME) | PRESENT_WRITE;

	if ((window[at] & (PVOPS_PTE_FRAME | PRESENT_WRITE)) != entry) {
		window[at] = entry;
		m_invlpg((u32)page);
	}
	return page + (gpa & ~PVOPS_PAGE_MASK);
}

void *m_map_device(u64 gpa)
{
	if (next_device == WINDOW_PAGES)
		return NULL;
	window[next_device] = (gpa & PVOPS_PTE_FRAME) | PRESENT_WRITE | UNCACHED;
	return (u8 *)M_WINDOW + next_device++ * PVOPS_PAGE_SIZE + (gpa & ~PVOPS_PAGE_MASK);
}

void *m_page(void)
{
	u32 *page = free_pages;

	if (page) {
		free_pages = *(void **)page;
	} else {
		if (next_page == (u8 *)(M_TOP + M_PAGES_END))
			return NULL;
		page = (u32 *)next_page;
		next_page += PVOPS_PAGE_SIZE;
	}
	for (u32 i = 0; i < PVOPS_PAGE_SIZE / 4; i++)
		page[i] = 0;
	return page;
}

void m_page_free(void *page)
{
	*(void **)page = free_pages;
	free_pages = page;
}

u64 m_own_gpa(const void *own)
{
	return *own_base + ((u32)own - M_TOP);
}

bool m_is_own_gpa(u64 gpa)
{
	return gpa - *own_base < M_SIZE;
}

static int reach(u32 linear, u32 len, u32 error)
{
	if (linear < M_TOP && len <= M_TOP - linear)
		return 0;
	m_bad_address = linear;
	m_bad_error = error;
	return -1;
}

int m_read(u32 linear, void *buf, u32 len)
{
	return reach(linear, len, 0) ? -1 : m_copy(buf, (const void *)linear, len);
}

int m_write(u32 linear, const void *buf, u32 len)
{
	return reach(linear, len, PF_WRITE) ? -1 : m_copy((void *)linear, buf, len);
}

u32 m_arg(const struct mregs *regs, u32 nr)
{
	u32 val = 0;

	m_read(regs->esp + 4 + 4 * nr, &val, sizeof(val));
	return val;
}
