// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* A virtual CPU's life: into the guest, and what brought it out. */
#include "host.h"

#define MSR_APIC_BASE	0x1b
#define MSR_EFER	0xc0000080
#define MSR_HOST_SAVE	0xc0010117
#define EFER_LMA	(1ULL << 10)
#define EFER_SVME	(1ULL << 12)
#define STEAL_US	200
#define STEAL_EACH	4
#define X2APIC_FIRST	0x800
#define X2APIC_LAST	0x8ff

struct cpu cpus[MAX_CPUS];
u64 counters[NR_COUNTERS];

static struct vmcb vmcbs[MAX_CPUS] __attribute__((aligned(4096)));
static u8 host_save[MAX_CPUS][4096] __attribute__((aligned(4096)));
static u8 msr_map[8192] __attribute__((aligned(4096)));
/* The guest's memory: the machine's without us. */
static u64 nested[6][512] __attribute__((aligned(4096)));

static void trap_msr(u32 msr)
{
	u32 bit = msr < 0x2000 ? msr * 2 : (msr - 0xc0000000) * 2 + 0x4000;

	msr_map[bit / 8] |= 3 << bit % 8;
}

static void make_maps(void)
{
	trap_msr(MSR_APIC_BASE);
	trap_msr(MSR_EFER);
	for (u32 msr = X2APIC_FIRST; msr <= X2APIC_LAST; msr++)
		trap_msr(msr);
	nested[0][0] = (u64)nested[1] | 0x27;
	for (u64 i = 0; i < 2048; i++) {
		nested[2 + i / 512][i % 512] = i << 21 | 0xe7;
		nested[1][i / 512] = (u64)nested[2 + i / 512] | 0x27;
	}
	nested[2][HOST_START >> 21] = 0;
}

void cpu_init(struct cpu *cpu, u32 id)
{
	struct vmcb *v = &vmcbs[id];
	u8 sipi = cpu->sipi;

	if (!id)
		make_maps();
	__builtin_memset(v, 0, sizeof(*v));
	__builtin_memset(cpu, 0, sizeof(*cpu));
	*cpu = (struct cpu){ .vmcb_at = (u64)v, .vmcb = v, .id = id, .sipi = sipi };
	wrmsr(MSR_HOST_SAVE, (u64)host_save[id]);
	v->intercept[0] = ON_NMI | ON_CPUID | ON_HLT | ON_MSR | ON_SHUTDOWN;
	v->intercept[1] = ON_SVM;
	v->msr_map = (u64)msr_map;
	v->asid = 1;
	v->tlb = TLB_FLUSH;
	v->nested = 1;
	v->nested_cr3 = (u64)nested[0];
	v->rflags = 2;
	v->dr6 = 0xffff0ff0;
	v->dr7 = 0x400;
	v->pat = 0x0007040600070406;
}

static u64 physical(const struct vmcb *v, u64 addr)
{
	const u64 *table = at(v->cr3 & 0xffffffffff000);

	if (!(v->cr0 >> 31))
		return addr;
	for (u32 shift = 39; ; shift -= 9) {
		u64 entry = table[addr >> shift & 511];

		if (!(entry & 1))
			die("the guest's %llx is not mapped", addr);
		entry &= 0xffffffffff0ff;
		if (shift == 12 || (entry & 0x80 && shift < 39))
			return (entry & -(1ULL << shift)) | (addr & ((1ULL << shift) - 1));
		table = at(entry & 0xffffffffff000);
	}
}

/* Past the instruction that brought us here, of some bytes and perhaps prefixes. */
static void skip(struct vmcb *v, u32 len)
{
	for (u32 i = 0; i < 12; i++) {
		u8 byte = *(u8 *)at(physical(v, v->cs.base + v->rip));

		/* Segments, REX, sizes. */
		if ((byte & 0xe7) != 0x26 && (byte & 0xf0) != 0x40 && (byte & 0xfc) != 0x64)
			break;
		v->rip++;
	}
	v->rip += len;
	v->shadow = 0;
}

static void fault_guest(struct vmcb *v, u32 vector, bool code)
{
	v->event = EVENT_VALID | EVENT_FAULT | vector | (code ? EVENT_ERROR : 0);
}

static void on_cpuid(struct cpu *cpu)
{
	struct vmcb *v = cpu->vmcb;
	u32 leaf = v->rax, out[4];

	asm volatile("cpuid" : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
		     : "0"(leaf), "2"((u32)cpu->regs[RCX]));
	if (leaf == 1)
		out[2] |= 1U << 31 | 1U << 21;		/* a hypervisor; x2APIC */
	if (leaf == 0x80000001)
		out[2] &= ~(1U << 2);			/* no SVM */
	if (leaf == 0x8000000a)
		__builtin_memset(out, 0, sizeof(out));
	if (leaf >> 28 == 4) {
		__builtin_memset(out, 0, sizeof(out));
		if (leaf == COUNTERS_LEAF) {
			out[0] = NR_COUNTERS;
			copy_text(out + 1, COUNTERS_MARK);
		} else if (leaf - COUNTERS_LEAF <= NR_COUNTERS) {
			out[0] = counters[leaf - COUNTERS_LEAF - 1];
			out[1] = counters[leaf - COUNTERS_LEAF - 1] >> 32;
		} else if (leaf <= 0x40000000 + face->max_leaf) {
			face->cpuid(leaf - 0x40000000, out);
		}
	}
	v->rax = out[0];
	cpu->regs[RBX] = out[1];
	cpu->regs[RCX] = out[2];
	cpu->regs[RDX] = out[3];
	skip(v, 2);
}

