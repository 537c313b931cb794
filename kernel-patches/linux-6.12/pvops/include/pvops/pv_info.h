/* SPDX-License-Identifier: GPL-2.0 */
/* asm/paravirt_types.h with CONFIG_PVOPS: what is left of it. */
#ifndef _PVOPS_PV_INFO_H
#define _PVOPS_PV_INFO_H

#ifndef __ASSEMBLY__
#include <linux/types.h>

struct pv_info {
	u16 extra_user_64bit_cs;	/* __USER_CS if none */
	const char *name;
};

extern struct pv_info pv_info;
#endif

#endif /* _PVOPS_PV_INFO_H */
