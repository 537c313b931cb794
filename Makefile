# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
# pvops. `make help` says what there is.

O ?= build
CC = gcc
OPT = -O2
CFLAGS_KERNEL = $(OPT) -g -std=gnu11 -Wall -Wextra -Wno-unused-parameter -Wmissing-prototypes \
	-ffreestanding -fno-pic -fno-pie -mcmodel=kernel -mno-red-zone -mgeneral-regs-only \
	-fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables -fno-strict-aliasing \
	-Iinclude -I$(O)/include -MMD -MP

GENERATED = $(addprefix $(O)/include/pvops/,ops.h ops-asm.h ops-names.h thunks.h ops.json ops.rst)

# Each folder's Kbuild says obj-y += ...; the Linux kernel build reads the same file.
LIB_DIRS = core patching $(patsubst %/Kbuild,%,$(wildcard backends/*/Kbuild))
define read_kbuild
obj-y :=
include $(1)/Kbuild
$(2) := $$($(2)) $$(addprefix $(1)/,$$(obj-y))
endef
$(foreach d,$(LIB_DIRS),$(eval $(call read_kbuild,$(d),LIB_OBJS)))
$(eval $(call read_kbuild,guest,GUEST_OBJS))

all: $(O)/guest.elf

$(GENERATED) &: include/pvops/ops.tbl tools/genops
	tools/genops $< $(O)/include/pvops

$(O)/%.o: %.c $(GENERATED)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_KERNEL) -c $< -o $@

$(O)/%.o: %.S $(GENERATED)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_KERNEL) -D__ASSEMBLY__ -c $< -o $@

# The guest's user half: static ELF64 programs, embedded by guest/programs.S.
USER_PROGRAMS = hello t
CFLAGS_USER = $(OPT) -std=gnu11 -Wall -Wextra -ffreestanding -fno-pic -fno-pie -fno-stack-protector \
	-fcf-protection=none -fno-asynchronous-unwind-tables -fno-builtin -MMD -MP

$(O)/user/%: guest/user/%.c guest/user/crt0.S guest/user/lib.h guest/user/sys.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_USER) -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,noexecstack \
		-Wl,-z,max-page-size=4096 -Wl,-z,separate-code -o $@ guest/user/crt0.S $<

$(O)/guest/programs.o: $(addprefix $(O)/user/,$(USER_PROGRAMS))
$(O)/guest/programs.o: CFLAGS_KERNEL += -Wa,-I$(O)

$(O)/libpvops.a: $(addprefix $(O)/,$(LIB_OBJS))
	rm -f $@
	$(AR) qcs $@ $^

$(O)/guest.lds: guest/guest.lds.S include/pvops/pvops.lds.h
	@mkdir -p $(@D)
	$(CC) -E -P -x c -Iinclude $< -o $@

# EXTRA_OBJS: objects linked in besides, a vendor's backend or a test's
EXTRA_OBJS =
$(O)/guest.elf: $(O)/guest.lds $(addprefix $(O)/,$(GUEST_OBJS) $(EXTRA_OBJS)) $(O)/libpvops.a
	$(CC) -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack \
		-Wl,--no-warn-rwx-segments -Wl,-T,$< -o $@ $(addprefix $(O)/,$(GUEST_OBJS) $(EXTRA_OBJS)) \
		-Wl,--whole-archive $(O)/libpvops.a -Wl,--no-whole-archive

clean:
	rm -rf $(O)

.PHONY: all clean
-include $(patsubst %.o,$(O)/%.d,$(LIB_OBJS) $(GUEST_OBJS))
