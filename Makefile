# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
# pvops: one kernel image, natively and on every hypervisor. `make help` says what there is.

ARCH ?= x86_64
# Sites that count how often they are run.
DEBUG =
O ?= build$(if $(filter i386,$(ARCH)),/i386)$(if $(DEBUG),/debug)
CC = gcc
OPT = -O2
PREFIX ?= /usr/local
DESTDIR ?=
VERSION := $(shell sed -n 's/^.define PVOPS_VERSION.*"\(.*\)"$$/\1/p' include/pvops/pvops.h)

# V=1 shows the commands.
Q = $(if $(V),,@)
say = $(if $(V),,@echo "  $(1)	$(2)";)

CFLAGS_COMMON = -g -std=gnu11 -Wall -Wextra -Wno-unused-parameter -ffreestanding -fno-pic -fno-pie \
	-fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables -fno-strict-aliasing \
	$(CFLAGS_WERROR)
CFLAGS_KERNEL = $(OPT) $(CFLAGS_COMMON) -Wmissing-prototypes $(CFLAGS_MODE) \
	-mgeneral-regs-only $(if $(DEBUG),-DCONFIG_PVOPS_DEBUG) -Iinclude -I$(O)/include
CFLAGS_WERROR =
# All of it: a kernel that has a boot entry, page frames or a console of its own leaves those out.
CONFIG_PVOPS_KIT = y
ifneq ($(DEBUG),)
CONFIG_PVOPS_DEBUG = y
endif
# What differs by the mode. The names of the Linux kernel, whose build reads the same Kbuild files.
ifeq ($(ARCH),x86_64)
CONFIG_X86_64 = y
CFLAGS_MODE = -mcmodel=kernel -mno-red-zone
CFLAGS_USER_MODE = -mno-red-zone
CRT0 = guest/user/crt0_64.S
else ifeq ($(ARCH),i386)
CONFIG_X86_32 = y
# All of one image is to have these: they are its calling convention.
CFLAGS_CALLS = -m32 -march=i686 -mregparm=3 -freg-struct-return
# gcc -Os makes a frame otherwise, of whatever has a site.
CFLAGS_MODE = $(CFLAGS_CALLS) -fomit-frame-pointer
CFLAGS_USER_MODE = $(CFLAGS_CALLS)
LDFLAGS_MODE = -m32
# sparse does not know the type that a header of gcc's names for i386.
SPARSE_MODE = -m32 -D__float128=double
LD_MODE = -m elf_i386
CRT0 = guest/user/crt0_32.S
else
$(error ARCH is x86_64 or i386, not $(ARCH))
endif
LDFLAGS_GUEST = $(LDFLAGS_MODE) -nostdlib -static -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack
CFLAGS_USER = $(OPT) $(CFLAGS_COMMON) $(CFLAGS_USER_MODE) -fno-builtin

GENERATED = $(addprefix $(O)/include/pvops/,ops.h ops-asm.h ops-names.h thunks.h ops.json ops.rst)

comma := ,

# Each folder's Kbuild says obj-y += ...; the Linux kernel build reads the same file.
LIB_DIRS = core patching $(patsubst %/Kbuild,%,$(wildcard backends/*/Kbuild drivers/*/Kbuild))
define read_kbuild
obj-y :=
include $(1)/Kbuild
$(2) := $$($(2)) $$(addprefix $(1)/,$$(obj-y))
endef
$(foreach d,$(LIB_DIRS),$(eval $(call read_kbuild,$(d),LIB_OBJS)))
$(eval $(call read_kbuild,guest,GUEST_OBJS))

# Objects linked into the guest besides: a vendor's backend, or a test's.
EXTRA_OBJS =

all: setup-build		## build the library and the guest; DEBUG=1: with sites that count, in build/debug
	$(Q)$(MAKE) --no-print-directory $(O)/guest.elf

run: setup-run			## boot the guest on every host here; HOST= one, ARGS= for tools/pvrun
	$(Q)$(MAKE) --no-print-directory $(O)/guest.elf
	$(Q)tools/pvrun --arch $(ARCH) --out $(O) $(if $(V),-v) $(ARGS) $(HOST)

