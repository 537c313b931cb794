/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Xen's public headers, of one version of the interface. */
#ifndef DRIVERS_XEN_PUBLIC_H
#define DRIVERS_XEN_PUBLIC_H

#define __XEN_INTERFACE_VERSION__ 0x00040d00

#include <stdint.h>
#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/io/blkif.h>
#include <xen/io/netif.h>
#include <xen/io/protocols.h>
#include <xen/io/xs_wire.h>

#endif /* DRIVERS_XEN_PUBLIC_H */
