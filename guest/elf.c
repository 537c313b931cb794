// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* ELF executables of our width, whatever is in them: bounded, never outside of the user's half. */
#include "as.h"
#include "pmm.h"
#include "proc.h"
#include "as_tree.h"
#include "vmm.h"

#define ET_EXEC		2
#define PT_LOAD		1
#define PF_X		1
#define PF_W		2
#define MAX_HEADERS	16
#define MAX_SEGMENT	(64UL << 20)

#ifdef __x86_64__
#define CLASS		2
#define MACHINE		62
#else
#define CLASS		1
#define MACHINE		3
#endif

struct elf_header {
	u8 ident[16];
	u16 type, machine;
	u32 version;
	unsigned long entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_segment {
	u32 type;
#ifdef __x86_64__
	u32 flags;
#endif
	unsigned long offset, vaddr, paddr, filesz, memsz;
#ifndef __x86_64__
	u32 flags;
#endif
	unsigned long align;
};

/* Bring in a page and copy what the file has for it, behind the back of its protection. */
static int load_page(struct as *as, unsigned long page, const u8 *image,
		     const struct elf_segment *s)
{
	unsigned long from = page > s->vaddr ? page : s->vaddr;
	unsigned long to = page + PVOPS_PAGE_SIZE;
	u8 *mem;

	if (!as_touch(as, page, false))
		return -PVOPS_ENOMEM;
	mem = pte_page(*tree_entry(as->root, page, false));
	if (to > s->vaddr + s->filesz)
		to = s->vaddr + s->filesz;
	for (; from < to; from++)
		mem[from - page] = image[s->offset + (from - s->vaddr)];
	return 0;
}

static int load_segment(struct as *as, const u8 *image, size_t size, const struct elf_segment *s)
{
	unsigned int prot =
		AS_READ | (s->flags & PF_W ? AS_WRITE : 0) | (s->flags & PF_X ? AS_EXEC : 0);
	unsigned long start = s->vaddr & PVOPS_PAGE_MASK, end;
	int err;

	if (s->filesz > s->memsz || s->memsz > MAX_SEGMENT || s->offset > size ||
	    s->filesz > size - s->offset || s->vaddr >= USER_END)
		return -PVOPS_EINVAL;
	if (!s->memsz)
		return 0;
	/* One page with two protections would be one of them for all. */
	end = (s->vaddr + s->memsz + PVOPS_PAGE_SIZE - 1) & PVOPS_PAGE_MASK;
	err = as_map(as, start, end, prot);
	if (err)
		return err == -PVOPS_ENOSPC ? err : -PVOPS_EINVAL;
	for (unsigned long page = start; page < s->vaddr + s->filesz && !err;
	     page += PVOPS_PAGE_SIZE)
		err = load_page(as, page, image, s);
	return err;
}

int elf_load(struct as *as, const void *image, size_t size, unsigned long *entry)
{
	const struct elf_header *h = image;
	const struct elf_segment *s;
	bool entry_ok = false;
	int err;

	if (size < sizeof(*h) || h->ident[0] != 0x7f || h->ident[1] != 'E' || h->ident[2] != 'L' ||
	    h->ident[3] != 'F' || h->ident[4] != CLASS || h->ident[5] != 1)
		return -PVOPS_EINVAL;
	if (h->type != ET_EXEC || h->machine != MACHINE || h->phentsize != sizeof(*s) ||
	    !h->phnum || h->phnum > MAX_HEADERS || h->phoff % sizeof(long) || h->phoff > size ||
	    h->phnum * sizeof(*s) > size - h->phoff)
		return -PVOPS_EINVAL;
	s = (const void *)((const u8 *)image + h->phoff);
	for (unsigned int i = 0; i < h->phnum; i++, s++) {
		if (s->type != PT_LOAD)
			continue;
		err = load_segment(as, image, size, s);
		if (err)
			return err;
		entry_ok |=
			s->flags & PF_X && h->entry >= s->vaddr && h->entry - s->vaddr < s->memsz;
	}
	*entry = h->entry;
	return entry_ok ? 0 : -PVOPS_EINVAL;
}
