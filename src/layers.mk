# SPDX-License-Identifier: BSD-2-Clause
#
# layers.mk - the sources of each layer that a host may take
#
# Read by the Makefile (LAYERS=objects,maps), by the tests of layers and by
# docs/porting.md. What two layers need is in both; what none of them needs is
# not linked, since the library is an archive. $(ARCH_DIR) is the folder of the
# architecture, if there is one.

# xmalloc and pools
LAYER_objects  := src/tlsf/*.c src/pool/*.c src/malloc/xmalloc*.c \
		  src/xenheap/pages_exact.c

# vmap, vmalloc and ioremap
LAYER_maps     := src/va/*.c src/vmap/*.c src/lib/*.c src/frame/*.c

# xvmalloc, over objects and maps, or over the host's
LAYER_xvmalloc := src/malloc/xvmalloc.c

# the page tables: map_pages_to_xen and its kind
LAYER_tables   := src/pt/*.c src/map/*.c src/frame/*.c $(ARCH_DIR:%=%/*.c)

# the direct map, the frame table, and map_domain_page
LAYER_direct   := src/directmap/*.c src/frame/*.c src/lib/phase.c

# the page heap: domheap, xenheap, runs
LAYER_pages    := src/buddy/*.c src/heap/*.c src/page/*.c src/xenheap/*.c \
		  src/lib/*.c src/frame/*.c

# the lowest door of the page heap: blocks, without descriptors and owners
LAYER_blocks   := src/buddy/*.c src/lib/bitmap_tree*.c src/heap/block.c \
		  src/heap/heap.c src/heap/heap_check.c src/heap/arena.c \
		  src/heap/arena_count.c src/heap/span.c src/heap/inspect.c \
		  src/heap/state.c src/heap/tell.c

# the boot allocator, which hands over to the page heap
LAYER_boot     := src/boot/*.c src/lib/phase.c

# xmem_check_all, which looks at pages, objects and maps
LAYER_checks   := src/debug/*.c
