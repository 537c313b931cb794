// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * A kernel that finds VMI's ROM as the library does and makes each call, once, with paging off:
 * does it do what its instructions do, and keep the registers that it must keep?
 */
#include <pvops/boot.h>
#include <pvops/pvops.h>
#include "../../backends/vmi/rom.h"
#include "probe.h"

static struct vmi_rom rom;
static struct vmi_reloc relocs[VMI_NR_CALLS];
static u32 good, bad;

static void out8(u16 port, u8 val)
{
	asm volatile("out %0, %1" : : "a"(val), "Nd"(port));
}

static void say(const char *text)
{
	for (; *text; text++)
		out8(0x3f8, (u8)*text);
}

void pvops_log(const char *fmt, ...)
{
	char line[160];
	va_list args;

	va_start(args, fmt);
	pvops_vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	say(line);
	say("\n");
}

const void *pvops_boot_phys(u64 gpa, u64 len __attribute__((unused)))
{
	return (const void *)(u32)gpa;
}

void fault(const u32 *stack)
{
	pvops_log("probe: fault, stack %x %x %x %x", stack[0], stack[1], stack[2], stack[3]);
	out8(0xf4, 2);
	for (;;)
		;
}

void result(const char *name, bool right)
{
	pvops_log("probe: %s %s", name, right ? "ok" : "BAD");
	good += right;
	bad += !right;
}

u8 type_of(u32 call)
{
	return relocs[call].type;
}

u32 target_of(u32 call)
{
	return relocs[call].target;
}

/* Registers that nobody may change hold patterns; so do those that flags-only calls keep. */
struct regs go(u32 call, u32 a, u32 d, u32 c, u32 s0, u32 s1)
{
	struct regs regs = { a, 0xb0b0b0b0, c, d, 0x51515151, 0xd1d1d1d1, 0xeb9eb9eb };
	bool instruction = call == VMI_CPUID || (call >= VMI_IN32 && call <= VMI_OUTS16);
	bool narrow = call >= VMI_ENABLE_IRQS && call <= VMI_SET_IRQ_MASK;
	bool kept;

	if (call >= VMI_IN32 && call <= VMI_OUTS16)
		regs.di = regs.si = s0;
	kept = rom_call(relocs[call].target, &regs, s0, s1);
	if (!instruction)
		kept &= regs.b == 0xb0b0b0b0 && regs.si == 0x51515151 && regs.di == 0xd1d1d1d1;
	kept &= regs.bp == 0xeb9eb9eb;
	if (narrow)
		kept &= regs.c == c && regs.d == d && (call == VMI_GET_IRQ_MASK || regs.a == a);
	if (!kept)
		result(vmi_call_name(call), false);
	return regs;
}

static u64 ask(u32 call)
{
	struct regs regs = { call, 0, 0, 0, 0, 0, 0 };

	if (!rom_call(rom.gpa + VMI_ROM_GET_RELOC, &regs, 0, 0))
		result("get_reloc", false);
	return (u64)regs.d << 32 | regs.a;
}

static void say_answers(void)
{
	static const char *const names[] = { "none", "call", "jump", "nop" };
	u32 count[4] = { 0 };

	for (u32 call = 0; call < VMI_NR_CALLS; call++) {
		count[relocs[call].type]++;
		if (relocs[call].type != VMI_RELOC_CALL)
			pvops_log("probe: %u %s: %s", call, vmi_call_name(call),
				  names[relocs[call].type]);
	}
	pvops_log("probe: none=%u call=%u jump=%u nop=%u", count[0], count[1], count[2], count[3]);
	/* Numbers that are not calls have no answer. */
	result("unknown calls", !(ask(VMI_NR_CALLS) >> 32) && !(ask(0x80000000) >> 32));
}

void probe(void)
{
	struct regs regs = { 0 };

	set_up();
	if (!vmi_rom_find(&rom)) {
		pvops_log("probe: no ROM");
	} else if (vmi_relocs(&rom, rom.gpa, ask, relocs)) {
		pvops_log("probe: ROM at 0x%x, %u bytes, API %u.%u, hole 0x%x, %x:%x", rom.gpa,
			  rom.size, rom.major, rom.minor, rom.virtual_top, rom.vendor, rom.device);
		pvops_log("probe: licence '%s', made by '%s', '%s'", rom.licence, rom.maker,
			  rom.product);
		say_answers();
		result("vmi_init", rom_call(rom.gpa + VMI_ROM_INIT, &regs, 0, 0) && !regs.a);
		try_all();
	}
	pvops_log("probe: done ok=%u bad=%u", good, bad);
	if (relocs[VMI_REBOOT].type == VMI_RELOC_CALL)
		go(VMI_REBOOT, 1, 0, 0, 0, 0);		/* QEMU ends at that */
	out8(0xf4, 1);
}
