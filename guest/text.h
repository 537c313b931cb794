/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
#ifndef GUEST_TEXT_H
#define GUEST_TEXT_H

/* The text on the console, if the command line wishes; when all of it has been patched. */
void text_by_cmdline(const char *cmdline);

#endif /* GUEST_TEXT_H */
