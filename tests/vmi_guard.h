/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * A machine of one CPU for the guard of VMI's strict mode: memory that is seen through windows,
 * as the monitor sees it, and a CPU that walks page tables and has a TLB. The guard's C is taken
 * in, so that each test begins with nothing known.
 */
#ifndef TESTS_VMI_GUARD_H
#define TESTS_VMI_GUARD_H

#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>
#include "vmi-rom/monitor/frames.c"
#include "vmi-rom/monitor/linear.c"
#include "vmi-rom/monitor/tables.c"
#include "vmi-rom/monitor/protect.c"
#include "vmi-rom/monitor/pending.c"
#include "vmi-rom/monitor/defer.c"
#include "vmi-rom/monitor/pages.c"

#define RAM		4096U			/* frames: 16 MiB */
#define OWN_GPA		0xfd000000U
#define OWN		1024U
#define BASE		0xc0000000U		/* all RAM by small pages */
#define VA(frame)	(BASE + ((u32)(frame) << 12))
#define GPA(frame)	((u64)(frame) << 12)
#define ENTRY(frame, i)	(VA(frame) + 8 * (u32)(i))
#define TLB		61U			/* what is a power of 2 apart has room */
#define CALLER		0xc0123456U
#define NAUGHTY		0xc0abcdefU

/* The boot's tables, as entry32.S has them. */
#define ROOT		0x100U
#define LAST_PD		0x101U
#define FIRST_PT	0x102U			/* 8 of them */
#define LOW_PD		0x10aU			/* memory onto itself, by large pages */
#define FREE		0x200U			/* and from here on */

#define P		PTE_P
#define W		PTE_W
#define PD		VMI_PAGE_PD
#define PT		VMI_PAGE_PT
#define PDP		VMI_PAGE_PDP
#define PAE		VMI_PAGE_PAE

#define die(...)	(printf(__VA_ARGS__), printf("\n"), fail())

static struct mcpu cpu;
static struct mregs regs;
static char said[2000];
static u32 args[4], real_cr3, real_cr4, flushes;
static u64 *ram;				/* behind it the monitor's memory */
static u8 *windows;
static int memory = -1;
static u32 own_used;

static struct {
	u32 page;
	u64 frame;
	bool valid, write;
} tlb[TLB];

static u64 offset_of(u64 gpa)
{
	if (gpa >= OWN_GPA && gpa < OWN_GPA + GPA(OWN))
		return gpa - OWN_GPA + GPA(RAM);
	if (gpa >= GPA(RAM))
		die("the monitor looks at %llx", gpa);
	return gpa;
}

#ifdef MANY_STEPS
void *m_frame(u32 slot, u64 gpa)
{
	return (u8 *)ram + offset_of(gpa);
}
#else
/* What was in the slot is gone, as it is from the monitor's window. */
void *m_frame(u32 slot, u64 gpa)
{
	void *page = windows + slot * 4096;
	static u64 at[4];

	if (at[slot] != (gpa >> 12) + 1 &&
	    mmap(page, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, memory,
		 (off_t)(offset_of(gpa) & ~0xfffULL)) != page)
		die("no window");
	at[slot] = (gpa >> 12) + 1;
	return (u8 *)page + (gpa & 0xfff);
}
#endif

void *m_page(void)
{
	u64 *page = ram + (RAM + own_used) * 512;

	if (own_used++ == OWN)
		return NULL;
	memset(page, 0, 4096);
	return page;
}

void m_page_free(void *page)
{
	memset(page, 0xee, 4096);
}

u64 m_own_gpa(const void *own)
{
	return OWN_GPA + (u64)((const u8 *)own - (const u8 *)(ram + RAM * 512));
}

bool m_is_own_gpa(u64 gpa)
{
	return gpa - OWN_GPA < M_SIZE;
}

static u64 guard_ram_end(void)
{
	return GPA(RAM);
}

void m_violation(const char *name, u32 eip)
{
	size_t at = strlen(said);

	snprintf(said + at, sizeof(said) - at, "%s%s;", name,
		 eip == CALLER ? "" : eip == NAUGHTY ? " by itself" : " at a wrong address");
}

