/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* pvexplain: what each site of an image becomes on each backend. */
#ifndef PVEXPLAIN_H
#define PVEXPLAIN_H

#include <stdio.h>
#include <pvops/patch.h>
#include "image.h"
#include "insn.h"
#include "json.h"

/**
 * struct backend - a set of forms that the image has.
 * @name: as it registers; of Linux's tables, what the word before "_forms" is
 * @base: name of the one that does what this one leaves empty; NULL
 * @forms: one an op, addresses of the image as pointers of ours, the base's filled in
 * @also: names of others that are the same at all sites; ""
 * @own: says of an op whether the form is its own
 * @at_boot: its table is written at run time: what is in the file is not the last word
 * @after: bytes of all sites, PVOPS_SITE_MAX_LEN each, in the order of image->sites
 * @shapes: enum pvops_shape of all sites, in the same order: what the engine says; TABLE is of
 *	those that it had to leave
 * @stats: the engine's
 * @complaints: lines that the engine had to say
 * @nr_complaints: how many
 */
struct backend {
	const char *name;
	const char *base;
	char also[200];
	struct pvops_form *forms;
	bool *own;
	bool at_boot;
	u8 *after;
	u8 *shapes;
	struct pvops_patch_stats stats;
	char **complaints;
	u32 nr_complaints;
};

/**
 * struct world - an image laid out in this process, so that the engine can work on it.
 * @delta: an address here less that in the image. On i386 the lower 32 bits are the same
 * @arena: @span bytes for addresses from @start on
 * @led: has the op leading gates; one an op
 */
struct world {
	const struct image *image;
	u64 start, span, delta;
	u8 *arena;
	bool *led;
	struct pvops_patch_set set;
	struct backend *backends;
	u32 nr_backends;
};

/* world.c */
bool world_make(struct world *world, const struct image *image, struct image_error *error);
/* A pointer for an address of the image; NULL for 0. It need not lead anywhere. */
const void *world_pointer(const struct world *world, u64 addr);
u64 world_address(const struct world *world, const void *pointer);
/* The engine's work on all sites. */
void world_patch(struct world *world, struct backend *backend);

/* forms.c: what the image registers. */
bool forms_read(struct world *world, struct image_error *error);
struct backend *forms_named(const struct world *world, const char *name);
struct backend *forms_add(struct world *world, const char *name);
/* A form is as the image's bytes say, or one that the engine refuses. */
struct pvops_form forms_check(const struct world *world, u64 func, u64 code, u64 end, u64 reloc,
			      u32 kind, u32 flags);
/* said.c: what a running kernel said of itself, in place of what the file has. */
struct backend *forms_said(struct world *world, const char *path, struct image_error *error);

/* patch_32.c: the same engine for the other width. */
bool pvops_site_is_32(const struct pvops_patch_set *set, u32 nr, const struct pvops_form *form);
int pvops_patch_sites_32(const struct pvops_patch_set *set, const struct pvops_form *from,
			 const struct pvops_form *to, struct pvops_patch_stats *stats);

/* sites.c: the engine's name of a shape; "left" of what it had to leave. */
const char *shape_name(enum pvops_shape shape);
/* Bytes of site @nr, before patching if @backend is NULL; NULL if it cannot be one. */
const u8 *site_bytes(const struct world *world, const struct backend *backend, u32 nr);
/* "cli; nop" */
const char *site_text(const struct world *world, const struct backend *backend, u32 nr, char *text,
		      size_t size);
/* The instruction at @bytes, which would be at @addr; its length, 1 for what is none. */
u32 insn_text(const struct image *image, const u8 *bytes, u64 size, u64 addr, char *text,
	      size_t room);
const char *kind_name(u32 kind);
/* The first site at or behind an address. */
u32 site_from(const struct image *image, u64 addr);

/** struct group - the sites of one op and kind. @first: one of them, for an example. */
struct group {
	u32 op, kind, count, bytes, first;
};

/* By op, then by kind; the number of them. */
u32 site_groups(const struct image *image, struct group **groups);

/* function.c: a function's bytes as they will be; NULL if there is no such function. */
u8 *function_bytes(const struct world *world, const struct backend *backend, u64 addr, u64 size);
bool function_named(const struct image *image, const char *name, u64 *addr, u64 *size);
u64 function_size(const struct image *image, const struct image_symbol *symbol);

/* Leaves of @nr backends those that differ, with the others' names. */
u32 distinct(const struct world *world, struct backend **chosen, u32 nr);

/* The kinds of output; @chosen: @nr backends. */
void print_matrix(const struct world *world, struct backend *const *chosen, u32 nr);
void print_backend(const struct world *world, const struct backend *backend);
void print_diff(const struct world *world, const struct backend *a, const struct backend *b);
bool print_function(const struct world *world, const char *name, struct backend *const *chosen,
		    u32 nr);
bool print_pairs(const struct world *world, const struct backend *backend, const char *one,
		 const char *other, bool json);
void print_json(const struct world *world, struct backend *const *chosen, u32 nr);
bool write_html(const struct world *world, const char *path, struct backend *const *chosen, u32 nr);
bool write_image(const struct world *world, const char *path, const struct backend *backend);

#endif /* PVEXPLAIN_H */
