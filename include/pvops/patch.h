/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The patch engine: plan, verify, write, take back. Knows no hypervisor and no OS. */
#ifndef PVOPS_PATCH_H
#define PVOPS_PATCH_H

#include <pvops/site.h>

/** enum pvops_form_kind - what a site becomes. */
enum pvops_form_kind {
	PVOPS_FORM_EMPTY,	/* the backend says nothing: an error when the table is filled */
	PVOPS_FORM_NOP,
	PVOPS_FORM_INLINE,
	PVOPS_FORM_CALL,
	PVOPS_NR_FORMS,
};

/** pvops_form_name() - "empty", "nop", "inline", "call". */
static inline const char *pvops_form_name(unsigned int kind)
{
	return kind == PVOPS_FORM_NOP ? "nop" : kind == PVOPS_FORM_INLINE ? "inline" :
	       kind == PVOPS_FORM_CALL ? "call" : "empty";
}

/* Flags of a form. */
#define PVOPS_FORM_PREFIX	1	/* fill with 0x3e before the first instruction, not nops */
#define PVOPS_FORM_MULTI	2	/* several instructions: not for live patching */

/**
 * struct pvops_form - how a backend does an op.
 * @func: for the table and for the direct call: takes what the op's convention says
 * @code: INLINE: first byte of the template
 * @end: INLINE: end of it
 * @reloc: INLINE: its rip-relative disp32, adjusted when it is copied, or NULL
 * @kind: enum pvops_form_kind
 * @flags: PVOPS_FORM_PREFIX, PVOPS_FORM_MULTI
 */
struct pvops_form {
	const void *func;
	const u8 *code;
	const u8 *end;
	const u8 *reloc;
	u8 kind;
	u8 flags;
};

/** enum pvops_shape - what a site is; its op's form alone does not say it of gates. */
enum pvops_shape {
	PVOPS_SHAPE_TABLE,	/* as before patching: through the table, or a gate to that */
	PVOPS_SHAPE_NOP,
	PVOPS_SHAPE_INLINE,
	PVOPS_SHAPE_CALL,
	PVOPS_SHAPE_JUMP,	/* a gate that stays, to the call behind it */
	PVOPS_SHAPE_LEAD,	/* a gate that is prefixes of the instruction behind it */
	PVOPS_SHAPE_UNUSED,	/* behind gates that are no jumps any more */
	PVOPS_NR_SHAPES,
};

/** pvops_shape_name() - "table", "nop", "inline", "call", "jump", "lead", "unused". */
const char *pvops_shape_name(enum pvops_shape shape);

/** struct pvops_patch_stats - result. @count: sites by shape. @failed: left as they were. */
struct pvops_patch_stats {
	u32 count[PVOPS_NR_SHAPES];
	u32 failed;
};

/**
 * struct pvops_op_row - a row of ops.tbl; ops-names.h has them.
 * @name: "irq.disable"
 * @family: PVOPS_FAMILY_...
 * @room: bytes of its sites that are no gates
 * @shared: its state may be shared by two backends
 * @gate: it has gates, and the call behind one stays a call where the gate is a nop
 */
struct pvops_op_row {
	const char *name;
	u8 family;
	u8 room;
	bool shared;
	bool gate;
};

/**
 * struct pvops_patch_set - sites and all that is needed to patch them.
 * @sites: records; need not be sorted
 * @nr_sites: how many
 * @wanted: which of them this is about; NULL: all
 * @wanted_arg: for @wanted
 * @saved: one word a site for what unpatching a gate needs; NULL: gates cannot be unpatched
 * @table: the table; site of op N calls through table[N]
 * @ops: what the engine has to know of each; one an op
 * @led: which ops are called behind leading gates alone; one an op; NULL: none. Only for counting
 * @nr_ops: of @table, @ops and @led
 * @text: start of the text that may be patched
 * @text_end: its end; a record outside is refused
 * @alias_map: see struct pvops_host
 * @alias_unmap: see struct pvops_host
 * @sync_cores: see struct pvops_host; NULL: no other CPU runs
 * @log: writes a line; a mismatch names site, op, expected and found bytes
 */
struct pvops_patch_set {
	const struct pvops_site *sites;
	u32 nr_sites;
	bool (*wanted)(const struct pvops_site *site, const void *arg);
	const void *wanted_arg;
	u32 *saved;
	const void *const *table;
	const struct pvops_op_row *ops;
	const bool *led;
	u32 nr_ops;
	const u8 *text;
	const u8 *text_end;
	void *(*alias_map)(const void *text, size_t len);
	void (*alias_unmap)(void *alias, size_t len);
	void (*sync_cores)(void);
	void (*log)(const char *text, size_t len);
};