void m_panic(const struct mregs *r, const char *fmt, ...)
{
	die("panic: %s", fmt);
	__builtin_unreachable();
}

u32 m_arg(const struct mregs *r, u32 nr)
{
	return args[nr];
}

/* All that is read by linear address: who called. */
int m_read(u32 linear, void *buf, u32 len)
{
	static const u32 caller = CALLER;

	assert_int_equal(linear, 0xc0001000);
	memcpy(buf, &caller, len);
	return 0;
}

void m_invlpg(u32 linear)
{
	for (u32 i = 0; i < TLB; i++)
		if (tlb[i].page == linear >> 12)
			tlb[i].valid = false;
}

u32 m_get_cr3(void)
{
	return real_cr3;
}

void m_put_cr3(u32 val)
{
	real_cr3 = val;
	flushes++;
	memset(tlb, 0, sizeof(tlb));
}

u32 m_get_cr4(void)
{
	return real_cr4;
}

void m_put_cr4(u32 val)
{
	if (val != real_cr4)
		m_put_cr3(real_cr3);
	real_cr4 = val;
}

void m_put_db6(u32 val)
{
}

static u64 *frame_at(u64 frame)
{
	return ram + offset_of(GPA(frame)) / 8;
}

static u64 *entry_at(u32 frame, u32 i)
{
	return frame_at(frame) + i;
}

/* By the tables as they are. */
static bool walk(u32 va, u64 *frame, bool *write)
{
	u64 next = real_cr3 >> 12, entry;

	*write = true;
	for (u32 level = 3; level; level--) {
		entry = frame_at(next)[va >> (12 + 9 * (level - 1)) & 511];
		if (!(entry & P))
			return false;
		next = (entry & PVOPS_PTE_FRAME) >> 12;
		if (level < 3)
			*write &= !!(entry & W);
		if (level == 2 && entry & PTE_PS) {
			next = (next & ~511ULL) + (va >> 12 & 511);
			break;
		}
	}
	*frame = next;
	return true;
}

static inline bool writable(u32 va)
{
	u64 frame;
	bool write;

	return walk(va, &frame, &write) && write;
}

/* As the CPU does it, with what it remembers. */
static bool reach(u32 va, bool want_write, u64 *frame)
{
	u32 at = (va >> 12) % TLB;
	bool write;

	if (!tlb[at].valid || tlb[at].page != va >> 12) {
		if (!walk(va, frame, &write))
			return false;
		tlb[at].page = va >> 12;
		tlb[at].frame = *frame;
		tlb[at].write = write;
		tlb[at].valid = true;
	}
	*frame = tlb[at].frame;
	return !want_write || tlb[at].write;
}

/* One instruction of the kernel that writes; false: it has a fault of its own. */
static bool store(u32 va, const void *what, u32 len)
{
	u32 faults = 0;
	u64 frame;

	regs.eip = NAUGHTY;
	regs.cs = 9;
	for (u32 i = 0; i < len;) {
		if (reach(va + i, true, &frame)) {
			i++;
			continue;
		}
		regs.vector = VECTOR_PF;
		regs.error = PF_WRITE | (reach(va + i, false, &frame) ? PF_PRESENT : 0);
		m_entered(&cpu, &regs, va + i);
		if (!m_page_fault(&cpu, &regs, va + i))
			return false;
		if (++faults == 10)
			die("the instruction at %x never ends", va);
		assert_int_equal(regs.eip, NAUGHTY);
		i = 0;
	}
	for (u32 i = 0; i < len; i++) {
		reach(va + i, true, &frame);
		((u8 *)frame_at(frame))[(va + i) & 0xfff] = ((const u8 *)what)[i];
	}
	if (regs.eflags & FLAG_TF) {
		regs.vector = VECTOR_DB;
		m_entered(&cpu, &regs, 0);
		if (!m_debug(&cpu, &regs, 0x4000))
			return false;
	}
	return true;
}

static inline bool store64(u32 va, u64 val)
{
	return store(va, &val, 8);
}

#endif /* TESTS_VMI_GUARD_H */
