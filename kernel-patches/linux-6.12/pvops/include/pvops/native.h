/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What bare hardware does for each op of native-ops.h; included by kernel/paravirt.c, where the
 * functions are.
 *
 * The table is complete in the image: ops run from the first instruction of C on, and objtool
 * reads it to see where a noinstr function may get to.
 */
#include <pvops/backend.h>
#include <pvops/thunks.h>

PVOPS_TEMPLATE(pvops_native_save_fl, "pushf; pop %rax");
PVOPS_TEMPLATE(pvops_native_irq_disable, "cli");
PVOPS_TEMPLATE(pvops_native_irq_enable, "sti");
PVOPS_TEMPLATE(pvops_native_read_cr0, "mov %cr0, %rax");
PVOPS_TEMPLATE(pvops_native_read_cr2, "mov %cr2, %rax");
PVOPS_TEMPLATE(pvops_native_write_cr2, "mov %rdi, %cr2");
PVOPS_TEMPLATE(pvops_native_read_cr3, "mov %cr3, %rax");
PVOPS_TEMPLATE(pvops_native_write_cr3, "mov %rdi, %cr3");
PVOPS_TEMPLATE(pvops_native_wbinvd, "wbinvd");
PVOPS_TEMPLATE(pvops_native_set_entry, "mov %rsi, (%rdi)");
PVOPS_TEMPLATE(pvops_native_clear_entry, "movq $0, (%rdi)");
PVOPS_TEMPLATE(pvops_native_get_and_clear, "xor %eax, %eax; xchg %rax, (%rsi)");
PVOPS_TEMPLATE(pvops_native_take_entry, "xor %eax, %eax; xchg %rax, (%rdi)");
PVOPS_TEMPLATE(pvops_native_unlock, "movb $0, (%rdi)");
PVOPS_TEMPLATE(pvops_native_preempted, "xor %eax, %eax");

static void pv_native_write_msr(u32 msr, u32 low, u32 high)
{
	__wrmsr(msr, low, high);
}

PVOPS_SAVE(cpu_write_msr, pv_native_write_msr);

#define PVOPS_NATIVE_CALL(op, fn)	\
	[PVOPS_OP_##op] = fn,
#define PVOPS_NATIVE_CODE(op, fn)	\
	[PVOPS_OP_##op] = fn,
#define PVOPS_NATIVE_NOP(op, fn)	\
	[PVOPS_OP_##op] = fn,

const void *pvops_table[PVOPS_NR_OPS] __ro_after_init = {
#include <pvops/native-ops.h>
};
EXPORT_SYMBOL(pvops_table);

#undef PVOPS_NATIVE_CALL
#undef PVOPS_NATIVE_CODE
#undef PVOPS_NATIVE_NOP
#define PVOPS_NATIVE_CALL(op, fn)	\
	[PVOPS_OP_##op] = PVOPS_CALL(fn),
#define PVOPS_NATIVE_CODE(op, fn)	\
	[PVOPS_OP_##op] = PVOPS_INLINE(fn),
#define PVOPS_NATIVE_NOP(op, fn)	\
	[PVOPS_OP_##op] = PVOPS_NOP(fn),

struct pvops_form pvops_forms[PVOPS_NR_OPS] __ro_after_init = {
#include <pvops/native-ops.h>
};
