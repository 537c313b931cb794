// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* All of it for programs. */
#include "explain.h"

static void print_bytes(const struct world *world, const struct backend *backend, u32 nr)
{
	const struct image_site *site = world->image->sites + nr;
	const u8 *bytes = site_bytes(world, backend, nr);
	char hex[64], text[512];

	printf("\"bytes\": \"%s\", \"text\": ",
	       insn_hex(bytes, bytes ? site->len : 0, hex, sizeof(hex)));
	json_text(stdout, site_text(world, backend, nr, text, sizeof(text)));
}

static void print_site(const struct world *world, u32 nr, struct backend *const *chosen,
		       u32 nr_chosen)
{
	const struct image_site *site = world->image->sites + nr;
	const struct image_symbol *function = image_function(world->image, site->addr);
	char name[40];

	printf("  {\"address\": \"0x%llx\", \"function\": ", site->addr);
	json_text(stdout, function ? function->name : "");
	printf(", \"op\": ");
	json_text(stdout, image_op_name(world->image, site->op, name, sizeof(name)));
	printf(", \"kind\": \"%s\", \"length\": %u,\n   \"before\": {", kind_name(site->kind),
	       site->len);
	print_bytes(world, NULL, nr);
	printf("}, \"after\": {");
	for (u32 i = 0; i < nr_chosen; i++) {
		printf("%s\n    ", i ? "," : "");
		json_text(stdout, chosen[i]->name);
		printf(": {\"form\": \"%s\", ", shape_name(chosen[i]->shapes[nr]));
		print_bytes(world, chosen[i], nr);
		printf("}");
	}
	printf("}}");
}

/* How long the code of what is inline is by itself. */
static void print_templates(const struct world *world, const struct backend *backend)
{
	bool some = false;

	for (u32 op = 0; op < world->image->nr_ops; op++) {
		const struct pvops_form *form = backend->forms + op;

		if (form->kind != PVOPS_FORM_INLINE || !form->code)
			continue;
		printf("%s", some ? ", " : "");
		json_text(stdout, world->image->ops[op].name);
		printf(": %llu", (u64)(form->end - form->code));
		some = true;
	}
}

static void print_backend_object(const struct world *world, const struct backend *backend)
{
	printf("  {\"name\": ");
	json_text(stdout, backend->name);
	printf(", \"base\": ");
	if (backend->base)
		json_text(stdout, backend->base);
	else
		printf("null");
	printf(", \"set_at_boot\": %s, \"sites\": {", backend->at_boot ? "true" : "false");
	for (u32 shape = PVOPS_SHAPE_NOP; shape < PVOPS_NR_SHAPES; shape++)
		printf("%s\"%s\": %u", shape > PVOPS_SHAPE_NOP ? ", " : "", shape_name(shape),
		       backend->stats.count[shape]);
	printf("}, \"failed\": %u, \"forms\": {", backend->stats.failed);
	for (u32 op = 0; op < world->image->nr_ops; op++) {
		u8 kind = backend->forms[op].kind;

		printf("%s", op ? ", " : "");
		json_text(stdout, world->image->ops[op].name);
		printf(": \"%s\"", kind < PVOPS_NR_FORMS ? pvops_form_name(kind) : "?");
	}
	printf("}, \"template_bytes\": {");
	print_templates(world, backend);
	printf("}, \"complaints\": [");
	for (u32 i = 0; i < backend->nr_complaints; i++) {
		printf("%s", i ? ", " : "");
		json_text(stdout, backend->complaints[i]);
	}
	printf("]}");
}

void print_json(const struct world *world, struct backend *const *chosen, u32 nr)
{
	const struct image *image = world->image;

	printf("{\"image\": ");
	json_text(stdout, image->path);
	printf(", \"bits\": %u, \"ops\": %u, \"record_bytes\": %llu,\n \"backends\": [",
	       image->wide ? 64 : 32, image->nr_ops, image->record_bytes);
	for (u32 i = 0; i < nr; i++) {
		printf("%s\n", i ? "," : "");
		print_backend_object(world, chosen[i]);
	}
	printf("],\n \"sites\": [");
	for (u32 i = 0; i < image->nr_sites; i++) {
		printf("%s\n", i ? "," : "");
		print_site(world, i, chosen, nr);
	}
	printf("]}\n");
}
