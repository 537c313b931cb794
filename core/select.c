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

/* What the command line says of the choice: `pvops=NAME`, `pvops=debug`, `pvops=NAME,debug`. */
struct wish {
	char name[32];
	bool granted;		/* there is one of this name, and it can run */
	bool plain;
};

static bool wished(const struct wish *wish, const struct pvops_backend *backend)
{
	return wish->name[0] && pvops_text_equal(backend->name, wish->name);
}

/*
 * What is wished for; who is more sure of itself, or less, if it is to be plain; of equals, the
 * one that stands on nobody: the other brings nothing.
 */
static bool better(const struct pvops_candidate *a, const struct pvops_candidate *b,
		   const struct wish *wish)
{
	u32 a_score = a->verdict.score, b_score = b->verdict.score;

	if (wished(wish, a->backend) != wished(wish, b->backend))
		return wished(wish, a->backend);
	if (a_score != b_score)
		return wish->plain ? a_score < b_score : a_score > b_score;
	return !a->backend->base && b->backend->base;
}

/* Into its place; of equals, who came first stays in front. */
static u32 insert(struct pvops_candidate *list, u32 n, const struct pvops_candidate *new,
		  const struct wish *wish)
{
	u32 at = n;

	while (at && better(new, list + at - 1, wish))
		at--;
	if (n < PVOPS_MAX_CANDIDATES)
		n++;
	for (u32 i = n - 1; i > at; i--)
		list[i] = list[i - 1];
	if (at < n)
		list[at] = *new;
	return n;
}

static void make_a_wish(const char *cmdline, struct wish *wish)
{
	pvops_state.trace = pvops_boot_wish(cmdline, wish->name, sizeof(wish->name));
	wish->plain = pvops_boot_option(cmdline, "nopv", NULL, 0);
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
	if (!verdict->score) {
		pvops_trace("backend %s: not here", backend->name);
		return false;
	}
	pvops_trace("backend %s: score 0x%x, on %s", backend->name, verdict->score,
		    base ? base->name : "nothing");
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

u32 pvops_select(const struct pvops_backend *const *first, const struct pvops_backend *const *last,
		 const struct pvops_probe *probe, struct pvops_candidate *list)
{
	struct pvops_candidate new;
	struct wish wish = { .name = "" };
	u32 n = 0;

	make_a_wish(probe->boot->cmdline, &wish);
	if (pvops_state.trace)
		pvops_trace_probe(probe);
	pvops_say_faces(probe);

	for (const struct pvops_backend *const *at = first; at < last; at++) {
		const struct pvops_backend *base = NULL;

		if ((*at)->abi == PVOPS_BACKEND_ABI)
			base = pvops_find_base(first, last, *at);
		if (!ask(*at, base, probe, &new.verdict))
			continue;
		new.backend = *at;
		pvops_log("backend %s can run: %s", new.backend->name, new.verdict.reason);
		wish.granted |= wished(&wish, new.backend);
		n = insert(list, n, &new, &wish);
	}
	if (wish.name[0] && !wish.granted)
		pvops_log("pvops=%s: no such backend can run here", wish.name);
	if (!n)
		pvops_log("no backend can run here");
	for (u32 i = 0; i < n; i++)
		pvops_trace("choice %u: %s%s%s", i + 1, list[i].backend->name,
			    wished(&wish, list[i].backend) ? ", wished for" : "",
			    wish.plain ? ", the plainest first" : "");
	return n;
}

int pvops_start(const struct pvops_backend *const *first, const struct pvops_backend *const *last,
		const struct pvops_candidate *list, u32 n)
{
	const struct pvops_backend *started = NULL;
	struct pvops_state *state = &pvops_state;
	int err = -PVOPS_ENODEV;

	for (u32 i = 0; i < n; i++) {
		const struct pvops_backend *backend = list[i].backend;
		const struct pvops_backend *base = pvops_find_base(first, last, backend);

		/* From here on messages go out by the backend, which is why init comes after. */
		state->info.backend = backend;
		state->info.verdict = list[i].verdict;
		state->base = base;
		err = 0;
		if (base && base != started) {
			err = base->init(state->boot);
			started = err ? started : base;
		}
		if (!err && backend != started)
			err = backend->init(state->boot);
		if (err != PVOPS_INIT_DECLINED)
			break;
		pvops_log("backend %s declines", backend->name);
		err = -PVOPS_ENODEV;
	}
	if (err)
		pvops_log("backend %s failed to start: error %d", state->info.backend->name, err);
	return err;
}
