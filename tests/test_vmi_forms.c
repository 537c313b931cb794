// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Which forms VMI's backend makes of a ROM's answers; and when it declines. i386 alone. */
#include "vmi_calls.h"
#include <pvops/clock.h>
#include <sys/mman.h>
#include "vmi_rom.h"
#include "../backends/vmi/backend.c"

#define ROM_AT		0xc9000
#define STUBS		0x200		/* one of 8 bytes for each call */
#define NR_ROWS		(sizeof(rows) / sizeof(*rows))

extern u32 vmi_restore_to;

static u8 answers[VMI_NR_CALLS];
static u32 refuses, inits, copy_differs, asked;

/* ---- core and the kernel, as far as they are asked ---- */

const char *pvops_op_name(unsigned int op)
{
	static char name[16];

	snprintf(name, sizeof(name), "op %u", op);
	return name;
}

int pvops_base_start_cpu(unsigned int cpu, const struct pvops_cpu_start *start,
			 void (*first)(void))
{
	return -PVOPS_ENOSYS;
}

static pvops_gpa_t virt_to_gpa(const void *va)
{
	return (pvops_gpa_t)(unsigned long)va;
}

/* Page tables with nothing in them. */
static void *gpa_to_virt(pvops_gpa_t gpa)
{
	static u64 empty[512];

	return empty;
}

static const struct pvops_host host = { .virt_to_gpa = virt_to_gpa, .gpa_to_virt = gpa_to_virt };

const struct pvops_host *pvops_get_host(void)
{
	return &host;
}

bool pvops_clock_offer(const char *owner, const struct pvops_clock_facts *facts,
		       struct pvops_clock_choice *choice)
{
	return true;
}

u8 pvops_image_start[1], pvops_image_end[1];

/* ---- the ROM: machine code that leads to these ---- */

static REGS u64 get_reloc(u32 call)
{
	u8 type = answers[call];

	asked++;
	if (copy_differs == call && linear == (u32)vmi_image)
		type ^= VMI_RELOC_CALL;
	return (u64)type << 32 |
	       (type == VMI_RELOC_CALL || type == VMI_RELOC_JUMP ? linear + STUBS + 8 * call : 0);
}

static u32 rom_init(void)
{
	inits++;
	return refuses;
}

static REGS void rom_linear_mapping(u32 slot, u32 va, u32 pages, u32 pfn)
{
}

static REGS void rom_allocate(u32 pfn, u32 flags, u32 source, u32 first, u32 count)
{
}

/* push $target; ret: eax, edx and ecx are the call's. */
static void put_jump(u8 *at, const void *target)
{
	u32 address = (u32)target;

	at[0] = 0x68;
	memcpy(at + 1, &address, 4);
	at[5] = 0xc3;
}

static void may_run(const void *at, size_t size)
{
	u32 from = (u32)at & ~4095U;

	assert_int_equal(mprotect((void *)from, (u32)at + size - from,
				  PROT_READ | PROT_WRITE | PROT_EXEC), 0);
}

static void unexpected(void)
{
	abort();
}

