/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The inside of strict mode's monitor: what its files offer each other.
 *
 * It runs in ring 0 with interrupts off, on the page tables of the kernel (which runs in ring 1)
 * and with flat segments, so that the kernel's memory is there at the kernel's addresses: by
 * m_read() and m_write(), which find out what is not mapped. One CPU at a time is inside.
 */
#ifndef VMI_MONITOR_H
#define VMI_MONITOR_H

#include <stdarg.h>
#include <pvops/abi/vmi.h>
#include <pvops/types.h>
#include "layout.h"

#define VECTOR_DB	1
#define VECTOR_NMI	2
#define VECTOR_BP	3
#define VECTOR_OF	4
#define VECTOR_UD	6
#define VECTOR_DF	8
#define VECTOR_TS	10
#define VECTOR_NP	11
#define VECTOR_SS	12
#define VECTOR_GP	13
#define VECTOR_PF	14
#define VECTOR_FIRST	32

#define FLAG_TF		0x100U
#define FLAG_IF		0x200U
#define FLAG_IOPL	0x3000U
#define FLAG_NT		0x4000U
#define FLAG_RF		0x10000U
#define FLAG_VM		0x20000U
#define FLAG_ONE	2U		/* always set */

#define CR0_PE		1U
#define CR0_MP		2U
#define CR0_EM		4U
#define CR0_TS		8U
#define CR0_ET		0x10U
#define CR0_NE		0x20U
#define CR0_WP		0x10000U
#define CR0_AM		0x40000U
#define CR0_PG		0x80000000U
#define CR4_PAE		0x20U
#define CR4_PGE		0x80U
#define CR4_UMIP	0x800U

#define PF_PRESENT	1U		/* bits of its error code */
#define PF_WRITE	2U
#define PF_USER		4U

/**
 * struct mregs - registers of whom a trap interrupted, as entry.S pushes them; changes count.
 * Of a trap inside the monitor, @esp and @ss are not there. Segments: only 16 bits count.
 */
struct mregs {
	u32 edi, esi, ebp, unused, ebx, edx, ecx, eax;
	u32 gs, fs, es, ds;
	u32 vector, error;
	u32 eip, cs, eflags, esp, ss;
};

struct mdesc_ptr {
	u16 limit;
	u32 base;
} __attribute__((packed));

/** struct mtss - a TSS of 32 bits (Intel SDM vol. 3, 8.2.1). */
struct mtss {
	u32 link;
	u32 esp0, ss0, esp1, ss1, esp2, ss2;
	u32 cr3, eip, eflags, eax, ecx, edx, ebx, esp, ebp, esi, edi;
	u32 es, cs, ss, ds, fs, gs, ldt;
	u16 trap, io_base;
};

#define M_IO_BYTES	8193U		/* of a bitmap, with the byte of ones behind */

/**
 * struct mcpu - a CPU as its kernel sees it.
 * @index: 0 is the one that called vmi_init
 * @apic_id: of its local APIC
 * @cr0: as the kernel wrote it; so @cr2, @cr3, @cr4
 * @gdt: where the kernel's table lies; so @idt
 * @ldt: its selector, and the one of its TSS, @tr; 0: none
 * @ldt_base: what its descriptor said when it was loaded; so @ldt_limit, @tr_base, @tr_limit
 * @kernel_ss: the stack of entries from ring 3, by UpdateKernelStack; so @kernel_esp
 * @iopl: of ring 3, 0 to 3; ring 1 always has 0
 * @lazy: mode of SetLazyMode
 * @regs: of the trap that is being handled
 * @halted: waits in m_halt(); @woken: the vector that ended it
 * @stepping: pages.c lets one instruction of ring 1 run (TF is ours)
 * @nmi: one came while we were inside
 * @dr7: as the kernel wrote it; so @efer, @sysenter_cs
 * @gates: of the IDT, as calls have written them
 * @shadow_gdt: what the CPU has
 * @tss: what the CPU has; @io_all: nothing is forbidden, for ring 1; @io_some: copy of the
 *	kernel's, for ring 3
 * @df_tss: of the monitor's own double fault
 */
struct mcpu {
	u32 index;
	u32 apic_id;
	u32 cr0, cr2, cr3, cr4;
	struct mdesc_ptr gdt, idt;
	u32 ldt, ldt_base, ldt_limit;
	u32 tr, tr_base, tr_limit;
	u32 kernel_ss, kernel_esp;
	u32 iopl;
	u32 lazy;
	struct mregs *regs;
	bool halted;
	u32 woken;
	bool stepping;
	bool nmi;
	u32 dr7;
	u64 efer, sysenter_cs;
	u64 gates[256];
	u64 shadow_gdt[M_GDT_BYTES / 8] __attribute__((aligned(4096)));
	struct mtss tss __attribute__((aligned(4096)));
	u8 io_all[M_IO_BYTES];
	u8 io_some[M_IO_BYTES];
	struct mtss df_tss __attribute__((aligned(4096)));
} __attribute__((aligned(4096)));