# Which kernel: pvops, stock, native or off (the series, not configured), each with -hard too.
LINUX = $(if $(wildcard kernel-patches/linux-6.12/series),pvops,stock)
linux: setup-linux		## Linux on this library: series, build, workload on each host; LINUX= HOST= ARGS=
	$(Q)tools/pvlinux --out $(O) initramfs $(LINUX)
	$(Q)for kernel in $(LINUX); do \
		tools/pvrun --out $(O) --linux $$kernel $(if $(V),-v) $(ARGS) $(HOST) || exit; done

test: setup-all		## every test; the last line counts them
	$(Q)tools/pvtest --out $(O) all

check: setup-test		## the fast ones: host tests, sparse, style (under 2 minutes)
	$(Q)tools/pvtest --out $(O) check

bench: setup-run		## what an op costs: by hand, through the table, patched
	$(Q)$(MAKE) --no-print-directory $(O)/guest.elf
	$(Q)tools/pvbench --arch $(ARCH) --out $(O) $(ARGS)

bench-linux: setup-linux	## what Linux costs with this, with its pv_ops, with neither; ARGS= for tools/pvbench-linux
	$(Q)tools/pvlinux --out $(O) build native stock $(filter pvops,$(LINUX))
	$(Q)tools/pvbench-linux --out $(O) $(ARGS)

mutate: setup-test		## break each op and each rule of the engine in turn: do the tests notice? ARGS= for tools/pvmutate
	$(Q)$(MAKE) --no-print-directory $(O)/guest.elf
	$(Q)tests/mutate-engine
	$(Q)tests/mutate-clock
	$(Q)tools/pvmutate --arch $(ARCH) --out $(O) $(ARGS)

.PHONY: pvdetect
pvdetect: setup-build		## what is detected: `build/pvdetect [--json] [FILE]`, FILE of tests/cpuid/
	$(Q)$(MAKE) --no-print-directory $(PVDETECT)

residue: setup-test		## does a patched op leave anything behind? By hand and by op, both compilers, executed
	$(Q)$(MAKE) --no-print-directory $(RESIDUE)/guest.elf $(PVEXPLAIN)
	$(Q)tests/residue/gate.py --arch $(ARCH) --out $(O)

.PHONY: pvexplain
pvexplain: setup-audit		## what each site of an image becomes: `build/pvexplain IMAGE [--help]`
	$(Q)$(MAKE) --no-print-directory $(PVEXPLAIN)

kunit: setup-kunit		## KUnit suites in a Linux kernel: as a process (UML), in QEMU, and on Xen; ARGS= for tools/pvkunit
	$(Q)tools/pvkunit --out $(O) $(ARGS)

mutate-kunit: setup-kunit	## break each rule that the KUnit suites are about: does one go red? ARGS= words of names
	$(Q)kunit/mutate --out $(O) $(ARGS)

SPHINX = sphinx-build -q -W -D version=$(VERSION) -d $(O)/doctrees

docs: man			## the documentation as HTML, in build/html
	$(Q)$(SPHINX) -b html $(O)/docs $(O)/html
	@echo "$(O)/html/index.html"

man: setup-docs			## the manual pages, in build/man
	$(Q)$(MAKE) --no-print-directory $(GENERATED)
	$(Q)rm -rf $(O)/docs $(O)/man && mkdir -p $(O) && cp -rp Documentation $(O)/docs
	$(Q)cp $(O)/include/pvops/ops.rst $(O)/docs/op-reference.inc
	$(Q)cp tests/cpuid/expected.csv core/clock.c $(O)/docs
	$(Q)$(SPHINX) -b man $(O)/docs $(O)/man

conformance: setup-run		## the suite on a backend from elsewhere: BACKEND= its folder; ARGS= for tools/pvconform
	$(Q)tools/pvconform --out $(O) $(ARGS) $(BACKEND)

.PHONY: audit
audit: setup-audit		## sensitive instructions past the ops: the guest, and Linux kernels that are built
	$(Q)$(MAKE) --no-print-directory $(PVAUDIT) $(O)/guest.elf
	$(Q)$(PVAUDIT) --strict $(addprefix --suppressions ,$(AUDIT_SUPPRESSIONS)) $(ARGS) $(O)/guest.elf
	$(Q)for kernel in pvops stock plain; do \
		image=$(O)/linux/$$kernel/vmlinux; \
		if [ ! -f $$image ]; then echo "$$image: not built (make linux LINUX=$$kernel)"; continue; fi; \
		$(PVAUDIT) $(if $(filter --json --sarif --quiet,$(ARGS)),,--brief) \
			--suppressions $(AUDIT_LINUX) $(ARGS) $$image || [ $$? = 1 ] || exit; \
	done