static int fresh(void **state)
{
	static const struct {
		u32 call;
		const void *func;
	} funcs[] = {
		{ VMI_CYCLE_FREQUENCY, rom_frequency }, { VMI_CYCLE_COUNTER, rom_counter },
		{ VMI_SET_ALARM, rom_set_alarm }, { VMI_CANCEL_ALARM, rom_cancel_alarm },
		{ VMI_WALLCLOCK, rom_wallclock }, { VMI_WALLCLOCK_UPDATED, rom_wallclock_updated },
		{ VMI_SET_LINEAR_MAPPING, rom_linear_mapping },
		{ VMI_ALLOCATE_PAGE, rom_allocate },
	};
	u8 *rom_bytes = window + (ROM_AT - VMI_ROM_FIRST);

	memset(&rom_state, 0, sizeof(rom_state));
	rom_state.hz = 1000000000;
	rom_state.step = 1;
	memset(window, 0, sizeof(window));
	put_rom(ROM_AT, 8);
	put_jump(rom_bytes + VMI_ROM_INIT, rom_init);
	put_jump(rom_bytes + VMI_ROM_GET_RELOC, get_reloc);
	for (u32 call = 0; call < VMI_NR_CALLS; call++)
		put_jump(rom_bytes + STUBS + 8 * call, unexpected);
	for (u32 i = 0; i < sizeof(funcs) / sizeof(*funcs); i++)
		put_jump(rom_bytes + STUBS + 8 * funcs[i].call, funcs[i].func);
	sum_rom(ROM_AT);
	memory_set(window, WINDOW, VMI_ROM_FIRST);
	may_run(memory, WINDOW);
	may_run(vmi_image, IMAGE_SIZE);
	may_run(&vmi_restore_to, 4);
	memset(answers, VMI_RELOC_CALL, sizeof(answers));
	memset(vmi_forms, 0, sizeof(vmi_forms));
	memset(vmi_targets, 0, sizeof(vmi_targets));
	refuses = inits = 0;
	copy_differs = VMI_NR_CALLS;
	ways_set = NULL;
	logged[0] = 0;
	return 0;
}

static const struct pvops_boot_proto proto = { .name = "test", .ring0 = true };
static struct pvops_boot boot;

static bool detect(void)
{
	const struct pvops_probe probe = { .boot = &boot };
	struct pvops_verdict verdict = { 0 };

	boot.proto = &proto;
	vmi_backend.detect(&probe, &verdict);
	return verdict.score;
}

static void start(void)
{
	assert_true(detect());
	assert_int_equal(vmi_backend.init(&boot), 0);
	assert_int_equal(inits, 1);
}

static bool says(const char *text)
{
	return strstr(logged, text);
}

/* ---- */

static void all_are_calls(void **state)
{
	start();
	for (u32 i = 0; i < NR_ROWS; i++) {
		const struct pvops_form *form = vmi_forms + rows[i].op;

		assert_int_equal(form->kind, PVOPS_FORM_CALL);
		if (rows[i].flags & DIRECT)
			assert_int_equal((u32)form->func,
					 (u32)vmi_image + STUBS + 8 * rows[i].call);
		else
			assert_int_equal((u32)form->func, (u32)rows[i].func);
	}
	assert_true(!!vmi_forms[PVOPS_OP_time_clock].func && !!vmi_forms[PVOPS_OP_time_steal].func);
	assert_true(ways_set && ways_set->apic_read && ways_set->apic_write && ways_set->gdt &&
		    ways_set->write_gdt_entry && ways_set->start_state && ways_set->stop &&
		    ways_set->set_alarm && ways_set->cancel_alarm);
	assert_int_equal(boot.top, 0xfc000000);
	/* irq.restore's way to EnableInterrupts. */
	assert_int_equal((u32)&vmi_restore_to + 4 + vmi_restore_to,
			 (u32)vmi_image + STUBS + 8 * VMI_ENABLE_IRQS);
}

static void none_is_left_to_native(void **state)
{
	char line[64];

	memset(answers, VMI_RELOC_NONE, sizeof(answers));
	start();
	for (u32 op = 0; op < PVOPS_NR_OPS; op++)
		assert_int_equal(vmi_forms[op].kind, PVOPS_FORM_EMPTY);
	for (u32 i = 0; i < NR_ROWS; i++) {
		snprintf(line, sizeof(line), "vmi: no %s: op %u is native",
			 vmi_call_name(rows[i].call), rows[i].op);
		assert_true(says(line));
	}
	assert_true(says("vmi: 0 ops call the ROM, 0 are nothing"));
	assert_true(says("vmi: no GetCycleFrequency: time is native"));
	assert_true(ways_set && !ways_set->apic_read && !ways_set->apic_write && !ways_set->gdt &&
		    !ways_set->write_gdt_entry && !ways_set->start_state && !ways_set->stop &&
		    !ways_set->set_alarm && !ways_set->cancel_alarm);
}

