// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Loaded by multiboot, with the guest and perhaps its initramfs as modules. The first word of the
 * command line says as whom to show ourselves.
 */
#include "host.h"

#define MB_LOADED	0x2badb002
#define MB_WANTED	(1U << 2 | 1U << 3 | 1U << 6)	/* command line, modules, memory map */

struct mb_info {
	u32 flags, low, high, device, cmdline, nr_modules, modules, symbols[4], map_size, map;
};

struct mb_region {
	u32 size;
	u64 base, len;
	u32 type;
} __attribute__((packed));

const struct face *face;
u64 tsc_khz, tsc_start, date_start;
struct idt_gate {
	u16 low, selector, flags, middle;
	u32 high, reserved;
} idt[256];

extern const char ap_page[], ap_page_end[];
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
		u32 now = port_in32(PM_TIMER) & 0xffffff;
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

	port_out8(0x70, reg);
	bcd = port_in8(0x71);
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

struct region map[MAP_MAX];
u32 map_entries;

static void add_region(u64 start, u64 end, u32 type)
{
	if (start >= end)
		return;
	if (map_entries == MAP_MAX)
		die("memory map too long");
	map[map_entries++] = (struct region){ start, end - start, type, 0 };
}

/* What the guest may have; our own is there, and reserved. */
static void make_map(const struct mb_info *info)
{
	static const struct { u64 start, end; } ours[] = {
		{ AP_PAGE, AP_PAGE + 4096 }, { HOST_START, HOST_END },
	};

	for (u32 off = 0; off < info->map_size; ) {
		const struct mb_region *r = (const void *)(u64)(info->map + off);
		u64 start = r->base, end = r->base + r->len;

		for (u32 i = 0; i < 2; i++) {
			if (ours[i].start < start || ours[i].end > end)
				continue;
			add_region(start, ours[i].start, r->type);
			add_region(ours[i].start, ours[i].end, RESERVED);
			start = ours[i].end;
		}
		add_region(start, end, r->type);
		off += r->size + 4;
	}
}

void host_start(u32 magic, u32 at_info)
{
	const struct mb_info *info = (const void *)(u64)at_info;
	const struct module *modules;
	const char *words;

	for (u32 i = 0; i < 256; i++)
		set_gate(i, i == 2 || i >= 32 ? take : fault);
	if (magic != MB_LOADED || (info->flags & MB_WANTED) != MB_WANTED || !info->nr_modules ||
	    info->nr_modules > 2)
		die("wanted: multiboot, a command line, one module or two");
	words = choose((const char *)(u64)info->cmdline);
	tsc_khz = measure_tsc();
	date_start = date();
	tsc_start = rdtsc();
	make_map(info);
	__builtin_memcpy((void *)AP_PAGE, ap_page, ap_page_end - ap_page);
	cpu_init(&cpus[0], 0);
	modules = (const void *)(u64)info->modules;
	if (!load_linux(&cpus[0], modules, info->nr_modules, words) &&
	    !load_elf(&cpus[0], modules, info->nr_modules, words))
		die("the first module is no 64-bit bzImage, nor an ELF file with PVH's entry");
	say("%s, TSC of %llu kHz", face->name, tsc_khz);
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
