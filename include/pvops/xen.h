/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the Xen backend shows besides ops: for drivers, and for who counts. */
#ifndef PVOPS_XEN_H
#define PVOPS_XEN_H

#define PVOPS_XEN_NR_HYPERCALLS	64

#ifndef __ASSEMBLY__
#include <pvops/types.h>

/**
 * pvops_xen_hypercalls() - hypercalls made so far, of all CPUs.
 * @nr: number of the hypercall (xen.h); those inside of a multicall count under the multicall
 *
 * Return: how many; 0 where Xen is not the host. Any context.
 */
u64 pvops_xen_hypercalls(unsigned int nr);

/** pvops_xen_hypercall_name() - "mmu_update"; "hypercall" if it has no name. Any context. */
const char *pvops_xen_hypercall_name(unsigned int nr);

/**
 * pvops_xen_hypercall() - any hypercall.
 * @nr: its number (xen.h), below PVOPS_XEN_NR_HYPERCALLS
 * @a: first argument; addresses are of memory in the direct map or the image
 * @b: second
 * @c: third
 *
 * Context: any. Return: Xen's answer, negative errno values included; -ENOSYS where Xen is not
 * the host.
 */
long pvops_xen_hypercall(unsigned int nr, u64 a, u64 b, u64 c);

/**
 * pvops_xen_generation() - how often this domain has been restored.
 *
 * Grants, ports other than the kernel's own, and watches are of one generation only. Any context.
 */
u32 pvops_xen_generation(void);

/**
 * pvops_xen_store_page() - the page shared with xenstored.
 * @port: event channel to it
 *
 * Context: task, after pvops_late_init(). Return: NULL if there is none.
 */
void *pvops_xen_store_page(u32 *port);

/**
 * pvops_xen_map_grants() - put grant-table frames in place of pages.
 * @va: pages from host->alloc_pages(), which will never be ordinary memory again
 * @nr: frames, from the first; the table grows to this size
 * @status: the frames with the status words of version 2 instead
 *
 * Context: task. Return: 0 or a negative errno.
 */
int pvops_xen_map_grants(void *va, u32 nr, bool status);

/**
 * pvops_xen_unmap_grants() - undo pvops_xen_map_grants() for frames of status words.
 * @va: the same pages; Xen keeps version 2 as long as they are mapped
 * @nr: frames
 *
 * Context: task. Return: 0 or a negative errno.
 */
int pvops_xen_unmap_grants(void *va, u32 nr);

/**
 * pvops_xen_page_out() - let go of a page that is to leave the domain: of its mapping, on all CPUs,
 * and of its frame.
 * @page: from host->alloc_pages(0), of no other use
 *
 * Context: task. Return: the frame as Xen calls it, for XENMEM_decrease_reservation; ~0 if it
 * cannot be, and nothing has changed.
 */
u64 pvops_xen_page_out(void *page);

/**
 * pvops_xen_page_in() - the other way round.
 * @page: that was let go of
 * @frame: what XENMEM_populate_physmap said, or the one it had
 *
 * Context: task. Return: 0, or a negative errno if the frame cannot be this page's.
 */
int pvops_xen_page_in(void *page, u64 frame);

/**
 * pvops_xen_alloc_port() - an event channel that another domain may bind.
 * @domid: which
 *
 * Context: task. Return: the port or a negative errno.
 */
int pvops_xen_alloc_port(u16 domid);

/** pvops_xen_close_port() - end one that nobody listens to. Any context. 0 or a negative errno. */
int pvops_xen_close_port(u32 port);

/**
 * pvops_xen_listen() - make a port one to wait for: pvops_xen_wait(). It stays masked.
 * @port: from the builder or pvops_xen_alloc_port()
 * @keep: do not close it when irq.unbind ends the listening
 *
 * Context: task. Return: the irq or a negative errno.
 */
int pvops_xen_listen(u32 port, bool keep);

/**
 * pvops_xen_wait() - wait for an event on a port, and take it.
 * @irq: from pvops_xen_listen()
 * @deadline: time.clock at which it ends without one
 *
 * Look for what you wait for after each return: events of before count, and it may come early.
 * Context: task.
 */
void pvops_xen_wait(u32 irq, u64 deadline);

/** pvops_xen_notify() - send an event to the other end. Any context. 0 or a negative errno. */
int pvops_xen_notify(u32 port);

/**
 * pvops_xen_console_read() - what was typed at this domain's console and has not been read yet.
 * @text: where to
 * @len: room there
 *
 * Writing is pvops_console_write(). An interrupt comes with what is typed, for who binds
 * PVOPS_IRQ_CONSOLE (irq.bind); read until there is nothing left, for a second one comes only
 * with more. One reader at a time.
 *
 * Context: any but NMI, after pvops_late_init(). Return: bytes read, 0: nothing there, or Xen is
 * not the host.
 */
size_t pvops_xen_console_read(char *text, size_t len);

#endif /* __ASSEMBLY__ */

#endif /* PVOPS_XEN_H */
