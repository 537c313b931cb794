/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
#ifndef GUEST_FORMS_H
#define GUEST_FORMS_H

/* A line on the console for each op, if the command line wishes; after pvops_init(). */
void forms_by_cmdline(const char *cmdline);

#endif /* GUEST_FORMS_H */
