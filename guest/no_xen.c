// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Where Xen's backends are not in the image, as on i386 so far: what others ask of them. */
#include <pvops/xen.h>
#include "life.h"

u64 pvops_xen_hypercalls(unsigned int nr)
{
	return 0;
}

void life_main(void)
{
	kpanic("life is for Xen's domains");
}
