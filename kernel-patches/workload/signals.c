// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Signals: sent, raised by what a program does wrong, nested, on a stack of their own. */
#include "work.h"
#include <setjmp.h>
#include <sys/signalfd.h>
#include <ucontext.h>

static volatile sig_atomic_t got;
static siginfo_t last;

static void on_signal(int signal, siginfo_t *info, void *context)
{
	(void)context;
	got = signal;
	last = *info;
}

static void handle(int signal, void (*handler)(int, siginfo_t *, void *), int flags)
{
	const struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags };

	NEED(!sigaction(signal, &action, NULL));
}

TEST(signal_to_self)
{
	handle(SIGUSR1, on_signal, 0);
	for (int i = 0; i < 3000; i++) {
		got = 0;
		CHECK(!kill(getpid(), SIGUSR1) && got == SIGUSR1 && last.si_pid == getpid());
	}
}

TEST(signal_keeps_registers)
{
	handle(SIGUSR1, on_signal, 0);
	for (int i = 0; i < 500; i++) {
		uint64_t in[4] = { 1, ~0ULL, 0x123456789abcdef0ULL, (uint64_t)i }, out[4];
		long ret = SYS_tkill;
		double one = 1.5;

		asm volatile("movq (%[in]), %%xmm5\n\t"
			     "mov 0(%[in]), %%r12\n\tmov 8(%[in]), %%r13\n\t"
			     "mov 16(%[in]), %%r14\n\tmov 24(%[in]), %%r15\n\tsyscall\n\t"
			     "mov %%r12, 0(%[out])\n\tmov %%r13, 8(%[out])\n\t"
			     "mov %%r14, 16(%[out])\n\t"
			     "mov %%r15, 24(%[out])\n\tmovq %%xmm5, %%r12\n\tmov %%r12, 0(%[out])"
			     : "+a" (ret)
			     : [in] "r" (in), [out] "r" (out), "D" (getpid()), "S" (SIGUSR1)
			     : "rcx", "r11", "r12", "r13", "r14", "r15", "xmm5", "memory");
		CHECK(!ret && !memcmp(in, out, sizeof(in)) && one == 1.5);
	}
}

static sigjmp_buf away;
static uint64_t fault_rip;

static void leave(int signal, siginfo_t *info, void *context)
{
	const ucontext_t *uc = context;

	fault_rip = uc->uc_mcontext.gregs[REG_RIP];
	on_signal(signal, info, context);
	siglongjmp(away, 1);
}

#define RAISES(signal, code, ...)						\
	do {									\
		got = 0;							\
		if (!sigsetjmp(away, 1)) {					\
			__VA_ARGS__;						\
		}								\
		CHECK(got == (signal) && last.si_code == (code));		\
	} while (0)

TEST(faults_become_signals)
{
	static const int all[] = { SIGSEGV, SIGFPE, SIGILL, SIGTRAP, SIGBUS };
	volatile int *volatile low = (volatile int *)0x10;
	volatile int zero = 0, sink;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		handle(all[i], leave, 0);
	for (int i = 0; i < 100; i++) {
		RAISES(SIGSEGV, SEGV_MAPERR, sink = *low);
		CHECK(last.si_addr == (void *)0x10);
		RAISES(SIGFPE, FPE_INTDIV, asm volatile("xor %%edx, %%edx\n\tdivl %0"
							: : "m" (zero), "a" (1) : "rdx", "cc"));
		RAISES(SIGILL, ILL_ILLOPN, asm volatile("ud2"));
		RAISES(SIGTRAP, SI_KERNEL, asm volatile("int3"));
		/* What only the kernel may execute, and an address that is none. */
		RAISES(SIGSEGV, SI_KERNEL, asm volatile("hlt"));
		RAISES(SIGSEGV, SI_KERNEL, asm volatile("cli"));
		RAISES(SIGSEGV, SI_KERNEL, asm volatile("mov %%cr3, %%rax" : : : "rax"));
		RAISES(SIGSEGV, SI_KERNEL, asm volatile("rdmsr" : : "c" (0x10) : "rax", "rdx"));
		RAISES(SIGSEGV, SI_KERNEL, sink = *(volatile int *)0x8000000000000000ULL);
		/* The kernel's half. */
		RAISES(SIGSEGV, SEGV_MAPERR, sink = *(volatile int *)0xffffffff81000000ULL);
		RAISES(SIGSEGV, SI_KERNEL, asm volatile("int $0x30"));
	}
	(void)sink;
}

TEST(single_step_by_flag)
{
	handle(SIGTRAP, on_signal, 0);
	got = 0;
	asm volatile("sub $128, %%rsp\n\tpushfq\n\torq $0x100, (%%rsp)\n\tpopfq\n\tnop\n\t"
		     "pushfq\n\t"
		     "andq $~0x100, (%%rsp)\n\tpopfq\n\tadd $128, %%rsp" : : : "memory", "cc");
	CHECK(got == SIGTRAP && last.si_code == TRAP_TRACE);
}

static char *alternate;
static volatile bool on_alternate;

static void check_stack(int signal, siginfo_t *info, void *context)
{
	char here;

	on_alternate = &here >= alternate && &here < alternate + 65536;
	leave(signal, info, context);
}

TEST(signal_on_its_own_stack)
{
	stack_t stack = { .ss_size = 65536 };

	alternate = malloc(65536);
	stack.ss_sp = alternate;
	NEED(!sigaltstack(&stack, NULL));
	handle(SIGSEGV, check_stack, SA_ONSTACK);
	for (int i = 0; i < 100; i++) {
		on_alternate = false;
		/* With a stack pointer that is none. */
		if (!sigsetjmp(away, 1))
			asm volatile("xor %%esp, %%esp\n\tpush %%rax" : : : "memory");
		CHECK(on_alternate);
	}
}

static volatile int depth;

static void deeper(int signal, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	if (++depth < 20)
		raise(signal);
}

TEST(signal_nested)
{
	handle(SIGUSR2, deeper, SA_NODEFER);
	raise(SIGUSR2);
	CHECK(depth == 20);
}

TEST(signal_queued)
{
	sigset_t set;
	siginfo_t info;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	NEED(!sigprocmask(SIG_BLOCK, &set, NULL));
	for (int i = 0; i < 32; i++)
		CHECK(!sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = i }));
	for (int i = 0; i < 32; i++)
		CHECK(sigwaitinfo(&set, &info) == SIGRTMIN && info.si_value.sival_int == i);
}

TEST(signal_as_a_file)
{
	struct signalfd_siginfo info;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	NEED(!sigprocmask(SIG_BLOCK, &set, NULL));
	fd = signalfd(-1, &set, 0);
	NEED(fd >= 0);
	for (int i = 0; i < 50; i++) {
		raise(SIGUSR1);
		CHECK(read(fd, &info, sizeof(info)) == sizeof(info) && info.ssi_signo == SIGUSR1);
	}
}

static void wait_forever(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}

static void spin_forever(void *arg)
{
	(void)arg;
	for (;;)
		asm volatile("" : : : "memory");
}

TEST(signal_ends_others)
{
	for (int i = 0; i < 20; i++) {
		pid_t waits = start(wait_forever, NULL), spins = start(spin_forever, NULL);

		CHECK(!kill(waits, SIGTERM) && !kill(spins, SIGKILL));
		CHECK(end_of(waits) == 128 + SIGTERM);
		CHECK(end_of(spins) == 128 + SIGKILL);
	}
}
