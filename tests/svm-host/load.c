// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Guests: Linux by its 64-bit boot protocol (its Documentation/arch/x86/boot.rst), and ELF files by
 * PVH's 32-bit entry (Xen's docs/misc/pvh.pandoc).
 */
#include "host.h"
#include <stdint.h>
#include <xen/xen.h>
#include <xen/arch-x86/hvm/start_info.h>

#define KERNEL_AT	0x1000000

/* struct boot_params of Linux */
#define BP_E820_ENTRIES	0x1e8
#define BP_HEADER	0x1f1
#define BP_MAGIC	0x202
#define BP_LOADER	0x210
#define BP_RAMDISK	0x218
#define BP_CMDLINE	0x228
#define BP_XLF		0x236
#define BP_INIT_SIZE	0x260
#define BP_E820		0x2d0
#define LOADER_OTHER	0xff

struct elf64 {
	u8 ident[16];
	u16 type, machine;
	u32 version;
	u64 entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum;
};

struct elf64_segment {
	u32 type, flags;
	u64 offset, vaddr, paddr, filesz, memsz, align;
};

#define PT_LOAD		1
#define PT_NOTE		4
#define NOTE_PVH	18

static const struct segment flat_data = { DATA, 0xc93, 0xffffffff, 0 };

static void copy_words(const char *words)
{
	u32 n = __builtin_strlen(words);

	if (n >= WORDS_MAX)
		die("words of %u bytes", n);
	__builtin_memcpy((void *)LOW_WORDS, words, n + 1);
}

static void put32(u8 *at, u32 val)
{
	__builtin_memcpy(at, &val, 4);
}

static u32 get32(const u8 *at)
{
	u32 val;

	__builtin_memcpy(&val, at, 4);
	return val;
}

static void start_linux(struct cpu *cpu)
{
	struct vmcb *v = cpu->vmcb;
	u64 *tables = (void *)LOW_TABLES;

	__builtin_memcpy((void *)LOW_GDT, gdt, sizeof(gdt));
	__builtin_memset(tables, 0, 2 * 4096);
	tables[0] = LOW_TABLES + 4096 + 0x27;
	for (u64 i = 0; i < 4; i++)
		tables[512 + i] = LOW_TABLES + (2 + i) * 4096 + 0x27;
	for (u64 i = 0; i < 2048; i++)
		tables[1024 + i] = i << 21 | 0xe7;
	v->cs = (struct segment){ CODE64, 0xa9b, 0xffffffff, 0 };
	v->ds = v->es = v->ss = flat_data;
	v->gdt = (struct segment){ .limit = sizeof(gdt) - 1, .base = LOW_GDT };
	v->cr0 = 0x80000031;
	v->cr3 = LOW_TABLES;
	v->cr4 = 0x20;
	v->efer = 0x1d00;		/* SVME NXE LMA LME */
	v->rip = KERNEL_AT + 0x200;
	cpu->regs[RSI] = LOW_INFO;
}

bool load_linux(struct cpu *cpu, const struct module *mod, u32 nr, const char *words)
{
	const u8 *image = (const void *)(u64)mod[0].start;
	u32 start = (image[BP_HEADER] + 1) * 512;
	u8 *zero = (void *)LOW_INFO;

	if (__builtin_memcmp(image + BP_MAGIC, "HdrS", 4) || !(image[BP_XLF] & 1))
		return false;
	if (get32(image + BP_INIT_SIZE) > HOST_START - KERNEL_AT)
		die("a kernel of %x bytes", get32(image + BP_INIT_SIZE));
	__builtin_memset(zero, 0, 4096);
	__builtin_memcpy(zero + BP_HEADER, image + BP_HEADER,
			 BP_MAGIC + image[BP_MAGIC - 1] - BP_HEADER);
	zero[BP_LOADER] = LOADER_OTHER;
	put32(zero + BP_CMDLINE, LOW_WORDS);
	copy_words(words);
	if (nr == 2) {
		put32(zero + BP_RAMDISK, mod[1].start);
		put32(zero + BP_RAMDISK + 4, mod[1].end - mod[1].start);
	}
	for (u32 i = 0; i < map_entries; i++)
		__builtin_memcpy(zero + BP_E820 + 20 * i, &map[i], 20);
	zero[BP_E820_ENTRIES] = map_entries;
	__builtin_memcpy((void *)KERNEL_AT, image + start, mod[0].end - mod[0].start - start);
	start_linux(cpu);
	return true;
}

