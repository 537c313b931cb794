/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * What the scripted Xens of the HVM and the PV side share: log, panic, CPUs' blocks, event
 * channels, the count of hypercalls and the one that is refused.
 */
#ifndef TESTS_XEN_SCRIPT_H
#define TESTS_XEN_SCRIPT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <asm/prctl.h>
#include <cmocka.h>
#include "xen.h"

#define VCPUS		2

static struct pvops_percpu *percpu;		/* VCPUS of them */
static struct pvops_info info;
static struct xencons_interface *ring;
static char logged[16384], xen_heard[8192];
static jmp_buf panicked;

/* What Xen does next, and what it has seen. */
static int fail_at, port_error;
static unsigned int calls, next_port, closed, unmasked, unmasks, sends;
static bool ring_reader;
static void (*on_yield)(void);		/* what another one does meanwhile */
static void (*before_unmask)(void);
/* Interrupts of a vCPU's own vector, that Xen has given to its APIC. */
static unsigned int vector_of[VCPUS], edges[VCPUS];
static void *vcpu_info_of[VCPUS];
static u8 port_vcpu[4096];
static bool port_loops[4096];		/* its other end is a vCPU of ours */
static bool port_shut[4096];
static u32 virq_ports[VCPUS][NR_VIRQS];
static struct vcpu_runstate_info *runstate_of[VCPUS];

static void append(char *to, size_t size, const char *text, size_t len)
{
	size_t at = strlen(to);

	if (at + len < size)
		memcpy(to + at, text, len);
}

static void say(const char *fmt, va_list args)
{
	char line[256];

	vsnprintf(line, sizeof(line) - 1, fmt, args);
	strcat(line, "\n");
	append(logged, sizeof(logged), line, strlen(line));
}

void pvops_log(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
}

void pvops_panic(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
	longjmp(panicked, 1);
}

const struct pvops_info *pvops_get_info(void)
{
	return &info;
}

static struct pvops_percpu *percpu_of(unsigned int cpu)
{
	return cpu < VCPUS ? percpu + cpu : NULL;
}

static void gs_is(unsigned long base)
{
	syscall(SYS_arch_prctl, ARCH_SET_GS, base);
}

static void become(unsigned int cpu)
{
	gs_is((unsigned long)(percpu + cpu));
}

/* ---- event channels ---- */

static void announce(unsigned int port)
{
	unsigned int cpu = port_vcpu[port];
	struct vcpu_info *vcpu = vcpu_info_of[cpu];

	/* Each step only if the one before changed something. */
	if (!vcpu || vcpu->evtchn_pending_sel >> port / 64 & 1)
		return;
	vcpu->evtchn_pending_sel |= 1UL << port / 64;
	if (!vcpu->evtchn_upcall_pending && vector_of[cpu])
		edges[cpu]++;
	vcpu->evtchn_upcall_pending = 1;
}

static void raise_port(unsigned int port)
{
	xen_shared->evtchn_pending[port / 64] |= 1UL << port % 64;
	if (!(xen_shared->evtchn_mask[port / 64] >> port % 64 & 1))
		announce(port);
}

static u32 new_port(u32 vcpu, bool loops)
{
	port_vcpu[next_port] = (u8)vcpu;
	port_loops[next_port] = loops;
	port_shut[next_port] = false;
	return next_port++;
}

static long bind_virq(struct evtchn_bind_virq *op)
{
	op->port = new_port(op->vcpu, false);
	if (!port_error)
		virq_ports[op->vcpu][op->virq] = op->port;
	return port_error;
}

static long close_port(u32 port)
{
	if (port_shut[port])
		return -22;
	closed = port;
	port_shut[port] = true;
	for (u32 i = 0; i < VCPUS * NR_VIRQS; i++)
		if (virq_ports[i / NR_VIRQS][i % NR_VIRQS] == port)
			virq_ports[i / NR_VIRQS][i % NR_VIRQS] = 0;
	return 0;
}

static long send(u32 port)
{
	if (port_shut[port])
		return -22;
	sends++;
	if (port_loops[port])
		raise_port(port);
	else if (ring_reader)
		ring->out_cons = ring->out_prod;
	return 0;
}

static long event_op(u64 cmd, void *arg)
{
	switch (cmd) {
	case EVTCHNOP_bind_virq:
		return bind_virq(arg);
	case EVTCHNOP_bind_ipi:
		((struct evtchn_bind_ipi *)arg)->port =
			new_port(((struct evtchn_bind_ipi *)arg)->vcpu, true);
		return port_error;
	case EVTCHNOP_close:
		return close_port(((struct evtchn_close *)arg)->port);
	case EVTCHNOP_alloc_unbound:
		((struct evtchn_alloc_unbound *)arg)->port = new_port(0, false);
		return 0;
	case EVTCHNOP_unmask:
		unmasked = ((struct evtchn_unmask *)arg)->port;
		unmasks++;
		if (before_unmask)
			before_unmask();
		if (!(xen_shared->evtchn_mask[unmasked / 64] >> unmasked % 64 & 1))
			return 0;
		xen_shared->evtchn_mask[unmasked / 64] &= ~(1UL << unmasked % 64);
		if (xen_shared->evtchn_pending[unmasked / 64] >> unmasked % 64 & 1)
			announce(unmasked);
		return 0;
	case EVTCHNOP_send:
		return send(((struct evtchn_send *)arg)->port);
	}
	return -38;
}

static void handler(u32 irq, void *data)
{
	if (data)
		*(u32 *)data = irq;
}

#endif /* TESTS_XEN_SCRIPT_H */
