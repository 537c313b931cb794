/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
#ifndef GUEST_SCHED_H
#define GUEST_SCHED_H

#include "guest.h"

enum thread_state {
	THREAD_READY,
	THREAD_RUNNING,
	THREAD_SLEEPING,
	THREAD_DEAD,
};

#define KILLED		0x100		/* exit status of a process that a trap killed: | vector */
#define MAX_THREADS	128
#define MAX_FILES	8

struct as;
struct pipe;

struct fd {
	struct pipe *pipe;
	bool writes;
};

/* What switch_stacks() finds on the stack of a thread that begins, and thread_start behind it. */
struct switch_frame {
#ifdef __x86_64__
	unsigned long r15, r14, arg, fn, bp, bx;
#else
	unsigned long bp, di, arg, fn;
#endif
	unsigned long ip;
	unsigned long end;
};

/**
 * struct thread - a kernel thread or, with an address space, a process.
 */
struct thread {
	unsigned long sp;		/* while it does not run */
	u8 *stack;
	struct as *as;
	enum thread_state state;
	int cpu;			/* bound to one, or -1 */
	u32 pid;
	u32 parent;
	u64 wake;			/* time.clock at which a sleeper is woken, 0: by wake() */
	const void *channel;		/* what a sleeper waits for */
	int status;
	bool verbose;			/* dump registers when killed */
	bool detached;			/* nobody will join it */
	volatile bool on_cpu;
	unsigned long fs_base;
	u64 tls[3];
	struct fd files[MAX_FILES];
	u8 fpu[512] __attribute__((aligned(16)));
};

void sched_cpu_init(void);

/* The tick of this CPU; again after a test has had the timer for itself. */
void sched_timer_init(void);

/* Let another thread run; interrupts are on or off before and after as they were. */
void schedule(void);

/* A new thread for fn(arg), on one CPU or any (-1), that runs from thread_run() on; or NULL. */
struct thread *thread_create(void (*fn)(void *arg), void *arg, int cpu, struct as *as);
void thread_run(struct thread *thread);

/* Wait for a thread that thread_create() made, and free it; its status. */
int thread_join(struct thread *thread);
void thread_exit(void) __attribute__((noreturn));

/*
 * Sleeping: prepare, look whether there is still reason to, then schedule() or cancel. Woken by
 * wake(channel) or at the deadline (0: none).
 */
void sleep_prepare(const void *channel, u64 deadline);
void sleep_cancel(void);
void wake(const void *channel);
void sleep_ns(u64 ns);

void process_kill(int status) __attribute__((noreturn));
struct thread *thread_child(u32 pid, u32 parent);
int thread_reap(struct thread *thread);
void idle_loop(void) __attribute__((noreturn));

#endif /* GUEST_SCHED_H */
