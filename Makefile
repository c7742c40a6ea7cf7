# SPDX-License-Identifier: BSD-2-Clause
#
# Makefile - all that is built, run and checked; `make help` lists it
#
# One set of rules, many variants: ARCH names what is built (host, or one of
# those below arch), VARIANT the directory build/$(VARIANT) and, for the host
# machine, a set of extra flags (san, dbg3, ps14 ...). `make check` calls make
# once a variant. A change of any option rebuilds what it touches.

ARCH    ?= host
VARIANT ?= $(ARCH)
B       := build/$(VARIANT)
OPTIONS := $(B)/include/xmem/options.h
VERSION  = $(shell tests/version.sh)
PREFIX  ?= /usr/local
CONFIG  ?=
PORT    ?=
LAYERS  ?=

MAKEFLAGS += --no-builtin-rules --no-print-directory
# All CPUs, unless the caller says otherwise.
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 1)
endif
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

include tests/cross/cross.mk

# ---- Architectures. Each brings a fragment of its own, which is found here, and
# adds its name to ARCHES; a folder may have several names. A fragment sets
#	ARCH_DIR_<name>	    its folder: *.c there, headers in include and, for
#			    those that the folder's names do not share, in
#			    <name>/include
#	ARCH_TOOLS_<name>   prefix of its tools; none: those of this machine
#	ARCH_FLAGS_<name>   flags of the compiler; expanded late
# (docs/porting.md). All are read, so nothing here or elsewhere lists them.
ARCH_MKS     := $(wildcard arch/*/arch.mk docs/examples/arch/arch.mk)
ARCHES       :=
FREESTANDING := -ffreestanding -nostdlib -fno-pic -fno-stack-protector \
		-fno-asynchronous-unwind-tables -fno-jump-tables -fno-exceptions
include $(ARCH_MKS)
ifeq ($(filter $(ARCH),host $(ARCHES)),)
ifneq ($(filter-out help clean,$(or $(MAKECMDGOALS),all)),)
$(error no ARCH=$(ARCH): it can be $(ARCHES), or host, the default)
endif
endif

# Without its header a port would be one of defaults, and nobody would know.
ifneq ($(and $(PORT),$(filter-out help clean,$(or $(MAKECMDGOALS),all))),)
ifeq ($(wildcard $(addsuffix /xmem_port.h,$(PORT))),)
$(error PORT=$(PORT): no xmem_port.h there. PORT is the directory in which it is)
endif
endif

CROSS_COMPILE ?= $(ARCH_TOOLS_$(ARCH))

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
OPT_san  := -O1
OPT_tsan := -O1
OPT ?= $(or $(OPT_$(VARIANT)),-O2)
G   ?= -g
# Instrumentation and -O0 make frames larger than those that ship.
ifneq ($(filter san tsan cov,$(VARIANT))$(filter -O0,$(OPT)),)
WARN_FRAME :=
endif
DEFS := $(if $(PAGE_SHIFT),-DPAGE_SHIFT=$(PAGE_SHIFT)) \
	$(if $(CONFIG),-include $(abspath $(CONFIG)))
# No copies of conditions, expressions and larger functions, no padding between
# functions: a twentieth less code. What a cache has costs as many instructions, all else 1 to
# 3 in a hundred more.
LESS := $(if $(CLANG),,-fno-tree-ch -fno-tree-pre -fno-align-functions \
	-fno-inline-functions -fira-region=one)
BASE := -std=gnu11 $(G) -fno-common -fno-strict-aliasing $(ERROR)

ifeq ($(ARCH)$(LAYERS),host)
ARCH_INC  := tests/host/include arch/common/include
# The machine has a direct map and a frame table of its own.
LIB_SRCS  := $(filter-out src/directmap/%,$(wildcard src/*/*.c))
VAR_san   := -fsanitize=address,undefined -fno-sanitize-recover=all \
	     -fno-omit-frame-pointer -ftls-model=local-exec
VAR_tsan  := -fsanitize=thread -Wno-tsan
VAR_dbg3  := -DXMEM_DEBUG=3
VAR_ps14  := -DPAGE_SHIFT=14
VAR_ps16  := -DPAGE_SHIFT=16
VAR_bench := -DXMEM_HOST_PLAIN
VAR_cov   := -O0 --coverage -DXMEM_HOST_GCOV
VAR_FLAGS := $(VAR_$(VARIANT)) $(CROSS_CFLAGS)
INC_host  := -Itests/host
else ifeq ($(ARCH),host)
# Layers for a host on this machine, which has the headers of an architecture.
ARCH_INC  := arch/common/include
VAR_FLAGS := -ffreestanding
else
ARCH_DIR  := $(ARCH_DIR_$(ARCH))
ARCH_INC  := $(wildcard $(ARCH_DIR)/include $(ARCH_DIR)/$(ARCH)/include) \
	     arch/common/include
