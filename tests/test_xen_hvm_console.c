// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The console of Xen's HVM side: who hears what, and a ring that lies. */
#include "xen_hvm.h"

static void console_of_the_initial_domain(void **state)
{
	dom0 = true;
	hvm_log("early", 5);			/* nobody is there to hear it yet */
	assert_string_equal(xen_heard, "");
	assert_int_equal(start(), 0);
	assert_non_null(strstr(xen_heard, "early"));
	hvm_log("late", 4);
	assert_non_null(strstr(xen_heard, "late"));
	assert_string_equal(serial_heard, "");
}

static void console_ring(void **state)
{
	hvm_log("one ", 4);
	assert_int_equal(start(), 0);
	hvm_log("two ", 4);
	assert_true(!strncmp(ring->out, "one two ", 8));
	cr3 = 0x999000;				/* the kernel's own tables */
	hvm_log("three ", 6);
	assert_int_equal(ring->out_prod, 8);
	assert_int_equal(backend()->late_init(), 0);
	assert_true(!strncmp(ring->out, "one two three ", 14));
	hvm_log("four", 4);
	assert_true(!strncmp(ring->out, "one two three four", 18));
	assert_string_equal(serial_heard, "");
}

static void console_ring_that_lies(void **state)
{
	assert_int_equal(start(), 0);
	ring->out_prod = 5;
	ring->out_cons = 0x80000000;		/* it has read what was never written */
	hvm_log("text", 4);
	assert_int_equal(ring->out_prod, 5);
	/* Nobody takes anything out: given up, not waited for without end. */
	ring->out_prod = sizeof(ring->out);
	ring->out_cons = 0;
	calls = 0;
	hvm_log("text", 4);
	hvm_log("text", 4);
	assert_in_range(calls, 1, 600000);
}

static void console_too_much_to_keep(void **state)
{
	assert_int_equal(start(), 0);
	cr3 = 0x999000;
	for (int i = 0; i < 1000; i++)
		hvm_log("0123456789", 10);
	ring_reader = true;
	assert_int_equal(backend()->late_init(), 0);
}

static void console_without_a_ring(void **state)
{
	console_pfn = 0;
	assert_int_equal(start(), 0);
	hvm_log("text", 4);
	assert_non_null(strstr(serial_heard, "text"));
}

static void console_ring_nowhere(void **state)
{
	console_pfn = 1ULL << 50;
	assert_int_equal(start(), 0);
	hvm_log("text", 4);
	assert_non_null(strstr(serial_heard, "text"));
}

static void console_ring_not_mapped(void **state)
{
	mmio_fails = true;
	assert_int_equal(start(), 0);
	cr3 = 0x999000;
	hvm_log("kept", 4);
	assert_string_equal(serial_heard, "");
	assert_int_equal(backend()->late_init(), 0);
	assert_non_null(strstr(serial_heard, "kept"));
}

static void type_in(const char *text)
{
	for (; *text; text++)
		ring->in[ring->in_prod++ % sizeof(ring->in)] = *text;
}

static void what_is_typed(void **state)
{
	char text[16] = "";

	assert_int_equal(pvops_xen_console_read(text, sizeof(text)), 0);	/* no Xen yet */
	ring->in_prod = ring->in_cons = ~0U - 2;		/* and around */
	assert_int_equal(start(), 0);
	assert_int_equal(backend()->late_init(), 0);
	sends = 0;
	assert_int_equal(pvops_xen_console_read(text, sizeof(text)), 0);
	assert_int_equal(sends, 0);
	type_in("hello world");
	assert_int_equal(pvops_xen_console_read(text, 0), 0);
	assert_int_equal(pvops_xen_console_read(text, 6), 6);
	assert_memory_equal(text, "hello ", 6);
	assert_int_equal(ring->in_cons, ~0U - 2 + 6);
	/* Who types is told that there is room. */
	assert_int_equal(sends, 1);
	assert_int_equal(pvops_xen_console_read(text, sizeof(text)), 5);
	assert_memory_equal(text, "world", 5);
	assert_int_equal(ring->in_cons, ring->in_prod);
}

static void a_full_ring_and_one_that_lies(void **state)
{
	char text[2 * sizeof(ring->in)];

	assert_int_equal(start(), 0);
	assert_int_equal(backend()->late_init(), 0);
	ring->in_cons = 77;
	ring->in_prod = 77 + sizeof(ring->in);
	assert_int_equal(pvops_xen_console_read(text, sizeof(text)), sizeof(ring->in));
	/* More than it can hold: nothing of it, and on from there. */
	ring->in_prod += sizeof(ring->in) + 1;
	assert_int_equal(pvops_xen_console_read(text, sizeof(text)), 0);
	assert_int_equal(ring->in_cons, ring->in_prod);
	type_in("ok");
	assert_int_equal(pvops_xen_console_read(text, sizeof(text)), 2);
	assert_memory_equal(text, "ok", 2);
	ring->in_prod = ring->in_cons - 1;		/* back */
	assert_int_equal(pvops_xen_console_read(text, sizeof(text)), 0);
	assert_int_equal(ring->in_cons, ring->in_prod);
}

static void typed_at_the_initial_domain(void **state)
{
	char text[16] = "";

	dom0 = true;
	assert_int_equal(start(), 0);
	assert_int_equal(pvops_xen_console_read(text, 3), 3);
	assert_string_equal(text, "typ");
	assert_int_equal(pvops_xen_console_read(text, sizeof(text)), 5);
	assert_string_equal(text, "typed");
	read_says = -1;
	assert_int_equal(pvops_xen_console_read(text, sizeof(text)), 0);
}

static void nothing_is_typed_without_a_ring(void **state)
{
	static const struct pvops_irq_source source = { PVOPS_IRQ_CONSOLE, 0 };
	char text[16];

	mmio_fails = true;
	assert_int_equal(start(), 0);
	assert_int_equal(backend()->late_init(), 0);
	type_in("lost");
	assert_int_equal(pvops_xen_console_read(text, sizeof(text)), 0);
	assert_int_equal(ring->in_cons, 0);
	assert_int_equal(hvm_irq_bind(&source, 0, handler, NULL), -PVOPS_ENOSYS);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(console_of_the_initial_domain, fresh),
		cmocka_unit_test_setup(console_ring, fresh),
		cmocka_unit_test_setup(console_ring_that_lies, fresh),
		cmocka_unit_test_setup(console_too_much_to_keep, fresh),
		cmocka_unit_test_setup(console_without_a_ring, fresh),
		cmocka_unit_test_setup(console_ring_nowhere, fresh),
		cmocka_unit_test_setup(console_ring_not_mapped, fresh),
		cmocka_unit_test_setup(what_is_typed, fresh),
		cmocka_unit_test_setup(a_full_ring_and_one_that_lies, fresh),
		cmocka_unit_test_setup(typed_at_the_initial_domain, fresh),
		cmocka_unit_test_setup(nothing_is_typed_without_a_ring, fresh),
	};

	return run_apart(tests, sizeof(tests) / sizeof(*tests));
}
