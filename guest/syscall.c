// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* System calls, by SYSCALL (64 bits only) and by int 0x80 alike. */
#include "as.h"
#include "proc.h"
#include "trap.h"
#include "user/sys.h"

/* A string of the user's, cut to fit. */
static int get_string(char *to, unsigned long from, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (i == size - 1)
			to[i] = '\0';
		else if (copy_from_user(to + i, from + i, 1))
			return -PVOPS_EIO;
		if (!to[i])
			break;
	}
	return 0;
}

static long sys_write(struct thread *t, unsigned int fd, unsigned long from, size_t len)
{
	char text[200];

	if (fd != 1)
		return pipe_write(t, fd, from, len);
	if (len > sizeof(text) - 1)
		len = sizeof(text) - 1;
	if (copy_from_user(text, from, len))
		return -PVOPS_EIO;
	text[len] = '\0';
	kprintf("%s", text);
	return (long)len;
}

static long sys_pipe(struct thread *t, unsigned long to)
{
	int fds[2];
	long err = pipe_create(t, fds);

	return err ? err : copy_to_user(to, fds, sizeof(fds));
}

static long sys_exec(struct regs *regs)
{
	char name[32], arg[ARG_MAX];

	if (get_string(name, regs->di, sizeof(name)) || get_string(arg, regs->si, sizeof(arg)))
		return -PVOPS_EIO;
	return process_exec(regs, name, arg);
}

static long sys_wait(struct regs *regs)
{
	int status;
	long pid = process_wait((u32)regs->di, &status);

	if (pid > 0 && regs->si && copy_to_user(regs->si, &status, sizeof(status)))
		return -PVOPS_EIO;
	return pid;
}

static long sys_mmap(struct as *as, unsigned long size, unsigned int prot)
{
	unsigned long start;
	int err;

	size = (size + PVOPS_PAGE_SIZE - 1) & PVOPS_PAGE_MASK;
	start = as_find(as, size);
	if (!start)
		return -PVOPS_ENOMEM;
	err = as_map(as, start, start + size, prot);
	return err ? err : (long)start;
}

#ifdef __x86_64__
static long sys_set_fs(struct thread *t, unsigned long base)
{
	unsigned long flags;

	if (base >= USER_END)
		return -PVOPS_EINVAL;
	flags = pvops_irq_save();
	pvops_irq_disable();
	t->fs_base = base;
	pvops_cpu_write_fs_base(base);
	pvops_irq_restore(flags);
	return 0;
}

/* 64 bits of an argument are one register, or two. */
static u64 wide(unsigned long low, unsigned long high)
{
	return low;
}
#else
static long sys_set_fs(struct thread *t, unsigned long base)
{
	return -PVOPS_ENOSYS;		/* bases are in descriptors */
}

static u64 wide(unsigned long low, unsigned long high)
{
	return (u64)high << 32 | low;
}
#endif

static long sys_set_tls(struct thread *t, unsigned long slot, u64 desc)
{
	unsigned long flags;

	/* Present data segments of user mode only: nothing that enters the kernel. */
	if (slot > 2 || (desc && (desc >> 40 & 0xf9) != 0xf1))
		return -PVOPS_EINVAL;
	flags = pvops_irq_save();
	pvops_irq_disable();
	t->tls[slot] = desc;
	pvops_cpu_load_tls(this_cpu()->gdt, t->tls);
	pvops_irq_restore(flags);
	return 0;
}

static s64 dispatch(struct regs *regs)
{
	struct thread *t = this_cpu()->current;

	switch (regs->ax) {
	case SYS_exit:
		process_kill((int)(regs->di & 0xff));
	case SYS_write:
		return sys_write(t, (unsigned int)regs->di, regs->si, regs->dx);
	case SYS_read:
		return pipe_read(t, (unsigned int)regs->di, regs->si, regs->dx);
	case SYS_close:
		return pipe_close(t, (unsigned int)regs->di);
	case SYS_pipe:
		return sys_pipe(t, regs->di);
	case SYS_fork:
		return process_fork(regs);
	case SYS_exec:
		return sys_exec(regs);
	case SYS_wait:
		return sys_wait(regs);
	case SYS_getpid:
		return t->pid;
	case SYS_mmap:
		return sys_mmap(t->as, regs->di, (unsigned int)regs->si);
	case SYS_munmap:
		return as_unmap(t->as, regs->di, regs->di + regs->si);
	case SYS_mprotect:
		return as_protect(t->as, regs->di, regs->di + regs->si, (unsigned int)regs->dx);
	case SYS_nanosleep:
		sleep_ns(wide(regs->di, regs->si));
		return 0;
	case SYS_clock:
		return (s64)pvops_time_clock();
	case SYS_yield:
		schedule();
		return 0;
	case SYS_set_fs:
		return sys_set_fs(t, regs->di);
	case SYS_set_tls:
		return sys_set_tls(t, regs->di, wide(regs->si, regs->dx));
	case SYS_getcpu:
		return pvops_cpu();
	case SYS_verbose:
		t->verbose = regs->di;
		return 0;
	default:
		return -PVOPS_ENOSYS;
	}
}

void syscall(struct regs *regs)
{
	unsigned long nr = regs->ax;
	s64 result;

	pvops_irq_enable();
	result = dispatch(regs);
	/* A successful exec has set all registers of the new program. */
	if (nr != SYS_exec || result)
		regs->ax = (unsigned long)result;
#ifndef __x86_64__
	if (nr == SYS_clock)
		regs->dx = (unsigned long)(result >> 32);
#endif
	pvops_irq_disable();
}
