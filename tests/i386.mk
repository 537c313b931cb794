# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
# The same C built for i386, and what only i386 has; the programs run on this machine.

O32 = $(O)/i386
OPS32 = $(O32)/include/pvops/ops.h
GUARD_TESTS = test_vmi_pages test_vmi_roots test_vmi_writes test_vmi_random
TESTS32 = test_patch test_live test_live_readers test_switch test_madt test_i386 test_math_32 test_halves_32 test_deadlines_32 \
	test_calls_32 test_vmi_emulate test_vmi_time test_vmi_batch test_vmi_forms test_vmi_ops test_vmi_monitor_time $(GUARD_TESTS) \
	test_xen_abi test_hyperv_clock $(KVM_TESTS)
CFLAGS32 = -m32 -march=i686 $(patsubst -I$(O)/include,-I$(O32)/include,$(CFLAGS))

check: $(addprefix run32-,$(TESTS32))

run32-%: $(O32)/%
	timeout 300 $<

$(O32)/test_patch $(O32)/test_live $(O32)/test_live_readers: $(O32)/%: %.c $(ENGINE)
$(O32)/test_switch: test_switch.c $(ENGINE) $(addprefix $(TOP)/core/,apply.c shapes.c switch.c trace.c view.c format.c)
$(O32)/test_switch: CFLAGS32 += -fno-toplevel-reorder
$(O32)/test_madt: test_madt.c $(MADT)
$(O32)/test_i386: test_i386.c $(ENGINE) $(TOP)/backends/native/templates_32.c
$(O32)/test_i386: CFLAGS32 += -Wno-unused-function
$(O32)/test_math_32: test_math_32.c $(O32)/divide_32.o

# Takes in by #include what it tests. What of it is not called, init and the rest, need not find all
# that it calls.
$(O32)/test_halves_32: test_halves_32.c $(TOP)/core/format.c $(addprefix $(TOP)/backends/native/,templates_32.c cpu.c time.c)
$(O32)/test_halves_32: TAKEN_IN += %/native/cpu.c %/native/time.c
$(O32)/test_halves_32: CFLAGS32 += -Wno-unused-function -Wl,--unresolved-symbols=ignore-in-object-files

$(O32)/test_calls_32: test_calls_32.c stepwise.h $(TOP)/core/calls.c
$(O32)/test_calls_32: TAKEN_IN += %/core/calls.c
$(O32)/test_calls_32: CFLAGS32 += -DCONFIG_PVOPS_DEBUG

DEADLINES = $(TOP)/backends/xen/time.c $(TOP)/backends/hyperv/timer.c
$(O32)/test_deadlines_32: test_deadlines_32.c stepwise.h $(TOP)/core/format.c $(DEADLINES)
$(O32)/test_deadlines_32: TAKEN_IN += $(DEADLINES)
$(O32)/test_deadlines_32: CFLAGS32 += -I$(TOP)/backends/hyperv -Wno-unused-function -Wl,--unresolved-symbols=ignore-in-object-files

$(O32)/test_vmi_time: test_vmi_time.c $(addprefix $(TOP)/backends/vmi/,time.c lazy.c) $(TOP)/core/format.c
$(O32)/test_vmi_time: CFLAGS32 += -Wno-unused-function

$(O32)/test_vmi_batch: test_vmi_batch.c $(addprefix $(TOP)/backends/vmi/,cpu.c lazy.c mmu.c ways.c) $(TOP)/core/format.c
$(O32)/test_vmi_batch: CFLAGS32 += -Wno-unused-function

VMI32 = $(wildcard $(TOP)/backends/vmi/*.c) $(TOP)/core/format.c
$(O32)/test_vmi_forms $(O32)/test_vmi_ops: $(O32)/%: %.c $(VMI32)
$(O32)/test_vmi_forms $(O32)/test_vmi_ops: CFLAGS32 += -Wno-unused-function

MONITOR = vmi-rom/monitor
$(O32)/test_vmi_emulate: test_vmi_emulate.c $(MONITOR)/emulate.c $(MONITOR)/decode.c \
		$(wildcard $(MONITOR)/*.h)

$(O32)/test_vmi_monitor_time: test_vmi_monitor_time.c $(wildcard $(MONITOR)/*.h) $(MONITOR)/time.c
$(O32)/test_vmi_monitor_time: TAKEN_IN += %/time.c

VMI_PAGES = $(addprefix $(MONITOR)/,frames.c linear.c tables.c protect.c pending.c defer.c pages.c)
$(addprefix $(O32)/,$(GUARD_TESTS)): $(O32)/%: %.c $(wildcard $(MONITOR)/*.h) $(VMI_PAGES)
# Taken in by #include: each test begins with nothing known.
TAKEN_IN32 = $(VMI_PAGES)

$(addprefix $(O32)/,$(KVM_TESTS)): $(O32)/%: %.c $(KVM)
$(addprefix $(O32)/,$(KVM_TESTS)): TAKEN_IN += $(TOP)/backends/kvm/backend.c
# One CPU only: the others' GS is the C library's here.
$(O32)/test_hyperv_clock: test_hyperv_clock.c $(HYPERV)
$(O32)/test_hyperv_clock: CFLAGS32 += -I$(TOP)/backends/hyperv
$(O32)/test_xen_abi: test_xen_abi.c

# Under other names: the test's own divisions are the C library's.
$(O32)/divide_32.o: $(TOP)/core/divide_32.c $(OPS32)
	$(CC) $(CFLAGS32) $(foreach f,udivdi3 umoddi3 udivmoddi4 divdi3 moddi3,-D__$(f)=own_$(f)) -c $< -o $@

$(addprefix $(O32)/,$(TESTS32)): cmocka_32.c $(OPS32) $(HEADERS)
	$(CC) $(CFLAGS32) -o $@ $(filter-out $(TAKEN_IN) $(TAKEN_IN32),$(filter %.c %.o,$^)) -lpthread -Wl,--defsym=pvops_percpu=0

$(OPS32): $(TOP)/include/pvops/ops.tbl $(TOP)/tools/genops
	mkdir -p $(O32)
	$(TOP)/tools/genops $< $(O32)/include/pvops i386
