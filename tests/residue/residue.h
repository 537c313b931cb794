/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Functions that come in pairs: an op by hand and by the library. See pairs.py. */
#ifndef TESTS_RESIDUE_H
#define TESTS_RESIDUE_H

/* Two that are equal stay two. */
#ifdef __clang__
#define RESIDUE_PAIR
#else
#define RESIDUE_PAIR __attribute__((no_icf))
#endif

/*
 * struct residue_pair - of one op, by hand first. @op: its number; PVOPS_NR_OPS behind the last
 * row. @kind: "plain", "kept" or "full": see pairs.py.
 */
struct residue_pair {
	unsigned int op;
	const char *kind;
	const void *functions[2];
};

extern const struct residue_pair residue_gcc_O2[], residue_gcc_Os[];
extern const struct residue_pair residue_clang_O2[], residue_clang_Os[];

/* Sites of the entry, which only assembly has: pairs.S. */
extern const struct residue_pair residue_asm[];

#endif /* TESTS_RESIDUE_H */