static void nothing_to_do(void **state)
{
	answers[VMI_IO_DELAY] = VMI_RELOC_NOP;
	answers[VMI_WBINVD] = VMI_RELOC_NOP;
	answers[VMI_SET_LAZY_MODE] = VMI_RELOC_NOP;
	answers[VMI_ALLOCATE_PAGE] = VMI_RELOC_NOP;
	answers[VMI_UPDATE_PXE_LONG] = VMI_RELOC_NOP;
	start();
	assert_int_equal(vmi_forms[PVOPS_OP_cpu_io_delay].kind, PVOPS_FORM_NOP);
	assert_int_equal((u32)vmi_forms[PVOPS_OP_cpu_io_delay].func, (u32)vmi_nothing);
	assert_int_equal(vmi_forms[PVOPS_OP_cpu_wbinvd].kind, PVOPS_FORM_NOP);
	/* Native does nothing in a batch, and all that there is to do of an entry. */
	assert_int_equal(vmi_forms[PVOPS_OP_mmu_batch_begin].kind, PVOPS_FORM_EMPTY);
	assert_int_equal(vmi_forms[PVOPS_OP_mmu_batch_flush].kind, PVOPS_FORM_EMPTY);
	assert_int_equal(vmi_forms[PVOPS_OP_mmu_alloc_table].kind, PVOPS_FORM_EMPTY);
	assert_int_equal(vmi_forms[PVOPS_OP_mmu_xchg_pte].kind, PVOPS_FORM_EMPTY);
	assert_int_equal(vmi_forms[PVOPS_OP_mmu_set_pte].kind, PVOPS_FORM_CALL);
}

static void iret_by_a_jump(void **state)
{
	answers[VMI_IRET] = VMI_RELOC_JUMP;
	start();
	assert_int_equal((u32)vmi_forms[PVOPS_OP_cpu_iret].func, (u32)vmi_iret);
	assert_int_equal((u32)vmi_forms[PVOPS_OP_cpu_sysret].func, (u32)vmi_iret);
	assert_int_equal(vmi_forms[PVOPS_OP_cpu_iret].kind, PVOPS_FORM_CALL);
	assert_int_equal(vmi_targets[VMI_IRET], (u32)vmi_image + STUBS + 8 * VMI_IRET);
}

static void half_a_function_is_none(void **state)
{
	answers[VMI_HALT] = VMI_RELOC_NONE;
	for (u32 call = VMI_ENABLE_IRQS; call <= VMI_SET_IRQ_MASK; call++)
		answers[call] = VMI_RELOC_NONE;
	start();
	assert_int_equal(vmi_forms[PVOPS_OP_irq_halt].kind, PVOPS_FORM_EMPTY);
	fresh(NULL);
	answers[VMI_APIC_WRITE] = VMI_RELOC_NONE;
	answers[VMI_GET_GDT] = VMI_RELOC_NONE;
	start();
	assert_true(!ways_set->apic_read && !ways_set->apic_write);
	assert_true(!ways_set->gdt && !ways_set->write_gdt_entry);
	assert_true(says("the local APIC is native") && says("bases of segments are native"));
}

/* Its clock goes, its alarms do not: then the timer is native's, on that clock. */
static void time_without_alarms(void **state)
{
	rom_state.deaf = true;
	start();
	assert_true(vmi_forms[PVOPS_OP_time_clock].func == (const void *)vmi_clock);
	assert_true(ways_set && !ways_set->set_alarm && !ways_set->cancel_alarm);
}

