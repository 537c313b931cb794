/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The table of ops, whose size says how many there are. */
	.data
	.globl	pvops_table
	.type	pvops_table, @object
	.balign	8
pvops_table:
#ifdef __x86_64__
	.fill	NR_OPS, 8, 0
#else
	.fill	NR_OPS, 4, 0
#endif
	.size	pvops_table, . - pvops_table

	.section .note.GNU-stack, "", @progbits
