// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Loaded by multiboot with two modules, a Linux kernel and its initramfs; starts the kernel by
 * its 64-bit boot protocol (Documentation/arch/x86/boot.rst) as a guest. The first word of the
 * command line says as whom to show ourselves.
 */
#include "host.h"

#define MB_LOADED	0x2badb002
#define MB_WANTED	(1U << 2 | 1U << 3 | 1U << 6)	/* command line, modules, memory map */

struct mb_info {
	u32 flags, low, high, device, cmdline, nr_modules, modules, symbols[4], map_size, map;
};

struct mb_module {
	u32 start, end, words, reserved;
};

struct mb_region {
	u32 size;
	u64 base, len;
	u32 type;
} __attribute__((packed));

/* Low memory that the guest's first instructions use, and give back when it has its own. */
#define ZERO_PAGE	0x90000
#define CMDLINE		0x91000
#define FIRST_GDT	0x92000
#define FIRST_TABLES	0x93000		/* six pages */
#define KERNEL_AT	0x1000000
#define CMDLINE_MAX	2048

/* struct boot_params */
#define BP_E820_ENTRIES	0x1e8
#define BP_HEADER	0x1f1
#define BP_LOADER	0x210
#define BP_RAMDISK	0x218
#define BP_CMDLINE	0x228
#define BP_E820		0x2d0
#define BP_E820_MAX	128
#define XLF_64		0x236
#define RESERVED	2

const struct face *face;
u64 tsc_khz, tsc_start, date_start;
struct idt_gate {
	u16 low, selector, flags, middle;
	u32 high, reserved;
} idt[256];

extern const char ap_page[], ap_page_end[];
extern const u64 gdt[4];
void take(void);
void fault(void);
void host_fault(const u64 *frame);

void host_fault(const u64 *frame)
{
	die("fault: %llx %llx %llx", frame[0], frame[1], frame[2]);
}

static void set_gate(unsigned int nr, void (*handler)(void))
{
	u64 to = (u64)handler;

	idt[nr] = (struct idt_gate){ to, CODE64, 0x8e00, to >> 16, to >> 32, 0 };
}

/* The PM timer's port as SeaBIOS leaves it; 24 bits of it count. */
#define PM_TIMER	0x608
#define PM_TIMER_HZ	3579545

/* The timer and the TSC at one moment: of several looks the shortest, for we may lose our CPU. */
static u32 pm_timer(u64 *tsc)
{
	u64 shortest = ~0ULL;
	u32 ticks = 0;

	*tsc = 0;
	for (u32 i = 0; i < 20; i++) {
		u64 before = rdtsc();
		u32 now = inl(PM_TIMER) & 0xffffff;
		u64 took = rdtsc() - before;

		if (took < shortest) {
			shortest = took;
			ticks = now;
			*tsc = before + took / 2;
		}
	}
	return ticks;
}

static u64 measure_tsc(void)
{
	u64 start, end;
	u32 from = pm_timer(&start), ticks;

	do {
		ticks = (pm_timer(&end) - from) & 0xffffff;
	} while (ticks < PM_TIMER_HZ / 20);
	return mul_div(end - start, PM_TIMER_HZ, ticks) / 1000;
}

static u32 rtc(u8 reg)
{
	u32 bcd;

	outb(0x70, reg);
	bcd = inb(0x71);
	return (bcd >> 4) * 10 + (bcd & 15);
}

/* Seconds since 1970 by the machine's clock. */
static u64 date(void)
{
	u32 year = 2000 + rtc(9), month = rtc(8), day = rtc(7);

	/* The year begins in March. */
	if (month <= 2) {
		year--;
		month += 12;
	}
	return ((365ULL * year + year / 4 - year / 100 + year / 400 + (153 * month - 457) / 5 +
		 day - 719469) * 24 + rtc(4)) * 3600 + rtc(2) * 60 + rtc(0);
}

static const char *choose(const char *words)
{
	static const struct face *const faces[] = { &face_kvm, &face_hyperv, &face_vmware };

	while (*words && *words != ' ')		/* our own file's name */
		words++;
	while (*words == ' ')
		words++;
	for (u32 i = 0; i < 3; i++) {
		const char *name = faces[i]->name;
		u32 n = __builtin_strlen(name);

		if (!__builtin_memcmp(words, name, n) && words[n] == ' ') {
			face = faces[i];
			return words + n + 1;
		}
	}
	die("no such interface: %s", words);
}

static void add_region(u64 base, u64 len, u32 type)
{
	u8 *nr = (u8 *)ZERO_PAGE + BP_E820_ENTRIES;
	u8 *entry = (u8 *)ZERO_PAGE + BP_E820 + 20 * *nr;

	if (*nr >= BP_E820_MAX)
		die("memory map too long");
	__builtin_memcpy(entry, &base, 8);
	__builtin_memcpy(entry + 8, &len, 8);
	__builtin_memcpy(entry + 16, &type, 4);
	++*nr;
}

