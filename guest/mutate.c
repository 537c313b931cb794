// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Mutants: `mutate=OP` makes an op do nothing, `mutate=OP:wrong` makes it answer wrongly,
 * `mutate=OP:base` makes it what the backend below does, where the selected one stands on one.
 *
 * A conformance suite that stays green on a mutant does not test that op. Sites get the mutant
 * like any backend's function: by the table and by patching.
 */
#include <pvops/pvops.h>
#include "mutate.h"

extern const u8 mutant_nothing[], mutant_wrong[];
extern const void *mutant_victim;

const void *mutant_victim;

/*
 * The wrong answer is the right one's complement, in both halves of a pair. Made of
 * instructions that keep all other registers, so it fits every convention.
 */
asm(".pushsection .text\n"
    ".globl mutant_nothing, mutant_wrong\n"
    "mutant_nothing:\n"
    "	ret\n"
    "mutant_wrong:\n"
#ifdef __x86_64__
    "	call	*mutant_victim(%rip)\n"
    "	not	%rax\n"
#else
    "	call	*mutant_victim\n"
    "	not	%eax\n"		/* of a pair the low half; edx may be somebody's */
#endif
    "	ret\n"
    ".popsection");

static int find_op(const char *name)
{
	for (unsigned int op = 0; op < PVOPS_NR_OPS; op++) {
		const char *a = pvops_op_name(op), *b = name;

		while (*a && *a == *b) {
			a++;
			b++;
		}
		if (!*a && (!*b || *b == ':'))
			return (int)op;
	}
	return -1;
}

void mutate_by_cmdline(const char *cmdline)
{
	struct pvops_form form, was;
	const char *how = "";
	char name[64];
	int op;

	if (!pvops_boot_option(cmdline, "mutate=", name, sizeof(name)))
		return;
	op = find_op(name);
	for (const char *p = name; *p; p++)
		if (*p == ':')
			how = p + 1;
	if (op < 0) {
		pvops_log("mutate %s: no such op", name);
		return;
	}
	was = *pvops_form_of((unsigned int)op);
	mutant_victim = was.func;
	if (*how == 'b')
		form = (struct pvops_form)PVOPS_CALL(pvops_base_func((unsigned int)op));
	else
		form = (struct pvops_form)PVOPS_CALL(*how ? mutant_wrong : mutant_nothing);
	if (form.func)
		pvops_override((unsigned int)op, &form);
	pvops_log("mutate %s", name);
	if (!form.func || form.func == was.func)
		pvops_log("mutate: it is no other here");
	else if (!*how && was.kind == PVOPS_FORM_NOP)
		pvops_log("mutate: it does nothing here anyway");
}
