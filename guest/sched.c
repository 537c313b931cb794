// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Threads: one table, one lock, round robin on every CPU.
 */
#include "sched.h"
#include "as.h"
#include "lock.h"
#include "pmm.h"
#include "smp.h"
#include "vmm.h"

#define TICK_NS		4000000ULL
#define STACK_ORDER	2

void switch_stacks(unsigned long *save, unsigned long load);
void thread_start(void);
void thread_begin(void);

static struct thread threads[MAX_THREADS];
static bool used[MAX_THREADS];
static struct thread idle_threads[MAX_CPUS];
static struct lock sched_lock;
static u32 next_pid = 1;
static unsigned int turn;

/* sched_lock held. A READY thread for this CPU, or the idle thread. */
static struct thread *pick(struct cpu *cpu)
{
	for (unsigned int i = 0; i < MAX_THREADS && !cpu->quiesce; i++) {
		unsigned int at = (turn + i) % MAX_THREADS;
		struct thread *t = threads + at;

		if (!used[at] || t->state != THREAD_READY || t->on_cpu)
			continue;
		if (t->cpu >= 0 && t->cpu != (int)cpu->pv.cpu)
			continue;
		turn = at + 1;
		return t;
	}
	return cpu->idle;
}

/* What a thread needs in the CPU: address space, kernel stack, segments; one multicall. */
static void load_context(struct cpu *cpu, struct thread *prev, struct thread *next)
{
	if (prev->as && prev->state != THREAD_DEAD)
		fpu_save(prev->fpu);
	pvops_mmu_batch_begin();
	if (next->as != prev->as)
		as_activate(next->as);
	if (next->stack) {
		cpu->kernel_sp = (unsigned long)next->stack + KERNEL_STACK;
		pvops_cpu_set_kernel_stack(&cpu->tss, cpu->kernel_sp);
	}
	if (next->as) {
		pvops_cpu_load_tls(cpu->gdt, next->tls);
#ifdef __x86_64__
		pvops_cpu_write_fs_base(next->fs_base);
#endif
	}
	if (pvops_mmu_batch_flush())
		kpanic("a switch to process %u failed", next->pid);
	if (next->as)
		fpu_load(next->fpu);
}

void schedule(void)
{
	unsigned long flags = lock_irqsave(&sched_lock);
	struct cpu *cpu = this_cpu();
	struct thread *prev = cpu->current, *next;

	cpu->resched = false;
	if (prev->state == THREAD_RUNNING && prev != cpu->idle)
		prev->state = THREAD_READY;
	prev->on_cpu = false;
	next = pick(cpu);
	next->on_cpu = true;
	if (next != cpu->idle)
		next->state = THREAD_RUNNING;
	if (next != prev) {
		load_context(cpu, prev, next);
		cpu->current = next;
		switch_stacks(&prev->sp, next->sp);
	}
	/* Another CPU perhaps, and as this thread; the lock came along from whoever switched. */
	unlock_irqrestore(&sched_lock, flags);
}

void thread_begin(void)
{
	unlock_irqrestore(&sched_lock, PVOPS_FLAGS_IF);
}

static void bury_orphans(void)
{
	for (unsigned int i = 0; i < MAX_THREADS; i++)
		if (used[i] && threads[i].state == THREAD_DEAD &&
		    __atomic_exchange_n(&threads[i].detached, false, __ATOMIC_ACQ_REL))
			thread_reap(threads + i);
}

struct thread *thread_create(void (*fn)(void *arg), void *arg, int cpu, struct as *as)
{
	struct switch_frame *frame;
	struct thread *t = NULL;
	unsigned long flags;
	u8 *stack;

	bury_orphans();
	stack = pvops_get_host()->alloc_pages(STACK_ORDER);
	if (!stack)
		return NULL;
	frame = (struct switch_frame *)(stack + KERNEL_STACK) - 1;
	*frame = (struct switch_frame){
		.ip = (unsigned long)thread_start, .fn = (unsigned long)fn,
		.arg = (unsigned long)arg,
	};

	/* In use only when it is complete: until then it looks like whoever was here before. */
	flags = lock_irqsave(&sched_lock);
	for (unsigned int i = 0; i < MAX_THREADS && !t; i++) {
		if (used[i])
			continue;
		t = threads + i;
		*t = (struct thread){ .stack = stack, .as = as, .cpu = cpu,
				      .state = THREAD_SLEEPING, .sp = (unsigned long)frame };
		t->pid = next_pid++;
		/* FCW and MXCSR as after reset: all exceptions masked. */
		t->fpu[0] = 0x7f;
		t->fpu[1] = 0x03;
		t->fpu[24] = 0x80;
		t->fpu[25] = 0x1f;
		__atomic_store_n(&used[i], true, __ATOMIC_RELEASE);
	}
	unlock_irqrestore(&sched_lock, flags);
	if (!t)
		pvops_get_host()->free_pages(stack, STACK_ORDER);
	return t;
}

void thread_run(struct thread *t)
{
	unsigned long flags = lock_irqsave(&sched_lock);

	t->state = THREAD_READY;
	unlock_irqrestore(&sched_lock, flags);
}

/* sched_lock held. */
static void wake_locked(const void *channel)
{
	for (unsigned int i = 0; i < MAX_THREADS; i++)
		if (used[i] && threads[i].state == THREAD_SLEEPING && threads[i].channel == channel)
			threads[i].state = THREAD_READY;
}

void wake(const void *channel)
{
	unsigned long flags = lock_irqsave(&sched_lock);

	wake_locked(channel);
	unlock_irqrestore(&sched_lock, flags);
}