static u64 load(const struct mb_info *info, const char *words)
{
	const struct mb_module *mod = (const void *)(u64)info->modules;
	const u8 *image = (const void *)(u64)mod[0].start;
	u32 start = (image[BP_HEADER] + 1) * 512, size, n;
	u8 *zero = (void *)ZERO_PAGE;
	u64 kernel = KERNEL_AT;

	if (image[0x202] != 'H' || image[0x205] != 'S' || !(image[XLF_64] & 1))
		die("the first module is no 64-bit bzImage");
	while (kernel < mod[1].end)
		kernel += KERNEL_AT;
	__builtin_memset(zero, 0, 4096);
	__builtin_memcpy(zero + BP_HEADER, image + BP_HEADER, 0x202 + image[0x201] - BP_HEADER);
	zero[BP_LOADER] = 0xff;
	__builtin_memcpy(zero + BP_RAMDISK, &mod[1].start, 4);
	size = mod[1].end - mod[1].start;
	__builtin_memcpy(zero + BP_RAMDISK + 4, &size, 4);
	n = CMDLINE;
	__builtin_memcpy(zero + BP_CMDLINE, &n, 4);
	n = __builtin_strlen(words);
	if (n >= CMDLINE_MAX)
		die("words of %u bytes", n);
	__builtin_memcpy((void *)CMDLINE, words, n + 1);
	for (u32 off = 0; off < info->map_size; ) {
		const struct mb_region *r = (const void *)(u64)(info->map + off);

		add_region(r->base, r->len, r->type);
		off += r->size + 4;
	}
	add_region(HOST_START, HOST_END - HOST_START, RESERVED);
	add_region(AP_PAGE, 4096, RESERVED);
	__builtin_memcpy((void *)kernel, image + start, mod[0].end - mod[0].start - start);
	return kernel;
}

static const struct segment flat_code = { CODE64, 0xa9b, 0xffffffff, 0 };
static const struct segment flat_data = { DATA, 0xc93, 0xffffffff, 0 };

static void boot_state(struct cpu *cpu, u64 kernel)
{
	struct vmcb *v = cpu->vmcb;
	u64 *tables = (void *)FIRST_TABLES;

	__builtin_memcpy((void *)FIRST_GDT, gdt, sizeof(gdt));
	__builtin_memset(tables, 0, 2 * 4096);
	tables[0] = FIRST_TABLES + 4096 + 0x27;
	for (u64 i = 0; i < 4; i++)
		tables[512 + i] = FIRST_TABLES + (2 + i) * 4096 + 0x27;
	for (u64 i = 0; i < 2048; i++)
		tables[1024 + i] = i << 21 | 0xe7;
	v->cs = flat_code;
	v->ds = v->es = v->ss = flat_data;
	v->gdt = (struct segment){ .limit = sizeof(gdt) - 1, .base = FIRST_GDT };
	v->idt = (struct segment){ 0 };
	v->cr0 = 0x80000031;
	v->cr3 = FIRST_TABLES;
	v->cr4 = 0x20;
	v->efer = 0x1d00;		/* SVME NXE LMA LME */
	v->rip = kernel + 0x200;
	cpu->regs[RSI] = ZERO_PAGE;
}

void host_start(u32 magic, u32 at_info)
{
	const struct mb_info *info = (const void *)(u64)at_info;
	const char *words;
	u64 kernel;

	for (u32 i = 0; i < 256; i++)
		set_gate(i, i == 2 || i >= 32 ? take : fault);
	if (magic != MB_LOADED || (info->flags & MB_WANTED) != MB_WANTED || info->nr_modules != 2)
		die("wanted: multiboot, a command line, a kernel and an initramfs");
	words = choose((const char *)(u64)info->cmdline);
	tsc_khz = measure_tsc();
	date_start = date();
	tsc_start = rdtsc();
	kernel = load(info, words);
	__builtin_memcpy((void *)AP_PAGE, ap_page, ap_page_end - ap_page);
	cpu_init(&cpus[0], 0);
	boot_state(&cpus[0], kernel);
	say("%s for a guest at %llx, TSC of %llu kHz", face->name, kernel, tsc_khz);
	run(&cpus[0]);
}

/* A CPU that the guest starts: in real mode, at a page. */
void host_start_ap(u32 id)
{
	struct cpu *cpu = &cpus[id];
	struct vmcb *v;

	cpu_init(cpu, id);
	v = cpu->vmcb;
	v->ds = v->es = v->ss = v->fs = v->gs = (struct segment){ 0, 0x93, 0xffff, 0 };
	v->cs = (struct segment){ cpu->sipi << 8, 0x9b, 0xffff, (u64)cpu->sipi << 12 };
	v->gdt = v->idt = (struct segment){ .limit = 0xffff };
	v->cr0 = 0x10;
	v->efer = 0x1000;
	run(cpu);
}
