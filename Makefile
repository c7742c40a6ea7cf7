# SPDX-License-Identifier: BSD-2-Clause
#
# Makefile - all that is built, run and checked; `make help` lists it
#
# One set of rules, many variants: ARCH names what is built (host, x86_64,
# arm64, arm32, skel), VARIANT the directory build/$(VARIANT) and, for the host
# machine, a set of extra flags (san, dbg3, ps14 ...). `make check` calls make
# once a variant. A change of any option rebuilds what it touches.

ARCH    ?= host
VARIANT ?= $(ARCH)
B       := build/$(VARIANT)
PREFIX  ?= /usr/local
CONFIG  ?=
PORT    ?=

MAKEFLAGS += --no-builtin-rules --no-print-directory
# All CPUs, unless the caller says otherwise.
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 1)
endif
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

include tests/cross/cross.mk

CROSS_arm64   := aarch64-linux-gnu-
CROSS_arm32   := arm-linux-gnueabihf-
CROSS_COMPILE ?= $(CROSS_$(ARCH))

ifeq ($(origin CC),default)
CC := $(CROSS_COMPILE)gcc
endif
ifeq ($(origin AR),default)
AR := $(CROSS_COMPILE)ar
endif
NM      ?= $(CROSS_COMPILE)nm
OBJDUMP ?= $(CROSS_COMPILE)objdump
OBJCOPY ?= $(CROSS_COMPILE)objcopy
LD      := $(CROSS_COMPILE)ld
CLANG   := $(findstring clang,$(shell $(CC) --version 2>/dev/null))

# ---- Warnings: an error in CI and under check, never for those who only build.
WARN := -Wall -Wextra -Wconversion -Wsign-conversion -Wundef -Wshadow -Wvla \
	-Walloca -Wcast-qual -Wwrite-strings -Wpointer-arith \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wnested-externs -Wredundant-decls -Wswitch-enum -Wnull-dereference \
	-Wformat=2 -Wdouble-promotion -Wdate-time -Wunused-macros
ifeq ($(CLANG),)
# Not -Wduplicated-branches: options are constants, so branches may agree.
WARN += -Wcast-align=strict -Wduplicated-cond -Wlogical-op \
	-Warith-conversion -Wjump-misses-init \
	-Wimplicit-fallthrough=5
WARN_FRAME := -Wframe-larger-than=512 -Wstack-usage=512
else
WARN += -Wthread-safety -Wcomma -Wmissing-variable-declarations \
	-Wbitwise-instead-of-logical
WARN_FRAME := -Wframe-larger-than=512
endif
TEST_WARN := -Wall -Wextra
ifneq ($(filter true 1,$(CI) $(WERROR)),)
ERROR := -Werror
endif

# ---- Flags of this variant.
OPT ?= -O2
DEFS := $(if $(PAGE_SHIFT),-DPAGE_SHIFT=$(PAGE_SHIFT)) \
	$(if $(CONFIG),-include $(abspath $(CONFIG)))
BASE := -std=gnu11 -g -fno-common -fno-strict-aliasing $(ERROR)

