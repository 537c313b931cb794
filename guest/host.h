/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The parts of struct pvops_host, each with its own family of files. */
#ifndef GUEST_HOST_H
#define GUEST_HOST_H

#include "guest.h"

/* console.c */
void host_log(const char *text, size_t len);
void host_panic(const char *why) __attribute__((noreturn));

/* pmm.c */
void *host_alloc_pages(unsigned int order);
void host_free_pages(void *va, unsigned int order);

/* vmm.c */
pvops_gpa_t host_virt_to_gpa(const void *va);
void *host_gpa_to_virt(pvops_gpa_t gpa);
int host_protect(void *va, size_t len, enum pvops_prot prot);
void *host_alias_map(const void *text, size_t len);
void host_alias_unmap(void *alias, size_t len);
void *host_map_mmio(pvops_gpa_t gpa, size_t len);

/* smp.c */
void host_sync_cores(void);
void host_on_cpus(const struct pvops_cpumask *cpus, void (*fn)(void *arg), void *arg);

#endif /* GUEST_HOST_H */
