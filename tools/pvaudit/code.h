/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Which bytes of an image are instructions. What is executed is followed, from everything that is
 * known to be a beginning; bytes that nothing leads to are no code, whatever they would be if they
 * were decoded.
 */
#ifndef PVAUDIT_CODE_H
#define PVAUDIT_CODE_H

#include "insn.h"

/* Of each byte of an executable area. */
#define CODE_START	0x01	/* an instruction begins */
#define CODE_BODY	0x02	/* one goes on */
#define CODE_DATA	0x04	/* an object, by its symbol */
#define CODE_NARROW	0x08	/* 32-bit code in a 64-bit image */
#define CODE_LOOSE	0x10	/* decodes, but nothing is known to lead there */
#define CODE_SITE	0x20	/* of a site, behind its first byte */
#define CODE_GUESS	0x80	/* led to by an address that is taken somewhere, not by the flow */

/** struct code_jump - one into a site, behind its first byte. */
struct code_jump {
	u64 from, to;
};

/** struct code_clash - the flow comes to both, and @to is in the middle of @insn. */
struct code_clash {
	u64 insn, to;
};

struct code_area {
	const struct image_area *area;
	u8 *map;
};

/** struct code_root - an address where instructions may begin. @wide: of 64-bit code. */
struct code_root {
	u64 addr;
	bool wide;
};

/** struct code_list - roots; @done: those before it have been looked at. */
struct code_list {
	struct code_root *roots;
	u32 count, done;
};

/**
 * struct code - an image's.
 * @areas: executable ones with bytes in the file, by address
 * @entries: where a loader enters
 * @todo: known beginnings
 * @maybe: addresses that are taken somewhere: of code, or of data
 * @jumps: into sites
 * @clashes: instructions of which one begins within the other
 * @guessing: what is known has been followed; the rest is tried
 * @unknown: where the flow comes to bytes that are no instruction, to Zydis
 * @loose_gaps: runs of bytes within functions that nothing leads to; @loose_bytes in all
 */
struct code {
	const struct image *image;
	struct code_area *areas;
	u32 nr_areas;
	struct code_list entries, todo, maybe;
	struct code_jump *jumps;
	u32 nr_jumps;
	struct code_clash *clashes;
	u32 nr_clashes;
	bool guessing;
	u64 *unknown;
	u32 nr_unknown;
	u32 loose_gaps;
	u64 bytes, loose_bytes;
};

/** code_find() - all of it; code_free() at the end. */
struct code *code_find(const struct image *image);
void code_free(struct code *code);

/** code_map() - the map's byte of an address, NULL if that is not executable. */
u8 *code_map(const struct code *code, u64 addr);

/** code_insn() - the instruction that was found to begin at an address. */
bool code_insn(const struct code *code, u64 addr, struct insn *insn);

/** code_target() - where a jump or a call leads, a far one to a constant too; false for others. */
bool code_target(const struct code *code, const struct insn *insn, struct code_root *root);

/** code_is_end() - does nothing behind the instruction follow from it? */
bool code_is_end(const struct insn *insn);

/**
 * code_is_forced() - does it begin with `ud2` and the name of a hypervisor, which emulates what
 * follows? Xen's and KVM's forced emulation prefix, of CODE_FORCED bytes.
 */
bool code_is_forced(const u8 *bytes, u64 size);
#define CODE_FORCED	5

/**
 * code_each() - every instruction, by address, without operands.
 * @see: gets the map's byte, too
 */
void code_each(const struct code *code,
	       void (*see)(const struct insn *insn, u8 flags, void *arg), void *arg);

/* ---- of the files of this folder ---- */

void code_add(struct code_list *list, u64 addr, bool wide);
/* The address that `lea` takes, if it is a constant. */
bool code_taken(const struct insn *insn, u64 *addr);
/* Notes a jump that leads into a site. */
void code_see_jump(struct code *code, u64 from, u64 to);
/* A table that the instruction goes by; @taken: the address that was taken last, or 0. */
void code_see_table(struct code *code, const struct insn *insn, u64 *taken);
/* Follow all of code->todo. */
void code_follow(struct code *code);
/* What entries, symbols, records and tables of the image say. */
void code_add_roots(struct code *code);
/* What an object file offers to others without saying that it is a function, and looks like one. */
void code_add_labels(struct code *code);
/* Addresses that are taken: which of them are code? And what is left within functions. */
void code_try(struct code *code);
void code_add_pointers(struct code *code);
void code_sweep(struct code *code);

#endif /* PVAUDIT_CODE_H */
