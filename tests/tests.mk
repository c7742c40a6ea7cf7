# SPDX-License-Identifier: BSD-2-Clause
#
# tests.mk - the test programs of a variant
#
# Every file below that has a main() is one program. Lines of its head
# comment say how it is built (tests/rules.sh turns them into rules):
#
#	link: a.c b.c    library or host sources it is linked with (a
#	                 directory, "src/page/", is all of it, "src/" all
#	                 of the library);
#	                 tests/host/panic.c is added unless one of them, or a
#	                 header of an "include:", has an xmem_port_panic().
#	                 Without the line, the whole library and the host machine
#	with: a.c b.c    further sources, beside those of "link:" or the library
#	flags: -DX=Y     extra flags, for the linked sources too
#	native: why      not for other architectures (tests/cross)
#	pages: size      the size of its pages is always the same, so that it
#	                 is one program in variants that differ in that:
#	                 TEST_VARIED=1 leaves it out
#	once: why        in `make check` it is one of the plain variant alone:
#	                 the others (TEST_AGAIN=1) have programs like it
#	like: x.c        the sources of the library that it is linked with are as
#	but: a.c b.c     x.c has them, but for those: what differs between the
#	                 two is not read there (tests/lint/lint_like.py)
#	include: dir     include directories before all others; with an
#	                 xmem_port.h there the host machine is not linked
#
# A program in a directory that has its own xmem_port.h gets that directory
# as `include:`. Programs share the objects of the variant or, if they have
# flags or include lines, those compiled with the same ones.

# Models run for long: -O1 pays where the others have none. The simulated
# architectures have no assembler that a compiler could get wrong, and they take
# long to compile: -O0 in place of -O2.
OPT_MODEL      := $(patsubst -O0,-O1,$(OPT))
OPT_COLD_MODEL := $(patsubst -O0,-O1,$(OPT_COLD))
OPT_SIM	       := $(patsubst -O2,-O0,$(OPT))
OPT_COLD_SIM   := $(OPT_SIM)

# `make test` takes those that say at once where a bug is; T= names others: a
# program or a folder, below tests or tests/unit.

ifneq ($(filter test,$(MAKECMDGOALS)),)
TEST_DIRS ?= unit model misuse
endif
TEST_DIRS ?= unit model misuse contract stress embed sim machine bench/adapters \
	     $(if $(findstring -fsanitize,$(CFLAGS_ALL)),,interleave)
ifneq ($(T),)
TEST_ONE  := $(patsubst tests/%,%,$(patsubst %/,%,$(T:.c=)))
TEST_SRCS := $(sort $(foreach t,$(TEST_ONE),$(wildcard \
	$(foreach d,tests tests/* tests/*/*,$(d)/$(t).c) \
	$(foreach d,tests tests/unit,$(d)/$(t)/*.c $(d)/$(t)/*/*.c))))
else
TEST_SRCS := $(sort $(foreach d,$(TEST_DIRS),$(wildcard tests/$(d)/*.c \
						   tests/$(d)/*/*.c)))
endif

# The rules of this choice of directories; made anew when a file changes,
# comes or goes: also one of a directory that is linked.
LINKABLE    := $(sort $(wildcard src/*/*.c arch/*/*.c docs/examples/arch/*.c))
TEST_CHOICE := $(TEST_SRCS) $(LINKABLE) $(TEST_VARIED) $(TEST_AGAIN)
TEST_RULES  := $(B)/tests-$(if $(T),one,$(subst /,-,$(subst $() ,-,$(TEST_DIRS)))).mk
ifneq ($(filter test tests test-run,$(MAKECMDGOALS)),)
$(TEST_RULES).list: FORCE
	@mkdir -p $(@D)
	@echo '$(TEST_CHOICE)' | cmp -s - $@ || echo '$(TEST_CHOICE)' > $@
$(TEST_RULES): $(TEST_SRCS) $(TEST_RULES).list tests/rules.sh
	@tests/rules.sh $(if $(CROSS),-alone) $(if $(TEST_VARIED),-varied) \
		$(if $(TEST_AGAIN),-again) \
		$(B) $(TEST_SRCS) > $@
include $(TEST_RULES)
endif

TEST_LIBS := $(CROSS_LIBS) -lcmocka -pthread

tests: $(TEST_PROGS)

# A program that cannot be built is a failure; the others run all the same.
test-run:
	-@$(MAKE) -s -k TEST_DIRS='$(TEST_DIRS)' tests
	@XMEM_TEST_RUN='$(CROSS_RUN)' \
		XMEM_TEST_LEFT='$(strip $(TEST_LEFT))' \
		tests/run.sh $(VARIANT) $(TEST_PROGS)

# All steps of one, a share of those of many: TEST_PERCENT, unless the
# environment says XMEM_TEST_PERCENT. The sources of a T that is wrong: none.
TEST_PERCENT := $(if $(T),100,20)
test:
	@tests/packages.sh gcc:gcc /usr/include/cmocka.h:libcmocka-dev
	@$(if $(strip $(TEST_PROGS) $(TEST_LEFT)),,tests/choices.sh '$(T)')
	@XMEM_TEST_PERCENT=$${XMEM_TEST_PERCENT:-$(TEST_PERCENT)} \
		$(MAKE) TEST_DIRS='$(TEST_DIRS)' test-run
