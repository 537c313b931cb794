// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The user's memory, which may not be there. */
#include "as.h"

struct extable {
	s32 from;
	s32 to;
};

extern const struct extable guest_extable_start[], guest_extable_end[];

bool uaccess_fixup(unsigned long *ip)
{
	for (const struct extable *e = guest_extable_start; e < guest_extable_end; e++) {
		if ((unsigned long)&e->from + e->from != *ip)
			continue;
		*ip = (unsigned long)&e->to + e->to;
		return true;
	}
	return false;
}

/* Bytes left when a page was missing: 0 for all done. */
static size_t copy(void *to, const void *from, size_t len)
{
	asm volatile("1:	rep movsb\n"
		     "2:\n"
		     ".pushsection .guest_extable, \"a\"\n"
		     "	.long 1b - ., 2b - .\n"
		     ".popsection\n"
		     : "+D"(to), "+S"(from), "+c"(len)
		     :
		     : "memory");
	return len;
}

static bool user_range(unsigned long addr, size_t len)
{
	return addr < USER_END && len <= USER_END - addr;
}

int copy_from_user(void *to, unsigned long from, size_t len)
{
	return user_range(from, len) && !copy(to, (const void *)from, len) ? 0 : -PVOPS_EIO;
}

int copy_to_user(unsigned long to, const void *from, size_t len)
{
	return user_range(to, len) && !copy((void *)to, from, len) ? 0 : -PVOPS_EIO;
}
