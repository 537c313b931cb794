// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The console of an HVM guest: Xen's own for the initial domain; else the ring, in a page that
 * Xen names and that lies in no memory map; without one the boot entry's serial port.
 *
 * The ring is reached through the boot's identity map first. Text is kept while there is no way to
 * it: before init, and when the kernel has gone to tables of its own until late init has the page
 * mapped by the kernel.
 */
#include "hvm.h"

#define KEPT	4096

static struct {
	const struct pvops_boot *boot;
	u64 gpa;			/* of the ring, 0: none */
	u32 port;
	bool serial;			/* no hypercalls */
	bool mapped;			/* the ring, by the kernel */
	u32 kept;
	char text[KEPT];
} con;

static void say_kept(void)
{
	u32 len = con.kept;

	con.kept = 0;
	if (len)
		hvm_log(con.text, len);
}

static void find_ring(void)
{
	u64 pfn = 0, port = 0;

	if (hvm_get_param(HVM_PARAM_CONSOLE_PFN, &pfn) || !pfn || pfn >= 1ULL << 40 ||
	    pfn > ~0UL >> PVOPS_PAGE_SHIFT ||
	    hvm_get_param(HVM_PARAM_CONSOLE_EVTCHN, &port) || !port || port > ~0U) {
		pvops_log("xen-hvm: no console ring: the serial port");
		return;
	}
	con.gpa = pfn << PVOPS_PAGE_SHIFT;
	con.port = (u32)port;
	xen_console_ring((void *)(unsigned long)pvops_boot_phys(con.gpa, PVOPS_PAGE_SIZE),
			 con.port);
}

/* Hypercalls work from here on, or if not, @serial. */
void hvm_console_init(const struct pvops_boot *boot, bool serial)
{
	con.boot = boot;
	con.serial = serial;
	if (!xen_dom0 && !serial)
		find_ring();
	say_kept();
}

void hvm_console_late(void)
{
	void *ring;

	if (!con.gpa)
		return;
	ring = pvops_get_host()->map_mmio((__force pvops_gpa_t)(unsigned long)con.gpa,
					  PVOPS_PAGE_SIZE);
	if (!ring)
		con.gpa = 0;
	/* Not through the boot's tables any more, to read what is typed either. */
	xen_console_ring(ring, ring ? con.port : 0);
	con.mapped = ring;
	say_kept();
	if (!ring)
		pvops_log("xen-hvm: the console ring cannot be mapped: the serial port");
}

/* Where the ring lies has been saved with us; its port is another. */
void hvm_console_resume(void)
{
	u64 port = 0;
	long err;

	if (!con.gpa)
		return;
	err = hvm_get_param(HVM_PARAM_CONSOLE_EVTCHN, &port);
	if (port > ~0U)
		port = 0;
	con.port = (u32)port;
	xen_console_port_is(con.port);
	if (!port)
		pvops_log("xen-hvm: the console has no port after a restore: error %ld", err);
}

/* Do the boot's tables, which map the low 4 GiB onto themselves, still count? */
static bool boot_tables(void)
{
	return (hvm_read_cr3() & PVOPS_PTE_FRAME) == (__force unsigned long)con.boot->root &&
	       pvops_boot_phys(con.gpa, PVOPS_PAGE_SIZE);
}

void hvm_log(const char *text, size_t len)
{
	bool ring = con.boot && !xen_dom0 && !con.serial && con.gpa;

	if (!con.boot || (ring && !con.mapped && !boot_tables())) {
		for (; len && con.kept < KEPT; len--)
			con.text[con.kept++] = *text++;
	} else if (ring || (xen_dom0 && !con.serial)) {
		xen_console_write(text, len);
	} else {
		con.boot->proto->emergency(text, len);
	}
}
