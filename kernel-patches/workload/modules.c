// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* A module of ours: its init tests its own call sites, and tells by its result. */
#include "work.h"

#define MODULE "/pvsites.ko"

long load_module(const char *arguments)
{
	int fd = open(MODULE, O_RDONLY);
	long ret;

	if (fd < 0)
		return -errno;
	ret = syscall(SYS_finit_module, fd, arguments, 0) ? -errno : 0;
	close(fd);
	return ret;
}

static long load(const char *arguments)
{
	long ret;

	only_in_own_kernel();
	if (access(MODULE, R_OK))
		skip("no " MODULE);
	ret = load_module(arguments);
	if (ret == -ENOSYS)
		skip("no modules in this kernel");
	return ret;
}

long unload_module(void)
{
	return syscall(SYS_delete_module, "pvsites", 0) ? -errno : 0;
}

TEST(module_loads_and_works)
{
	CHECK(load("") == 0);
	CHECK(load("") == -EEXIST);
	CHECK(unload_module() == 0);
	CHECK(unload_module() == -ENOENT);
}

TEST(module_again_and_again)
{
	only_in_own_kernel();
	for (int i = 0; i < 10; i++) {
		CHECK(load("quiet=1") == 0);
		CHECK(unload_module() == 0);
	}
}

TEST(module_that_fails)
{
	for (int i = 0; i < 3; i++)
		CHECK(load("quiet=1 fail=1") == -EINVAL);
	CHECK(unload_module() == -ENOENT);
}
