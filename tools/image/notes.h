/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The ELF notes of an image. */
#ifndef TOOLS_NOTES_H
#define TOOLS_NOTES_H

#include "image.h"

/* Xen's public elfnote.h. */
#define XEN_ELFNOTE_ENTRY		1
#define XEN_ELFNOTE_PHYS32_ENTRY	18

/** struct note - one. @owner: terminated. @desc: @len bytes. */
struct note {
	const char *owner;
	u32 type, len;
	const u8 *desc;
};

/** note_number() - a description of up to 8 bytes as a number. */
u64 note_number(const struct note *note);

/** notes_each() - all that PT_NOTE segments and notes' sections hold, each once. */
void notes_each(const struct image *image, void (*see)(const struct note *note, void *arg),
		void *arg);

#endif /* TOOLS_NOTES_H */
