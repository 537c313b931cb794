/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the files of core/ share with each other and nobody else. */
#ifndef PVOPS_CORE_H
#define PVOPS_CORE_H

#include <pvops/clock.h>
#include <pvops/pvops.h>

struct pvops_op_view;

/* What pvops_seal() makes read-only: the table and all that patching decides by. */
#define PVOPS_SEALED __attribute__((section(".data.pvops_sealed")))

/* Bounds of sets that the linker collects; see pvops.lds.h. */
extern const struct pvops_site pvops_sites_start[], pvops_sites_end[];
extern const struct pvops_backend *const pvops_backends_start[], *const pvops_backends_end[];
extern const struct pvops_extable_entry pvops_extable_start[], pvops_extable_end[];
extern const u8 pvops_native_start[], pvops_native_end[];
extern const u8 pvops_text_start[], pvops_text_end[];
extern u8 pvops_table_start[], pvops_table_end[];
extern u8 pvops_image_start[], pvops_image_end[];

/**
 * struct pvops_state - all of core's decisions; sealed.
 * @info: what pvops_get_info() shows
 * @boot: the boot information
 * @host: the kernel's services
 * @base: what the selected backend stands on, or NULL
 * @forms: the selected backend's, what it leaves empty from @base, with overrides
 * @kept: forms that a family had before its last switch; they count while @at_base has its bit
 * @at_base: which those are, one bit each
 * @saved: what unpatching gates needs, one word a site
 * @patched: sites may have their forms
 * @smp: another CPU may run
 * @sealed: all this is read-only but while it changes
 * @final: no patching any more
 * @trace: `pvops=debug`: each decision is told
 */
struct pvops_state {
	struct pvops_info info;
	struct pvops_boot *boot;
	const struct pvops_host *host;
	const struct pvops_backend *base;
	struct pvops_form forms[PVOPS_NR_OPS];
	struct pvops_form kept[PVOPS_NR_OPS];
	u32 at_base;
	u32 *saved;
	bool patched;
	bool smp;
	bool sealed;
	bool final;
	bool trace;
};

extern struct pvops_state pvops_state;

/* A line of what `pvops=debug` shows besides. */
#define pvops_trace(fmt, ...)							\
	do {									\
		if (pvops_state.trace)						\
			pvops_log("debug: " fmt, ##__VA_ARGS__);		\
	} while (0)

/* Lines that `pvops=debug` shows: how the kernel was entered, and what became of an op. */
void pvops_trace_probe(const struct pvops_probe *probe);
void pvops_trace_op(const struct pvops_op_view *view);

/* A line for each face in CPUID. */
void pvops_say_faces(const struct pvops_probe *probe);

/* The rows of ops.tbl. */
extern const struct pvops_op_row pvops_op_rows[PVOPS_NR_OPS];

#ifdef CONFIG_PVOPS_DEBUG
extern u64 pvops_calls[PVOPS_NR_OPS];
u64 pvops_calls_of(unsigned int op);
#else
static inline u64 pvops_calls_of(unsigned int op)
{
	return 0;
}
#endif

/* Make what is PVOPS_SEALED writable, if it is not; read-only again, if it was. 0 or an error. */
int pvops_unseal(void);
int pvops_reseal(void);

/* May sites be patched now? 0, or what pvops_patch() says then. */
int pvops_may_patch(void);

/* Patch or unpatch the sites of the ops that @ops, one byte an op, says. As pvops_patch(). */
int pvops_patch_ops(const bool *ops, bool on);

/* Find the faces in CPUID; pure but for proto->cpuid. */
void pvops_detect(const struct pvops_boot *boot, struct pvops_probe *probe);

/* The image's sites for the engine to look at: nothing in it to write with. After pvops_init(). */
void pvops_image_sites(struct pvops_patch_set *set);

#define PVOPS_MAX_CANDIDATES	8

/** struct pvops_candidate - a backend that can run here, and what it says of that. */
struct pvops_candidate {
	const struct pvops_backend *backend;
	struct pvops_verdict verdict;
};

/*
 * The backends of [first, last) that can run here, best first: what the command line wishes for,
 * then by score. @list takes PVOPS_MAX_CANDIDATES; worse ones than so many are left out. Returns
 * how many, 0 after a line in the log.
 */
u32 pvops_select(const struct pvops_backend *const *first, const struct pvops_backend *const *last,
		 const struct pvops_probe *probe, struct pvops_candidate *list);

/*
 * Start the first of @list, its base before it: what stands on it may use it. Who declines makes
 * room for the next one; a base that has started stays so. Fills pvops_state: info.backend,
 * info.verdict, base. 0 or a negative errno after a line in the log. @n is not 0.
 */
int pvops_start(const struct pvops_backend *const *first, const struct pvops_backend *const *last,
		const struct pvops_candidate *list, u32 n);

/* Forget what was offered as a clock: backends start anew. */
void pvops_clock_begin(void);

/* The one line about the clock. @reader: name of the backend whose form time.clock has. */
void pvops_clock_say(const char *reader);

/** struct pvops_clock_offered - what a backend has offered, and whether it was the best so far. */
struct pvops_clock_offered {
	const char *owner;
	struct pvops_clock_facts facts;
	bool stands;
};

/* Offer number @nr since pvops_clock_begin(), or NULL. */
const struct pvops_clock_offered *pvops_clock_offered(u32 nr);

/* How it came to that: each offer, its facts, the rows they left out. */
void pvops_clock_trace(void);

/* The backend of [first, last) that this one names as its base; NULL if none or not there. */
const struct pvops_backend *pvops_find_base(const struct pvops_backend *const *first,
					    const struct pvops_backend *const *last,
					    const struct pvops_backend *backend);

#endif /* PVOPS_CORE_H */
