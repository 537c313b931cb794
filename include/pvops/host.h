/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the kernel that compiles pvops in supplies. */
#ifndef PVOPS_HOST_H
#define PVOPS_HOST_H

#include <pvops/types.h>
#include <pvops/percpu.h>

#define PVOPS_HOST_ABI	2

/** enum pvops_prot - protection of kernel memory. Never both writable and executable. */
enum pvops_prot {
	PVOPS_PROT_R,
	PVOPS_PROT_RX,
	PVOPS_PROT_RW,
};

/**
 * struct pvops_host - services of the guest kernel for the library.
 *
 * All are needed but for those marked optional. "early" ones are called from pvops_init() on,
 * the others after pvops_late_init() has been called.
 *
 * @abi: PVOPS_HOST_ABI
 * @size: sizeof(struct pvops_host)
 * @ldt_selector: where cpu.set_ldt puts the LDT's descriptor (two GDT slots)
 * @tls_selector: first of three GDT slots for cpu.load_tls
 * @gs_selector: i386: the per-CPU area's slot of the kernel's GDT, of a data segment over all of
 *	the address space; cpu.write_gs_base writes its base. PVOPS_BOOT_GS, if the kernel stays
 *	on the boot's GDT. x86-64: not used, 0
 * @log: early; write text to where the kernel's messages go; any context
 * @panic: early; say why and stop; does not return
 * @percpu: early (CPU 0: from the first call); a CPU's block, NULL if there is none yet
 * @virt_to_gpa: early; guest-physical address behind a kernel virtual address
 * @gpa_to_virt: early (for memory in boot->mapped); kernel virtual address of memory
 * @alloc_pages: 2^order zeroed pages in the direct map, or NULL; any context but NMI
 * @free_pages: takes them back
 * @protect: change the protection of whole kernel pages of the image, on all CPUs
 * @alias_map: a writable second mapping of text, at most two pages, used by one CPU at a
 *	time with interrupts off; NULL if it cannot be had
 * @alias_unmap: ends it, flushed from this CPU's TLB by an instruction that serialises (INVLPG, a
 *	load of CR3, or the hypervisor's): this CPU may run the text at once, in an NMI say
 * @map_mmio: map device registers, uncached, for good; NULL if it cannot be
 * @sync_cores: every other running CPU executes a serialising instruction before it returns;
 *	interrupts are on. Optional: without it no site is patched while other CPUs run
 * @on_cpus: run fn(arg) on the CPUs of the mask other than this one, interrupts off there,
 *	and wait for all. Interrupts are on at the caller.
 */
struct pvops_host {
	u32 abi;
	u32 size;
	u16 ldt_selector;
	u16 tls_selector;
	u16 gs_selector;
	void (*log)(const char *text, size_t len);
	void (*panic)(const char *why) __attribute__((noreturn));
	struct pvops_percpu *(*percpu)(unsigned int cpu);
	pvops_gpa_t (*virt_to_gpa)(const void *va);
	void *(*gpa_to_virt)(pvops_gpa_t gpa);
	void *(*alloc_pages)(unsigned int order);
	void (*free_pages)(void *va, unsigned int order);
	int (*protect)(void *va, size_t len, enum pvops_prot prot);
	void *(*alias_map)(const void *text, size_t len);
	void (*alias_unmap)(void *alias, size_t len);
	void *(*map_mmio)(pvops_gpa_t gpa, size_t len);
	void (*sync_cores)(void);
	void (*on_cpus)(const struct pvops_cpumask *cpus, void (*fn)(void *arg), void *arg);
};

#endif /* PVOPS_HOST_H */
