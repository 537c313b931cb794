/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The guard of page tables: what its files share.
 *
 * The kernel's own tables are the ones that the CPU walks. A frame that is a table is *noted*,
 * with its level, and no entry that the CPU can reach maps it writable: where the kernel means
 * one to, the bit is *taken* from it, and given back when the frame is no table any more. The
 * VMI kernel needs not know, for its own writes go by calls, or are let through one by one.
 *
 * A table is *live* if the CPU could reach it: noted as a top, or linked by a live one. Only
 * the entries of live tables count as links and as mappings.
 */
#ifndef VMI_MONITOR_GUARD_H
#define VMI_MONITOR_GUARD_H

#include "monitor.h"
#ifdef PVOPS_HOSTED
void m_invlpg(u32 linear);
u32 m_get_cr3(void);
void m_put_cr3(u32 val);
u32 m_get_cr4(void);
void m_put_cr4(u32 val);
void m_put_db6(u32 val);
static u64 guard_ram_end(void);		/* the test's */
#else
#include "io.h"
#endif

#define PTE_P		PVOPS_PTE_PRESENT
#define PTE_W		PVOPS_PTE_WRITE
#define PTE_PS		PVOPS_PTE_LARGE
#define PTE_AD		(PVOPS_PTE_ACCESSED | PVOPS_PTE_DIRTY)
#define PTE_TOP_BITS	0xe19ULL	/* what an entry of level 3 may have besides the frame */
#define LARGE_FRAMES	512U

#define LEVEL_PT	1
#define LEVEL_PD	2
#define LEVEL_PDP	3
#define ENTRIES		512U
#define TOP_ENTRIES	4U
#define LAST		3U		/* the top's entry that the monitor lives under */

/* Windows of m_frame(). */
#define WIN_WALK	0		/* entries, one at a time */
#define WIN_TABLE	1		/* the table that is gone through */
#define WIN_BELOW	2		/* one below that */
#define WIN_OTHER	3		/* what is compared with it */

#define NOTED_BY_CALL	1		/* AllocatePage; else by what was found in use */
#define UNDER_LAST	2		/* a directory: linked by LAST, has the monitor's entries */

/** struct mframe - a frame of RAM.
 * @level: it is a table of this level; 0: it is none
 * @flags: NOTED_BY_CALL, UNDER_LAST
 * @larges: level 2, live: its entries of large pages
 * @refs: entries of live tables that link it; level 3: CPUs that are on it
 * @writable: entries of live tables of level 1 that map it and are meant to be writable
 * @taken: level 1, live: a bit for each entry that had to give up being writable
 */
struct mframe {
	u8 level;
	u8 flags;
	u16 larges;
	u32 refs;
	u32 writable;
	u32 *taken;
};

/**
 * struct mplace - an entry.
 * @table: the frame it is in
 * @index: which one there
 * @level: of the table
 * @entry: what it says
 * @sealed: a link on the way to it forbids writing
 */
struct mplace {
	u32 table;
	u32 index;
	u32 level;
	u64 entry;
	bool sealed;
};

/** struct msplit - a large page that had to be mapped in small ones. */
struct msplit {
	u32 table, index;		/* of the directory's entry; no page: not used */
	u64 entry;			/* what the kernel wrote there */
	u64 *page;			/* the monitor's table */
};

#define MAX_SPLITS	64U

/* frames.c */
extern u32 guard_blame;			/* address for violations that are found */
extern bool guard_quiet;		/* what is found was there before we came */
void guard_frames_init(void);
struct mframe *guard_frame(u64 frame);	/* NULL: no RAM of the kernel's */
bool guard_is_live(const struct mframe *f);
u64 guard_read(u32 table, u32 index);
void guard_write(u32 table, u32 index, u64 entry);
/* The entry of at least that level that maps a linear address in the tree of cr3. */
bool guard_walk(u32 cr3, u32 linear, u32 level, struct mplace *place);
u32 *guard_bits(void);			/* 512 of them, all clear */
void guard_bits_free(u32 *bits);
bool guard_is_taken(const struct mframe *table, u32 index);
void guard_set_taken(struct mframe *table, u32 index, bool taken);
void guard_say(const char *what);
void guard_flush(void);
/* Each noted frame of a level that is live, from *frame on; false: no more. */
bool guard_next(u32 level, u32 *frame);

/* linear.c */
struct mlinear {
	u32 va, pages, frame;
};
extern struct mlinear guard_linear[M_MAX_CPUS][VMI_LINEAR_SLOTS];
bool guard_slot_linear(u32 slot, u32 frame, u32 *va);	/* where a slot has the frame */
bool guard_by_slot(const struct mplace *place);		/* an entry of level 1 that is a slot's */
void guard_begin(struct mcpu *cpu, struct mregs *regs);	/* each call, first of all */
void guard_on(struct mcpu *cpu);			/* whose mappings count */
/* The table's entry that a pointer of the kernel's means; false, and said, if there is none. */
bool guard_entry(struct mcpu *cpu, u32 pointer, struct mplace *place);

/* tables.c */
void guard_note(u32 frame, u32 level, u8 flags);
void guard_forget(u32 frame);
/* An entry comes and goes: of a live table. What comes may have to be changed. */
u64 guard_enter(u32 level, u32 table, u32 index, u64 entry);
void guard_leave(u32 level, u32 table, u32 index, u64 entry);
/* The kernel changes an entry of a noted table, which may be live. */
void guard_change(struct mcpu *cpu, u32 table, u32 index, u64 old, u64 entry);
bool guard_is_hole(const struct mframe *f, u32 index);
extern u64 guard_hole[M_PD_COUNT];
extern u32 guard_larges;		/* entries of large pages, in all live directories */

/* protect.c */
void guard_protect(u32 frame, bool all);	/* all: also what no slot has, without a word */
void guard_unprotect(u32 frame);
u64 guard_split(u32 table, u32 index, u64 entry);
struct msplit *guard_split_at(u32 table, u32 index);	/* of the directory's entry */
struct msplit *guard_split_of(u32 frame);		/* whose table this frame is */
void guard_unsplit(struct msplit *split);
bool guard_noted_within(u64 frame);		/* a table in the large page that begins there */

/* defer.c */
void guard_defer(struct mcpu *cpu, const struct mplace *place, u64 entry);
bool guard_catch_up(struct mcpu *cpu);		/* true: there was something */

/* pending.c */
void guard_shown(u32 table, u32 index);		/* UpdatePxE */

#endif /* VMI_MONITOR_GUARD_H */
