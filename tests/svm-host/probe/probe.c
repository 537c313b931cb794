// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* A guest in place of Linux, started like it: looks at what the hypervisor shows. */
#include <pvops/types.h>
#include <pvops/abi/hyperv.h>
#include <pvops/abi/kvm.h>
#include <pvops/abi/vmware.h>
#include "../../ports.h"

#define PM_TIMER	0x608
#define PM_TIMER_HZ	3579545

static struct { u16 low, selector, flags, middle; u32 high, reserved; } idt[32];
static u8 page[4096] __attribute__((aligned(4096)));
static u8 code[4096] __attribute__((aligned(4096)));

static void text(const char *s)
{
	for (; *s; s++)
		port_out8(0x3f8, *s);
}

static void number(const char *what, u64 val)
{
	char digits[20];
	int n = 0;

	text(what);
	do {
		digits[n++] = "0123456789abcdef"[val & 15];
	} while (val >>= 4);
	while (n)
		port_out8(0x3f8, digits[--n]);
	text("\n");
}

static void __attribute__((noreturn)) end(void)
{
	text("probe: end\n");
	port_out8(0xcf9, 2);
	port_out8(0xcf9, 6);
	for (;;)
		asm volatile("pause");
}

void bad_opcode(void)
{
	text("probe: #UD\n");
	end();
}

void protection(void)
{
	text("probe: #GP\n");
	end();
}

static void set_gate(int nr, void (*to)(void))
{
	u64 at = (u64)to;
	u16 cs;

	asm("mov %%cs, %0" : "=r"(cs));
	idt[nr].low = at;
	idt[nr].selector = cs;
	idt[nr].flags = 0x8e00;
	idt[nr].middle = at >> 16;
}

static void cpuid(u32 leaf, u32 out[4])
{
	asm volatile("cpuid" : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
		     : "0"(leaf), "2"(0));
}

static u64 rdmsr(u32 msr)
{
	u32 low, high;

	asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (u64)high << 32 | low;
}

static void wrmsr(u32 msr, u64 val)
{
	asm volatile("wrmsr" : : "a"((u32)val), "d"((u32)(val >> 32)), "c"(msr) : "memory");
}

static u64 rdtsc(void)
{
	u32 low, high;

	asm volatile("rdtsc" : "=a"(low), "=d"(high));
	return (u64)high << 32 | low;
}

static u64 scaled(u64 a, u64 b, int shift)
{
	return (u64)((unsigned __int128)a * b >> shift);
}

static u64 kvm_ns(void)
{
	const volatile struct kvm_clock_area *area = (void *)page;

	return area->ns + scaled((rdtsc() - area->tsc) << area->shift, area->mul, 32);
}

static u64 hyperv_ns(void)
{
	const volatile struct hv_ref_tsc *area = (void *)page;

	return (scaled(rdtsc(), area->scale, 64) + area->offset) * 100;
}

/* How far a clock goes in 100 ms of the machine's own, in parts of a thousand too many or few. */
static void rate(u64 (*ns)(void))
{
	u32 from = port_in32(PM_TIMER), ticks;
	u64 start = ns(), went, by_timer;
	s64 off;

	do {
		ticks = (port_in32(PM_TIMER) - from) & 0xffffff;
		went = ns() - start;
	} while (ticks < PM_TIMER_HZ / 10);
	by_timer = ticks * 1000000000ULL / PM_TIMER_HZ;
	off = ((s64)went - (s64)by_timer) * 1000 / (s64)by_timer;
	number("rate off by ", off < 0 ? -off : off);
}

static u64 hyperv_call(u64 control, u64 in1, u64 in2)
{
	register u64 r8 asm("r8") = in2;
	u64 status;

	asm volatile("call *%4" : "=a"(status), "+c"(control), "+d"(in1), "+r"(r8) : "r"(code)
		     : "memory", "r9", "r10", "r11");
	return status;
}

static u64 kvm_call(u64 nr, u64 a, u64 b, u64 c, u64 d)
{
	asm volatile("vmmcall" : "+a"(nr) : "b"(a), "c"(b), "d"(c), "S"(d) : "memory");
	return nr;
}

