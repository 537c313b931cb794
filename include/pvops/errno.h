/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
#ifndef PVOPS_ERRNO_H
#define PVOPS_ERRNO_H

/* Error numbers, as Linux and POSIX systems number them. */
#define PVOPS_EPERM		1
#define PVOPS_ENOENT		2
#define PVOPS_EIO		5
#define PVOPS_EAGAIN		11
#define PVOPS_ENOMEM		12
#define PVOPS_EACCES		13
#define PVOPS_EBUSY		16
#define PVOPS_EEXIST		17
#define PVOPS_ENODEV		19
#define PVOPS_EINVAL		22
#define PVOPS_ENOSPC		28
#define PVOPS_ERANGE		34
#define PVOPS_ENOSYS		38
#define PVOPS_EPROTO		71
#define PVOPS_ETIMEDOUT		110

#endif /* PVOPS_ERRNO_H */
