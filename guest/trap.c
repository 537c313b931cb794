// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Exceptions, interrupts and what follows them. */
#include "trap.h"
#include "sched.h"
#include "test.h"
#include "vmm.h"
#include "as.h"

#define VECTOR_BP	3
#define VECTOR_DF	8
#define VECTOR_PF	14
#define VECTOR_FIRST	32
#define VECTOR_SYSCALL	0x80
#define HLT		0xf4		/* the instruction */
#define VECTOR_UPCALL	0x100

unsigned long trap_at_site;

/* A CPU that waits for a fault; see catch_fault(). */
static struct catch {
	unsigned long ip;	/* these two are filled in by catch_call() */
	unsigned long sp;
	struct fault fault;
	bool armed;
} catches[MAX_CPUS];

bool catch_call(void *arg, void (*fn)(void *arg), unsigned long *back);	/* the entry's */

static const char *const names[] = {
	"divide error", "debug", "NMI", "breakpoint", "overflow", "bound", "invalid opcode",
	"device not available", "double fault", "", "invalid TSS", "segment not present",
	"stack fault", "general protection", "page fault", "", "FPU error", "alignment check",
	"machine check", "SIMD error",
};

static void dump(const struct regs *r, unsigned long cr2)
{
	const char *name = r->vector < sizeof(names) / sizeof(*names) ? names[r->vector] : "?";

	kprintf("# CPU %u: %s (vector %lu, error %lx) in %s\n", pvops_cpu(), name, r->vector,
		r->error, from_user(r) ? "user mode" : "the kernel");
	kprintf("# ip %lx cs %lx flags %lx sp %lx ss %lx cr2 %lx\n", r->ip, r->cs, r->flags,
		r->sp, r->ss, cr2);
	kprintf("# ax %lx bx %lx cx %lx dx %lx si %lx di %lx bp %lx\n", r->ax, r->bx,
		r->cx, r->dx, r->si, r->di, r->bp);
#ifdef __x86_64__
	kprintf("# r8 %lx r9 %lx r10 %lx r11 %lx r12 %lx r13 %lx r14 %lx r15 %lx\n", r->r8, r->r9,
		r->r10, r->r11, r->r12, r->r13, r->r14, r->r15);
#else
	kprintf("# ds %lx es %lx fs %lx gs %lx\n", r->ds & 0xffff, r->es & 0xffff,
		r->fs & 0xffff, r->gs & 0xffff);
#endif
}

bool catch_fault(void (*fn)(void *arg), void *arg, struct fault *fault)
{
	struct catch *catch = &catches[pvops_cpu()];
	bool faulted;

	catch->armed = true;
	faulted = catch_call(arg, fn, &catch->ip);
	catch->armed = false;
	*fault = catch->fault;
#ifndef __x86_64__
	if (faulted && fault->vector == VECTOR_DF)
		cpu_fault_task();
#endif
	return faulted;
}

/* A fault of the kernel that somebody waits for. */
static bool caught(struct regs *regs, unsigned long cr2)
{
	struct catch *catch = &catches[pvops_cpu()];

	if (!catch->armed)
		return false;
	catch->armed = false;
	catch->fault = (struct fault){ (unsigned int)regs->vector, regs->error, cr2 };
	regs->ip = catch->ip;
	regs->sp = catch->sp;
	return true;
}

static void exception(struct regs *regs)
{
	unsigned long cr2 = regs->vector == VECTOR_PF ? pvops_cpu_read_cr2() : 0;

	if (regs->vector == VECTOR_BP && !from_user(regs) &&
	    pvops_poke_trap(&regs->ip, &regs->sp)) {
		__atomic_fetch_add(&trap_at_site, 1, __ATOMIC_RELAXED);
		return;
	}
	if (regs->vector == VECTOR_PF && cr2 < USER_END && as_fault(cr2, regs->error))
		return;
	if (!from_user(regs)) {
		if (pvops_fixup_exception(&regs->ip) || uaccess_fixup(&regs->ip) ||
		    caught(regs, cr2))
			return;
		dump(regs, cr2);
		kpanic("%s in the kernel at %lx", regs->vector < 20 ? names[regs->vector] : "trap",
		       regs->ip);
	}
	if (this_cpu()->current->verbose)
		dump(regs, cr2);
	process_kill(KILLED | regs->vector);
}

#ifndef __x86_64__
/* In the task of the double fault; what was interrupted is in the TSS of all else. */
void double_fault(unsigned long error)
{
	struct pvops_tss *tss = &this_cpu()->tss;
	unsigned long cr2 = pvops_cpu_read_cr2();
	struct regs regs = {
		.gs = tss->gs, .fs = tss->fs, .es = tss->es, .ds = tss->ds, .bp = tss->bp,
		.bx = tss->bx, .ax = tss->ax, .cx = tss->cx, .dx = tss->dx, .si = tss->si,
		.di = tss->di, .vector = VECTOR_DF, .error = error, .ip = tss->ip, .cs = tss->cs,
		.flags = tss->flags, .sp = tss->sp, .ss = tss->ss,
	};

	if (!from_user(&regs) && caught(&regs, cr2)) {
		tss->ip = regs.ip;
		tss->sp = regs.sp;
		/* The one register that the CPU has not saved there. */
		tss->cr3 = (u32)(__force unsigned long)pvops_pfn_to_gpa(as_root(this_cpu()->as));
		return;
	}
	dump(&regs, cr2);
	kpanic("double fault at %lx", regs.ip);
}
#endif

u32 trap_before_halt;

/* Whoever's face we took it by: Hyper-V's may lie over it. */
static bool behind_xen(void)
{
	const struct pvops_probe *probe = &pvops_get_info()->probe;

	for (u32 i = 0; i < probe->nr_matches; i++) {
		const char *name = probe->matches[i].signature;

		if (name[0] == 'X' && name[1] == 'e' && name[2] == 'n')
			return true;
	}
	return false;
}

/*
 * QEMU 7.2's VMRUN does not load the interrupt shadow, so on SVM emulated by it an interrupt may
 * come between STI and HLT, and who sleeps for it would not wake. Only there are we so kind.
 */
static void interrupt(struct regs *regs)
{
	if (behind_xen() && guest_boot->proto->ring0 && !from_user(regs) &&
	    *(const u8 *)regs->ip == HLT) {
		regs->ip++;
		__atomic_fetch_add(&trap_before_halt, 1, __ATOMIC_RELAXED);
	}
	pvops_irq_handle((unsigned int)regs->vector);
}

void trap(struct regs *regs)
{
	if (regs->vector == VECTOR_SYSCALL)
		syscall(regs);
	else if (regs->vector == VECTOR_UPCALL)
		pvops_irq_handle(0);
	else if (regs->vector >= VECTOR_FIRST)
		interrupt(regs);
	else
		exception(regs);
}

u16 user_ss(void)
{
	const struct pvops_backend *backend = pvops_get_info()->backend;

	return backend->user_ss ? backend->user_ss : SEL_USER_DS;
}

/* Last thing before user mode, interrupts off. */
void before_user(struct regs *regs)
{
	struct cpu *cpu = this_cpu();

	pvops_irq_disable();
	while (cpu->resched) {
		schedule();
		cpu = this_cpu();
		pvops_irq_disable();
	}
	/* One of the thread's own may be gone by now, and IRET would fault in the kernel. */
	regs->ss = user_ss();
}