static void face(void)
{
	u32 out[4], name[4] = { 0 };

	cpuid(0x40000000, out);
	number("leaves to ", out[0]);
	for (int i = 0; i < 3; i++)
		name[i] = out[i + 1];
	text("signature ");
	text((char *)name);
	cpuid(1, out);
	number("\nleaf 1 ", out[2] >> 31 | (out[2] >> 21 & 1) << 4);
	cpuid(0x80000001, out);
	number("svm ", out[2] >> 2 & 1);
	number("efer ", rdmsr(0xc0000080) & 0x1500);
}

static void kvm(void)
{
	wrmsr(KVM_MSR_CLOCK, (u64)page | KVM_MSR_ON);
	rate(kvm_ns);
	number("no such call ", -kvm_call(77, 0, 0, 0, 0));
	number("ipis to nobody ", kvm_call(KVM_HC_SEND_IPI, 0, 0, 0, 0x30));
	number("kick ", kvm_call(KVM_HC_KICK_CPU, 0, 0, 0, 0));
	/* We are kicked: this wait is over at once, though nothing interrupts. */
	asm volatile("cli; hlt");
	text("went on\n");
}

static void hyperv(void)
{
	u64 by_page;

	wrmsr(HV_MSR_GUEST_OS_ID, 1);
	wrmsr(HV_MSR_HYPERCALL, (u64)code | HV_PAGE_ENABLE);
	wrmsr(HV_MSR_REF_TSC, (u64)page | HV_PAGE_ENABLE);
	rate(hyperv_ns);
	by_page = hyperv_ns();
	/* The counter is read after that, and cuts off. */
	by_page -= rdmsr(HV_MSR_REF_COUNTER) * 100 + 100;
	number("counter differs by ms ", -by_page / 1000000);
	number("no such call ", hyperv_call(0x77, 0, 0));
	number("bad vector ", hyperv_call(HV_CALL_SEND_IPI | HV_CALL_FAST, 3, 1));
	number("vp ", rdmsr(HV_MSR_VP_INDEX));
	((struct hv_flush *)page)->cpus = 1;
	number("flush ", hyperv_call(HV_CALL_FLUSH_SPACE, (u64)page, 0));
}

static void vmware(void)
{
	u64 rax = VMWARE_MAGIC, rbx = 0, rcx = VMWARE_CMD_GETVERSION;

	asm volatile("vmmcall" : "+a"(rax), "+b"(rbx), "+c"(rcx) : "d"(0) : "memory");
	number("magic ", rbx);
	rax = VMWARE_MAGIC;
	rcx = 99;
	asm volatile("vmmcall" : "+a"(rax), "+b"(rbx), "+c"(rcx) : "d"(0) : "memory");
	number("no such call ", rax);
}

static void hole(void)
{
	number("there is ", *(volatile u8 *)0x5000000);
}

static void svm(void)
{
	asm volatile("vmrun" : : "a"(page));
}

static void msr(void)
{
	rdmsr(0x4b564d7f);
}

static void no_call(void)
{
	asm volatile("vmmcall" : : "a"(1));
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{ "face", face }, { "kvm", kvm }, { "hyperv", hyperv }, { "vmware", vmware },
	{ "hole", hole }, { "svm", svm }, { "msr", msr }, { "call", no_call },
};

void probe(const u8 *zero);
void probe(const u8 *zero)
{
	const char *words = (const char *)(u64)*(const u32 *)(zero + 0x228);
	const struct {
		u16 limit;
		u64 base;
	} __attribute__((packed)) idtr = { sizeof(idt) - 1, (u64)idt };

	set_gate(6, bad_opcode);
	set_gate(13, protection);
	asm volatile("lidt %0" : : "m"(idtr));
	for (u32 i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *a = words, *b = cases[i].name;

		while (*a && *a == *b) {
			a++;
			b++;
		}
		if (!*a && !*b)
			cases[i].run();
	}
	end();
}
