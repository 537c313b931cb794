/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* An object file that is not linked yet, made into something like an image. */
#ifndef TOOLS_OBJECT_H
#define TOOLS_OBJECT_H

#include <gelf.h>
#include "image.h"

/* Name of the area in which symbols get an address that the file does not define. */
#define OBJECT_ELSEWHERE	"(elsewhere)"

/**
 * object_relocate() - give the sections addresses, and make image->bytes a copy of the file in
 * which relocations are done, with image->elf of it. False with an error.
 */
bool object_relocate(struct image *image, struct image_error *error);

/** object_place() - where a symbol is; @index: its number in its table. */
u64 object_place(const struct image *image, const GElf_Sym *symbol, size_t index);

/** object_elsewhere() - the area of symbols that the file does not define. */
struct image_area object_elsewhere(const struct image *image);

#endif /* TOOLS_OBJECT_H */
