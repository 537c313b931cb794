/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What headers of Xen and of the tests want of the C library, by the kernel's own. */
#include <linux/types.h>
#include <linux/limits.h>
