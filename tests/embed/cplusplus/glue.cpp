// SPDX-License-Identifier: BSD-2-Clause
//
// glue.cpp - all that joins the kernel and the library, on both sides
//
// Hooks that the library calls, then the operators that C++ calls. Without
// exceptions a plain `new` cannot say that there is no memory: it panics.
#include "kernel.h"

#include <xmem/map.h>

#include <stdlib.h>

unsigned char *my_ram;
struct page_info *my_frametable;

void start_memory()
{
	my_ram = static_cast<unsigned char *>(
		aligned_alloc(MY_FRAMES * PAGE_SIZE, MY_FRAMES * PAGE_SIZE));
	my_frametable = static_cast<struct page_info *>(
		calloc(MY_FRAMES, sizeof(*my_frametable)));
	init_domheap_pages(PAGE_SIZE, static_cast<paddr_t>(MY_FRAMES)
					      << PAGE_SHIFT);
}

// ---- hooks of <xmem/port.h> and xmem_port.h

void xmem_port_lock(xmem_lock_t *lock)
{
	if (lock->held++ != 0) {
		xmem_port_panic("a lock is taken twice");
	}
}

void xmem_port_unlock(xmem_lock_t *lock)
{
	lock->held--;
}

struct xmem_owner *xmem_domain_owner(struct domain *d)
{
	return &d->mem;
}

void *map_domain_page(mfn_t mfn)
{
	return mfn_to_virt(mfn_x(mfn));
}

void unmap_domain_page(const void *)
{
}

// ---- operators of C++

const std::nothrow_t std::nothrow{};

void *operator new(size_t size, std::align_val_t align,
		   const std::nothrow_t &) noexcept
{
	return _xmalloc(size, static_cast<unsigned long>(align));
}

void *operator new(size_t size, const std::nothrow_t &) noexcept
{
	return _xmalloc(size, 0);
}

void *operator new(size_t size)
{
	void *p = _xmalloc(size, 0);

	if (p == nullptr) {
		xmem_port_panic("new: no %lu bytes",
				static_cast<unsigned long>(size));
	}
	return p;
}

void operator delete(void *p) noexcept
{
	xfree(p);
}

void operator delete(void *p, size_t) noexcept
{
	xfree(p);
}

void operator delete(void *p, size_t, std::align_val_t) noexcept
{
	xfree(p);
}

void operator delete(void *p, std::align_val_t) noexcept
{
	xfree(p);
}
