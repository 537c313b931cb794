// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The kernel's page tables: those of the boot, extended and protected.
 *
 * Natively and under Xen PV alike the image is mapped in 4 KiB pages when we begin. All RAM but
 * the image and the loader's data goes into the direct map, so each frame has one mapping, and
 * a frame that becomes a page table is found there by the backend.
 */
#include "vmm.h"
#include "host.h"
#include "pmm.h"

#define VIRT_BASE	((unsigned long)PVOPS_VIRT_BASE)
#define BOOT_WINDOW	(64UL << 20)		/* boot mappings end below this */
#define MMIO_PAGES	512
#define CHUNK		(512UL << PVOPS_PAGE_SHIFT)
#define EARLY_TABLES	24			/* until the direct map has room for more */
#define MAX_DIRECT	(512UL << 20)
#define MSR_EFER	0xc0000080
#define EFER_NXE	(1 << 11)

extern u8 guest_rodata_end[], pvops_image_start[], pvops_image_end[], pvops_text_end[];

pvops_pfn_t kernel_root;
pvops_pteword_t pte_nx;

static u8 early_tables[EARLY_TABLES][PVOPS_PAGE_SIZE] __attribute__((aligned(4096)));
static unsigned int early_used;
static unsigned int mmio_used;

static bool in_boot_area(u64 gpa)
{
	return gpa >= guest_boot->used_start && gpa < guest_boot->used_end;
}

void *host_gpa_to_virt(pvops_gpa_t gpa)
{
	u64 addr = (__force unsigned long)gpa;

	return (void *)(unsigned long)(addr +
				       (in_boot_area(addr) ? guest_boot->virt_offset : DIRECT_MAP));
}

/* Guest-physical address of what a present entry names. */
static unsigned long entry_frame(pvops_pte_t pte)
{
	return (unsigned long)((__force pvops_pteword_t)pvops_mmu_pte_val(pte) & PVOPS_PTE_FRAME);
}

pvops_gpa_t host_virt_to_gpa(const void *va)
{
	unsigned long addr = (unsigned long)va;
	pvops_pte_t *ptep;

	if (addr >= DIRECT_MAP && addr < DIRECT_MAP + MAX_DIRECT)
		return (__force pvops_gpa_t)(addr - DIRECT_MAP);
	if (in_boot_area(addr - guest_boot->virt_offset))
		return (__force pvops_gpa_t)(addr - guest_boot->virt_offset);
	ptep = vmm_walk(kernel_root, addr, 1, false);
	if (!ptep || !pte_present(*ptep))
		return (__force pvops_gpa_t)~0UL;
	return (__force pvops_gpa_t)(entry_frame(*ptep) | (addr & ~PVOPS_PAGE_MASK));
}

pvops_pfn_t page_pfn(const void *page)
{
	return pvops_gpa_to_pfn(host_virt_to_gpa(page));
}

void *pfn_page(pvops_pfn_t pfn)
{
	return host_gpa_to_virt(pvops_pfn_to_gpa(pfn));
}

void *pte_page(pvops_pte_t pte)
{
	return host_gpa_to_virt((__force pvops_gpa_t)entry_frame(pte));
}

static void *new_table(void)
{
	return early_used < EARLY_TABLES ? early_tables[early_used++] : page_alloc();
}

void entry_set(unsigned int level, pvops_pte_t *ptep, pvops_pte_t pte)
{
	if (level == 4)
		pvops_mmu_set_pgd(ptep, pte);
	else if (level == 3)
		pvops_mmu_set_pud(ptep, pte);
	else if (level == 2)
		pvops_mmu_set_pmd(ptep, pte);
	else
		pvops_mmu_set_pte(ptep, pte);
}

void entry_clear(unsigned int level, pvops_pte_t *ptep)
{
	if (level == 4)
		pvops_mmu_clear_pgd(ptep);
	else if (level == 3)
		pvops_mmu_clear_pud(ptep);
	else if (level == 2)
		pvops_mmu_clear_pmd(ptep);
	else
		pvops_mmu_clear_pte(ptep);
}

/* Link @table, whose entries are filled, below @ptep, an entry of @level. */
static void link_table(pvops_pte_t *ptep, unsigned int level, const void *table)
{
	pvops_pfn_t pfn = page_pfn(table);

	pvops_mmu_alloc_table(level - 1, pfn);
	entry_set(level, ptep, pte_make(pfn, table_flags(level)));
}

