/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The ABI note of an image. */
#ifndef PVAUDIT_NOTE_H
#define PVAUDIT_NOTE_H

#include "image.h"

/**
 * note_print() - what the note says, in words; and whether it will do.
 * @needs: what a loader asks for: words with commas, abi:N, backend:NAME, family:NAME (one
 *	that it has: all of the image's must be among those); NULL for nothing
 *
 * Return: 0; 1 after a line that refuses the image; 2 if it has no note, or one that makes no
 * sense.
 */
int note_print(const struct image *image, const char *needs);

#endif /* PVAUDIT_NOTE_H */
