# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
# Xen PV on a scripted Xen, and the fuzzers of all that Xen's other domains can write to.

XEN_TEXT = -I$(TOP)/backends/xen -mno-red-zone -mstackrealign -Wl,--defsym=pvops_percpu=0 \
	-Wno-unused-function -Wno-unused-variable

# Where the guest's memory, Xen's table and the image lie in a process.
XEN_PV_PLACES = -D_GNU_SOURCE -DPVOPS_VIRT_BASE=0x40000000UL -DHYPERVISOR_VIRT_START=0x60000000UL \
	-Wl,-T,extable.lds,--defsym=pvops_image_start=0x40010000,--defsym=pvops_image_end=0x4001f000

XEN_PV_TESTS = test_xen_pv test_xen_pv_mmu test_xen_pv_faults test_xen_pv_suspend test_xen_pv_moved
XEN_PV = $(filter-out %/backend.c %/hvm.c %/hvm_console.c %/hvm_irq.c %_32.c,$(wildcard \
	$(TOP)/backends/xen/*.c)) $(addprefix $(TOP)/core/,clock.c extable.c format.c memmap.c)
XEN_PV_ASM = $(addprefix $(O)/,irq_asm.o leave.o)
TESTS += $(XEN_PV_TESTS)
$(addprefix $(O)/,$(XEN_PV_TESTS)): $(O)/%: %.c $(XEN_PV) $(XEN_PV_ASM) extable.lds \
		$(TOP)/backends/xen/backend.c
$(addprefix $(O)/,$(XEN_PV_TESTS)): CFLAGS += $(XEN_TEXT) $(XEN_PV_PLACES)
$(addprefix $(O)/,$(XEN_PV_TESTS)): TAKEN_IN += %/xen/backend.c
$(XEN_PV_ASM): $(O)/%.o: $(TOP)/backends/xen/%.S $(HEADERS)
	mkdir -p $(O)
	$(CC) -D__ASSEMBLY__ -DPVOPS_HOSTED -I$(TOP)/include -c -o $@ $<

XEN_FUZZERS = fuzz_xen_block fuzz_xen_net fuzz_xen_grant
FUZZERS += $(XEN_FUZZERS)
$(addprefix $(O)/,$(XEN_FUZZERS)): $(O)/%: %.c $(XEN_DRIVERS)
$(addprefix $(O)/,$(XEN_FUZZERS)): CFLAGS += $(XEN_TEXT)

# These take text in, to put back what it remembers.
XEN_INSIDE = fuzz_xen_store fuzz_xen_console fuzz_xen_time
FUZZERS += $(XEN_INSIDE)
$(addprefix $(O)/,$(XEN_INSIDE)): CFLAGS += $(XEN_TEXT)
$(O)/fuzz_xen_store: fuzz_xen_store.c $(addprefix $(TOP)/drivers/xen/,store.c store_ring.c)
$(O)/fuzz_xen_store: TAKEN_IN += %/store.c %/store_ring.c
$(O)/fuzz_xen_console $(O)/fuzz_xen_time: $(O)/%: %.c $(XEN_HVM)
$(O)/fuzz_xen_console $(O)/fuzz_xen_time: LDLIBS = -lcmocka
$(O)/fuzz_xen_console: TAKEN_IN += %/xen/console.c
$(O)/fuzz_xen_time: TAKEN_IN += %/xen/time.c

# The list of numbers is that of the installed header.
TESTS += test_xen_names
$(O)/test_xen_names: test_xen_names.c $(TOP)/backends/xen/names.c $(O)/hypercalls.h
$(O)/test_xen_names: CFLAGS += -I$(O)
$(O)/hypercalls.h: /usr/include/xen/xen.h
	mkdir -p $(O)
	sed -n 's/^#define __HYPERVISOR_\([a-z0-9_]*\)  *\([0-9][0-9]*\)\b.*/HYPERCALL(\1, \2)/p' $< >$@
