// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The engine as it is in an i386 image, for a process of 64 bits: the same sources, without what
 * tells them the width, under other names. An address of the image stands in the lower half of
 * ours, which is what the casts to u32 take.
 */
#include <stdbool.h>
#include <stddef.h>
#include "explain.h"

#undef __x86_64__
#define pvops_plan		pvops_plan_32
#define pvops_fill_nops		pvops_fill_nops_32
#define pvops_site_valid	pvops_site_valid_32
#define pvops_form_single	pvops_form_single_32
#define pvops_site_shape	pvops_site_shape_32
#define pvops_shape_name	pvops_shape_name_32
#define pvops_site_is		pvops_site_is_32
#define pvops_write_text	pvops_write_text_32
#define pvops_patch_sites	pvops_patch_sites_32
#define copy			copy_32
#pragma GCC diagnostic ignored "-Wpointer-to-int-cast"

#include "../../patching/plan.c"
#include "../../patching/patch.c"