/* Answers at random: no form may lead to a call that is not there. */
static void any_answers(void **state)
{
	u32 random = 1, declined = 0;

	for (u32 round = 0; round < 300; round++) {
		fresh(NULL);
		for (u32 call = 0; call < VMI_NR_CALLS; call++) {
			static const u8 types[] = { 0, 1, 1, 3 };
			bool nop = call == VMI_IO_DELAY || call == VMI_WBINVD ||
				   call == VMI_CLTS || call == VMI_SET_DR ||
				   (call >= VMI_UPDATE_PXE && call <= VMI_SET_LINEAR_MAPPING &&
				    call != VMI_MACHINE_TO_PHYSICAL &&
				    call != VMI_PHYSICAL_TO_MACHINE);

			random = random * 1103515245 + 12345;
			answers[call] = types[random >> 16 & 3];
			if (answers[call] == VMI_RELOC_NOP && !nop)
				answers[call] = VMI_RELOC_NONE;
		}
		/* One in two keeps the interrupt flag as a whole. */
		for (u32 call = VMI_ENABLE_IRQS; round & 1 && call <= VMI_HALT; call++)
			answers[call] = VMI_RELOC_CALL;
		if (!detect()) {
			declined++;
			continue;
		}
		assert_int_equal(vmi_backend.init(&boot), 0);
		for (u32 i = 0; i < NR_ROWS; i++) {
			const struct pvops_form *form = vmi_forms + rows[i].op;

			if (form->kind == PVOPS_FORM_EMPTY) {
				assert_true(!form->func);
				continue;
			}
			assert_true(!!form->func);
			if (form->kind == PVOPS_FORM_CALL && form->func != vmi_success)
				assert_true(!!vmi_targets[rows[i].call]);
		}
		if (vmi_forms[PVOPS_OP_irq_halt].func)
			assert_true(vmi_targets[VMI_HALT]);
		if (ways_set->set_alarm)
			assert_true(vmi_targets[VMI_CANCEL_ALARM] &&
				    vmi_targets[VMI_CYCLE_COUNTER]);
	}
	assert_in_range(declined, 100, 200);
}

static void changed_nothing(void)
{
	for (u32 op = 0; op < PVOPS_NR_OPS; op++)
		assert_int_equal(vmi_forms[op].kind, PVOPS_FORM_EMPTY);
	for (u32 call = 0; call < VMI_NR_CALLS; call++)
		assert_int_equal(vmi_targets[call], 0);
	assert_true(!ways_set);
	assert_int_equal(boot.top, 0);
}

static void init_refuses(void **state)
{
	boot.top = 0;
	assert_true(detect());
	refuses = 7;
	assert_int_equal(vmi_backend.init(&boot), PVOPS_INIT_DECLINED);
	assert_true(says("vmi: ROM at 0xc9000 refused: its init says 7"));
	changed_nothing();
}

static void the_copy_differs(void **state)
{
	boot.top = 0;
	copy_differs = VMI_SET_CR3;
	assert_true(detect());
	assert_int_equal(vmi_backend.init(&boot), PVOPS_INIT_DECLINED);
	assert_true(says("SetCR3 answered with 1:") && says("with 0:0x0 as a copy"));
	assert_int_equal(inits, 0);
	changed_nothing();
}

static void too_large(void **state)
{
	put_rom(ROM_AT, IMAGE_SIZE / VMI_ROM_UNIT + 1);
	memory_set(window, WINDOW, VMI_ROM_FIRST);
	assert_true(!detect());
	assert_true(says("this kernel has room for"));
}

/* A ROM that nobody wishes for is not run. */
static void not_against_a_wish(void **state)
{
	static const char *const wishes[] = { "native", "kvm", "vmicious", "vm" };

	for (u32 i = 0; i < 4; i++) {
		wish = wishes[i];
		asked = 0;
		assert_true(!detect() && !asked);
	}
	wish = "vmi";
	assert_true(detect() && asked);
	wish = NULL;
}

static void not_without_ring_0(void **state)
{
	const struct pvops_boot_proto pv = { .name = "pv" };
	struct pvops_boot other = { .proto = &pv };
	const struct pvops_probe probe = { .boot = &other };
	struct pvops_verdict verdict = { 0 };

	vmi_backend.detect(&probe, &verdict);
	assert_int_equal(verdict.score, 0);
	assert_string_equal(logged, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, fresh)
		T(all_are_calls),
		T(none_is_left_to_native),
		T(nothing_to_do),
		T(iret_by_a_jump),
		T(half_a_function_is_none),
		T(time_without_alarms),
		T(any_answers),
		T(init_refuses),
		T(the_copy_differs),
		T(too_large),
		T(not_against_a_wish),
		T(not_without_ring_0),
	};

	return cmocka_run_group_tests_name("vmi_forms", tests, NULL, NULL);
}
