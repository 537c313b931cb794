/* SPDX-License-Identifier: GPL-2.0 */
/* The names of hosts in the image's ABI note: what else is in it is lib/core/note.c's. */
#include <linux/elfnote.h>
#include <pvops/note.h>

#define PVOPS_HOST(name, type, face)	.asciz name
ELFNOTE_START(pvops, PVOPS_NOTE_NAMES, "a")
#include "hosts.h"
ELFNOTE_END
