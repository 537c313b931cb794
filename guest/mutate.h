/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
#ifndef GUEST_MUTATE_H
#define GUEST_MUTATE_H

/* Break the op that the command line names, if any; after pvops_init(), before pvops_patch(). */
void mutate_by_cmdline(const char *cmdline);

#endif /* GUEST_MUTATE_H */
