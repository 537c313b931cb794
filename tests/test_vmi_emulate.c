// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The monitor does for the kernel what the kernel should have called it for. 32 bits only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "vmi-rom/monitor/decode.h"
#include "vmi-rom/monitor/monitor.h"

#define TEXT	0xc0001000U
#define STACK	0xc0002000U
#define GS_BASE	0x100U
#define NOT_THERE	0xdead0000U

/* Two pages at TEXT; what was called, said, and given to the kernel. */
static u8 memory[0x2000];
static char did[256], said[256];
static u32 result, fault_vector, fault_eip;
static struct mcpu cpu;
static struct mregs regs;

u32 m_bad_address, m_bad_error;

int m_read(u32 linear, void *buf, u32 len)
{
	if (linear < TEXT || linear - TEXT > sizeof(memory) - len) {
		m_bad_address = linear;
		return -1;
	}
	memcpy(buf, memory + (linear - TEXT), len);
	return 0;
}

int m_write(u32 linear, const void *buf, u32 len)
{
	if (linear < TEXT || linear - TEXT > sizeof(memory) - len) {
		m_bad_address = linear;
		return -1;
	}
	memcpy(memory + (linear - TEXT), buf, len);
	return 0;
}

bool m_guest_desc(struct mcpu *cpu, u32 selector, u64 *desc)
{
	*desc = selector == 0x18 ? GS_BASE : 0;
	return selector != 0;
}

u32 m_desc_base(u64 desc)
{
	return (u32)desc;
}

void m_violation(const char *name, u32 eip)
{
	snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s@%x ", name, eip - TEXT);
}

void m_fault(struct mcpu *cpu, struct mregs *regs, u32 vector, u32 error, u32 cr2)
{
	fault_vector = vector;
	fault_eip = regs->eip;
	regs->eip = 0xf0000000;
}

int m_rdmsr(u32 msr, u64 *val)
{
	*val = 0x1122334455667788;
	return msr == 0x6e1 ? -1 : 0;
}

int m_wrmsr(u32 msr, u64 val)
{
	return msr == 0x6e1 || val != 0x9000a000b ? -1 : 0;
}

int m_rdpmc(u32 counter, u64 *val)
{
	*val = counter;
	return 0;
}

static u64 note(const char *name, const struct mregs *regs)
{
	snprintf(did + strlen(did), sizeof(did) - strlen(did), "%s(%x,%x) ", name, regs->eax,
		 regs->edx);
	return result;
}

