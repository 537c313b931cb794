/* SPDX-License-Identifier: GPL-2.0 */
/* How Linux's guest code says what does an op here: before the sites are patched. */
#ifndef _PVOPS_SET_H
#define _PVOPS_SET_H

#ifndef __ASSEMBLY__
#include <pvops/kernel.h>
#include <pvops/ops.h>
#include <pvops/patch.h>

struct module;

/*
 * An op of another convention than C's takes a thunk that keeps all registers but the result.
 * The same as an assignment to pv_ops was: a store that objtool finds and looks behind.
 */
#define pvops_set(op, fn)	(pvops_table[PVOPS_OP_##op] = (const void *)(fn))

/* As before, in the words of pv_ops and with its types; the op knows its convention. */
#define paravirt_set(family, op, fn)		paravirt_set_##family(linux_##op, fn)
#define paravirt_set_save(family, op, fn)	paravirt_set_save_##family(linux_##op, fn)
#define paravirt_set_cpu(op, fn)		paravirt_set_op(op, fn)
#define paravirt_set_irq(op, fn)		paravirt_set_op(op, fn)
#define paravirt_set_mmu(op, fn)		paravirt_set_op(op, fn)
#define paravirt_set_lock(op, fn)		paravirt_set_op(op, fn)
#define paravirt_set_op(op, fn)							\
do {										\
	typeof(pvops_fn_##op##_t) *_fn = (fn);					\
										\
	pvops_set(op, _fn);							\
} while (0)
#define paravirt_set_save_lock(op, fn)		pvops_set(op, __raw_callee_save_##fn)

/* How each op is done here, for all sites to come. */
extern struct pvops_form pvops_forms[];

/* Use these forms, one an op; an empty one leaves its op as it is. */
void pvops_set_forms(const struct pvops_form *forms);

/* The rows of both lists. */
extern const struct pvops_op_row pvops_op_rows[];

/* The linker's: records of the kernel itself. */
extern const struct pvops_site __pvops_sites[], __pvops_sites_end[];

/* Give all sites between these the form of their op; those of a module once more. */
void pvops_patch_kernel(void);
void pvops_patch_module(struct module *mod, struct pvops_site *sites, unsigned int nr);

/* Calls that sites have become take part in call depth tracking. */
#ifdef CONFIG_CALL_THUNKS
void callthunks_patch_pvops(const struct pvops_site *sites, unsigned int nr, struct module *mod);
#else
static inline void callthunks_patch_pvops(const struct pvops_site *sites, unsigned int nr,
					  struct module *mod)
{
}
#endif

/*
 * PVOPS_SAVE(op, fn): a function fn_thunk around a static fn that keeps all registers but the op's
 * result; PVOPS_SAVE_IN() puts it where fn is: ".init.text", ".noinstr.text".
 */
#ifdef __CHECKER__
/* sparse takes a second declaration by typeof for a second body. */
#define PVOPS_SAVE_IN(section, op, fn)	extern const u8 fn##_thunk[]
#else
#define PVOPS_SAVE_IN(section, op, fn)						\
	static typeof(fn) fn __used;						\
	extern const u8 fn##_thunk[];						\
	PVOPS_THUNK_ASM_##op(section ", \"ax\"", fn##_thunk, fn)
#endif
#define PVOPS_SAVE(op, fn)	PVOPS_SAVE_IN(".text", op, fn)

#define paravirt_nop		((void *)nop_func)
unsigned long paravirt_ret0(void);
noinstr void pv_native_wbinvd(void);

/* A function that keeps all registers but rax around @func. */
#define PV_THUNK_NAME(func)	"__raw_callee_save_" #func
#define __PV_CALLEE_SAVE_REGS_THUNK(func, section)			\
	extern const u8 __raw_callee_save_##func[];			\
	asm(".pushsection " section ", \"ax\"\n"			\
	    ".globl " PV_THUNK_NAME(func) "\n"				\
	    ".type " PV_THUNK_NAME(func) ", @function\n"		\
	    ASM_FUNC_ALIGN "\n"						\
	    PV_THUNK_NAME(func) ":\n"					\
	    ASM_ENDBR							\
	    FRAME_BEGIN							\
	    "push %rcx; push %rdx; push %rsi; push %rdi\n"		\
	    "push %r8; push %r9; push %r10; push %r11\n"		\
	    "call " #func "\n"						\
	    "pop %r11; pop %r10; pop %r9; pop %r8\n"			\
	    "pop %rdi; pop %rsi; pop %rdx; pop %rcx\n"			\
	    FRAME_END							\
	    ASM_RET							\
	    ".size " PV_THUNK_NAME(func) ", .-" PV_THUNK_NAME(func) "\n" \
	    ".popsection")
#define PV_CALLEE_SAVE_REGS_THUNK(func)	__PV_CALLEE_SAVE_REGS_THUNK(func, ".text")

#endif /* __ASSEMBLY__ */
#endif /* _PVOPS_SET_H */
