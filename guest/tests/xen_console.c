// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The console's other direction. Where the command line says `typist`, somebody reads our lines
 * and types at the console what a line `guest: type N WORD` asks for: N times the word, and return.
 */
#include <pvops/xen.h>
#include "party.h"

#define TYPED_MS	5000

static char word[32];

/* Nobody can type it who has not read it. */
static u32 make_word(void)
{
	return (u32)pvops_snprintf(word, sizeof(word), "-%llx", pvops_time_clock());
}

/* A line of @times times the word; how many bytes of it were right. */
static u32 read_line(u32 times, u32 len)
{
	u64 end = pvops_time_clock() + TYPED_MS * MS;
	u32 at = 0;
	char text[64];

	do {
		size_t got = pvops_xen_console_read(text, sizeof(text));

		for (size_t i = 0; i < got; i++, at++) {
			if (at == times * len && (text[i] == '\n' || text[i] == '\r'))
				return at;
			if (at >= times * len || text[i] != word[at % len])
				return at;
		}
		if (!got)
			sleep_ns(MS);
	} while (pvops_time_clock() < end);
	return at;
}

static void typed(u32 times)
{
	u32 len = make_word(), right;

	kprintf("guest: type %u %s\n", times, word);
	right = read_line(times, len);
	kprintf("guest: typed %u of %u bytes\n", right, times * len);
	EXPECT(right == times * len);
}

GUEST_TEST(xen_console_reads_what_is_typed)
{
	static const struct pvops_irq_source source = { PVOPS_IRQ_CONSOLE, 0 };
	struct counter counter = { 0 };
	int irq;

	if (!pvops_boot_option(guest_boot->cmdline, "typist", NULL, 0))
		SKIP("nobody types");
	irq = pvops_irq_bind(&source, pvops_cpu(), count_irq, &counter);
	EXPECT(irq > 0);
	typed(1);
	EXPECT(counted(&counter) > 0);
	/* More than the ring holds at once. */
	typed(200);
	EXPECT(irq < 0 || pvops_irq_unbind((u32)irq) == 0);
	/* Without interrupts. */
	typed(2);
}

/* Somebody may be typing, and not be meant. */
GUEST_TEST(xen_console_read_into_no_room)
{
	char text[4];

	EXPECT(pvops_xen_console_read(text, 0) == 0);
	EXPECT(pvops_xen_console_read(text, sizeof(text)) <= sizeof(text));
}
