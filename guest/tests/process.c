// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Scenarios of the user half: each a program's run, none of which may leak a page. */
#include "../pmm.h"
#include "../proc.h"
#include "../test.h"
#include "../vmm.h"

static void scenario(const char *arg, int status)
{
	unsigned long before = pages_free();
	int got = process_run("t", arg);

	if (got != status)
		NOTE("t %s: status %x", arg, (unsigned int)got);
	EXPECT(got == status);
	/* The dead leave the last of their pages when their CPU has switched away. */
	EXPECT(WAIT_FOR(pages_free() == before, 1000));
}

GUEST_TEST(process_syscall_and_int80) { scenario("syscall", 0); }
GUEST_TEST(process_fork_and_wait) { scenario("fork", 0); }
GUEST_TEST(process_fork_storm) { scenario("storm", 0); }
GUEST_TEST(process_copy_on_write) { scenario("cow", 0); }
GUEST_TEST(process_exec) { scenario("exec", 0); }
GUEST_TEST(process_mmap_mprotect_munmap) { scenario("mmap", 0); }
GUEST_TEST(process_pipes) { scenario("pipe", 0); }
GUEST_TEST(process_fpu_state) { scenario("fpu", 0); }
GUEST_TEST(process_fs_base) { scenario("tls", 0); }
GUEST_TEST(process_tls_segment) { scenario("tlsseg", 0); }
#ifndef __x86_64__
GUEST_TEST(process_segments_of_its_own) { scenario("segments", 0); }
#endif
GUEST_TEST(process_nanosleep) { scenario("sleep", 0); }

GUEST_TEST(process_killed_for_running_data)
{
	if (!pte_nx)
		SKIP("this CPU has no NX");
	scenario("!x", KILLED | 14);
}

#define DIES(name, arg, vector) \
	GUEST_TEST(process_killed_##name) { scenario(arg, KILLED | (vector)); }

DIES(for_kernel_write, "!k", 14)
DIES(for_kernel_read, "!r", 14)
DIES(for_null_pointer, "!n", 14)
DIES(for_wild_jump, "!j", 14)
DIES(for_hlt, "!g", 13)
DIES(for_cli, "!c", 13)
DIES(for_mov_cr3, "!w", 13)
DIES(for_undefined_opcode, "!u", 6)
DIES(for_division_by_zero, "!d", 0)
DIES(for_writing_text, "!t", 14)
DIES(for_port_access, "!o", 13)
