/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The boot kit: from whatever entered the image to one C function.
 *
 * The image carries the ELF notes and headers of several boot conventions (see the linker
 * fragment pvops.lds.h, core/entry64.S and entry32.S). Each entry brings the CPU to the kernel's
 * mode, 64 bits or PAE, on its virtual addresses and calls pvops_boot_enter(), which reads the
 * loader's information into a struct pvops_boot and calls the kernel's pvops_guest_main().
 */
#ifndef PVOPS_BOOT_H
#define PVOPS_BOOT_H

/* Virtual address of guest-physical 0 in the image's mapping; the image is linked there. */
#ifndef PVOPS_VIRT_BASE
#ifdef __x86_64__
#define PVOPS_VIRT_BASE		0xffffffff80000000
#else
#define PVOPS_VIRT_BASE		0xc0000000
#endif
#endif

#define PVOPS_BOOT_STACK	65536	/* bytes of pvops_boot_stack */

#ifndef __ASSEMBLY__
#include <pvops/types.h>

#define PVOPS_BOOT_MAX_MEM	64
#define PVOPS_BOOT_CMDLINE	1024

/** enum pvops_mem_type - use of a range of guest-physical memory. */
enum pvops_mem_type {
	PVOPS_MEM_RAM = 1,
	PVOPS_MEM_RESERVED = 2,
};

/** struct pvops_mem - a range. @base, @size: bytes. @type: enum pvops_mem_type. */
struct pvops_mem {
	u64 base;
	u64 size;
	u32 type;
};

/**
 * struct pvops_boot - what the loader said, bounded and checked.
 * @proto: the boot convention
 * @info: as the loader gave it; the selected backend may know more of it
 * @cmdline: command line, cut to fit, always terminated
 * @nr_mem: ranges in @mem, sorted, not overlapping
 * @mem: the memory map; image and loader's data are in it as RAM
 * @root: guest-physical address of the top-level page table in use
 * @used_start: first byte of what must not be given away at boot: the image ...
 * @used_end: ... up to and including the loader's tables, page aligned. Memory in between
 *	is mapped at its address plus @virt_offset
 * @virt_offset: what makes a guest-physical address in between virtual
 * @rsdp: guest-physical address of the ACPI root pointer, 0 if unknown
 * @top: virtual addresses from here on are the hypervisor's: nothing may be mapped there. 0 if
 *	the kernel has them all. Known once there is a backend; not lower than 0xf0000000 on i386,
 *	and not used on x86-64
 */
struct pvops_boot {
	const struct pvops_boot_proto *proto;
	const void *info;
	char cmdline[PVOPS_BOOT_CMDLINE];
	u32 nr_mem;
	struct pvops_mem mem[PVOPS_BOOT_MAX_MEM];
	pvops_gpa_t root;
	u64 used_start;
	u64 used_end;
	unsigned long virt_offset;
	u64 rsdp;
	unsigned long top;
};

/**
 * struct pvops_boot_proto - one boot convention.
 * @name: "pvh", "multiboot2", "multiboot", "xen-pv"
 * @ring0: the kernel has the CPU to itself: privileged instructions work
 * @parse: fill in @boot; NULL, or one line that says what is wrong
 * @cpuid: CPUID as this convention allows it: regs is eax, ebx, ecx, edx, in and out
 * @emergency: write text before any backend is there
 * @stop: end the machine, or at least this CPU; may return, may be NULL
 */
struct pvops_boot_proto {
	const char *name;
	bool ring0;
	const char *(*parse)(struct pvops_boot *boot);
	void (*cpuid)(u32 regs[4]);
	void (*emergency)(const char *text, size_t len);
	void (*stop)(void);
};

/**
 * pvops_boot_enter() - called by the entry stubs, once, on the boot stack.
 * @proto: the convention
 * @info: the loader's structure
 *
 * Stops with one line if the loader's information makes no sense.
 */
void pvops_boot_enter(const struct pvops_boot_proto *proto, const void *info)
	__attribute__((noreturn));

/** pvops_guest_main() - supplied by the kernel; interrupts off, boot stack, no op usable yet. */
void pvops_guest_main(struct pvops_boot *boot) __attribute__((noreturn));

/**
 * pvops_boot_phys() - read loader's data at a guest-physical address, before paging is the
 * kernel's own.
 * @gpa: address
 * @len: bytes
 *
 * It reaches the first 4 GiB, on i386 what lies below PVOPS_VIRT_BASE.
 *
 * Return: where it is mapped, NULL if it is not. Supplied by the boot kit's entry; the host
 * tests have their own.
 */
const void *pvops_boot_phys(u64 gpa, u64 len);

/** struct pvops_boot_e820 - entry of a memory map as PCs' firmware gives it. @type: 1 is RAM. */
struct pvops_boot_e820 {
	u64 base;
	u64 size;
	u32 type;
} __attribute__((packed));

/**
 * pvops_boot_ask_memory() - the memory map, where the boot convention has none (PVH version 0).
 * @boot: as far as it is known: the proto
 * @map: where it goes
 * @max: entries of room
 *
 * For a backend to define that knows whom to ask; the boot kit's own, a weak one, knows nobody.
 * Called on the boot stack, before a backend is chosen: it makes sure itself who is there.
 *
 * Return: entries, 0 if there is no answer.
 */
u32 pvops_boot_ask_memory(const struct pvops_boot *boot, struct pvops_boot_e820 *map, u32 max);

/**
 * pvops_boot_add_mem() - add a range to boot->mem, sorted, cut where it overlaps another (a
 * reserved range wins over RAM).
 *
 * Return: false if it did not fit: the map has too many ranges.
 */
bool pvops_boot_add_mem(struct pvops_boot *boot, u64 base, u64 size, u32 type);

/**
 * pvops_boot_option() - look a word up on the command line.
 * @cmdline: words separated by blanks
 * @name: "pvops=" finds what follows in "pvops=NAME", "nopv" finds the word
 * @value: where the value goes, terminated; may be NULL
 * @size: of @value
 *
 * Return: true if the word is there (the first one counts).
 */
bool pvops_boot_option(const char *cmdline, const char *name, char *value, size_t size);

/**
 * pvops_boot_wish() - whom `pvops=` on the command line wishes for.
 * @cmdline: words separated by blanks; `pvops=` has names separated by commas
 * @name: where the first one but `debug` goes, terminated; empty: nobody
 * @size: of @name, not 0
 *
 * Return: true if `debug` is among them.
 */
bool pvops_boot_wish(const char *cmdline, char *name, size_t size);

#endif /* __ASSEMBLY__ */

#endif /* PVOPS_BOOT_H */
