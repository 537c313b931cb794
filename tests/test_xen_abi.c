// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * What Xen shares with guests, or copies from them, as it lays it out for 64 and for 32 bits: the
 * public headers, compiled by us, must come to these figures. The 32-bit ones are those of Xen's
 * compatibility layer: words of 32 bits, and 64-bit fields wherever the one before them ends, but
 * for those of HVMOPs, which are the same for both.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "../backends/xen/hvm.h"
#include "../drivers/xen/public.h"
#include <xen/io/console.h>

#define FIELD(text, is, wide, narrow)	{ text, is, sizeof(long) == 8 ? wide : narrow }
#define SIZE(type, wide, narrow)	FIELD(#type, sizeof(type), wide, narrow)
#define AT(type, field, wide, narrow)	FIELD(#type "." #field, offsetof(type, field), wide, narrow)

static const struct {
	const char *text;
	size_t is;
	size_t should;
} fields[] = {
	SIZE(struct vcpu_time_info, 32, 32),
	SIZE(struct vcpu_info, 64, 64),
	AT(struct vcpu_info, evtchn_upcall_mask, 1, 1),
	AT(struct vcpu_info, evtchn_pending_sel, 8, 4),
	AT(struct vcpu_info, arch, 16, 8),
	AT(struct vcpu_info, time, 32, 32),
	AT(struct shared_info, evtchn_pending, 2048, 2048),
	AT(struct shared_info, evtchn_mask, 2560, 2176),
	AT(struct shared_info, wc_version, 3072, 2304),
	AT(struct shared_info, wc_nsec, 3080, 2312),
	AT(struct shared_info, xen_wc_sec_hi, 3084, 2340),
	SIZE(struct shared_info, 3136, 2344),
	SIZE(struct vcpu_runstate_info, 48, 44),
	AT(struct vcpu_runstate_info, state_entry_time, 8, 4),
	AT(struct vcpu_runstate_info, time, 16, 12),
	SIZE(struct vcpu_register_vcpu_info, 16, 16),
	SIZE(struct vcpu_register_runstate_memory_area, 8, 8),
	SIZE(struct vcpu_set_singleshot_timer, 16, 12),
	SIZE(struct sched_poll, 24, 16),
	AT(struct sched_poll, nr_ports, 8, 4),
	AT(struct sched_poll, timeout, 16, 8),
	SIZE(struct sched_shutdown, 4, 4),
	SIZE(struct xen_add_to_physmap, 24, 16),
	AT(struct xen_add_to_physmap, space, 4, 4),
	AT(struct xen_add_to_physmap, idx, 8, 8),
	AT(struct xen_add_to_physmap, gpfn, 16, 12),
	SIZE(struct xen_memory_reservation, 32, 20),
	AT(struct xen_memory_reservation, nr_extents, 8, 4),
	AT(struct xen_memory_reservation, domid, 24, 16),
	SIZE(struct xen_memory_map, 16, 8),
	AT(struct xen_memory_map, buffer, 8, 4),
	SIZE(struct xen_hvm_param, 16, 16),
	AT(struct xen_hvm_param, index, 4, 4),
	AT(struct xen_hvm_param, value, 8, 8),
	SIZE(struct xen_hvm_evtchn_upcall_vector, 8, 8),
	SIZE(struct evtchn_alloc_unbound, 8, 8),
	SIZE(struct evtchn_bind_virq, 12, 12),
	SIZE(struct evtchn_send, 4, 4),
	SIZE(struct evtchn_status, 24, 24),
	SIZE(struct gnttab_setup_table, 24, 16),
	AT(struct gnttab_setup_table, frame_list, 16, 12),
	SIZE(struct gnttab_set_version, 4, 4),
	SIZE(struct gnttab_get_status_frames, 16, 12),
	SIZE(struct gnttab_query_size, 16, 16),
	SIZE(struct grant_entry_v1, 8, 8),
	SIZE(union grant_entry_v2, 16, 16),
	SIZE(struct xen_feature_info, 8, 8),
	SIZE(struct xencons_interface, 3088, 3088),
	SIZE(struct xenstore_domain_interface, 2076, 2076),
	SIZE(struct blkif_request, 112, 108),
	AT(struct blkif_request, sector_number, 16, 12),
	AT(struct blkif_request, seg, 24, 20),
	SIZE(struct blkif_response, 16, 12),
	AT(struct blkif_response, status, 10, 10),
	SIZE(struct netif_tx_request, 12, 12),
	SIZE(struct netif_rx_response, 8, 8),
	SIZE(struct hvm_start_info, 56, 56),
};

static void layouts(void **state)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		if (fields[i].is != fields[i].should)
			print_error("%s: %zu, should be %zu\n", fields[i].text, fields[i].is,
				    fields[i].should);
		assert_int_equal(fields[i].is, fields[i].should);
	}
}

/* A word of pending ports a bit of the selector, and all of them inside of the page. */
static void ports(void **state)
{
	struct shared_info *si = NULL;

	assert_int_equal(sizeof(si->evtchn_pending[0]), sizeof(long));
	assert_int_equal(sizeof(si->evtchn_pending) / sizeof(long), 8 * sizeof(long));
	assert_true(sizeof(*si) <= 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layouts),
		cmocka_unit_test(ports),
	};

	return cmocka_run_group_tests_name("xen_abi", tests, NULL, NULL);
}
