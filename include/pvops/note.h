/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The types of the image's ELF notes; Documentation/audit.rst says what is in them. */
#ifndef PVOPS_NOTE_H
#define PVOPS_NOTE_H

#define PVOPS_NOTE_OWNER	"pvops"
#define PVOPS_NOTE_VERSION	1	/* u32 abi, u32 ops, u32 digest of their list, version */
#define PVOPS_NOTE_FAMILIES	2	/* names of op families, each terminated */
#define PVOPS_NOTE_BACKENDS	3	/* addresses: of the first record's address, and the end */
#define PVOPS_NOTE_NAMES	4	/* in place of 3: names of backends, each terminated */
#define PVOPS_NOTE_TABLES	5	/* addresses of sites, ops, native regions: in pairs */

#endif /* PVOPS_NOTE_H */
