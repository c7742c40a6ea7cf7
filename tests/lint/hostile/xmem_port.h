/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xmem_port.h - the port of a host whose headers stop at nothing
 *
 * For tests/lint/hostile.sh. This host has own types and no standard header,
 * error numbers that are enumerators, a lock that is larger than a word, and
 * macros for whatever kernels have macros for: each expands to what no compiler
 * takes, where the library uses the word as its own. The header itself is full
 * of what the library's warnings are about.
 */
#ifndef HOSTILE_XMEM_PORT_H
#define HOSTILE_XMEM_PORT_H

/* ---- what it warns about under the library's flags, and only there ---- */

#if HOSTILE_NEVER_DEFINED /* -Wundef */
#endif
int hostile_old_style(); /* -Wstrict-prototypes */
int hostile_old_style(); /* -Wredundant-decls */
extern int hostile_index;
static inline char hostile_char(long index, const char *text)
{
	char *bare = (char *)text; /* -Wcast-qual */
	unsigned int n = index;	   /* -Wsign-conversion */
	char c = n + index;	   /* -Wconversion */
	int i = 0;

	{
		int i = c; /* -Wshadow */

		c += i;
	}
	return c + bare[i];
}

/* ---- types ---- */

#define XMEM_PORT_TYPES

typedef unsigned char uint8_t;
typedef unsigned int uint32_t;
typedef __UINT64_TYPE__ uint64_t;
typedef __SIZE_TYPE__ size_t;
typedef __UINTPTR_TYPE__ uintptr_t;
typedef _Bool bool;
enum { false, true };
#define NULL ((void *)0)

/* ---- its own error numbers ---- */

enum { ENOENT = 2, ENOMEM = 12, EBUSY = 16, EEXIST, EINVAL = 22, ENOSPC = 28 };
enum { ERANGE = 34 };
#define XMEM_ENOENT ENOENT
#define XMEM_ENOMEM ENOMEM
#define XMEM_EBUSY  EBUSY
#define XMEM_EEXIST EEXIST
#define XMEM_EINVAL EINVAL
#define XMEM_ENOSPC ENOSPC
#define XMEM_ERANGE ERANGE

/* ---- memory, lock, orders, pages ---- */

#define XMEM_PORT_MEM
void *memset(void *dst, int c, size_t n);
void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
int memcmp(const void *a, const void *b, size_t n);
#define memset(dst, c, n)   __builtin_memset(dst, c, n)
#define memcpy(dst, src, n) __builtin_memcpy(dst, src, n)

#define XMEM_PORT_LOCK
typedef struct hostile_lock {
	struct hostile_lock *self;
	volatile int tickets[2];
} xmem_lock_t;
#define XMEM_LOCK_INIT       \
	{                    \
		NULL,        \
		{            \
			0, 0 \
		}            \
	}
#define xmem_port_lock(lock)   ((void)((lock)->tickets[0] = 1))
#define xmem_port_unlock(lock) ((void)((lock)->tickets[0] = 0))

#define XMEM_PORT_ORDERS
unsigned int hostile_order(unsigned long nr);
#define get_order_from_pages(nr)   hostile_order(nr)
#define get_order_from_bytes(size) hostile_order((size) >> 12)
unsigned int hostile_order(unsigned long nr);

#define PAGE_SHIFT 12
#define PAGE_SIZE  4096
#define PAGE_MASK  (PAGE_SIZE - 1) /* in some kernels, the bits below */

/* ---- functions that are called by address are marked by hand ---- */

#if defined(__x86_64__) && !defined(__clang__)
#define HOSTILE_LANDING __cf_check__,
#else
#define HOSTILE_LANDING
#endif
#define XMEM_PORT_CALLBACK \
	__attribute__((HOSTILE_LANDING __section__(".text.callback")))

/* ---- words that hosts have macros for ---- */

/* Attributes and keywords. */
#define noinline		   @
#define noreturn		   @
#define always_inline		   @
#define packed			   @
#define weak			   @
#define cold			   @
#define hot			   @
#define unused			   @
#define pure			   @
#define deprecated		   @
#define visibility		   @
#define hidden			   @
#define naked			   @
#define flatten			   @
#define may_alias		   @
#define alias			   @
#define nonnull			   @
#define no_sanitize		   @
#define cf_check		   @
#define notrace			   @
#define fallthrough		   @
#define capability		   @
#define guarded_by		   @
#define warn_unused_result	   @
#define no_thread_safety_analysis  @
#define acquire_capability	   @
#define release_capability	   @
#define requires_capability	   @
#define aligned(n)		   @
#define section(name)		   @
#define used(x)			   @
#define format(kind, first, after) @
#define printf(...)		   @
#define __must_check		   @
#define __packed		   @
#define __aligned(n)		   @
#define __section(name)		   @
#define __used			   @
#define __unused		   @
#define __maybe_unused		   @
#define __weak			   @
#define __pure			   @
#define __cold			   @
#define __hidden		   @
#define __noreturn		   @
#define __always_inline		   @
#define __init			   @
#define __initdata		   @
#define __read_mostly		   @
#define __printf(f, a)		   @
#define __acquires(x)		   @
#define __releases(x)		   @
#define __must_hold(x)		   @
#define __percpu		   @
#define __user			   @
#define __force			   @
#define static_assert(...) @
#define inline inline __attribute__((__gnu_inline__))
#define asm @
#define typeof @

