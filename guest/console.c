// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Text to the host's console, a line at a time, and the way out. */
#include "guest.h"
#include "lock.h"
#include "host.h"

#define DEBUG_EXIT	0xf4		/* QEMU's isa-debug-exit */

static struct lock console_lock;

void host_log(const char *text, size_t len)
{
	unsigned long flags;

	/* Before the table is filled there is one CPU and no lock that works. */
	if (!pvops_get_info()->nr_sites) {
		pvops_console_write(text, len);
		return;
	}
	flags = lock_irqsave(&console_lock);
	pvops_console_write(text, len);
	unlock_irqrestore(&console_lock, flags);
}

void kprintf(const char *fmt, ...)
{
	char line[256];
	va_list args;
	int len;

	va_start(args, fmt);
	len = pvops_vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	host_log(line, len < (int)sizeof(line) ? (size_t)len : sizeof(line) - 1);
}

void leave_by(unsigned int status, unsigned int reason)
{
	char word[4];

	pvops_irq_disable();
	/* Without the device this is a write to a port that nobody has. */
	if (guest_boot->proto->ring0 &&
	    !pvops_boot_option(guest_boot->cmdline, "exit=", word, sizeof(word)))
		pvops_cpu_out8((u8)status, DEBUG_EXIT);
	pvops_cpu_shutdown(reason);
	for (;;)
		pvops_irq_halt();
}

void leave(unsigned int status)
{
	leave_by(status, status > 1 ? PVOPS_SHUTDOWN_CRASH : PVOPS_SHUTDOWN_REBOOT);
}

void host_panic(const char *why)
{
	char line[256];
	int len = pvops_snprintf(line, sizeof(line), "pvops: panic: %s\n", why);

	/* No lock: whoever holds it may be the one that panics. */
	pvops_console_write(line, len < (int)sizeof(line) ? (size_t)len : sizeof(line) - 1);
	if (pvops_get_info()->nr_sites)
		leave(2);
	for (;;)
		if (guest_boot->proto->stop)
			guest_boot->proto->stop();
}

void kpanic(const char *fmt, ...)
{
	char text[200], line[256];
	va_list args;
	int len;

	va_start(args, fmt);
	pvops_vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	len = pvops_snprintf(line, sizeof(line), "guest: panic: %s\n", text);
	pvops_console_write(line, (size_t)len);
	leave(2);
}
