// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* System calls, by SYSCALL and by int 0x80 alike. */
#include "as.h"
#include "proc.h"
#include "trap.h"

unsigned long told[NR_TOLD];

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

	if (get_string(name, regs->rdi, sizeof(name)) || get_string(arg, regs->rsi, sizeof(arg)))
		return -PVOPS_EIO;
	return process_exec(regs, name, arg);
}

static long sys_wait(struct regs *regs)
{
	int status;
	long pid = process_wait((u32)regs->rdi, &status);

	if (pid > 0 && regs->rsi && copy_to_user(regs->rsi, &status, sizeof(status)))
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

static long dispatch(struct regs *regs)
{
	struct thread *t = this_cpu()->current;

	switch (regs->rax) {
	case SYS_exit:
		process_kill((int)(regs->rdi & 0xff));
	case SYS_write:
		return sys_write(t, (unsigned int)regs->rdi, regs->rsi, regs->rdx);
	case SYS_read:
		return pipe_read(t, (unsigned int)regs->rdi, regs->rsi, regs->rdx);
	case SYS_close:
		return pipe_close(t, (unsigned int)regs->rdi);
	case SYS_pipe:
		return sys_pipe(t, regs->rdi);
	case SYS_fork:
		return process_fork(regs);
	case SYS_exec:
		return sys_exec(regs);
	case SYS_wait:
		return sys_wait(regs);
	case SYS_getpid:
		return t->pid;
	case SYS_mmap:
		return sys_mmap(t->as, regs->rdi, (unsigned int)regs->rsi);
	case SYS_munmap:
		return as_unmap(t->as, regs->rdi, regs->rdi + regs->rsi);
	case SYS_mprotect:
		return as_protect(t->as, regs->rdi, regs->rdi + regs->rsi, (unsigned int)regs->rdx);
	case SYS_nanosleep:
		sleep_ns(regs->rdi);
		return 0;
	case SYS_clock:
		return (long)pvops_time_clock();
	case SYS_yield:
		schedule();
		return 0;
	case SYS_set_fs:
		return sys_set_fs(t, regs->rdi);
	case SYS_set_tls:
		return sys_set_tls(t, regs->rdi, regs->rsi);
	case SYS_getcpu:
		return pvops_cpu();
	case SYS_verbose:
		t->verbose = regs->rdi;
		return 0;
	case SYS_tell:
		if (regs->rdi >= NR_TOLD)
			return -PVOPS_EINVAL;
		told[regs->rdi] = regs->rsi;
		return 0;
	default:
		return -PVOPS_ENOSYS;
	}
}

void syscall(struct regs *regs)
{
	unsigned long nr = regs->rax;
	long result;

	pvops_irq_enable();
	result = dispatch(regs);
	/* A successful exec has set all registers of the new program. */
	if (nr != SYS_exec || result)
		regs->rax = (unsigned long)result;
	pvops_irq_disable();
}