extern struct mcpu m_cpus[M_MAX_CPUS];
extern u32 m_nr_cpus;
extern u8 m_stacks[][M_STACK_BYTES];
/* Who may be inside. Held from the trap on; m_halt() lets go of it. */
void m_lock(void);
void m_unlock(void);

/* The CPU that this runs on. */
static inline struct mcpu *m_this(void)
{
	u32 sp;

	asm("mov %%esp, %0" : "=r"(sp));
	return *(struct mcpu **)(sp & ~(M_STACK_BYTES - 1U));
}

static inline bool m_from_user(const struct mregs *regs)
{
	return (regs->cs & 3) == 3;
}

/* say.c: COM1 and port 0xe9. */
void m_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Said and counted: the kernel did this itself at eip. The caller then does it for the kernel. */
void m_violation(const char *name, u32 eip);
void m_say_result(void);			/* "vmi-strict: N violations, M calls" */
void m_panic(const struct mregs *regs, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 2, 3)));
extern u32 m_violations, m_calls_made;
u32 m_test_port_read(void);
void m_test_port_write(u32 val);

/* memory.c */
#define M_SLOTS		16			/* windows of a CPU; 0-3: pages.c, 4-5: memory.c */
/* A frame of the guest's memory; what the CPU's same slot showed before is gone. */
void *m_frame(u32 slot, u64 gpa);
void *m_map_device(u64 gpa);			/* for good, uncached; NULL: no room */
void *m_page(void);				/* zeroed; NULL: none left */
void m_page_free(void *page);
u64 m_own_gpa(const void *own);			/* of the monitor's memory */
bool m_is_own_gpa(u64 gpa);
/*
 * The kernel's memory by linear address, with the rights of ring 1. Return 0, or the cause is in
 * the last two: linear address and #PF's error code. Nothing above M_TOP is reached.
 */
int m_read(u32 linear, void *buf, u32 len);
int m_write(u32 linear, const void *buf, u32 len);
extern u32 m_bad_address, m_bad_error;
/* An argument of a call that is on the stack: 0 is the first behind the return address. */
u32 m_arg(const struct mregs *regs, u32 nr);

/* entry.S: with the fault caught. 0, or -1. */
int m_copy(void *to, const void *from, u32 len);
int m_own_rdmsr(u32 msr, u64 *val);
int m_own_wrmsr(u32 msr, u64 val);
int m_rdpmc(u32 counter, u64 *val);

/* msr.c: as the kernel has them. 0, or -1. */
void m_msr_init(struct mcpu *cpu);
int m_rdmsr(u32 msr, u64 *val);
int m_wrmsr(u32 msr, u64 val);

/* trap.c */
extern u32 m_stubs;				/* linear address of the ROM's */
extern u32 m_own_vector, m_own_error;		/* of a fault in here that has a way out */
/* Let the kernel have this exception; regs are those that it happened to. cr2: for #PF. */
void m_fault(struct mcpu *cpu, struct mregs *regs, u32 vector, u32 error, u32 cr2);
/* An interrupt, or int n with regs->eip behind it. */
void m_interrupt(struct mcpu *cpu, struct mregs *regs, u32 vector);
u32 m_halt(struct mcpu *cpu);			/* interrupts on, wait; the vector that came */

/* task.c: entry by a task gate, and IRET with NT. False: its TSS is no good. */
bool m_task_enter(struct mcpu *cpu, struct mregs *regs, u32 selector, bool has_error, u32 error);
bool m_task_return(struct mcpu *cpu, struct mregs *regs);

/* desc.c */
void m_load_gdt(struct mcpu *cpu, const struct mdesc_ptr *ptr);
void m_load_idt(struct mcpu *cpu, const struct mdesc_ptr *ptr);
/* The kernel's; eip: what it is wanted for. */
bool m_guest_gate(struct mcpu *cpu, u32 vector, u32 eip, u32 gate[2]);
bool m_guest_desc(struct mcpu *cpu, u32 selector, u64 *desc);	/* as the kernel wrote it */
/* Can IRET go to ring 3 with these? If not, the selector that #GP is about. */
bool m_user_segments(const struct mcpu *cpu, u32 cs, u32 ss, u32 *wrong);
u32 m_desc_base(u64 desc);
u32 m_desc_limit(u64 desc);
void m_load_tables(struct mcpu *cpu);		/* the CPU's registers, GDT to TR */
void m_ready_io(struct mcpu *cpu, bool user);	/* before each return: which ports it may use */

