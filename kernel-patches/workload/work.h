/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Tests of a kernel from user mode: each runs in a process of its own, under a time limit. */
#ifndef WORK_H
#define WORK_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096UL
#define MS 1000000ULL
#define SECOND 1000000000ULL

struct test {
	const char *name;
	void (*run)(void);
};

#define TEST(id)								\
	static void id(void);							\
	static const struct test test_##id					\
		__attribute__((used, section("tests"), aligned(8))) = { #id, id };	\
	static void id(void)

/* Goes on after a failure: the first few are told. In any process or thread of the test. */
#define CHECK(cond)								\
	do {									\
		if (!(cond))							\
			check_failed(__FILE__, __LINE__, #cond);		\
	} while (0)

/* Where nothing that follows makes sense without it. */
#define NEED(cond)								\
	do {									\
		if (!(cond)) {							\
			check_failed(__FILE__, __LINE__, #cond);		\
			_exit(1);						\
		}								\
	} while (0)

void check_failed(const char *file, int line, const char *what);
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Ends the test's process. */
void skip(const char *why) __attribute__((noreturn));

/* Skips where the kernel is somebody's who wants to go on with it. */
void only_in_own_kernel(void);

/* The test's own process group is killed when its time is up. */
pid_t start(void (*run)(void *arg), void *arg);
/* A child's end: its exit status, or 128 and the signal. */
int end_of(pid_t pid);
unsigned int cpus_online(void);
/* By a system call: the vDSO has a test of its own. */
unsigned int this_cpu(void);
void run_on(unsigned int cpu);
uint64_t now(clockid_t clock);
/* A text file's first line in a static buffer, or NULL. */
const char *read_line(const char *path);
/* The module of the initramfs; 0 or a negative errno value, -ENOENT or -ENOSYS if there is none. */
long load_module(const char *arguments);
long unload_module(void);

#endif
