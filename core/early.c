// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Messages and panics, from the first instruction of C on.
 *
 * A line goes to the kernel's log if the kernel is known, else to the console by the means of
 * the boot entry.
 */
#include "core.h"

void pvops_console_write(const char *text, size_t len)
{
	const struct pvops_backend *backend = pvops_state.info.backend;

	if (backend && backend->log)
		backend->log(text, len);
	else if (pvops_state.boot && pvops_state.boot->proto->emergency)
		pvops_state.boot->proto->emergency(text, len);
}

/* "pvops: " TEXT "\n" in buf, cut to fit; returns the length. */
static size_t format_line(char *buf, size_t size, const char *fmt, va_list args)
{
	static const char head[] = "pvops: ";
	size_t len = sizeof(head) - 1;

	for (size_t i = 0; i < len; i++)
		buf[i] = head[i];
	len += (size_t)pvops_vsnprintf(buf + len, size - len - 1, fmt, args);
	if (len > size - 2)
		len = size - 2;
	buf[len++] = '\n';
	buf[len] = '\0';
	return len;
}

void pvops_log(const char *fmt, ...)
{
	char line[256];
	va_list args;
	size_t len;

	va_start(args, fmt);
	len = format_line(line, sizeof(line), fmt, args);
	va_end(args);
	if (pvops_state.host)
		pvops_state.host->log(line, len);
	else
		pvops_console_write(line, len);
}

void pvops_panic(const char *fmt, ...)
{
	char line[256], text[224];
	va_list args;

	va_start(args, fmt);
	pvops_vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (pvops_state.host)
		pvops_state.host->panic(text);
	pvops_snprintf(line, sizeof(line), "pvops: panic: %s\n", text);
	for (size_t len = 0; line[len]; len++)
		if (line[len] == '\n')
			pvops_console_write(line, len + 1);
	for (;;)
		if (pvops_state.boot && pvops_state.boot->proto->stop)
			pvops_state.boot->proto->stop();
}

const char *pvops_op_name(unsigned int op)
{
	return op < PVOPS_NR_OPS ? pvops_op_rows[op].name : NULL;
}

/* What stands in the table until pvops_init() has filled it; ip: behind the call. */
void pvops_early_op_c(unsigned long ip) __attribute__((noreturn, used));

void pvops_early_op_c(unsigned long ip)
{
	const struct pvops_site *site;

	for (site = pvops_sites_start; site < pvops_sites_end; site++)
		if ((unsigned long)pvops_site_addr(site) + site->len == ip &&
		    site->op < PVOPS_NR_OPS)
			pvops_panic("op %s used at %lx before pvops_init()",
				    pvops_op_name(site->op), ip - PVOPS_SITE_CALL_LEN);
	pvops_panic("an op used at %lx before pvops_init()", ip - PVOPS_SITE_CALL_LEN);
}