LIB_SRCS  := $(wildcard src/*/*.c $(ARCH_DIR)/*.c)
VAR_FLAGS  = $(ARCH_FLAGS_$(ARCH))
endif

# ---- Layers: all of the library, or what LAYERS= names.
include src/layers.mk
comma       := ,
LAYER_NAMES := $(sort $(patsubst LAYER_%,%,$(filter-out LAYER_NAMES,$(filter \
	LAYER_%,$(.VARIABLES)))))
ifneq ($(LAYERS),)
LAYERS_ASKED := $(subst $(comma), ,$(LAYERS))
LAYERS_WRONG := $(filter-out $(LAYER_NAMES),$(LAYERS_ASKED))
ifneq ($(LAYERS_WRONG),)
$(error no layer $(LAYERS_WRONG): LAYERS= takes $(subst \
	$() ,$(comma),$(LAYER_NAMES)) (src/layers.mk))
endif
LIB_SRCS := $(sort $(wildcard $(foreach l,$(LAYERS_ASKED),$(LAYER_$(l)))))
endif

INC := $(addprefix -I,$(PORT)) -Iinclude -Isrc $(addprefix -I,$(ARCH_INC)) \
	$(INC_host)

# make CFLAGS=: the host's flags instead of ours. What the library needs stays,
# and comes first, so that the host has the last word: its language, pointers of
# any type to memory, and the flags of the architecture.
ifeq ($(origin CFLAGS),command line)
CFLAGS_ALL = -std=gnu11 -fno-strict-aliasing $(VAR_FLAGS) $(DEFS) $(INC) \
	     $(CFLAGS) $(EXTRA_CFLAGS)
WARN :=
WARN_FRAME :=
else
CFLAGS_ALL = $(BASE) $(OPT) $(LESS) $(VAR_FLAGS) $(DEFS) $(INC) $(EXTRA_CFLAGS)
endif
LIB_OBJS  := $(addsuffix .o,$(addprefix $(B)/obj/,$(basename $(LIB_SRCS))))
HOST_SRCS := $(filter-out tests/host/demo%,$(wildcard tests/host/*.c))
HOST_OBJS := $(HOST_SRCS:%.c=$(B)/obj/%.o)
DEMO_SRCS := $(wildcard tests/host/demo*.c)
HOST_LIBS := -Wl,--start-group $(B)/libxmem_host.a $(B)/libxmem.a \
	     -Wl,--end-group -pthread

# ---- Everything that is asked for by name.
.PHONY: all lib layers demo check boot bench bench-pages fuzz prove coverage lint size \
	install dist docs clean help mutate mutate-build test tests test-run \
	interleave soak FORCE

ifneq ($(LAYERS),)
all: lib $(if $(filter-out host,$(ARCH)),$(B)/xmem.pc)
else ifeq ($(ARCH),host)
all: $(B)/libxmem.a $(B)/libxmem_host.a $(B)/xmem-host.pc
else
all: $(B)/libxmem.a $(B)/xmem.pc
endif
lib: $(B)/libxmem.a $(OPTIONS)

# Each layer and its sources; with LAYERS= the sources alone.
layers:
ifeq ($(LAYERS),)
	@$(foreach l,$(LAYER_NAMES),echo '$l: $(wildcard $(LAYER_$l))';)
else
	@echo '$(LIB_SRCS)'
endif

demo: $(B)/demo
	@$(B)/demo

check:
	@tests/check.sh

lint:
	@tests/packages.sh gcc:gcc g++:g++ clang:clang clang++:clang \
		python3:python3 nm:binutils clang-format:clang-format
	@tests/lint/lint.sh

bench:
	@tests/packages.sh gcc:gcc valgrind:valgrind python3:python3 \
		/usr/include/cmocka.h:libcmocka-dev
	@tests/bench/bench.py

bench-pages:
	@tests/packages.sh gcc:gcc valgrind:valgrind objdump:binutils python3:python3
	@tests/bench/bench_pages.py

size:
	@tests/size

dist:
	@tests/dist.sh

docs:
	@tests/packages.sh rst2html:python3-docutils pygmentize:python3-pygments
	@tests/docs.sh build/docs

coverage:
	@tests/packages.sh gcov:gcc python3:python3 \
		/usr/include/cmocka.h:libcmocka-dev
	@tests/coverage.py

# FILES: bugs drawn at random; BOOT: those for QEMU; otherwise the tables.
mutate:
	@tests/packages.sh gcc:gcc python3:python3 objcopy:binutils \
		/usr/include/cmocka.h:libcmocka-dev
	@tests/mutate/mutate.py $(if $(ONLY),--only '$(ONLY)') $(AREA) \
		$(if $(BOOT),--boot $(BOOT)) $(if $(N),--number $(N)) \
		$(if $(SEED),--seed $(SEED)) $(if $(FILES),--files $(FILES))

# What it, and tests/lint/lint_hostile.sh, must know of a build.
mutate-build:
	@echo 'CC $(CC) $(VAR_FLAGS)'
	@echo 'INC $(INC)'
	@echo 'LIB_SRCS $(LIB_SRCS)'
	@echo 'HOST_SRCS $(HOST_SRCS)'
	@echo 'TEST_SRCS $(TEST_SRCS)'

# Ten times the schedules of the check.
interleave:
	@XMEM_TEST_PERCENT=$${XMEM_TEST_PERCENT:-1000} $(MAKE) test T=interleave

# A minute each: as it ships, and with what finds races and stray accesses.
soak:
	@for v in host tsan san; do \
		XMEM_SOAK_SECONDS=$${XMEM_SOAK_SECONDS:-60} \
			XMEM_TEST_TIMEOUT=$${XMEM_TEST_TIMEOUT:-1000} \
			$(MAKE) VARIANT=$$v test T=stress/soak || exit; \
		grep '^# [l0-9]' build/$$v/log/tests-stress-soak.log; \
	done

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
	@echo "ARCH=$(subst $() ,|,$(strip $(ARCHES)))"
	@echo "LAYERS=$(subst $() ,$(comma),$(LAYER_NAMES))"

## make                  the library for the host machine, the machine itself,
##                       and build/host/xmem-host.pc for pkg-config
## make demo             a simulated machine boots and shows what the stack does
## make test             unit, model and misuse tests on this machine, with a
##                       fifth of the random steps, in less than 2 minutes
## make test T=heap/test_heap
##                       one program, all its steps; T=heap, T=model, T=sim/x86
##                       a folder, T=model/heap_model... (XMEM_TEST_PERCENT=50:
##                       half of the steps, VARIANT=san: with sanitizers)
## make check            everything that must pass (installs what it needs)
## make lint             the rules of the house alone
## make bench            instructions per operation, table in docs/benchmarks.md
## make bench-pages      page frames beside other allocators, tables and plots there
## make cross            tests of the engines for arm64, armhf, i386 and s390x
##                       (CROSS_TARGETS=), most of them in an emulator
## make coverage         lines and branches that unit and model tests reach
## make mutate           seeded bugs: a test fails for each (AREA=pt ONLY=regex);
##                       bugs drawn at random: FILES="src/pt/pt.c" N=20 SEED=1;
##                       in QEMU: BOOT=x86_64|arm64|arm32
## make size             bytes of text, data and bss by layer
## make docs             docs/*.rst as HTML in build/docs
## make ARCH=x86_64      the freestanding library, build/x86_64/libxmem.a
## make layers           layers of the library, and their sources; LAYERS=a,b
##                       builds these alone, for a host that has the others
## make boot ARCH=x86_64 links the test hypervisor, boots it in QEMU
## make install          headers, libraries, pkg-config (PREFIX=, DESTDIR=)
## make dist             build/xmem-<version>.tar.gz, always the same bytes
## make interleave       a few CPUs in all orders of their steps, to a bound, and
##                       in random ones: ten times as many as make check tries
## make soak             all entry points on eight CPUs at once: a minute each as
##                       it is, under tsan and under san (XMEM_SOAK_SECONDS=60
##                       XMEM_SOAK_SEED=, which is printed)
## make fuzz, prove      do not exist yet
## make clean            removes build/
##
## Options: PAGE_SHIFT=12|14|16  CONFIG=file (#defines, read first)  CC=clang
##          CROSS_COMPILE=prefix-  PORT=dir (where xmem_port.h is)  OPT=-O2
##          G=-g (what debuggers need)  EXTRA_CFLAGS=  WERROR=1
##          CFLAGS="..." (instead of our optimisation and warnings)
##          VARIANT=san|tsan|dbg3|ps14|ps16|clang...

# ---- Objects. The flags file changes when an option does.
FLAGS_TEXT = '$(subst ','\'',$(CC) $(CFLAGS_ALL))'
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' $(FLAGS_TEXT) | cmp -s - $@ || \
		printf '%s\n' $(FLAGS_TEXT) > $@

# What runs at boot, validates, reports, or comes before an allocation fails is
# built to be small.
COLD := $(wildcard src/*/*_check.c src/boot/*.c src/frame/*.c) \
	$(filter-out src/directmap/domain_page.c,$(wildcard src/directmap/*.c)) \
	src/lib/phase.c src/vmap/vm_init.c \
	$(addprefix src/buddy/buddy_,init.c ask.c borrow.c count.c dirty.c) \
	$(addprefix src/heap/,arena.c arena_count.c bulk.c cache_count.c \
		cache_steal.c cpu.c describe.c inspect.c late.c limits.c meta.c \
		span.c state.c stats.c tell.c) \
	$(addprefix src/page/,cached.c claim.c init.c refuse.c union.c)
OPT_COLD := $(if $(filter -O2,$(OPT)),-Os,$(OPT))
$(COLD:%.c=$(B)/obj/%.o): OPT := $(OPT_COLD)

$(B)/obj/src/%.o $(B)/obj/arch/%.o $(B)/obj/docs/%.o: OWN_WARN = $(WARN) $(WARN_FRAME)
$(B)/obj/tests/%.o: OWN_WARN = $(TEST_WARN)

# A process can start the library afresh for each machine it boots: so its
# variables lie in sections that tests/host/image.c finds by name.
# With -flto the sections of an object are made when it is linked: there the
# library is one object, linked by itself, that has the names.
NAME_SECTIONS = && $(OBJCOPY) $@ \
	$(foreach s,data data.rel data.rel.local,--rename-section .$s=xmem_data) \
	--rename-section .bss=xmem_bss
ifeq ($(ARCH)$(LAYERS),host)
ifeq ($(findstring -flto,$(CFLAGS_ALL)),)
$(B)/obj/src/%.o: THEN = $(NAME_SECTIONS)
else
$(B)/libxmem.a: LIB_OBJS := $(B)/obj/xmem.o
$(B)/libxmem.a: $(B)/obj/xmem.o
$(B)/obj/xmem.o: $(LIB_OBJS)
	$(Q)$(CC) $(CFLAGS_ALL) -r -flinker-output=nolto-rel -o $@ $^ \
		$(NAME_SECTIONS)
endif
endif

# A directory that is there costs no process.
FOLDER = $(if $(wildcard $(@D)),,@mkdir -p $(@D))

$(B)/obj/%.o: %.c $(B)/flags
	$(FOLDER)
	$(Q)$(CC) $(CFLAGS_ALL) $(OWN_WARN) -MD -MP -c -o $@ $< $(THEN)

$(B)/obj/%.o: %.S $(B)/flags
	$(FOLDER)
	$(Q)$(CC) $(CFLAGS_ALL) -MD -MP -c -o $@ $<

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

# What programs must know of it: <xmem/options.h>, before the other headers,
# and flags that are no options.
$(OPTIONS): tests/options.sh tests/options.awk $(B)/flags $(CONFIG) $(wildcard \
		include/xmem/*.h $(ARCH_INC:%=%/arch/*.h) $(PORT:%=%/*.h))
	@mkdir -p $(@D)
	@tests/options.sh '$(CONFIG)' '$(ARCH_INC)' $(CC) $(CFLAGS_ALL) > $@

PC_FLAGS := $(filter-out -D%,$(VAR_$(VARIANT)))

# The port comes before all but <xmem/options.h>.
$(B)/xmem-host.pc: tests/host/xmem-host.pc.in Makefile $(B)/flags $(OPTIONS)
	@sed -e 's|@lib@|$(CURDIR)/$(B)|' -e 's|@top@|$(CURDIR)|g' \
	     -e 's|@own@/include|& $(addprefix -I,$(abspath $(PORT)))|' \
	     -e 's|@own@|$(CURDIR)/$(B)|' -e 's|@flags@|$(PC_FLAGS)|' \
	     -e 's|@version@|$(VERSION)|' $< > $@

$(B)/xmem.pc: arch/xmem.pc.in Makefile $(B)/flags $(OPTIONS)
	@sed -e 's|@lib@|$(CURDIR)/$(B)|' -e 's|@top@|$(CURDIR)|g' \
	     -e 's|@own@/include|& $(addprefix -I,$(abspath $(PORT) $(ARCH_INC)))|' \
	     -e 's|@own@|$(CURDIR)/$(B)|' -e 's|@arch@|$(ARCH)|' \
	     -e 's|@version@|$(VERSION)|' $< > $@

-include $(LIB_OBJS:.o=.d) $(HOST_OBJS:.o=.d)
-include $(DEMO_SRCS:%.c=$(B)/obj/%.d)

Q := $(if $(V),,@)

# ---- Installation. What a hypervisor author needs, and the host machine.
install: all
	@$(if $(filter host,$(if $(LAYERS),$(ARCH))),echo \
		'make install LAYERS=: say ARCH= too'; exit 2)
	PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' ARCH='$(ARCH)' B='$(B)' \
		ARCH_INC='$(ARCH_INC)' PORT='$(PORT)' FLAGS='$(PC_FLAGS)' \
		tests/install.sh
ifeq ($(ARCH),host)
	@own=$$(uname -m); case ' $(ARCHES) ' in *" $$own "*) \
		$(MAKE) ARCH=$$own VARIANT=$$own install ;; esac
endif

include tests/tests.mk
include tests/boot/boot.mk
