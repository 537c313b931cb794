/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * How a backend registers, and what it is made of.
 *
 * A backend is an object file with one PVOPS_BACKEND(). Linked into the image, it is found;
 * nothing else knows its name.
 */
#ifndef PVOPS_BACKEND_H
#define PVOPS_BACKEND_H

#include <pvops/asm-text.h>
#include <pvops/boot.h>
#include <pvops/host.h>
#include <pvops/patch.h>

#define PVOPS_BACKEND_ABI	4
#define PVOPS_MAX_MATCHES	16
#define PVOPS_INIT_DECLINED	1	/* answer of a backend's init: not me after all */

/** struct pvops_match - one hypervisor's face in CPUID. */
struct pvops_match {
	u32 base;		/* leaf, 0x40000000 + n * 0x100 */
	u32 max;		/* highest leaf; read as base + 1 where the host says 0 */
	char signature[12];	/* ebx, ecx, edx */
};

/**
 * struct pvops_probe - what core found out; argument of detect.
 * @boot: the boot information
 * @hypervisor_bit: CPUID.1:ECX[31]
 * @nr_matches: faces found
 * @matches: in order of their bases
 */
struct pvops_probe {
	const struct pvops_boot *boot;
	bool hypervisor_bit;
	u32 nr_matches;
	struct pvops_match matches[PVOPS_MAX_MATCHES];
};

/** enum pvops_role - what this kernel is to the hypervisor. */
enum pvops_role {
	PVOPS_ROLE_NATIVE,
	PVOPS_ROLE_GUEST,
	PVOPS_ROLE_ROOT,
	PVOPS_ROLE_NESTED,
};

/**
 * struct pvops_verdict - answer of detect.
 * @score: 0: not mine; 1: anywhere (native); a CPUID base; ~0: the boot entry proves it
 * @role: see enum pvops_role
 * @reason: a few words, no line feed; see pvops_snprintf()
 */
struct pvops_verdict {
	u32 score;
	enum pvops_role role;
	char reason[96];
};

/**
 * struct pvops_backend - registration record.
 * @abi: PVOPS_BACKEND_ABI
 * @size: sizeof(struct pvops_backend)
 * @name: for `pvops=NAME` and messages
 * @nr_ops: PVOPS_NR_OPS the backend was built with
 * @base: name of the backend that does all that this one leaves empty, or NULL. Its init,
 *	late_init and init_cpu run first; it has no base itself
 * @forms: one an op; read after @init, so that it may choose
 * @detect: pure: reads @probe and memory, changes nothing
 * @init: the chosen one: make CPU 0 and the console work. No allocation yet. Gets @boot to
 *	complete it. 0; a negative errno after a log line: the kernel cannot start;
 *	PVOPS_INIT_DECLINED after a log line: what detect saw does not hold, and nothing has been
 *	changed (@forms neither). The next best verdict's backend takes over; @base has started,
 *	and is not started again if it is that one or what that one stands on
 * @late_init: host's allocator and direct map are there; may be NULL
 * @init_cpu: prepare a CPU's private state before it starts (CPU 0: at late init); may be NULL
 * @log: write to the console of this host; any context; NULL: the boot entry's way will do
 * @suspend: let the host save the kernel; CPU 0 only, interrupts off. 0: restored, and all that
 *	the host must know has been said to it again; 1: not moved, all is as before; a negative
 *	errno: not done. May be NULL
 * @shares: families whose state is the base's, or in memory and registers where both find it: any
 *	op may be done by this backend or by the base, at any time and on each CPU differently, also
 *	while a CPU is inside of another op of the family. PVOPS_SHARES() of each; of a family that
 *	ops.tbl calls bound it says nothing. See pvops_switch()
 * @user_cs: selectors of user mode's frames, 0: as the kernel likes
 * @user_ss: the same
 */