static bool read_msr(struct cpu *cpu, u32 msr, u64 *val)
{
	if (msr == MSR_EFER) {
		*val = cpu->vmcb->efer & ~EFER_SVME;
		return true;
	}
	if (msr == MSR_APIC_BASE || (msr >= X2APIC_FIRST && msr <= X2APIC_LAST))
		return apic_read(cpu, msr, val);
	return face->read_msr(cpu, msr, val);
}

static bool write_msr(struct cpu *cpu, u32 msr, u64 val)
{
	u64 *efer = &cpu->vmcb->efer;

	if (msr == MSR_EFER) {
		*efer = (val & ~EFER_LMA) | (*efer & EFER_LMA) | EFER_SVME;
		return true;
	}
	if (msr == MSR_APIC_BASE || (msr >= X2APIC_FIRST && msr <= X2APIC_LAST))
		return apic_write(cpu, msr, val);
	return face->write_msr(cpu, msr, val);
}

static void on_msr(struct cpu *cpu)
{
	struct vmcb *v = cpu->vmcb;
	u64 val = (u32)v->rax | cpu->regs[RDX] << 32;
	u32 msr = cpu->regs[RCX];
	bool good;

	if (v->info1) {
		good = write_msr(cpu, msr, val);
	} else {
		good = read_msr(cpu, msr, &val);
		if (good) {
			v->rax = (u32)val;
			cpu->regs[RDX] = val >> 32;
		}
	}
	if (good)
		skip(v, 2);
	else
		fault_guest(v, 13, true);
}

/*
 * The guest's own HLT waits, with our eyes on what ends it: an interrupt, which it then gets
 * itself, or a kick.
 */
static void on_halt(struct cpu *cpu)
{
	__atomic_store_n(&cpu->halted, true, __ATOMIC_SEQ_CST);
	if (__atomic_exchange_n(&cpu->kicked, 0, __ATOMIC_SEQ_CST)) {
		cpu->halted = false;
		skip(cpu->vmcb, 1);
		return;
	}
	cpu->halt_at = cpu->vmcb->rip;
	cpu->vmcb->intercept[0] = (cpu->vmcb->intercept[0] & ~ON_HLT) | ON_INTR;
	if (face->halt)
		face->halt(cpu);
}

static void woken(struct cpu *cpu)
{
	if (!cpu->halted)
		return;
	cpu->halted = false;
	/*
	 * Before it could wait at all: its end comes all the same, or what follows the handler
	 * would be a wait for what has been. For nothing a HLT may always end.
	 */
	if (cpu->vmcb->rip == cpu->halt_at)
		skip(cpu->vmcb, 1);
	cpu->vmcb->intercept[0] = (cpu->vmcb->intercept[0] & ~ON_INTR) | ON_HLT;
	if (face->wake)
		face->wake(cpu);
}

static void on_nmi(struct cpu *cpu)
{
	asm volatile("stgi\n\tnop\n\tclgi" : : : "memory");
	woken(cpu);
	if (cpu->flush)
		flush_asked(cpu);
	__atomic_store_n(&cpu->kicked, 0, __ATOMIC_SEQ_CST);
	if (__atomic_exchange_n(&cpu->nmi, 0, __ATOMIC_SEQ_CST))
		cpu->vmcb->event = EVENT_VALID | EVENT_NMI;
}

static void on_call(struct cpu *cpu)
{
	count(HYPERCALLS);
	if (face->call(cpu))
		skip(cpu->vmcb, 3);
	else
		fault_guest(cpu->vmcb, 6, false);
}

u64 steal_some(struct cpu *cpu)
{
	u64 ticks = tsc_khz * STEAL_US / 1000, end = rdtsc() + ticks;

	if (cpu->wakes++ % STEAL_EACH)
		return 0;
	while (rdtsc() < end)
		relax();
	__atomic_fetch_add(&counters[STOLEN_US], STEAL_US, __ATOMIC_RELAXED);
	return ticks;
}

void run(struct cpu *cpu)
{
	struct vmcb *v = cpu->vmcb;

	for (;;) {
		svm_enter(cpu);
		v->event = 0;
		v->tlb = 0;
		count(EXITS);
		if (face->leave)
			face->leave(cpu);
		if (v->exit_event & EVENT_VALID)
			die("CPU %u: exit %llx within event %llx", cpu->id, v->exit, v->exit_event);
		switch (v->exit) {
		case EXIT_INTR:
			woken(cpu);
			break;
		case EXIT_IRET:
			v->intercept[0] &= ~ON_IRET;
			break;
		case EXIT_NMI:
			on_nmi(cpu);
			break;
		case EXIT_CPUID:
			on_cpuid(cpu);
			break;
		case EXIT_HLT:
			on_halt(cpu);
			break;
		case EXIT_MSR:
			on_msr(cpu);
			break;
		case EXIT_VMMCALL:
			on_call(cpu);
			break;
		case EXIT_VMRUN:
		case EXIT_VMMCALL + 1 ... EXIT_SKINIT:
			fault_guest(v, 6, false);
			break;
		default:
			die("CPU %u: exit %llx (%llx %llx) at %llx", cpu->id, v->exit, v->info1,
			    v->info2, v->rip);
		}
	}
}
