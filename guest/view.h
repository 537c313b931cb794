/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
#ifndef GUEST_VIEW_H
#define GUEST_VIEW_H

/* If the command line wishes: what the ops are now, and what was asked of Xen. */
void view_by_cmdline(const char *cmdline);

#endif /* GUEST_VIEW_H */