pvops_pte_t *vmm_walk(pvops_pfn_t root, unsigned long va, unsigned int level, bool create)
{
	pvops_pte_t *table = pfn_page(root), *ptep;
	void *new;

	for (unsigned int at = PVOPS_TOP_LEVEL;; at--) {
		ptep = table + table_index(at, va);
		if (at == level)
			return ptep;
		if (!pte_present(*ptep)) {
			new = create ? new_table() : NULL;
			if (!new)
				return NULL;
			link_table(ptep, at, new);
		} else if (pvops_pte_flags(*ptep) & PVOPS_PTE_LARGE) {
			return NULL;
		}
		table = pte_page(*ptep);
	}
}

pvops_pte_t *vmm_pte(unsigned long va)
{
	return vmm_walk(kernel_root, va, 1, false);
}

static bool is_ram(u64 gpa)
{
	for (u32 i = 0; i < guest_boot->nr_mem; i++)
		if (guest_boot->mem[i].type == PVOPS_MEM_RAM && gpa >= guest_boot->mem[i].base &&
		    gpa + PVOPS_PAGE_SIZE <= guest_boot->mem[i].base + guest_boot->mem[i].size)
			return true;
	return false;
}

static void map_chunk(u64 gpa)
{
	pvops_pte_t *ptep = vmm_walk(kernel_root, (unsigned long)(DIRECT_MAP + gpa), 2, true);
	pvops_pte_t *table = new_table();

	if (!ptep || !table)
		kpanic("no page for the direct map at %llx", gpa);
	for (int i = 0; i < 512; i++) {
		u64 addr = gpa + ((u64)i << PVOPS_PAGE_SHIFT);

		if (is_ram(addr) && !in_boot_area(addr))
			table[i] =
				pte_make((__force pvops_pfn_t)(addr >> PVOPS_PAGE_SHIFT),
					 PTE_KERNEL | PVOPS_PTE_WRITE | PVOPS_PTE_DIRTY | pte_nx);
	}
	link_table(ptep, 2, table);
}

static void map_direct(void)
{
	u64 end = 0;

	for (u32 i = 0; i < guest_boot->nr_mem; i++)
		if (guest_boot->mem[i].type == PVOPS_MEM_RAM)
			end = guest_boot->mem[i].base + guest_boot->mem[i].size;
	if (end > MAX_DIRECT)
		end = MAX_DIRECT;
	for (u64 gpa = 0; gpa < end; gpa += CHUNK) {
		map_chunk(gpa);
		pmm_mapped((gpa + CHUNK) >> PVOPS_PAGE_SHIFT);
	}
}

static void set_protection(unsigned long va, enum pvops_prot prot)
{
	pvops_pte_t *ptep = vmm_pte(va);
	pvops_pteword_t flags = PTE_KERNEL;

	if (!ptep || !pte_present(*ptep))
		return;
	if (prot == PVOPS_PROT_RW)
		flags |= PVOPS_PTE_WRITE | PVOPS_PTE_DIRTY;
	if (prot != PVOPS_PROT_RX)
		flags |= pte_nx;
	pvops_mmu_set_pte(ptep, pte_make(page_pfn((void *)va), flags));
}

static bool is_table(unsigned long va)
{
	return va >= (unsigned long)early_tables && va < (unsigned long)early_tables[early_used];
}

/* What the boot mapped and nobody should have: all but the image and the loader's data. */
static void clear_boot_mappings(void)
{
	pvops_pte_t *ptep, *root = pfn_page(kernel_root);

	for (unsigned long va = VIRT_BASE; va < VIRT_BASE + BOOT_WINDOW; va += PVOPS_PAGE_SIZE) {
		ptep = vmm_pte(va);
		if (ptep && pte_present(*ptep) && !in_boot_area(va - guest_boot->virt_offset))
			pvops_mmu_clear_pte(ptep);
	}
	for (unsigned int i = 0; i < TOP_USER; i++)
		if (pte_present(root[i]))
			entry_clear(PVOPS_TOP_LEVEL, root + i);
}

static void protect_image(void)
{
	for (unsigned long va = (unsigned long)pvops_image_start;
	     va < (unsigned long)pvops_image_end; va += PVOPS_PAGE_SIZE) {
		if (va < (unsigned long)pvops_text_end)
			set_protection(va, PVOPS_PROT_RX);
		else if (va < (unsigned long)guest_rodata_end)
			set_protection(va, PVOPS_PROT_R);
		else if (!is_table(va))
			set_protection(va, PVOPS_PROT_RW);
	}
}