struct pvops_backend {
	u32 abi;
	u32 size;
	const char *name;
	u32 nr_ops;
	const char *base;
	const struct pvops_form *forms;
	void (*detect)(const struct pvops_probe *probe, struct pvops_verdict *verdict);
	int (*init)(struct pvops_boot *boot);
	int (*late_init)(void);
	int (*init_cpu)(unsigned int cpu);
	void (*log)(const char *text, size_t len);
	int (*suspend)(void);
	u32 shares;
	u16 user_cs;
	u16 user_ss;
};

#define PVOPS_SHARES(family)	(1U << PVOPS_FAMILY_##family)

/**
 * pvops_base_func() - how the base does an op.
 * @op: PVOPS_OP_...
 *
 * For a backend that does a part of an op and leaves the rest to its base.
 *
 * Context: any, from the backend's init on.
 * Return: the function, of the op's own type and convention; NULL without a base.
 */
const void *pvops_base_func(unsigned int op);

/**
 * pvops_base_start_cpu() - the base's smp.start_cpu, with a function of the backend's first.
 * @cpu: as smp.start_cpu
 * @start: the same
 * @first: runs on the new CPU before start->entry, on its stack, interrupts off, GS right: to
 *	tell the hypervisor what each CPU must tell itself
 *
 * Context and return: as smp.start_cpu; -ENOSYS without a base.
 */
int pvops_base_start_cpu(unsigned int cpu, const struct pvops_cpu_start *start,
			 void (*first)(void));

/**
 * struct pvops_cpu_state - with what a CPU begins, where nothing of real mode comes before.
 * @entry: C code, interrupts off, no return
 * @stack: its stack pointer
 * @root: CR3
 * @efer: its lower half
 * @gdt: its table, with all that follows in it
 * @cs: selector of code, @ds: of data and stack, @gs: of the per-CPU area; FS and LDT: none
 */
struct pvops_cpu_state {
	unsigned long entry;
	unsigned long stack;
	pvops_gpa_t root;
	u32 efer;
	struct pvops_desc_ptr gdt;
	u16 cs, ds, gs;
};

/**
 * struct pvops_base_ways - what a base that deals with hardware does by the backend on it.
 *
 * For a hypervisor that has calls for things that are no ops. NULL: by instructions. i386 alone:
 * elsewhere there is no such hypervisor, and a base does not look.
 *
 * @apic_read: read a register of the local APIC; its address in a mapping. With @apic_write
 * @apic_write: write one
 * @gdt: where the GDT in use is, with the bases of segments. With @write_gdt_entry
 * @write_gdt_entry: write an entry of it
 * @start_state: a CPU that has got INIT shall begin so when it gets SIPI; 0 or a negative
 *	errno
 * @set_alarm: interrupt this CPU by its local APIC's timer when time.clock reaches the deadline;
 *	may come early. With @cancel_alarm
 * @cancel_alarm: forget it
 * @stop: clear the word, and be stopped: not to wake by an interrupt, nor to touch the stack
 *	from there on
 */
struct pvops_base_ways {
	u32 (*apic_read)(unsigned long address);
	void (*apic_write)(unsigned long address, u32 val);
	u64 *(*gdt)(void);
	void (*write_gdt_entry)(u64 *gdt, unsigned int index, u64 desc);
	int (*start_state)(u32 apic_id, const struct pvops_cpu_state *state);
	void (*set_alarm)(u64 deadline);
	void (*cancel_alarm)(void);
	void (*stop)(u32 *running);
};

#ifdef __x86_64__
#define PVOPS_BASE_HAS_WAYS	0
#else
#define PVOPS_BASE_HAS_WAYS	1
#endif

/**
 * pvops_base_set_ways() - the base goes by these from now on.
 * @ways: read when they are used
 *
 * Context: a backend's init, when nothing can make it decline any more.
 */
void pvops_base_set_ways(const struct pvops_base_ways *ways);

/** pvops_base_ways() - for a base: what has been set, or one with nothing. Any context. */
const struct pvops_base_ways *pvops_base_ways(void);

