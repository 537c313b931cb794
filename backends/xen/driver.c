// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* What drivers need of Xen: pages shared with it, ports, hypercalls. */
#include "xen.h"
#include <xen/grant_table.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>

#define MAX_FRAMES	64

/* What of the grant table takes the place of pages of ours: frames, status words. */
static struct {
	u8 *va;
	u32 nr;
	u32 generation;			/* they go with the host that we leave */
} mapped[2];

static bool on_xen(void)
{
	return xen_shared;
}

long pvops_xen_hypercall(unsigned int nr, u64 a, u64 b, u64 c)
{
	if (!on_xen() || nr >= PVOPS_XEN_NR_HYPERCALLS)
		return -PVOPS_ENOSYS;
	return xen_call3(nr, a, b, c);
}

static u64 hvm_param(u32 index)
{
	struct xen_hvm_param param = { .domid = DOMID_SELF, .index = index };

	return xen_call2(__HYPERVISOR_hvm_op, HVMOP_get_param, &param) ? 0 : param.value;
}

void *pvops_xen_store_page(u32 *port)
{
	static unsigned long page_pfn;
	static void *page;
	unsigned long pfn;

	if (!on_xen())
		return NULL;
	if (xen_start) {
		*port = xen_start->store_evtchn;
		return *port ? xen_builder_page(xen_mfn_to_pfn(xen_start->store_mfn)) : NULL;
	}
	*port = (u32)hvm_param(HVM_PARAM_STORE_EVTCHN);
	pfn = hvm_param(HVM_PARAM_STORE_PFN);
	if (!*port || !pfn)
		return NULL;
	/* Once: mapped is for good, and it is the same after a restore. */
	if (!page || pfn != page_pfn)
		page = pvops_get_host()->map_mmio((__force pvops_gpa_t)(pfn << PVOPS_PAGE_SHIFT),
						  PVOPS_PAGE_SIZE);
	page_pfn = pfn;
	return page;
}

#ifdef __x86_64__
/* Xen's frames by their machine addresses, in place of the page's own. */
static int map_grants_pv(u8 *va, u32 nr, bool status)
{
	static uint64_t frames[MAX_FRAMES];
	struct gnttab_setup_table table = { .dom = DOMID_SELF, .nr_frames = nr };
	struct gnttab_get_status_frames list = { .nr_frames = nr, .dom = DOMID_SELF };
	long err;
	int answer;

	if (status) {
		set_xen_guest_handle(list.frame_list, frames);
		err = xen_call3(__HYPERVISOR_grant_table_op, GNTTABOP_get_status_frames, &list, 1);
		answer = list.status;
	} else {
		set_xen_guest_handle(table.frame_list, frames);
		err = xen_call3(__HYPERVISOR_grant_table_op, GNTTABOP_setup_table, &table, 1);
		answer = table.status;
	}
	if (err || answer != GNTST_okay)
		return err ? (int)err : -PVOPS_EIO;
	for (u32 i = 0; i < nr && !err; i++)
		err = xen_map_frame(va + i * PVOPS_PAGE_SIZE, frames[i]);
	return (int)err;
}

/* The pages' own frames again. */
static int unmap(u8 *va, u32 nr)
{
	long err = 0;

	for (u32 i = 0; i < nr && !err; i++) {
		u8 *page = va + i * PVOPS_PAGE_SIZE;

		err = xen_map_frame(page, xen_pfn_to_mfn(xen_virt_to_pfn(page)));
	}
	return (int)err;
}
#else
/* No PV guest. */
static int map_grants_pv(u8 *va, u32 nr, bool status)
{
	return -PVOPS_ENOSYS;
}

static int unmap(u8 *va, u32 nr)
{
	return -PVOPS_ENOSYS;
}
#endif

static int map_grants_hvm(u8 *va, u32 nr, bool status)
{
	u64 gpa = (__force u64)pvops_get_host()->virt_to_gpa(va);

	for (u32 i = 0; i < nr; i++) {
		struct xen_add_to_physmap op = {
			.domid = DOMID_SELF, .space = XENMAPSPACE_grant_table,
			.idx = i | (status ? XENMAPIDX_grant_table_status : 0),
			.gpfn = (gpa >> PVOPS_PAGE_SHIFT) + i,
		};
		long err = xen_call2(__HYPERVISOR_memory_op, XENMEM_add_to_physmap, &op);

		if (err)
			return (int)err;
	}
	return 0;
}

int pvops_xen_map_grants(void *va, u32 nr, bool status)
{
	int err;

	if (!on_xen())
		return -PVOPS_ENOSYS;
	if (!nr || nr > MAX_FRAMES)
		return -PVOPS_EINVAL;
	err = xen_start ? map_grants_pv(va, nr, status) : map_grants_hvm(va, nr, status);
	if (!err) {
		mapped[status].va = va;
		mapped[status].nr = nr;
		mapped[status].generation = pvops_xen_generation();
	}
	return err;
}

int pvops_xen_unmap_grants(void *va, u32 nr)
{
	int err;

	if (!on_xen())
		return -PVOPS_ENOSYS;
	/* Not PV: Xen takes them away itself when it wants to. */
	err = xen_start ? unmap(va, nr) : 0;
	for (int status = 0; status < 2 && !err; status++)
		if (mapped[status].va == va)
			mapped[status].nr = 0;
	return err;
}

static u32 frames_here(bool status)
{
	return mapped[status].generation == pvops_xen_generation() ? mapped[status].nr : 0;
}

int xen_grants_away(void)
{
	int err = unmap(mapped[0].va, frames_here(false));

	return err ? err : unmap(mapped[1].va, frames_here(true));
}

int xen_grants_back(void)
{
	int err = 0;

	for (int status = 0; status < 2 && !err; status++)
		if (frames_here(status))
			err = map_grants_pv(mapped[status].va, mapped[status].nr, status);
	return err;
}

int pvops_xen_alloc_port(u16 domid)
{
	struct evtchn_alloc_unbound op = { .dom = DOMID_SELF, .remote_dom = domid };
	long err = pvops_xen_hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound,
				       (unsigned long)&op, 0);

	return err ? (int)err : (int)op.port;
}

int pvops_xen_close_port(u32 port)
{
	struct evtchn_close op = { .port = port };

	return (int)pvops_xen_hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_close,
					(unsigned long)&op, 0);
}

int pvops_xen_listen(u32 port, bool keep)
{
	int err = on_xen() ? xen_adopt_port(port, keep) : -PVOPS_ENOSYS;

	/* Not the port's number: after a restore another irq may have that. */
	return err < 0 ? err : err + (int)xen_first_irq;
}

void pvops_xen_wait(u32 irq, u64 deadline)
{
	pvops_smp_poll(irq, deadline);
	/* Taken: what comes from here on is seen by who looks after us, or pending again. */
	xen_port_clear(xen_irq_port(irq - xen_first_irq));
}

int pvops_xen_notify(u32 port)
{
	struct evtchn_send op = { .port = port };

	return (int)pvops_xen_hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_send,
					(unsigned long)&op, 0);
}