/**
 * pvops_plan() - the bytes of a site in a form.
 * @set: the patch set
 * @site: the record
 * @form: how its op is done; NULL: as before patching
 * @saved: for a gate: its displacement before patching
 * @out: site->len bytes
 *
 * Return: 0, -EINVAL (record or form makes no sense), -ENOSPC (template longer than the
 * site), -ERANGE (target out of reach).
 */
int pvops_plan(const struct pvops_patch_set *set, const struct pvops_site *site,
	       const struct pvops_form *form, u32 saved, u8 *out);

/**
 * pvops_site_shape() - what the site is with the bytes that pvops_plan() gives.
 * @set: the patch set
 * @site: the record, of an op that there is
 * @form: how its op is done; NULL: as before patching
 */
enum pvops_shape pvops_site_shape(const struct pvops_patch_set *set,
				  const struct pvops_site *site, const struct pvops_form *form);

/**
 * pvops_site_is() - has a site the bytes of a form?
 * @set: the patch set
 * @nr: which of its sites
 * @form: how its op is done; NULL: as before patching
 *
 * Return: false too for a record that makes no sense, which is not followed. Of a site that is
 * being patched meanwhile the answer means nothing.
 */
bool pvops_site_is(const struct pvops_patch_set *set, u32 nr, const struct pvops_form *form);

/**
 * struct pvops_sites_seen - sites of an op, by what is in the text.
 * @nr: how many there are
 * @gates: how many of them are gates
 * @bytes: of text, all together
 * @patched: sites that have their form now; a gate that its form leaves as it was is one
 * @shapes: these, by what that makes of them
 * @unpatched: sites that call through the table, or lead to such a call
 * @wrong: sites that are neither
 * @first: address of the lowest one; 0 if there is none
 * @last: of the highest one
 */
struct pvops_sites_seen {
	u32 nr;
	u32 gates;
	u32 bytes;
	u32 patched;
	u32 shapes[PVOPS_NR_SHAPES];
	u32 unpatched;
	u32 wrong;
	unsigned long first;
	unsigned long last;
};

/**
 * pvops_look_at() - add a site to what has been seen of its op.
 * @set: the patch set
 * @nr: which of its sites
 * @form: how its op is done; NULL: nobody has patched yet
 * @seen: the sum so far, all 0 at first
 */
void pvops_look_at(const struct pvops_patch_set *set, u32 nr, const struct pvops_form *form,
		   struct pvops_sites_seen *seen);

/**
 * pvops_form_single() - is the site one instruction in this form?
 * @site: the record
 * @form: how its op is done; NULL: as before patching
 *
 * Only between such forms can it go while other CPUs run.
 */
bool pvops_form_single(const struct pvops_site *site, const struct pvops_form *form);

/**
 * pvops_patch_sites() - bring all sites from one set of forms to another.
 * @set: the patch set
 * @from: forms the sites have now, one an op; NULL: not patched
 * @to: forms they shall have; NULL: as before patching
 * @stats: what was done; may be NULL
 *
 * A site that has its new form already is counted and left alone, so a second run is safe.
 * A site whose bytes are neither is reported and left alone. No other CPU may run, unless
 * set->sync_cores is there: then each site goes through int3 (see pvops_poke_trap()). That is
 * safe for sites that are one instruction in both forms; an entry site, or one with a template of
 * several instructions in which a CPU may stand, must already have equal bytes or fails with
 * -EBUSY.
 *
 * Context: interrupts off without, on with sync_cores; not in NMI.
 * Return: 0 or the first error; the other sites have been patched all the same.
 */
int pvops_patch_sites(const struct pvops_patch_set *set, const struct pvops_form *from,
		      const struct pvops_form *to, struct pvops_patch_stats *stats);

/**
 * pvops_patch_forget() - a patch set is about to go: its records, its table, its text.
 * @set: as it was patched
 *
 * Sites that were patched live last are looked at by pvops_poke_trap() later, too. Call this before
 * the memory of a module is given back, when no CPU runs its text any more and nobody patches.
 * Afterwards no CPU looks at the set.
 *
 * Context: task; waits for CPUs that are in pvops_poke_trap().
 */
void pvops_patch_forget(const struct pvops_patch_set *set);

/**
 * pvops_poke_trap() - for the #BP handler: did we run into a site under patching?
 * @ip: address after the int3
 * @sp: the interrupted stack pointer; there must be 8 free bytes below it
 *
 * A site under patching does what it would have done before patching: a call through the
 * table. If it is one, @ip and @sp are changed and the return address is on the stack. On i386 the
 * frame of a trap from the kernel ends there: move it out of the way first.
 *
 * Context: #BP handler, interrupts off; NMI too.
 * Return: true if the trap was ours: return from it at once.
 */
bool pvops_poke_trap(unsigned long *ip, unsigned long *sp);

#endif /* PVOPS_PATCH_H */