/* Helpers. */
#define likely(x)		      @
#define unlikely(x)		      @
#define min(a, b)		      @
#define max(a, b)		      @
#define min_t(t, a, b)		      @
#define max_t(t, a, b)		      @
#define MIN(a, b)		      @
#define MAX(a, b)		      @
#define clamp(x, lo, hi)	      @
#define swap(a, b)		      @
#define abs(x)			      @
#define offsetof(type, member)	      @
#define container_of(p, type, member) @
#define sizeof_field(type, member)    @
#define ARRAY_SIZE(x)		      @
#define nitems(x)		      @
#define howmany(x, y)		      @
#define DIV_ROUND_UP(x, y)	      @
#define ROUNDUP(x, y)		      @
#define ROUND_UP(x, y)		      @
#define ROUND_DOWN(x, y)	      @
#define round_up(x, y)		      @
#define round_down(x, y)	      @
#define roundup(x, y)		      @
#define rounddown(x, y)		      @
#define ALIGN(x, y)		      @
#define IS_ALIGNED(x, y)	      @
#define PAGE_ALIGN(x)		      @
#define PAGE_OFFSET		      @
#define PFN_UP(x)		      @
#define PFN_DOWN(x)		      @
#define trunc_page(x)		      @
#define round_page(x)		      @
#define atop(x)			      @
#define ptoa(x)			      @
#define BIT(n)			      @
#define BITS(hi, lo)		      @
#define GENMASK(hi, lo)		      @
#define MASK(n)			      @
#define BITS_PER_LONG		      @
#define KB(n)			      @
#define MB(n)			      @
#define GB(n)			      @
#define ffs(x)			      @
#define fls(x)			      @
#define ffsl(x)			      @
#define flsl(x)			      @
#define ffz(x)			      @
#define ilog2(x)		      @
#define hweight_long(x)		      @
#define test_bit(n, p)		      @
#define set_bit(n, p)		      @
#define clear_bit(n, p)		      @
#define find_first_bit(p, n)	      @
#define find_next_bit(p, n, from)     @
#define for_each_set_bit(n, p, nr)    @
#define is_power_of_2(x)	      @

/* Errors, output. */
#define BUG()		     @
#define BUG_ON(x)	     @
#define WARN(x, ...)	     @
#define WARN_ON(x)	     @
#define ASSERT(x)	     @
#define ASSERT_UNREACHABLE() @
#define KASSERT(x, ...)	     @
#define BUILD_BUG_ON(x)	     @
#define assert(x)	     @
#define panic(...)	     @
#define printk(...)	     @
#define unreachable()	     @
#define IS_ERR(p)	     @
#define ERR_PTR(e)	     @
#define PTR_ERR(p)	     @

/* CPUs, locks, barriers. */
#define current		     @
#define curthread	     @
#define smp_processor_id()   @
#define PER_CPU(x)	     @
#define this_cpu(x)	     @
#define per_cpu(x, cpu)	     @
#define cpu_relax()	     @
#define barrier()	     @
#define mb()		     @
#define rmb()		     @
#define wmb()		     @
#define smp_mb()	     @
#define dsb(x)		     @
#define dmb(x)		     @
#define isb()		     @
#define nop()		     @
#define wfe()		     @
#define sev()		     @
#define READ_ONCE(x)	     @
#define WRITE_ONCE(x, v)     @
#define ACCESS_ONCE(x)	     @
#define read_atomic(p)	     @
#define write_atomic(p, x)   @
#define cmpxchg(p, o, n)     @
#define xchg(p, n)	     @
#define spin_lock(l)	     @
#define spin_unlock(l)	     @
#define spin_lock_init(l)    @
#define local_irq_save(f)    @
#define local_irq_restore(f) @
#define preempt_disable()    @
#define preempt_enable()     @
#define invlpg(va)	     @
#define read_cr3()	     @
#define write_cr3(x)	     @
#define read_cr4()	     @
#define write_cr4(x)	     @
#define rdmsr(...)	     @
#define wrmsr(...)	     @
#define cpuid(...)	     @
#define READ_SYSREG(r)	     @
#define WRITE_SYSREG(v, r)   @
#define flush_tlb_all()	     @
#define clean_dcache(x)	     @

/* Lists, trees, pages, tables. */
#define LIST_HEAD(name)		   @
#define LIST_ENTRY(type)	   @
#define LIST_INSERT_HEAD(...)	   @
#define TAILQ_HEAD(...)		   @
#define INIT_LIST_HEAD(p)	   @
#define list_entry(p, type, field) @
#define list_add(e, list)	   @
#define list_del(e)		   @
#define list_empty(list)	   @
#define list_for_each(p, list)	   @
#define list_for_each_entry(...)   @
#define hlist_for_each_entry(...)  @
#define rb_entry(p, type, field)   @
#define page_address(page)	   @
#define pfn_valid(pfn)		   @
#define phys_to_virt(pa)	   @
#define virt_to_phys(va)	   @
#define __pa(va)		   @
#define __va(pa)		   @
#define __mfn_to_virt(mfn)	   @
#define maddr_to_virt(pa)	   @
#define virt_to_maddr(va)	   @
#define paddr_to_pfn(pa)	   @
#define pfn_to_paddr(pfn)	   @
#define clear_page(va)		   @
#define copy_page(to, from)	   @
#define PTE_SHIFT		   @
#define PTE_PRESENT		   @
#define PTE_VALID		   @
#define PMD_SHIFT		   @
#define PGD_SHIFT		   @
#define PAGE_KERNEL		   @
#define PAGE_PRESENT		   @
#define _PAGE_PRESENT		   @
#define PAGETABLE_ORDER		   @
#define VMALLOC_START		   @
#define VMALLOC_END		   @
#define SECTION_SIZE		   @
#define SECTION_SHIFT		   @
#define SZ_4K			   @
#define SZ_2M			   @
#define NODE_DATA(n)		   @
#define NUMA_NO_NODE		   @
#define CONFIG_DEBUG		   @
#define DEBUG			   @

#endif /* HOSTILE_XMEM_PORT_H */