/* decode.c: what faulted in ring 1 (or UMIP's in ring 3) by #GP; true: done for the kernel. */
bool m_emulate(struct mcpu *cpu, struct mregs *regs);

/* pages.c: true: it was ours. */
void m_pages_init(struct mcpu *cpu);		/* once, on the first CPU, page tables in use */
bool m_page_fault(struct mcpu *cpu, struct mregs *regs, u32 cr2);
bool m_debug(struct mcpu *cpu, struct mregs *regs, u32 dr6);
bool m_set_cr3(struct mcpu *cpu, u32 cr3);	/* with the monitor in it; false: cannot be */
/* Each entry from ring 1 or 3, before all else: what one instruction was let do is over. */
void m_entered(struct mcpu *cpu, struct mregs *regs, u32 cr2);
void m_pending(struct mcpu *cpu);		/* a point at which writes must have been shown */

/* time.c, apic.c, ap.c */
void m_time_init(struct mcpu *cpu);		/* on the first CPU */
void m_time_begin(struct mcpu *cpu);		/* on each other */
void m_apic_init(struct mcpu *cpu);
void m_own_tables(void);			/* M_AP_ROOT and what is below */
extern u32 m_ap_ids[M_MAX_CPUS];		/* local APICs' of the CPUs there are; else ~0 */
void m_ap_begin(struct mcpu *cpu, struct mregs *regs);	/* on the started CPU: its state */
/* A SIPI to this APIC: the page to start it at, 0 if it must not be. */
u32 m_ap_page(struct mregs *regs, u32 apic_id);
/* An interrupt of the hardware's, before the kernel has it; true: it was ours alone. */
bool m_time_interrupt(struct mcpu *cpu, u32 vector);
void m_time_steal(struct mcpu *cpu, u32 ms);	/* hold this CPU */
void m_time_step(u32 seconds);			/* of the date */
/* The APIC's timer of this CPU: the kernel's, until it is ours. */
void m_apic_own_timer(void);
void m_apic_disown_timer(void);
bool m_apic_timer_is_own(void);
u32 m_apic_timer_vector(void);
void m_apic_count(u32 count);			/* one interrupt after so many; 0: none */
u32 m_apic_left(void);
void m_apic_end(void);				/* of an interrupt that the kernel does not see */

/* calls.c: the calls by number. The result goes to eax or edx:eax where the call has one. */
u64 m_call(struct mcpu *cpu, struct mregs *regs, u32 number);

#define M_CALL(name) u64 call_##name(struct mcpu *cpu, struct mregs *regs)
M_CALL(wrmsr);
M_CALL(rdmsr);
M_CALL(rdpmc);
M_CALL(set_gdt);
M_CALL(set_ldt);
M_CALL(set_idt);
M_CALL(set_tr);
M_CALL(get_gdt);
M_CALL(get_ldt);
M_CALL(get_idt);
M_CALL(get_tr);
M_CALL(write_gdt_entry);
M_CALL(write_ldt_entry);
M_CALL(write_idt_entry);
M_CALL(update_kernel_stack);
M_CALL(set_cr0);
M_CALL(set_cr2);
M_CALL(set_cr3);		/* pages.c */
M_CALL(set_cr4);
M_CALL(get_cr0);
M_CALL(get_cr2);
M_CALL(get_cr3);
M_CALL(get_cr4);
M_CALL(wbinvd);
M_CALL(set_dr);
M_CALL(get_dr);
M_CALL(clts);
M_CALL(enable_irqs);
M_CALL(disable_irqs);
M_CALL(set_irq_mask);
M_CALL(iret);
M_CALL(sysexit);
M_CALL(halt);
M_CALL(reboot);
M_CALL(shutdown);
M_CALL(set_iopl_mask);
/* pages.c, linear.c, defer.c */
M_CALL(set_lazy_mode);
M_CALL(set_pxe);
M_CALL(set_pxe_long);
M_CALL(update_pxe);
M_CALL(update_pxe_long);
M_CALL(allocate_page);
M_CALL(release_page);
M_CALL(inval_page);
M_CALL(flush_tlb);
M_CALL(set_linear_mapping);
/* ap.c, apic.c, time.c */
M_CALL(set_ap_state);
M_CALL(apic_write);
M_CALL(apic_read);
M_CALL(cycle_frequency);
M_CALL(cycle_counter);
M_CALL(set_alarm);
M_CALL(cancel_alarm);
M_CALL(wallclock);
M_CALL(wallclock_updated);

#endif /* VMI_MONITOR_H */
