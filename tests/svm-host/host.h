/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * A hypervisor for tests: one guest, which has the whole machine, and an interface that is shown
 * to it. Memory, ports, interrupts and their controllers are the machine's own.
 */
#ifndef HOST_H
#define HOST_H

#define MAX_CPUS	8
#define HOST_START	0x5000000	/* nobody else's 2 MiB: host.lds */
#define HOST_END	0x5200000
#define MAP_MAX		32
#define RESERVED	2
/* Low memory that the guest's first instructions use, and give back when it has its own. */
#define LOW_INFO	0x90000
#define LOW_WORDS	0x91000
#define LOW_GDT		0x92000
#define LOW_TABLES	0x93000		/* six pages */
#define WORDS_MAX	2048
#define AP_PAGE		0x7000
#define STACK_SIZE	8192

#define CODE64		0x08
#define CODE32		0x18
#define DATA		0x10

/* What the guest may ask for by CPUID, in user mode too: the counters, from this leaf on. */
#define COUNTERS_LEAF	0x4f000000
#define COUNTERS_MARK	"pvops counts"

#ifndef __ASSEMBLER__
#include <pvops/types.h>
#include "../ports.h"
#include "vmcb.h"

enum counter {
	EXITS, HYPERCALLS, IPIS, KICKS, YIELDS, FLUSHES, FLUSHES_LATER, WAITS, STOLEN_US,
	EOIS, NR_COUNTERS
};

/* entry.S knows the first two. */
struct cpu {
	u64 vmcb_at;
	u64 regs[16];		/* as instructions number them; rax and rsp are the vmcb's */
	struct vmcb *vmcb;
	u32 id;			/* its APIC's */
	u8 sipi;		/* page that the guest wants it to start at */
	bool x2apic;
	bool halted;		/* in HLT, with interrupts going to us */
	u64 halt_at;
	u32 kicked, flush, nmi;	/* from others; nmi: one of the guest's own */
	u64 wakes;
	/* Of the interface that is shown: where the guest wants what. */
	u64 clock, steal, eoi, poll;
	bool eoi_given;
	u64 msrs[8];
};

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI };

/* An interface: false where the guest is to get a fault. */
struct face {
	const char *name;
	void (*cpuid)(u32 leaf, u32 out[4]);
	u32 max_leaf;
	bool (*read_msr)(struct cpu *cpu, u32 msr, u64 *val);
	bool (*write_msr)(struct cpu *cpu, u32 msr, u64 val);
	bool (*call)(struct cpu *cpu);
	void (*halt)(struct cpu *cpu);		/* about to wait */
	void (*wake)(struct cpu *cpu);		/* has waited */
	void (*leave)(struct cpu *cpu);		/* the guest is left, for whatever reason */
	bool (*eoi)(struct cpu *cpu);		/* true where the machine's APIC needs none */
};

/* As in the memory maps of Linux and of PVH. */
struct region {
	u64 base, len;
	u32 type, reserved;
};

struct module {
	u32 start, end, words, reserved;
};

extern struct region map[MAP_MAX];
extern u32 map_entries;
extern const u64 gdt[4];
extern const struct face *face, face_kvm, face_hyperv, face_vmware;
extern struct cpu cpus[MAX_CPUS];
extern u64 counters[NR_COUNTERS];
extern u64 tsc_khz, tsc_start, date_start;

void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* Each puts the guest where it wants to be, or says that it is none of its kind. */
bool load_linux(struct cpu *cpu, const struct module *mod, u32 nr, const char *words);
bool load_elf(struct cpu *cpu, const struct module *mod, u32 nr, const char *words);

void host_start(u32 magic, u32 info);
void host_start_ap(u32 id);
void run(struct cpu *cpu) __attribute__((noreturn));
void svm_enter(struct cpu *cpu);
void cpu_init(struct cpu *cpu, u32 id);

bool apic_read(struct cpu *cpu, u32 msr, u64 *val);
bool apic_write(struct cpu *cpu, u32 msr, u64 val);
void apic_send(u32 id, u32 icr);
void apic_command(u64 icr);
bool apic_pending(void);
u32 apic_take(struct cpu *cpu);
void kick(u32 id);
void flush_others(struct cpu *cpu, u64 ids);
void flush_asked(struct cpu *cpu);

/* Stolen from the guest at a wake-up, as by a host with too much to do. */
u64 steal_some(struct cpu *cpu);

static inline void count(enum counter what)
{
	__atomic_fetch_add(&counters[what], 1, __ATOMIC_RELAXED);
}

/* The guest's memory: all of it is here at its own address. */
static inline void *at(u64 gpa)
{
	if (gpa >= 0xfee00000 || (gpa >= HOST_START && gpa < HOST_END))
		die("guest's address %llx", (unsigned long long)gpa);
	return (void *)gpa;
}

static inline u64 rdtsc(void)
{
	u32 low, high;

	asm volatile("rdtsc" : "=a"(low), "=d"(high));
	return (u64)high << 32 | low;
}

static inline u64 rdmsr(u32 msr)
{
	u32 low, high;

	asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (u64)high << 32 | low;
}

static inline void wrmsr(u32 msr, u64 val)
{
	asm volatile("wrmsr" : : "a"((u32)val), "d"((u32)(val >> 32)), "c"(msr) : "memory");
}

static inline void relax(void)
{
	asm volatile("pause" : : : "memory");
}

/* a * b / c, where the result fits. */
static inline u64 mul_div(u64 a, u64 b, u64 c)
{
	u64 low, high;

	asm("mulq %3\n\tdivq %4" : "=&a"(low), "=&d"(high) : "0"(a), "rm"(b), "rm"(c) : "cc");
	return low;
}

static inline void copy_text(u32 out[3], const char *text)
{
	__builtin_memcpy(out, text, 12);
}
#endif
#endif
