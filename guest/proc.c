// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Processes: start, fork, exec, wait, end. */
#include "as.h"
#include "proc.h"
#include "trap.h"
#include "vmm.h"
#include "pmm.h"
#include "as_tree.h"

#define STACK_SIZE	(64UL << 10)
#define FLAGS_USER	0x202

struct program {
	const char *name;
	const u8 *start;
	const u8 *end;
};

extern const struct program guest_files_start[], guest_files_end[];

const void *program_find(const char *name, size_t *size)
{
	for (const struct program *p = guest_files_start; p < guest_files_end; p++) {
		const char *a = p->name, *b = name;

		while (*a && *a == *b) {
			a++;
			b++;
		}
		if (*a || *b)
			continue;
		*size = (size_t)(p->end - p->start);
		return p->start;
	}
	return NULL;
}

/* The registers a program starts with, its argument at the top of the stack. */
static int prepare(struct as *as, const void *image, size_t size, const char *arg,
		   struct regs *regs)
{
	const struct pvops_backend *backend = pvops_get_info()->backend;
	unsigned long entry;
	char *page;
	int err = elf_load(as, image, size, &entry);

	if (!err)
		err = as_map(as, STACK_TOP - STACK_SIZE, STACK_TOP, AS_READ | AS_WRITE);
	if (!err && !as_touch(as, STACK_TOP - 1, true))
		err = -PVOPS_ENOMEM;
	if (err)
		return err;
	page = pte_page(*tree_entry(as->root, STACK_TOP - PVOPS_PAGE_SIZE, false));
	for (int i = 0; i < ARG_MAX - 1 && arg[i]; i++)
		page[PVOPS_PAGE_SIZE - ARG_MAX + (unsigned long)i] = arg[i];
	*regs = (struct regs){
		.ip = entry, .flags = FLAGS_USER, .sp = STACK_TOP - 2 * ARG_MAX,
		.di = STACK_TOP - ARG_MAX,
		.cs = backend->user_cs ? backend->user_cs : SEL_USER_CS,
		.ss = user_ss(),
#ifndef __x86_64__
		.ds = SEL_USER_DS, .es = SEL_USER_DS,
#endif
	};
	return 0;
}

/* What a new process runs in the kernel: on to user mode with the registers at @arg's place. */
static void process_main(void *arg)
{
	struct thread *t = this_cpu()->current;
	struct regs *regs = (struct regs *)(t->stack + KERNEL_STACK) - 1;

	pvops_irq_disable();
	return_to_user(regs);
}

/* A thread whose stack has the registers on top, below them the frame of thread_create(). */
static struct thread *process_create(struct as *as, const struct regs *regs)
{
	struct thread *t = thread_create(process_main, NULL, -1, as);
	struct switch_frame *from, *to;

	if (!t)
		return NULL;
	/* thread_create() has put a frame there: move it below the registers. */
	from = (struct switch_frame *)(t->stack + KERNEL_STACK) - 1;
	to = (struct switch_frame *)((struct regs *)(t->stack + KERNEL_STACK) - 1) - 1;
	*to = *from;
	*((struct regs *)(t->stack + KERNEL_STACK) - 1) = *regs;
	t->sp = (unsigned long)to;
	return t;
}

struct thread *process_start_image(const void *image, size_t size, const char *arg, int *err)
{
	struct as *as = as_create();
	struct thread *t = NULL;
	struct regs regs;

	*err = -PVOPS_ENOMEM;
	if (!as)
		return NULL;
	*err = prepare(as, image, size, arg, &regs);
	if (!*err) {
		t = process_create(as, &regs);
		*err = t ? 0 : -PVOPS_ENOMEM;
	}
	if (!t) {
		as_put(as);
		return NULL;
	}
	thread_run(t);
	return t;
}

struct thread *process_start(const char *name, const char *arg)
{
	size_t size;
	const void *image = program_find(name, &size);
	int err;

	return image ? process_start_image(image, size, arg, &err) : NULL;
}

int process_run(const char *name, const char *arg)
{
	struct thread *t = process_start(name, arg);

	return t ? thread_join(t) : -1;
}

long process_fork(struct regs *regs)
{
	struct thread *parent = this_cpu()->current, *t;
	struct as *as = as_fork(parent->as);
	struct regs child = *regs;

	if (!as)
		return -PVOPS_ENOMEM;
	child.ax = 0;
	t = process_create(as, &child);
	if (!t) {
		as_put(as);
		return -PVOPS_ENOMEM;
	}
	t->parent = parent->pid;
	t->fs_base = parent->fs_base;
	t->verbose = parent->verbose;
	for (int i = 0; i < 3; i++)
		t->tls[i] = parent->tls[i];
	fpu_save(t->fpu);
	pipe_inherit(t, parent);
	thread_run(t);
	return t->pid;
}

long process_exec(struct regs *regs, const char *name, const char *arg)
{
	struct thread *t = this_cpu()->current;
	struct as *as, *old = t->as;
	struct regs fresh;
	size_t size;
	const void *image = program_find(name, &size);
	unsigned long flags;
	int err;

	if (!image)
		return -PVOPS_ENOENT;
	as = as_create();
	if (!as)
		return -PVOPS_ENOMEM;
	err = prepare(as, image, size, arg, &fresh);
	if (err) {
		as_put(as);
		return err;
	}
	flags = pvops_irq_save();
	pvops_irq_disable();
	t->as = as;
	as_activate(as);
#ifdef __x86_64__
	t->fs_base = 0;
	pvops_cpu_write_fs_base(0);
#endif
	pvops_irq_restore(flags);
	as_put(old);
	*regs = fresh;
	return 0;
}

void process_kill(int status)
{
	struct thread *t = this_cpu()->current;

	pvops_irq_enable();
	pipe_close_all(t);
	t->status = status;
	/* Children that nobody waits for any more: thread_create() buries them. */
	for (struct thread *c; (c = thread_child(0, t->pid));) {
		c->parent = 0;
		c->detached = true;
	}
	thread_exit();
}

long process_wait(u32 pid, int *status)
{
	struct thread *me = this_cpu()->current, *child;
	u32 found;

	for (;;) {
		child = thread_child(pid, me->pid);
		if (!child)
			return -PVOPS_ENOENT;
		sleep_prepare(&me->pid, 0);
		child = thread_child(pid, me->pid);
		if (child && child->state == THREAD_DEAD)
			break;
		schedule();
	}
	sleep_cancel();
	found = child->pid;
	*status = thread_reap(child);
	return found;
}