#define FAKE(name)								\
	u64 call_##name(struct mcpu *cpu, struct mregs *regs)			\
	{									\
		return note(#name, regs);					\
	}
FAKE(set_gdt)
FAKE(set_idt)
FAKE(set_ldt)
FAKE(set_cr0)
FAKE(set_cr2)
FAKE(set_cr3)
FAKE(set_cr4)
FAKE(get_cr0)
FAKE(get_cr2)
FAKE(get_cr3)
FAKE(get_cr4)
FAKE(wbinvd)
FAKE(set_dr)
FAKE(get_dr)
FAKE(clts)
FAKE(enable_irqs)
FAKE(disable_irqs)
FAKE(inval_page)
FAKE(iret)
FAKE(sysexit)
FAKE(halt)
FAKE(shutdown)

u64 call_set_tr(struct mcpu *cpu, struct mregs *regs)
{
	if (regs->eax == 0xffff)
		m_fault(cpu, regs, VECTOR_GP, 0xfffc, 0);
	return note("set_tr", regs);
}

/* The bytes at TEXT, in ring 1. */
static bool run(const char *bytes, u32 len)
{
	memcpy(memory, bytes, len);
	regs.eip = TEXT;
	regs.cs = 9;
	regs.ss = 0x11;
	regs.ds = regs.es = 0x10;
	regs.gs = 0x18;
	did[0] = said[0] = 0;
	fault_vector = 0;
	return m_emulate(&cpu, &regs);
}

#define RUN(bytes)	run(bytes, sizeof(bytes) - 1)
#define WENT_ON(len)	assert_int_equal(regs.eip, TEXT + (len))

static int fresh(void **state)
{
	memset(memory, 0x90, sizeof(memory));
	cpu = (struct mcpu){ .cr0 = 0x80050033, .ldt = 0x40, .tr = 0x30,
			     .gdt = { 0x7f, 0xc1234567 }, .idt = { 0x7ff, 0xc7654321 } };
	regs = (struct mregs){ .eax = 0xa, .edx = 0xd, .ecx = 0xc, .ebx = 0xb, .esi = 0x51,
			       .edi = 0xd1, .ebp = 0xb9, .esp = STACK, .eflags = 0x202 };
	result = 0x12345678;
	return 0;
}

static void calls_with_their_arguments(void **state)
{
	static const struct {
		const char *bytes, *said, *did;
		u8 len;
	} rows[] = {
		{ "\xfa", "cli@0 ", "disable_irqs(0,0) ", 1 },
		{ "\xfb", "sti@0 ", "enable_irqs(0,0) ", 1 },
		{ "\xfb\xf4", "sti@0 hlt@1 ", "halt(0,0) ", 2 },
		{ "\xf4", "hlt@0 ", "halt(0,0) ", 1 },
		{ "\x0f\x06", "clts@0 ", "clts(0,0) ", 2 },
		{ "\x0f\x09", "wbinvd@0 ", "wbinvd(0,0) ", 2 },
		{ "\x0f\x08", "invd@0 ", "wbinvd(0,0) ", 2 },
		{ "\x0f\x22\xd9", "mov %cr3@0 ", "set_cr3(c,0) ", 3 },
		{ "\x0f\x22\xc6", "mov %cr0@0 ", "set_cr0(51,0) ", 3 },
		{ "\x0f\x23\xfb", "mov %dr7@0 ", "set_dr(7,b) ", 3 },
		{ "\x0f\x23\xeb", "mov %dr5@0 ", "set_dr(7,b) ", 3 },
		{ "\x0f\x01\x7b\x10", "invlpg@0 ", "inval_page(1b,0) ", 4 },
		{ "\x65\x0f\x01\x7b\x10", "invlpg@0 ", "inval_page(11b,0) ", 5 },
		{ "\x0f\x00\xd9", "ltr@0 ", "set_tr(c,0) ", 3 },
		{ "\x0f\x00\xd3", "lldt@0 ", "set_ldt(b,0) ", 3 },
		{ "\x0f\x01\xf1", "lmsw@0 ", "set_cr0(8005003d,0) ", 3 },
		{ "\x0f\x01\x15\x10\x10\x00\xc0", "lgdt@0 ", "set_gdt(c0001010,0) ", 7 },
		{ "\x0f\x01\x1d\x10\x10\x00\xc0", "lidt@0 ", "set_idt(c0001010,0) ", 7 },
	};

	for (u32 i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		fresh(NULL);
		assert_true(run(rows[i].bytes, rows[i].len));
		assert_string_equal(said, rows[i].said);
		assert_string_equal(did, rows[i].did);
		WENT_ON(rows[i].len);
		assert_true(regs.eax == 0xa && regs.edx == 0xd && regs.ecx == 0xc);
	}
	/* LMSW has four bits of a word. */
	regs.ecx = 0xfffc;
	assert_true(RUN("\x0f\x01\xf1"));
	assert_string_equal(did, "set_cr0(8005003d,0) ");
}

static void results_go_where_they_are_wanted(void **state)
{
	assert_true(RUN("\x0f\x20\xdb"));
	assert_string_equal(did, "get_cr3(0,0) ");
	assert_true(regs.ebx == 0x12345678 && regs.eax == 0xa);
	assert_true(RUN("\x0f\x20\xe0"));
	assert_true(regs.eax == 0x12345678);
	assert_true(RUN("\x0f\x21\xf6"));
	assert_string_equal(did, "get_dr(6,0) ");
	assert_true(regs.esi == 0x12345678);
}

/* What UMIP makes fault is answered as the kernel set it up. */
static void stores_show_the_kernels_own(void **state)
{
	assert_true(RUN("\x0f\x01\x05\x00\x20\x00\xc0"));
	assert_string_equal(said, "sgdt@0 ");
	assert_memory_equal(memory + 0x1000, "\x7f\x00\x67\x45\x23\xc1", 6);
	assert_true(RUN("\x0f\x01\x0d\x00\x20\x00\xc0"));
	assert_memory_equal(memory + 0x1000, "\xff\x07\x21\x43\x65\xc7", 6);
	regs.ecx = 0xabcdef01;
	assert_true(RUN("\x66\x0f\x00\xc1"));
	assert_true(regs.ecx == 0xabcd0040);
	assert_true(RUN("\x0f\x00\xc9"));
	assert_true(regs.ecx == 0x30);
	assert_string_equal(said, "str@0 ");
	assert_true(RUN("\x0f\x01\xe1"));
	assert_true(regs.ecx == 0x80050033);
	assert_true(RUN("\x0f\x01\x25\x02\x20\x00\xc0"));
	/* Two bytes and no more. */
	assert_memory_equal(memory + 0x1002, "\x33\x00\x65\xc7", 4);
}

static void faults_are_at_the_instruction(void **state)
{
	assert_true(RUN("\x0f\x01\x05\x00\x00\xad\xde"));
	assert_true(fault_vector == VECTOR_PF && fault_eip == TEXT && regs.eip == 0xf0000000);
	assert_int_equal(m_bad_address, NOT_THERE);
	assert_true(RUN("\x0f\x01\x15\x00\x00\xad\xde"));
	assert_true(fault_vector == VECTOR_PF && fault_eip == TEXT && !did[0]);
	assert_true(RUN("\x0f\x00\x1d\x00\x00\xad\xde"));
	assert_true(fault_vector == VECTOR_PF && fault_eip == TEXT && !did[0]);
	regs.ebx = 0xffff;
	assert_true(RUN("\x0f\x00\xdb"));
	assert_true(fault_vector == VECTOR_GP && fault_eip == TEXT && regs.eip == 0xf0000000);
	assert_int_equal(regs.eax, 0xa);
}

static void nothing_is_said_of_msrs(void **state)
{
	regs.ecx = 0x10;
	assert_true(RUN("\x0f\x32"));
	assert_true(regs.eax == 0x55667788 && regs.edx == 0x11223344 && !said[0]);
	WENT_ON(2);
	regs.edx = 9;
	regs.eax = 0xa000b;
	assert_true(RUN("\x0f\x30"));
	assert_true(regs.eax == 0xa000b && regs.edx == 9);
	regs.ecx = 0x6e1;
	assert_false(RUN("\x0f\x32"));
	assert_false(RUN("\x0f\x30"));
	WENT_ON(0);
	regs.ecx = 3;
	assert_true(RUN("\x0f\x33"));
	assert_true(regs.eax == 3 && regs.edx == 0 && !said[0]);
}

static void selectors_of_ring_0(void **state)
{
	regs.ecx = 0x10;
	assert_true(RUN("\x8e\xd1"));
	assert_string_equal(said, "mov %ss@0 ");
	assert_int_equal(regs.ss, 0x11);
	WENT_ON(2);
	memory[0x1000] = 0x10;
	memory[0x1001] = 0;
	assert_true(RUN("\x17"));
	assert_string_equal(said, "pop %ss@0 ");
	assert_int_equal(regs.esp, STACK + 4);
	memcpy(memory + 0x1100, "\x44\x33\x22\x11\x10", 6);
	assert_true(RUN("\x0f\xb2\x25\x00\x21\x00\xc0"));
	assert_int_equal(regs.esp, 0x11223344);
	WENT_ON(7);
	/* Anything else is the kernel's own fault. */
	regs.ecx = 0x18;
	assert_false(RUN("\x8e\xd1"));
	regs.ecx = 0x11;
	assert_false(RUN("\x8e\xd1"));
	assert_true(!said[0]);
	WENT_ON(0);
}

static void far_returns_to_ring_0(void **state)
{
	memcpy(memory + 0x1000, "\x44\x33\x22\x11\x08\x00\x00\x00", 8);
	assert_true(RUN("\xca\x0c\x00"));
	assert_string_equal(said, "lret@0 ");
	assert_true(regs.eip == 0x11223344 && regs.esp == STACK + 8 + 12 && regs.cs == 9);
	regs.esp = STACK;
	assert_true(RUN("\xcf"));
	assert_string_equal(said, "iret@0 ");
	assert_string_equal(did, "iret(a,d) ");
	/* To a segment that is none is a fault, natively as well. */
	memory[0x1004] = 0x20;
	assert_false(RUN("\xcf"));
	assert_false(RUN("\xcb"));
	assert_true(!said[0] && regs.eip == TEXT);
	/* But for a return to another task. */
	regs.eflags |= FLAG_NT;
	assert_true(RUN("\xcf"));
	assert_string_equal(said, "iret@0 ");
}

static void only_what_it_knows_and_only_of_the_kernel(void **state)
{
	assert_false(RUN("\x90"));
	assert_false(RUN("\x0f\x0b"));
	assert_false(RUN("\xec"));
	assert_true(RUN("\xfa"));
	memory[0] = 0xfa;
	regs.eip = TEXT;
	regs.cs = 0x23;
	said[0] = 0;
	assert_false(m_emulate(&cpu, &regs));
	assert_true(!said[0] && regs.eip == TEXT);
	/* The last bytes before what is not there. */
	memory[0x1fff] = 0xfa;
	regs.eip = TEXT + 0x1fff;
	regs.cs = 9;
	assert_true(m_emulate(&cpu, &regs));
	memory[0x1fff] = 0x0f;
	regs.eip = TEXT + 0x1fff;
	assert_false(m_emulate(&cpu, &regs));
	regs.eip = NOT_THERE;
	assert_false(m_emulate(&cpu, &regs));
}

/* Any bytes and registers: what is not done leaves no trace, what is done is said or quiet. */
static void any_bytes(void **state)
{
	static u8 before[sizeof(memory)];
	u32 seed = 1, done = 0;

	for (u32 round = 0; round < 300000; round++) {
		u8 bytes[16];
		struct mregs was;

		for (u32 i = 0; i < sizeof(bytes) / 4; i++) {
			seed = seed * 1664525 + 1013904223;
			memcpy(bytes + 4 * i, &seed, 4);
			/* The generator's low bits are poor. */
			bytes[4 * i] = (u8)(seed >> 13);
		}
		fresh(NULL);
		if (seed >> 31)
			bytes[0] = 0x0f;
		if (seed >> 30 & 1)
			bytes[1] &= 0x3f;
		regs.eax = TEXT + (seed >> 20);
		regs.ebx = seed;
		regs.eflags ^= seed >> 7 & FLAG_NT;
		was = regs;
		memcpy(before, bytes, sizeof(bytes));
		memcpy(before + sizeof(bytes), memory + sizeof(bytes),
		       sizeof(memory) - sizeof(bytes));
		if (run((const char *)bytes, sizeof(bytes))) {
			done++;
			/* No call without a word. */
			assert_true(said[0] || !did[0]);
			continue;
		}
		was.eip = TEXT;
		was.cs = regs.cs;
		was.ss = regs.ss;
		was.ds = regs.ds;
		was.es = regs.es;
		was.gs = regs.gs;
		assert_memory_equal(&was, &regs, sizeof(regs));
		assert_memory_equal(before, memory, sizeof(memory));
		assert_true(!said[0] && !did[0] && !fault_vector);
	}
	assert_true(done > 1000);
}

static void halt_without_interrupts_is_the_end(void **state)
{
	regs.eflags = 2;
	assert_true(RUN("\xf4"));
	assert_string_equal(did, "shutdown(0,0) ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(calls_with_their_arguments, fresh),
		cmocka_unit_test_setup(results_go_where_they_are_wanted, fresh),
		cmocka_unit_test_setup(stores_show_the_kernels_own, fresh),
		cmocka_unit_test_setup(faults_are_at_the_instruction, fresh),
		cmocka_unit_test_setup(nothing_is_said_of_msrs, fresh),
		cmocka_unit_test_setup(selectors_of_ring_0, fresh),
		cmocka_unit_test_setup(far_returns_to_ring_0, fresh),
		cmocka_unit_test_setup(only_what_it_knows_and_only_of_the_kernel, fresh),
		cmocka_unit_test_setup(any_bytes, fresh),
		cmocka_unit_test_setup(halt_without_interrupts_is_the_end, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