void sleep_prepare(const void *channel, u64 deadline)
{
	unsigned long flags = lock_irqsave(&sched_lock);
	struct thread *t = this_cpu()->current;

	t->channel = channel;
	t->wake = deadline;
	t->state = THREAD_SLEEPING;
	unlock_irqrestore(&sched_lock, flags);
}

void sleep_cancel(void)
{
	unsigned long flags = lock_irqsave(&sched_lock);

	this_cpu()->current->state = THREAD_RUNNING;
	unlock_irqrestore(&sched_lock, flags);
}

void sleep_ns(u64 ns)
{
	u64 end = pvops_time_clock() + ns;
	int here;

	while (pvops_time_clock() < end) {
		sleep_prepare(&here, end);
		schedule();
	}
}

void thread_exit(void)
{
	struct thread *t = this_cpu()->current;
	struct as *as = t->as;
	unsigned long flags;

	if (as) {
		pvops_irq_disable();
		t->as = NULL;
		as_activate(NULL);
		pvops_irq_enable();
		as_put(as);
	}
	flags = lock_irqsave(&sched_lock);
	t->state = THREAD_DEAD;
	wake_locked(t);
	for (unsigned int i = 0; i < MAX_THREADS; i++)
		if (used[i] && t->parent && threads[i].pid == t->parent)
			wake_locked(&threads[i].pid);
	unlock_irqrestore(&sched_lock, flags);
	for (;;)
		schedule();
}

/* Whether a thread is on a CPU still; locked, for in a switch it is on a stack but on no CPU. */
static bool on_a_cpu(const struct thread *t)
{
	unsigned long flags = lock_irqsave(&sched_lock);
	bool on = t->on_cpu;

	unlock_irqrestore(&sched_lock, flags);
	return on;
}

/* Free a dead thread, once it has left its stack for good. */
int thread_reap(struct thread *t)
{
	int status = t->status;

	/* It said that it is dead a moment before its last switch. */
	while (on_a_cpu(t))
		pvops_smp_yield();
	pvops_get_host()->free_pages(t->stack, STACK_ORDER);
	__atomic_store_n(&used[t - threads], false, __ATOMIC_RELEASE);
	return status;
}

int thread_join(struct thread *t)
{
	for (;;) {
		sleep_prepare(t, 0);
		if (t->state == THREAD_DEAD)
			break;
		schedule();
	}
	sleep_cancel();
	return thread_reap(t);
}

/* A child of the caller: any, or @pid. NULL if there is none; not dead perhaps. */
struct thread *thread_child(u32 pid, u32 parent)
{
	struct thread *found = NULL;

	for (unsigned int i = 0; i < MAX_THREADS; i++) {
		if (!used[i] || threads[i].parent != parent || (pid && threads[i].pid != pid))
			continue;
		found = threads + i;
		if (found->state == THREAD_DEAD)
			break;
	}
	return found;
}

/*
 * Wake those whose time has come; when the lock is taken, a tick later. Ticks that queue for it
 * would, where the host runs fewer CPUs at once than we have, be all that the CPUs still do.
 */
static void wake_late_sleepers(u64 now)
{
	if (!lock_try(&sched_lock))
		return;
	for (unsigned int i = 0; i < MAX_THREADS; i++)
		if (used[i] && threads[i].state == THREAD_SLEEPING && threads[i].wake &&
		    threads[i].wake <= now)
			threads[i].state = THREAD_READY;
	unlock_irqrestore(&sched_lock, 0);
}

static void next_tick(struct cpu *cpu)
{
	cpu->due = pvops_time_clock() + TICK_NS;
	pvops_time_set_timer(cpu->due);
}

static void tick(u32 irq, void *data)
{
	struct cpu *cpu = this_cpu();
	u64 now = pvops_time_clock();

	pvops_irq_eoi(irq);
	cpu->ticks++;
	if (now < cpu->due && cpu->due - now > cpu->early)
		cpu->early = cpu->due - now;
	if (now > cpu->due && now - cpu->due > cpu->late)
		cpu->late = now - cpu->due;
	wake_late_sleepers(now);
	cpu->resched = true;
	if (cpu->deadline && now > cpu->deadline)
		kpanic("a test has run for too long");
	next_tick(cpu);
}

void sched_timer_init(void)
{
	static const struct pvops_irq_source timer = { PVOPS_IRQ_TIMER, 0 };
	struct cpu *cpu = this_cpu();

	cpu->timer_irq = pvops_irq_bind(&timer, cpu->pv.cpu, tick, NULL);
	if (cpu->timer_irq < 0)
		kpanic("CPU %u: no timer: error %d", cpu->pv.cpu, cpu->timer_irq);
	next_tick(cpu);
}

/* This CPU: what runs now is its idle thread; the tick starts. */
void sched_cpu_init(void)
{
	struct cpu *cpu = this_cpu();

	cpu->idle = idle_threads + cpu->pv.cpu;
	cpu->idle->state = THREAD_RUNNING;
	cpu->idle->on_cpu = true;
	cpu->idle->cpu = (int)cpu->pv.cpu;
	cpu->current = cpu->idle;
	sched_timer_init();
}

void idle_loop(void)
{
	for (;;) {
		schedule();
		pvops_irq_disable();
		if (this_cpu()->stop && smp_stop_taken(this_cpu())) {
			/* What was sent to us while we were not looking still arrives. */
			pvops_irq_enable();
			asm volatile("nop");
			pvops_irq_disable();
			smp_leave();
		}
		this_cpu()->quiet = this_cpu()->quiesce;
		if (!this_cpu()->resched)
			pvops_irq_enable_halt();
		else
			pvops_irq_enable();
	}
}
