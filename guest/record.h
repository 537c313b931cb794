/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Recording a host's CPUID; see record.c. */
#ifndef GUEST_RECORD_H
#define GUEST_RECORD_H

struct pvops_boot;

void record_by_cmdline(const struct pvops_boot *boot);

#endif /* GUEST_RECORD_H */