/** PVOPS_BACKEND() - put a backend into the set that core searches. */
#define PVOPS_BACKEND(backend)								\
	static const struct pvops_backend *const backend##_entry			\
	__attribute__((used, section(".pvops_backends"))) = &(backend)

/**
 * PVOPS_TEMPLATE() - instructions that a site can take in, also a function for the table.
 *
 * At file scope; the code keeps to the op's registers and ends without ret.
 */
#define PVOPS_TEMPLATE(name, code) PVOPS_TEMPLATE_RELOC(name, 0, code)

/**
 * PVOPS_TEMPLATE_RELOC() - the same with a rip-relative disp32 at byte @off.
 *
 * On i386 an operand is the same wherever it stands: PVOPS_INLINE_RELOC() adjusts nothing there.
 * PVOPS_RIP_TEMPLATE behind the symbol suits both.
 */
#define PVOPS_TEMPLATE_RELOC(name, off, code)						\
	extern const u8 name[], name##_end[], name##_reloc[];				\
	asm(".pushsection " PVOPS_TEXT "\n"						\
	    PVOPS_ALIGN									\
	    ".globl " #name ", " #name "_end, " #name "_reloc\n"			\
	    ".type " #name ", @function\n"						\
	    #name ":\n" PVOPS_ENDBR PVOPS_TEXT_MARK					\
	    "770:	" code "\n"								\
	    #name "_end:\n" PVOPS_TEXT_MARK						\
	    "	" PVOPS_RET "\n"							\
	    ".size " #name ", . - " #name "\n"						\
	    /* Data, to who looks for the beginnings of code. */				\
	    ".set " #name "_reloc, 770b + " #off "\n"					\
	    ".type " #name "_reloc, @object\n"						\
	    ".popsection")

/* Initialisers of struct pvops_form. */
#define PVOPS_NOP(fn)		{ .func = (const void *)(fn), .kind = PVOPS_FORM_NOP }
#define PVOPS_CALL(fn)		{ .func = (const void *)(fn), .kind = PVOPS_FORM_CALL }
#define PVOPS_CODE_OF(t)	((t) + PVOPS_ENDBR_LEN)
#define PVOPS_INLINE(t)		PVOPS_INLINE_FN(t, t)
#define PVOPS_INLINE_FN(t, fn)								\
	{ .func = (const void *)(fn), .code = PVOPS_CODE_OF(t), .end = t##_end,		\
	  .kind = PVOPS_FORM_INLINE, .flags = PVOPS_FORM_PREFIX }
/* Templates of several instructions: a CPU may stand between them. */
#define PVOPS_INLINE_MULTI(t)								\
	{ .func = (const void *)(t), .code = PVOPS_CODE_OF(t), .end = t##_end,		\
	  .kind = PVOPS_FORM_INLINE, .flags = PVOPS_FORM_PREFIX | PVOPS_FORM_MULTI }
#ifdef __x86_64__
#define PVOPS_RELOC_OF(t)	t##_reloc
#else
#define PVOPS_RELOC_OF(t)	NULL
#endif
#define PVOPS_INLINE_MULTI_RELOC(t)							\
	{ .func = (const void *)(t), .code = PVOPS_CODE_OF(t), .end = t##_end,		\
	  .reloc = PVOPS_RELOC_OF(t),							\
	  .kind = PVOPS_FORM_INLINE, .flags = PVOPS_FORM_MULTI }
#define PVOPS_INLINE_RELOC(t)	PVOPS_INLINE_RELOC_FN(t, t)
#define PVOPS_INLINE_RELOC_FN(t, fn)							\
	{ .func = (const void *)(fn), .code = PVOPS_CODE_OF(t), .end = t##_end,		\
	  .reloc = PVOPS_RELOC_OF(t), .kind = PVOPS_FORM_INLINE }

#endif /* PVOPS_BACKEND_H */