static u64 find_rsdp(void)
{
	for (u64 gpa = 0xe0000; gpa < 0x100000; gpa += 16)
		if (!__builtin_memcmp((void *)gpa, "RSD PTR ", 8))
			return gpa;
	return 0;
}

static void fill_start_info(const struct module *mod, u32 nr, const char *words)
{
	struct hvm_start_info *info = (void *)LOW_INFO;
	struct hvm_modlist_entry *list = (void *)(info + 1);
	struct hvm_memmap_table_entry *regions = (void *)(list + 1);

	__builtin_memset(info, 0, 4096);
	info->magic = XEN_HVM_START_MAGIC_VALUE;
	info->version = 1;
	info->cmdline_paddr = LOW_WORDS;
	copy_words(words);
	info->rsdp_paddr = find_rsdp();
	if (nr == 2) {
		list->paddr = mod[1].start;
		list->size = mod[1].end - mod[1].start;
		info->modlist_paddr = (u64)list;
		info->nr_modules = 1;
	}
	info->memmap_paddr = (u64)regions;
	info->memmap_entries = map_entries;
	__builtin_memcpy(regions, map, map_entries * sizeof(*map));
}

/* Where the notes of a segment say that PVH's entry is, or 0. */
static u32 pvh_entry(const u8 *notes, u64 size)
{
	for (u64 off = 0; off + 16 <= size; ) {
		u32 name = (get32(notes + off) + 3) & ~3U;
		u32 desc = (get32(notes + off + 4) + 3) & ~3U;

		if (get32(notes + off + 8) == NOTE_PVH && name == 4 && desc >= 4 &&
		    !__builtin_memcmp(notes + off + 12, "Xen", 4))
			return get32(notes + off + 16);
		off += 12 + name + desc;
	}
	return 0;
}

bool load_elf(struct cpu *cpu, const struct module *mod, u32 nr, const char *words)
{
	const u8 *image = (const void *)(u64)mod[0].start;
	const struct elf64 *elf = (const void *)image;
	const struct elf64_segment *s = (const void *)(image + elf->phoff);
	struct vmcb *v = cpu->vmcb;
	u32 entry = 0;

	if (__builtin_memcmp(elf->ident, "\177ELF\2\1", 6) || elf->phentsize != sizeof(*s))
		return false;
	for (u32 i = 0; i < elf->phnum; i++) {
		if (s[i].type == PT_NOTE && !entry)
			entry = pvh_entry(image + s[i].offset, s[i].filesz);
		if (s[i].type != PT_LOAD)
			continue;
		if (s[i].paddr < 0x100000 || s[i].paddr + s[i].memsz > HOST_START)
			die("a segment at %llx", s[i].paddr);
		__builtin_memset((void *)s[i].paddr, 0, s[i].memsz);
		__builtin_memcpy((void *)s[i].paddr, image + s[i].offset, s[i].filesz);
	}
	fill_start_info(mod, nr, words);
	v->cs = (struct segment){ CODE32, 0xc9b, 0xffffffff, 0 };
	v->ds = v->es = v->ss = flat_data;
	v->tr = (struct segment){ 0, 0x8b, 0x67, 0 };
	v->cr0 = 0x11;
	v->efer = 0x1000;
	v->rip = entry;
	cpu->regs[RBX] = LOW_INFO;
	return entry;
}
