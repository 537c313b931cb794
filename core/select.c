// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Which backend? The one most sure of itself, unless the command line wishes otherwise.
 */
#include <pvops/text.h>
#include "core.h"

/* NULL, or why the record cannot be used. */
static const char *defect(const struct pvops_backend *backend, char *buf, size_t size)
{
	if (backend->abi != PVOPS_BACKEND_ABI)
		pvops_snprintf(buf, size, "ABI version %u, this library has %u", backend->abi,
			       PVOPS_BACKEND_ABI);
	else if (backend->size != sizeof(*backend))
		pvops_snprintf(buf, size, "record of %u bytes, this library has %zu", backend->size,
			       sizeof(*backend));
	else if (backend->nr_ops != PVOPS_NR_OPS)
		pvops_snprintf(buf, size, "built for %u ops, this library has %u", backend->nr_ops,
			       PVOPS_NR_OPS);
	else if (!backend->name || !backend->forms || !backend->detect || !backend->init)
		pvops_snprintf(buf, size, "record has no name, forms, detect or init");
	else
		return NULL;
	return buf;
}

static bool says_nothing(const struct pvops_form *form)
{
	return form->kind == PVOPS_FORM_EMPTY || !form->func;
}

/* First op that neither a backend nor its base says anything of, or PVOPS_NR_OPS. */
static u32 empty_op(const struct pvops_backend *backend, const struct pvops_backend *base)
{
	u32 op;

	for (op = 0; op < PVOPS_NR_OPS; op++)
		if (says_nothing(backend->forms + op) && (!base || says_nothing(base->forms + op)))
			break;
	return op;
}

const struct pvops_backend *pvops_find_base(const struct pvops_backend *const *first,
					    const struct pvops_backend *const *last,
					    const struct pvops_backend *backend)
{
	char buf[96];

	for (; backend->base && first < last; first++)
		if (!defect(*first, buf, sizeof(buf)) && !(*first)->base &&
		    pvops_text_equal((*first)->name, backend->base))
			return *first;
	return NULL;
}

/* More sure of itself; of equals, the one that stands on nobody: the other brings nothing. */
static bool surer(const struct pvops_backend *a, u32 a_score, const struct pvops_backend *b,
		  u32 b_score)
{
	return a_score != b_score ? a_score > b_score : !a->base && b->base;
}

/* Less sure of itself, for who wants it plain. */
static bool plainer(const struct pvops_backend *a, u32 a_score, const struct pvops_backend *b,
		    u32 b_score)
{
	return a_score != b_score ? a_score < b_score : !a->base && b->base;
}

/* Ask one backend; says why not, where there is a reason to wonder. */
static bool ask(const struct pvops_backend *backend, const struct pvops_backend *base,
		const struct pvops_probe *probe, struct pvops_verdict *verdict)
{
	char buf[96];
	const char *why = defect(backend, buf, sizeof(buf));
	u32 op;

	*verdict = (struct pvops_verdict){ 0 };
	if (why) {
		/* With another ABI even the name may lie elsewhere. */
		pvops_log("backend %s skipped: %s",
			  backend->abi == PVOPS_BACKEND_ABI && backend->name ? backend->name : "?",
			  why);
		return false;
	}
	backend->detect(probe, verdict);
	if (!verdict->score)
		return false;
	if (backend->base && !base) {
		pvops_log("backend %s skipped: there is no %s for it to stand on", backend->name,
			  backend->base);
		return false;
	}
	op = empty_op(backend, base);
	if (op < PVOPS_NR_OPS) {
		pvops_log("backend %s skipped: op %s is empty", backend->name, pvops_op_name(op));
		return false;
	}
	return true;
}

const struct pvops_backend *pvops_select(const struct pvops_backend *const *first,
					 const struct pvops_backend *const *last,
					 const struct pvops_probe *probe,
					 struct pvops_verdict *verdict)
{
	const char *cmdline = probe->boot->cmdline;
	const struct pvops_backend *best = NULL;
	struct pvops_verdict v;
	char wish[32] = "";
	bool wished = pvops_boot_option(cmdline, "pvops=", wish, sizeof(wish)) &&
		      !pvops_text_equal(wish, "debug");
	bool plain = pvops_boot_option(cmdline, "nopv", NULL, 0);
	bool granted = false;

	for (u32 i = 0; i < probe->nr_matches; i++) {
		char text[13] = "";

		for (int j = 0; j < 12; j++)
			text[j] = probe->matches[i].signature[j];
		pvops_log("cpuid 0x%x: %s, leaves to 0x%x", probe->matches[i].base, text,
			  probe->matches[i].max);
	}

	for (const struct pvops_backend *const *at = first; at < last; at++) {
		const struct pvops_backend *base = NULL;
		bool better;

		if ((*at)->abi == PVOPS_BACKEND_ABI)
			base = pvops_find_base(first, last, *at);
		if (!ask(*at, base, probe, &v))
			continue;
		pvops_log("backend %s can run: %s", (*at)->name, v.reason);
		if (wished && pvops_text_equal((*at)->name, wish)) {
			better = true;
			granted = true;
		} else if (granted) {
			better = false;
		} else {
			better = !best || (plain ? plainer : surer)(*at, v.score, best,
								    verdict->score);
		}
		if (better) {
			best = *at;
			*verdict = v;
		}
	}
	if (wished && !granted)
		pvops_log("pvops=%s: no such backend can run here", wish);
	if (!best)
		pvops_log("no backend can run here");
	return best;
}
