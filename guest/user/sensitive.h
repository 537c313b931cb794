/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The IA-32 instructions that are sensitive and yet not privileged, for kernel and user mode alike:
 * that they run in both and answer differently is what is wrong with them. See
 * Documentation/sensitive-instructions.rst. Far transfers want code below 4 GiB: on
 * x86-64 that is user mode's.
 */
#ifndef GUEST_USER_SENSITIVE_H
#define GUEST_USER_SENSITIVE_H

struct table_register {
	unsigned short limit;
	unsigned long base;
} __attribute__((packed));

static inline struct table_register insn_sgdt(void)
{
	struct table_register t;

	asm volatile("sgdt %0" : "=m"(t));
	return t;
}

static inline struct table_register insn_sidt(void)
{
	struct table_register t;

	asm volatile("sidt %0" : "=m"(t));
	return t;
}

/* The 16-bit forms: what the wide ones put above differs between CPUs. */
static inline unsigned long insn_sldt(void)
{
	unsigned long v = 0;

	asm volatile("sldt %w0" : "+r"(v));
	return v;
}

static inline unsigned long insn_smsw(void)
{
	unsigned long v = 0;

	asm volatile("smsw %w0" : "+r"(v));
	return v;
}

static inline unsigned long insn_str(void)
{
	unsigned long v = 0;

	asm volatile("str %w0" : "+r"(v));
	return v;
}

static inline unsigned long insn_pushf(void)
{
	unsigned long flags;

	asm volatile("pushf; pop %0" : "=r"(flags) : : "memory");
	return flags;
}

static inline void insn_popf(unsigned long flags)
{
	asm volatile("push %0; popf" : : "r"(flags) : "cc", "memory");
}

/* The four that ask about a selector: 1 for yes, else the value is left alone. */
static inline unsigned char insn_lar(unsigned int selector, unsigned int *rights)
{
	unsigned char yes;

	asm volatile("lar %k2, %k1; setz %b0"
		     : "=q"(yes), "+r"(*rights) : "r"(selector) : "cc");
	return yes;
}

static inline unsigned char insn_lsl(unsigned int selector, unsigned int *limit)
{
	unsigned char yes;

	asm volatile("lsl %k2, %k1; setz %b0"
		     : "=q"(yes), "+r"(*limit) : "r"(selector) : "cc");
	return yes;
}

static inline unsigned char insn_verr(unsigned int selector)
{
	unsigned char yes;

	asm volatile("verr %w1; setz %b0" : "=q"(yes) : "r"(selector) : "cc");
	return yes;
}

static inline unsigned char insn_verw(unsigned int selector)
{
	unsigned char yes;

	asm volatile("verw %w1; setz %b0" : "=q"(yes) : "r"(selector) : "cc");
	return yes;
}

static inline unsigned long insn_mov_from_cs(void)
{
	unsigned long v = 0;

	asm volatile("mov %%cs, %w0" : "+r"(v));
	return v;
}

/* And back to the stack segment that we come with. */
static inline void insn_mov_to_ss(unsigned long selector)
{
	unsigned long old = 0;

	asm volatile("mov %%ss, %w0; mov %w1, %%ss; mov %w0, %%ss" : "+r"(old) : "r"(selector));
}

static inline unsigned long insn_push_fs(void)
{
	unsigned long v;

	asm volatile("push %%fs; pop %0" : "=r"(v) : : "memory");
	return v & 0xffff;
}

static inline void insn_pop_fs(unsigned long selector)
{
	asm volatile("push %0; pop %%fs" : : "r"(selector) : "memory");
}

struct far_pointer {
	unsigned int offset;
	unsigned short selector;
} __attribute__((packed));

/* The CS that we jumped to has in the end. */
static inline unsigned long insn_jmp_far(unsigned int selector)
{
	struct far_pointer to = { 0, (unsigned short)selector };
	unsigned long cs = 0;

	asm volatile("movl $1f, %0; ljmp *%0\n1:	mov %%cs, %w1" : "+m"(to), "+r"(cs));
	return cs;
}

#ifdef __x86_64__
/*
 * The CS that the call leaves on the stack; it comes back by a far return. On a stack below 4 GiB,
 * for QEMU 7.2 cuts the stack pointer of a far call of 32 bits, the only one that all CPUs have.
 */
static inline unsigned long insn_call_far(unsigned int selector)
{
	static unsigned long stack[32];
	struct far_pointer to = { 0, (unsigned short)selector };
	unsigned long sp = (unsigned long)(stack + 32);
	unsigned int cs = 0;

	asm volatile("xchg %%rsp, %1; movl $1f, (%2); lcall *(%2); xchg %%rsp, %1; jmp 2f\n"
		     "1:	movl 4(%%rsp), %0; lretl\n"
		     "2:" : "=&r"(cs), "+&r"(sp) : "r"(&to) : "memory");
	return cs & 0xffff;
}
#else
static inline unsigned long insn_call_far(unsigned int selector)
{
	struct far_pointer to = { 0, (unsigned short)selector };
	unsigned int cs = 0;

	asm volatile("movl $1f, (%1); lcall *(%1); jmp 2f\n"
		     "1:	movl 4(%%esp), %0; lret\n"
		     "2:" : "=&r"(cs) : "r"(&to) : "memory");
	return cs & 0xffff;
}

/* These two are not there in 64-bit mode. */
static inline unsigned long insn_push_cs(void)
{
	unsigned long v;

	asm volatile("push %%cs; pop %0" : "=r"(v) : : "memory");
	return v & 0xffff;
}

static inline void insn_pop_ss(unsigned long selector)
{
	asm volatile("push %0; pop %%ss" : : "r"(selector) : "memory");
}
#endif

static inline unsigned long insn_ret_far(unsigned long selector)
{
#ifdef __x86_64__
	asm volatile("push %0; push $1f; lretq\n1:" : : "r"(selector) : "memory");
#else
	asm volatile("push %0; push $1f; lret\n1:" : : "r"(selector) : "memory");
#endif
	return insn_mov_from_cs();
}

/* To the next instruction, by a frame with this CS and these flags. */
static inline void insn_iret(unsigned long selector, unsigned long flags)
{
#ifdef __x86_64__
	unsigned long ss = 0, sp;

	asm volatile("mov %%rsp, %1; mov %%ss, %w0\n"
		     "push %0; push %1; push %3; push %2; push $1f; iretq\n1:"
		     : "+&r"(ss), "=&r"(sp) : "r"(selector), "r"(flags) : "cc", "memory");
#else
	asm volatile("push %1; push %0; push $1f; iret\n1:"
		     : : "r"(selector), "r"(flags) : "cc", "memory");
#endif
}

#define SENSITIVE_VECTOR 0x79

static inline void insn_int(void)
{
	asm volatile("int %0" : : "i"(SENSITIVE_VECTOR) : "memory");
}

#endif /* GUEST_USER_SENSITIVE_H */