sparse: setup-test		## semantic checks of all C (pfn and mfn never mix)
	$(Q)$(MAKE) --no-print-directory $(GENERATED)
	$(Q)printf '%s\n' $(wildcard $(patsubst %.o,%.c,$(LIB_OBJS) $(GUEST_OBJS))) \
		$(wildcard examples/vendor-backend/*.c tools/skeleton/*.c) | xargs -P2 -n1 \
		sparse $(SPARSE_MODE) -Wsparse-error -std=gnu11 -ffreestanding -fno-builtin -Iinclude -I$(O)/include

build-matrix: setup-test	## gcc and clang, -O0 and -O2: each builds and boots
	$(Q)tools/pvtest --out $(O) build variants

# Programs for the machine that builds, which is no 32-bit one.
TOOLS = $(if $(CONFIG_X86_64),pvdetect pvaudit pvexplain)

install: setup-audit man			## headers, libpvops.a, linker fragment, guest, pvops.pc, tools, manual pages; DESTDIR= PREFIX=
	$(Q)$(MAKE) --no-print-directory $(O)/libpvops.a $(O)/guest.o $(O)/guest.lds $(O)/pvops.pc \
		$(addprefix $(O)/,$(TOOLS))
	$(Q)install -d $(DESTDIR)$(PREFIX)/include/pvops/abi $(DESTDIR)$(PREFIX)/lib/pkgconfig \
		$(DESTDIR)$(PREFIX)/lib/pvops
	$(Q)install -m 644 $(wildcard include/pvops/*.h) include/pvops/ops.tbl \
		$(filter %.h,$(GENERATED)) $(DESTDIR)$(PREFIX)/include/pvops
	$(Q)install -m 644 $(wildcard include/pvops/abi/*.h) $(DESTDIR)$(PREFIX)/include/pvops/abi
	$(Q)install -m 644 $(O)/libpvops.a $(DESTDIR)$(PREFIX)/lib
	$(Q)install -m 644 $(O)/guest.o $(O)/guest.lds $(DESTDIR)$(PREFIX)/lib/pvops
	$(Q)install -m 644 $(O)/pvops.pc $(DESTDIR)$(PREFIX)/lib/pkgconfig
	$(Q)install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1
	$(Q)install -m 644 $(O)/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	$(if $(TOOLS),$(Q)install $(addprefix $(O)/,$(TOOLS)) $(DESTDIR)$(PREFIX)/bin)

clean:				## remove what was built
	$(Q)rm -rf $(O)

help:				## this
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/make \1	\2/p' $(MAKEFILE_LIST) | expand -t 20

setup-%:
	$(Q)tools/setup $*

$(GENERATED) &: include/pvops/ops.tbl tools/genops
	$(Q)tools/genops $< $(O)/include/pvops $(ARCH)

$(O)/%.o: %.c $(GENERATED)
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CFLAGS_KERNEL) -MMD -MP -c $< -o $@

$(O)/%.o: %.S $(GENERATED)
	@mkdir -p $(@D)
	$(call say,AS,$<)$(CC) $(CFLAGS_KERNEL) -MMD -MP -D__ASSEMBLY__ -c $< -o $@

# Appended, not replaced: two folders may have files of one name.
$(O)/libpvops.a: $(addprefix $(O)/,$(LIB_OBJS))
	@rm -f $@
	$(call say,AR,$@)$(AR) qcs $@ $^

$(O)/pvops.pc: Makefile
	@mkdir -p $(@D)
	$(Q)printf '%s\n' 'prefix=$(PREFIX)' 'Name: pvops' 'Version: $(VERSION)' \
		'Description: one kernel image, natively and on every hypervisor' \
		'Cflags: $(strip $(CFLAGS_CALLS) -I$${prefix}/include)' \
		'guest=$(LDFLAGS_GUEST) -Wl,-T,$${prefix}/lib/pvops/guest.lds $${prefix}/lib/pvops/guest.o' \
		'Libs: -Wl,--whole-archive $${prefix}/lib/libpvops.a -Wl,--no-whole-archive' > $@

# A program of this machine, of the guest's own objects: all but the entry, and what libc has.
PVDETECT = $(O)/pvdetect
PVDETECT_SOURCES = $(addprefix tools/pvdetect/,main.c machine.c here.c print.c)
PVDETECT_OBJS = $(addprefix $(O)/,$(filter-out $(addprefix core/,boot_phys.o early.o entry64.o string.o),$(LIB_OBJS)) \
	$(EXTRA_OBJS))
HOSTCFLAGS = -O1 -g -std=gnu11 -Wall -Wextra -Wno-unused-parameter -fno-pie $(CFLAGS_WERROR)

$(PVDETECT): $(PVDETECT_SOURCES) $(wildcard tools/pvdetect/*.h include/pvops/*.h) \
		tools/pvdetect/sets.lds.S $(PVDETECT_OBJS)
	$(Q)$(CC) -E -P -x c -Iinclude tools/pvdetect/sets.lds.S -o $@.lds
	$(call say,HOSTLD,$@)$(CC) $(HOSTCFLAGS) -DPVOPS_HOSTED -Iinclude -I$(O)/include -Icore \
		-Itools/pvdetect -no-pie -Wl,-z,noexecstack -Wl,-T,$@.lds \
		-o $@ $(PVDETECT_SOURCES) $(PVDETECT_OBJS)

# What tools of this machine know of images: the op lists of both widths, with Linux's own rows.
IMAGE_SOURCES = $(wildcard tools/image/*.c)
IMAGE_LISTS = include/pvops/ops.tbl,kernel-patches/linux-6.12/pvops/linux.tbl
IMAGE_OPS = $(O)/tools/include/pvops64/ops-names.h $(O)/tools/include/pvops32/ops-names.h
IMAGE_CFLAGS = $(HOSTCFLAGS) -no-pie -O2 -D_GNU_SOURCE -DPVOPS_HOSTED -Iinclude -I$(O)/tools/include -Itools/image
IMAGE_LIBS = -ldw -lelf -lZydis

$(IMAGE_OPS) &: $(subst $(comma), ,$(IMAGE_LISTS)) tools/genops
	$(Q)tools/genops $(IMAGE_LISTS) $(O)/tools/include/pvops64 x86_64
	$(Q)tools/genops $(IMAGE_LISTS) $(O)/tools/include/pvops32 i386

PVAUDIT = $(O)/pvaudit
AUDIT_SUPPRESSIONS = guest/audit.suppressions guest/audit-$(ARCH).suppressions
AUDIT_LINUX = kernel-patches/linux-6.12/audit.suppressions
PVAUDIT_SOURCES = $(wildcard tools/pvaudit/*.c)

$(PVAUDIT): $(PVAUDIT_SOURCES) $(IMAGE_SOURCES) $(wildcard tools/pvaudit/*.h tools/image/*.h) \
		tools/pvaudit/sensitive.tbl include/pvops/note.h include/pvops/site.h $(IMAGE_OPS)
	$(call say,HOSTLD,$@)$(CC) $(IMAGE_CFLAGS) -Itools/pvaudit -o $@ $(PVAUDIT_SOURCES) \
		$(IMAGE_SOURCES) $(IMAGE_LIBS)

# The engine's own sources, in a program of this machine.
PVEXPLAIN = $(O)/pvexplain
PVEXPLAIN_SOURCES = $(wildcard tools/pvexplain/*.c)

$(PVEXPLAIN): $(PVEXPLAIN_SOURCES) $(IMAGE_SOURCES) $(wildcard tools/image/*.h) tools/pvexplain/explain.h \
		tools/pvexplain/page.html $(addprefix patching/,plan.c patch.c poke.c engine.h) $(IMAGE_OPS)
	$(call say,HOSTLD,$@)$(CC) $(IMAGE_CFLAGS) $(HOSTSANITIZE) -Ipatching -DPAGE='"tools/pvexplain/page.html"' \
		-o $@ $(PVEXPLAIN_SOURCES) $(IMAGE_SOURCES) $(addprefix patching/,plan.c patch.c poke.c) $(IMAGE_LIBS)

# The guest's user half: static ELF programs, embedded by guest/programs.S.
USER_PROGRAMS = hello t sensitive

$(O)/user/%: guest/user/%.c $(CRT0) $(wildcard guest/user/*.h)
	@mkdir -p $(@D)
	$(call say,USER,$<)$(CC) $(CFLAGS_USER) -nostdlib -static -Wl,--build-id=none \
		-Wl,-z,noexecstack -Wl,-z,max-page-size=4096 -Wl,-z,separate-code -o $@ $(CRT0) $<

$(O)/guest/programs.o: $(addprefix $(O)/user/,$(USER_PROGRAMS))
$(O)/guest/programs.o: CFLAGS_KERNEL += -Wa,-I$(O)

$(O)/guest.lds: guest/guest.lds.S include/pvops/pvops.lds.h
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_MODE) -E -P -x c -Iinclude $< -o $@

# For who links it with a backend of his own (see pvops.pc): nothing is compiled again.
$(O)/guest.o: $(addprefix $(O)/,$(GUEST_OBJS))
	$(call say,LD,$@)$(LD) $(LD_MODE) -r -o $@ $^

$(O)/guest.elf: $(O)/guest.lds $(addprefix $(O)/,$(GUEST_OBJS) $(EXTRA_OBJS)) $(O)/libpvops.a
	$(call say,LD,$@)$(CC) $(LDFLAGS_GUEST) -Wl,-T,$< -o $@ \
		$(addprefix $(O)/,$(GUEST_OBJS) $(EXTRA_OBJS)) \
		-Wl,--whole-archive $(O)/libpvops.a -Wl,--no-whole-archive

# One that does a few things on its own, which VMI's monitor has to see: test=naughty_cli and so on.
$(O)/guest-naughty.elf: $(O)/guest.lds $(addprefix $(O)/,$(GUEST_OBJS) guest/naughty.o) $(O)/libpvops.a
	$(call say,LD,$@)$(CC) $(LDFLAGS_GUEST) -Wl,-T,$< -o $@ \
		$(addprefix $(O)/,$(GUEST_OBJS) guest/naughty.o) \
		-Wl,--whole-archive $(O)/libpvops.a -Wl,--no-whole-archive

# Ops by hand and by the library, function by function: see tests/residue/pairs.py.
RESIDUE = $(O)/residue
# Where the ops of the pairs are from: a test has worse ones.
RESIDUE_OPS = $(O)/include
RESIDUE_OBJS = $(addprefix $(RESIDUE)/,gcc_O2.o gcc_Os.o clang_O2.o clang_Os.o) \
	$(O)/tests/residue/pairs.o $(O)/tests/residue/run.o
.SECONDARY: $(RESIDUE_OBJS:.o=.c)
$(RESIDUE)/clang_%: CC = clang
$(RESIDUE)/%_O2.o: OPT = -O2
$(RESIDUE)/%_Os.o: OPT = -Os

$(RESIDUE)/%.c: tests/residue/pairs.py guest/by-hand.h $(GENERATED)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_KERNEL) -E -P guest/by-hand.h | $< $(RESIDUE_OPS)/pvops/ops.json $* > $@

$(RESIDUE)/%.o: $(RESIDUE)/%.c tests/residue/residue.h
	$(call say,CC,$<)$(CC) -I$(RESIDUE_OPS) $(CFLAGS_KERNEL) -I. -c $< -o $@

$(O)/tests/residue/run.o: CFLAGS_KERNEL += -I.

$(RESIDUE)/guest.elf: $(O)/guest.lds $(addprefix $(O)/,$(GUEST_OBJS)) $(RESIDUE_OBJS) $(O)/libpvops.a
	$(call say,LD,$@)$(CC) $(LDFLAGS_GUEST) -Wl,-T,$< -o $@ \
		$(addprefix $(O)/,$(GUEST_OBJS)) $(RESIDUE_OBJS) \
		-Wl,--whole-archive $(O)/libpvops.a -Wl,--no-whole-archive

.PHONY: all run linux test check bench bench-linux mutate kunit mutate-kunit docs man conformance sparse \
	build-matrix install clean help
.DELETE_ON_ERROR:
-include $(patsubst %.o,$(O)/%.d,$(LIB_OBJS) $(GUEST_OBJS) $(EXTRA_OBJS) guest/naughty.o)
