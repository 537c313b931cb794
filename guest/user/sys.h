/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * System calls of the guest: numbers, shared with the kernel. rax; rdi rsi rdx r10; result rax. On
 * i386 eax; edi esi edx; result eax; 64 bits are two arguments, the low half first, or edx:eax.
 */
#ifndef GUEST_USER_SYS_H
#define GUEST_USER_SYS_H

#define SYS_exit	0	/* (status) */
#define SYS_write	1	/* (fd, text, len): 1 is the console */
#define SYS_read	2	/* (fd, to, len) */
#define SYS_close	3	/* (fd) */
#define SYS_pipe	4	/* (int fds[2]) */
#define SYS_fork	5	/* () */
#define SYS_exec	6	/* (name, argument) */
#define SYS_wait	7	/* (pid or 0, int *status): pid */
#define SYS_getpid	8
#define SYS_mmap	9	/* (size, prot): address */
#define SYS_munmap	10	/* (address, size) */
#define SYS_mprotect	11	/* (address, size, prot) */
#define SYS_nanosleep	12	/* (ns) */
#define SYS_clock	13	/* (): ns */
#define SYS_yield	14
#define SYS_set_fs	15	/* (base) */
#define SYS_set_tls	16	/* (slot 0-2, descriptor) */
#define SYS_getcpu	17
#define SYS_verbose	18	/* (on): dump registers if killed */
#define NR_SYSCALLS	19

#endif /* GUEST_USER_SYS_H */
