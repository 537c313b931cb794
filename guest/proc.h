/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
#ifndef GUEST_PROC_H
#define GUEST_PROC_H

#include "sched.h"

#define ARG_MAX		128

/* A program of the image by its name, its size in *size; NULL if there is none. */
const void *program_find(const char *name, size_t *size);

/*
 * Load an ELF executable of @size bytes at @image into an address space that nobody runs on.
 * 0 and its entry, or -PVOPS_EINVAL (not a file we take), -PVOPS_ENOMEM.
 */
int elf_load(struct as *as, const void *image, size_t size, unsigned long *entry);

/* A process that runs a program; NULL if it cannot be. Join it for its exit status. */
struct thread *process_start(const char *name, const char *arg);
struct thread *process_start_image(const void *image, size_t size, const char *arg, int *err);

/* process_start() and thread_join(); negative: it could not start. */
int process_run(const char *name, const char *arg);

/* System calls that make processes; regs are the caller's. */
long process_fork(struct regs *regs);
long process_exec(struct regs *regs, const char *name, const char *arg);
long process_wait(u32 pid, int *status);

/* pipe.c; all return -errno, bytes or 0. */
int pipe_create(struct thread *t, int fds[2]);
long pipe_read(struct thread *t, unsigned int fd, unsigned long to, size_t len);
long pipe_write(struct thread *t, unsigned int fd, unsigned long from, size_t len);
int pipe_close(struct thread *t, unsigned int fd);
void pipe_inherit(struct thread *child, const struct thread *parent);
void pipe_close_all(struct thread *t);

void return_to_user(struct regs *regs) __attribute__((noreturn));

#endif /* GUEST_PROC_H */