/* Whether the CPU knows it, and so the MSR in which it is switched on. */
static bool has_nx(void)
{
	u32 a = 0x80000000, b, c = 0, d;

	pvops_cpu_cpuid(&a, &b, &c, &d);
	if (a < 0x80000001)
		return false;
	a = 0x80000001;
	pvops_cpu_cpuid(&a, &b, &c, &d);
	return d >> 20 & 1;
}

void vmm_init(void)
{
	kernel_root = pvops_gpa_to_pfn(guest_boot->root);
	if (has_nx() && pvops_cpu_read_msr(MSR_EFER) & EFER_NXE)
		pte_nx = PVOPS_PTE_NX;
	/* First of all, for a frame that is mapped twice cannot become a page table. */
	clear_boot_mappings();
	map_direct();
	protect_image();
	if (!vmm_walk(kernel_root, ALIAS_BASE, 1, true) ||
	    !vmm_walk(kernel_root, MMIO_BASE, 1, true))
		kpanic("no page for the alias window");
	pvops_mmu_flush_global();
}

void flush_all_cpus(unsigned long start, unsigned long end)
{
	struct pvops_cpumask all = { .bits = { (1ULL << nr_cpus) - 1 } };

	pvops_mmu_flush_others(&all, start, end);
}

int host_protect(void *va, size_t len, enum pvops_prot prot)
{
	unsigned long start = (unsigned long)va;

	if (start % PVOPS_PAGE_SIZE || len % PVOPS_PAGE_SIZE ||
	    start < (unsigned long)pvops_image_start ||
	    start + len > (unsigned long)pvops_image_end)
		return -PVOPS_EINVAL;
	for (size_t at = 0; at < len; at += PVOPS_PAGE_SIZE)
		set_protection(start + at, prot);
	flush_all_cpus(start, start + len);
	return 0;
}

void *host_alias_map(const void *text, size_t len)
{
	unsigned long first = (unsigned long)text & PVOPS_PAGE_MASK;
	unsigned long last = ((unsigned long)text + len - 1) & PVOPS_PAGE_MASK;

	for (unsigned long va = first; va <= last; va += PVOPS_PAGE_SIZE) {
		unsigned long alias = ALIAS_BASE + (va - first);

		pvops_mmu_set_fixmap(vmm_pte(alias), alias,
				     pte_make(page_pfn((void *)va), PTE_KERNEL | PVOPS_PTE_WRITE |
					      PVOPS_PTE_DIRTY | pte_nx));
	}
	return (void *)(ALIAS_BASE + ((unsigned long)text & ~PVOPS_PAGE_MASK));
}

void host_alias_unmap(void *alias, size_t len)
{
	unsigned long first = (unsigned long)alias & PVOPS_PAGE_MASK;

	for (unsigned long va = first; va < (unsigned long)alias + len; va += PVOPS_PAGE_SIZE)
		pvops_mmu_set_fixmap(vmm_pte(va), va, (__force pvops_pte_t)0UL);
}

void *host_map_mmio(pvops_gpa_t gpa, size_t len)
{
	unsigned long addr = (__force unsigned long)gpa, va;
	unsigned int pages =
		(unsigned int)(((addr & ~PVOPS_PAGE_MASK) + len + PVOPS_PAGE_SIZE - 1) >>
			       PVOPS_PAGE_SHIFT);

	if (pages > MMIO_PAGES - mmio_used)
		return NULL;
	va = MMIO_BASE + ((unsigned long)mmio_used << PVOPS_PAGE_SHIFT);
	mmio_used += pages;
	for (unsigned int i = 0; i < pages; i++)
		pvops_mmu_set_fixmap(vmm_pte(va + i * PVOPS_PAGE_SIZE), va + i * PVOPS_PAGE_SIZE,
				     pte_make((__force pvops_pfn_t)((addr >> PVOPS_PAGE_SHIFT) + i),
					      PTE_KERNEL | PVOPS_PTE_WRITE | PVOPS_PTE_DIRTY |
					      PTE_UNCACHED | pte_nx));
	return (void *)(va + (addr & ~PVOPS_PAGE_MASK));
}
