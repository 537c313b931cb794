/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Xen's interface: of the libxen-dev package, or, in a kernel that brings its own, that one. */
#ifndef PVOPS_XEN_ABI_H
#define PVOPS_XEN_ABI_H

#include <pvops/where.h>

#ifdef PVOPS_LINUX
#include <pvops/xen-abi.h>
#else
#define __XEN_INTERFACE_VERSION__ 0x00040d00

#include <stdint.h>
#include <xen/xen.h>
#include <xen/arch-x86/xen-mca.h>
#include <xen/callback.h>
#include <xen/event_channel.h>
#include <xen/io/console.h>
#include <xen/memory.h>
#include <xen/physdev.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>

/* Code that must not be traced or instrumented, for who has such; and where it may be after all. */
#define XEN_NOINSTR
#define xen_instr_begin()	((void)0)
#define xen_instr_end()		((void)0)
#endif

#endif /* PVOPS_XEN_ABI_H */
