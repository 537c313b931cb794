// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Runs one sensitive instruction in user mode and tells what it saw: "NAME" or "NAME:SELECTOR". */
#include "lib.h"
#include "sensitive.h"

#define FLAG_IF		0x200UL
#define FLAG_IOPL	0x3000UL

static void tell(unsigned int place, unsigned long value)
{
	sys2(SYS_tell, place, value);
}

/* Values that differ between CPUs: run it on one, and tell on which. */
#define ON_ONE_CPU(statement)					\
	do {							\
		long cpu_;					\
		do {						\
			cpu_ = sys0(SYS_getcpu);		\
			statement;				\
		} while (sys0(SYS_getcpu) != cpu_);		\
		tell(2, (unsigned long)cpu_);			\
	} while (0)

static void do_sgdt(unsigned long selector)
{
	struct table_register t;

	ON_ONE_CPU(t = insn_sgdt());
	tell(0, t.limit);
	tell(1, t.base);
}

static void do_sidt(unsigned long selector)
{
	struct table_register t = insn_sidt();

	tell(0, t.limit);
	tell(1, t.base);
}

static void do_sldt(unsigned long selector)
{
	tell(0, insn_sldt());
}

static void do_smsw(unsigned long selector)
{
	tell(0, insn_smsw());
}

static void do_str(unsigned long selector)
{
	tell(0, insn_str());
}

static void do_pushf(unsigned long selector)
{
	tell(0, insn_pushf());
}

static void do_popf(unsigned long selector)
{
	unsigned long flags = insn_pushf();

	insn_popf((flags & ~FLAG_IF) | FLAG_IOPL);
	tell(0, insn_pushf());
}

/* What the four say of a selector, a bit each. */
static void do_ask(unsigned long selector)
{
	unsigned int s = (unsigned int)selector, rights = 0, limit = 0;

	tell(0, (unsigned long)insn_lar(s, &rights) | (unsigned long)insn_lsl(s, &limit) << 1 |
		(unsigned long)insn_verr(s) << 2 | (unsigned long)insn_verw(s) << 3);
	tell(1, rights);
	tell(2, limit);
}

static void do_mov_cs(unsigned long selector)
{
	tell(0, insn_mov_from_cs());
}

static void do_mov_ss(unsigned long selector)
{
	insn_mov_to_ss(selector);
}

static void do_push(unsigned long selector)
{
	insn_pop_fs(selector);
	tell(0, insn_push_fs());
}

#ifdef __x86_64__
/* PUSH CS of the other modes. */
static void do_push_cs(unsigned long selector)
{
	asm volatile(".byte 0x0e");
}
#else
static void do_push_cs(unsigned long selector)
{
	tell(0, insn_push_cs());
}

static void do_pop_ss(unsigned long selector)
{
	insn_pop_ss(selector);
}
#endif

/* Selector 0: the code segment that we are in. */
static unsigned int code(unsigned long selector)
{
	return (unsigned int)(selector ? selector : insn_mov_from_cs());
}

static void do_jmp(unsigned long selector)
{
	tell(0, insn_jmp_far(code(selector)));
}

static void do_call(unsigned long selector)
{
	tell(0, insn_call_far(code(selector)));
}

static void do_ret(unsigned long selector)
{
	tell(0, insn_ret_far(code(selector)));
}

static void do_iret(unsigned long selector)
{
	unsigned long flags = insn_pushf();

	insn_iret(code(selector), (flags & ~FLAG_IF) | FLAG_IOPL);
	tell(0, insn_pushf());
}

static void do_int(unsigned long selector)
{
	insn_int();
}

static const struct {
	const char *name;
	void (*run)(unsigned long selector);
} instructions[] = {
	{"sgdt", do_sgdt}, {"sidt", do_sidt}, {"sldt", do_sldt}, {"smsw", do_smsw},
	{"str", do_str}, {"pushf", do_pushf}, {"popf", do_popf}, {"ask", do_ask},
	{"mov_cs", do_mov_cs}, {"mov_ss", do_mov_ss}, {"push", do_push}, {"jmp", do_jmp},
	{"call", do_call}, {"ret", do_ret}, {"iret", do_iret}, {"int", do_int},
	{"push_cs", do_push_cs},
#ifndef __x86_64__
	{"pop_ss", do_pop_ss},
#endif
};

/* 0x2b, digits in lower case. */
static unsigned long hex(const char *text)
{
	unsigned long v = 0;

	for (text += 2; *text; text++)
		v = v * 16 + (unsigned long)(*text <= '9' ? *text - '0' : *text - 'a' + 10);
	return v;
}

int main(const char *arg)
{
	unsigned long selector = 0;
	char name[16];
	unsigned int n = 0;

	for (; arg[n] && arg[n] != ':' && n < sizeof(name) - 1; n++)
		name[n] = arg[n];
	name[n] = '\0';
	if (arg[n] == ':')
		selector = hex(arg + n + 1);
	for (unsigned int i = 0; i < sizeof(instructions) / sizeof(instructions[0]); i++) {
		if (!same(name, instructions[i].name))
			continue;
		instructions[i].run(selector);
		return 0;
	}
	return 98;
}