ifeq ($(ARCH),host)
ARCH_INC  := tests/host/include
LIB_SRCS  := $(wildcard src/*/*.c)
VAR_san   := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all \
	     -fno-omit-frame-pointer -ftls-model=local-exec
VAR_tsan  := -O1 -fsanitize=thread -Wno-tsan
VAR_dbg3  := -DXMEM_DEBUG=3
VAR_ps14  := -DPAGE_SHIFT=14
VAR_ps16  := -DPAGE_SHIFT=16
VAR_bench := -DXMEM_HOST_PLAIN
VAR_cov   := -O0 --coverage -DXMEM_HOST_GCOV
# Instrumentation and -O0 make frames larger than those that ship.
ifneq ($(filter san tsan cov,$(VARIANT)),)
WARN_FRAME :=
endif
VAR_FLAGS := $(VAR_$(VARIANT)) $(CROSS_CFLAGS)
INC := $(addprefix -I,$(PORT)) -Iinclude -Isrc $(addprefix -I,$(ARCH_INC)) -Itests/host
else ifeq ($(ARCH),x86_64)
ARCH_INC  := arch/x86/include arch/common/include
LIB_SRCS  := $(wildcard src/*/*.c arch/common/*.c arch/x86/*.c)
VAR_FLAGS := -m64 -ffreestanding -nostdlib -mno-red-zone -mgeneral-regs-only \
	     -fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables \
	     -fno-jump-tables -fno-exceptions \
	     $(if $(CLANG),,-fno-align-jumps -fno-align-loops)
INC := $(addprefix -I,$(PORT)) -Iinclude -Isrc $(addprefix -I,$(ARCH_INC))
else ifneq ($(filter arm64 arm32,$(ARCH)),)
ARCH_INC  := arch/arm/include arch/arm/$(ARCH)/include arch/common/include
LIB_SRCS  := $(wildcard src/*/*.c arch/common/*.c arch/arm/*.c)
# The float ABI of arm32 is a mark on objects only: none uses such registers,
# for which clang has another flag.
CPU_arm64 := $(if $(CLANG),--target=aarch64-linux-gnu) -mno-outline-atomics
CPU_arm32 := $(if $(CLANG),--target=arm-linux-gnueabihf) \
	     -march=armv7ve+fp -marm -mfloat-abi=hard
GENERAL_REGS := $(if $(and $(CLANG),$(filter arm32,$(ARCH))),-mfpu=none,\
		-mgeneral-regs-only)
VAR_FLAGS := $(CPU_$(ARCH)) $(GENERAL_REGS) -ffreestanding -nostdlib \
	     -fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables \
	     -fno-unwind-tables -fno-jump-tables -fno-exceptions
INC := $(addprefix -I,$(PORT)) -Iinclude -Isrc $(addprefix -I,$(ARCH_INC))
else ifeq ($(ARCH),skel)
# The architecture to copy (docs/porting.md), with the compiler of this machine.
ARCH_INC  := docs/examples/arch/include arch/common/include
LIB_SRCS  := $(wildcard src/*/*.c arch/common/*.c docs/examples/arch/*.c)
VAR_FLAGS := -ffreestanding -nostdlib -mgeneral-regs-only -fno-pic \
	     -fno-stack-protector -fno-asynchronous-unwind-tables \
	     -fno-jump-tables -fno-exceptions
INC := $(addprefix -I,$(PORT)) -Iinclude -Isrc $(addprefix -I,$(ARCH_INC))
else
ifneq ($(filter-out help clean,$(or $(MAKECMDGOALS),all)),)
$(error no ARCH=$(ARCH): it can be x86_64, arm64, arm32, or host, the default)
endif
endif

CFLAGS_ALL = $(BASE) $(OPT) $(VAR_FLAGS) $(DEFS) $(INC) $(EXTRA_CFLAGS)
LIB_OBJS  := $(addsuffix .o,$(addprefix $(B)/obj/,$(basename $(LIB_SRCS))))
HOST_SRCS := $(filter-out tests/host/demo%,$(wildcard tests/host/*.c))
HOST_OBJS := $(HOST_SRCS:%.c=$(B)/obj/%.o)
DEMO_SRCS := $(wildcard tests/host/demo*.c)
HOST_LIBS := -Wl,--start-group $(B)/libxmem_host.a $(B)/libxmem.a \
	     -Wl,--end-group -pthread

# ---- Everything that is asked for by name.
.PHONY: all lib demo check boot bench fuzz prove coverage lint size install \
	docs clean help tests test-run FORCE

ifeq ($(ARCH),host)
all: $(B)/libxmem.a $(B)/libxmem_host.a $(B)/xmem-host.pc
else
all: $(B)/libxmem.a $(B)/xmem.pc
endif
lib: $(B)/libxmem.a

demo: $(B)/demo
	@$(B)/demo

check:
	@tests/check.sh

lint:
	@tests/packages.sh gcc:gcc clang:clang python3:python3 nm:binutils \
		clang-format:clang-format
	@tests/lint/lint.sh

bench:
	@tests/packages.sh gcc:gcc valgrind:valgrind python3:python3 \
		/usr/include/cmocka.h:libcmocka-dev
	@tests/bench/bench.py

size:
	@tests/size

docs:
	@tests/packages.sh rst2html:python3-docutils pygmentize:python3-pygments
	@tests/docs.sh build/docs

coverage:
	@tests/packages.sh gcov:gcc python3:python3 \
		/usr/include/cmocka.h:libcmocka-dev
	@tests/coverage.py

fuzz:
	@echo "make fuzz: there are no fuzzers yet (tests/fuzz does not exist)"
	@exit 2

prove:
	@echo "make prove: there are no proofs yet (tests/proof does not exist)"
	@exit 2

clean:
	rm -rf build

help:
	@sed -n 's/^## \?//p' Makefile

## make                  the library for the host machine, the machine itself,
##                       and build/host/xmem-host.pc for pkg-config
## make demo             a simulated machine boots and shows what the stack does
## make check            everything that must pass (installs what it needs)
## make lint             the rules of the house alone
## make bench            instructions per operation, table in docs/benchmarks.md
## make cross            tests of the engines for arm64, armhf, i386 and s390x
##                       (CROSS_TARGETS=), most of them in an emulator
## make coverage         lines and branches that unit and model tests reach
## make size             bytes of text, data and bss by layer
## make docs             docs/*.rst as HTML in build/docs
## make ARCH=x86_64      the freestanding library, build/x86_64/libxmem.a
##                       (also arm64, arm32)
## make boot ARCH=x86_64 links the test hypervisor, boots it in QEMU
##                       (also arm64, arm32)
## make install          headers, libraries, pkg-config (PREFIX=, DESTDIR=)
## make fuzz, prove      do not exist yet
## make clean            removes build/
##
## Options: PAGE_SHIFT=12|14|16  CONFIG=file (a header read first)  CC=clang
##          CROSS_COMPILE=prefix-  PORT=dir (where xmem_port.h is)  OPT=-O2
##          EXTRA_CFLAGS=  WERROR=1  VARIANT=san|tsan|dbg3|ps14|ps16|clang...

# ---- Objects. The flags file changes when an option does.
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CFLAGS_ALL)' | cmp -s - $@ || \
		echo '$(CC) $(CFLAGS_ALL)' > $@

# What runs at boot, validates or reports is built to be small.
COLD := $(wildcard src/*/*_check.c src/boot/*.c src/frame/*.c \
	arch/common/directmap.c arch/common/frametable.c \
	arch/common/port_check.c arch/common/windows.c) \
	src/lib/phase.c src/page/buddy_init.c src/page/span.c src/page/stats.c \
	src/vmap/vm_init.c
ifeq ($(OPT),-O2)
$(COLD:%.c=$(B)/obj/%.o): OPT := -Os
endif

$(B)/obj/src/%.o $(B)/obj/arch/%.o $(B)/obj/docs/%.o: OWN_WARN = $(WARN) $(WARN_FRAME)
$(B)/obj/tests/%.o: OWN_WARN = $(TEST_WARN)

# A process can start the library afresh for each machine it boots: so its
# variables lie in sections that tests/host/image.c finds by name.
ifeq ($(ARCH),host)
$(B)/obj/src/%.o: THEN = && $(OBJCOPY) $@ \
	$(foreach s,data data.rel data.rel.local,--rename-section .$s=xmem_data) \
	--rename-section .bss=xmem_bss
endif

$(B)/obj/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $(OWN_WARN) -MMD -MP -c -o $@ $< $(THEN)

$(B)/obj/%.o: %.S $(B)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(B)/libxmem.a: $(LIB_OBJS) $(B)/list
	$(Q)rm -f $@ && $(AR) rcsD $@ $(LIB_OBJS)

$(B)/libxmem_host.a: $(HOST_OBJS) $(B)/list
	$(Q)rm -f $@ && $(AR) rcsD $@ $(HOST_OBJS)

# Changes when a source file comes or goes.
$(B)/list: FORCE
	@mkdir -p $(@D)
	@echo '$(LIB_OBJS) $(HOST_OBJS)' | cmp -s - $@ || \
		echo '$(LIB_OBJS) $(HOST_OBJS)' > $@

$(B)/demo: $(DEMO_SRCS:%.c=$(B)/obj/%.o) $(B)/libxmem_host.a $(B)/libxmem.a
	$(Q)$(CC) $(CFLAGS_ALL) -o $@ $(filter %.o,$^) $(HOST_LIBS)

$(B)/xmem-host.pc: tests/host/xmem-host.pc.in Makefile $(B)/flags
	@sed -e 's|@lib@|$(CURDIR)/$(B)|' -e 's|@top@|$(CURDIR)|g' \
	     -e 's|@defs@|$(strip $(DEFS) $(VAR_$(VARIANT)))|' $< > $@

$(B)/xmem.pc: arch/xmem.pc.in Makefile $(B)/flags
	@sed -e 's|@lib@|$(CURDIR)/$(B)|' -e 's|@top@|$(CURDIR)|g' \
	     -e 's|-I@arch_inc@|$(addprefix -I$(CURDIR)/,$(ARCH_INC))|' -e 's|@arch@|$(ARCH)|' \
	     -e 's|@defs@|$(strip $(DEFS))|' $< > $@

-include $(LIB_OBJS:.o=.d) $(HOST_OBJS:.o=.d)
-include $(DEMO_SRCS:%.c=$(B)/obj/%.d)

Q := $(if $(V),,@)

# ---- Installation. What a hypervisor author needs, and the host machine.
install: all
	PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' ARCH='$(ARCH)' B='$(B)' \
		ARCH_INC='$(ARCH_INC)' DEFS='$(strip $(DEFS))' \
		tests/install.sh
ifeq ($(ARCH),host)
	@if [ "$$(uname -m)" = x86_64 ]; then \
		$(MAKE) ARCH=x86_64 VARIANT=x86_64 install; fi
endif

include tests/tests.mk
include tests/boot/boot.mk
