// SPDX-License-Identifier: BSD-2-Clause
//
// kernel.h - what the kernel makes of the library, in its own words
//
// Memory belongs to objects, which free it when they go out of scope.
#ifndef MY_KERNEL_H
#define MY_KERNEL_H

#include <xmem/pages.h>
#include <xmem/xmalloc.h>

#include <new>

// The domains of the library: an owner, and what else the kernel knows.
struct domain {
	struct xmem_owner mem;
	explicit domain(unsigned long max_pages) : mem()
	{
		mem.max_pages = max_pages;
	}
};

// 2^order mapped pages.
class Pages
{
      public:
	explicit Pages(unsigned int order)
	    : va(alloc_xenheap_pages(order, 0)), order(order)
	{
	}
	Pages(Pages &&other) : va(other.va), order(other.order)
	{
		other.va = nullptr;
	}
	Pages(const Pages &) = delete;
	Pages &operator=(const Pages &) = delete;
	~Pages()
	{
		FREE_XENHEAP_PAGES(va, order);
	}
	void *get() const
	{
		return va;
	}

      private:
	void *va;
	unsigned int order;
};

// Objects of T, all made by its constructor; none if there is no memory.
template <typename T> class Array
{
      public:
	explicit Array(unsigned long wanted)
	    : first(xmalloc_array(T, wanted)), nr(first != nullptr ? wanted : 0)
	{
		for (unsigned long i = 0; i < nr; i++) {
			new (&first[i]) T();
		}
	}
	Array(const Array &) = delete;
	Array &operator=(const Array &) = delete;
	~Array()
	{
		for (unsigned long i = nr; i > 0; i--) {
			first[i - 1].~T();
		}
		XFREE(first);
	}
	unsigned long size() const
	{
		return nr;
	}
	T &operator[](unsigned long i)
	{
		return first[i];
	}

      private:
	T *first;
	unsigned long nr;
};

// Give the library its RAM.
void start_memory();

#endif // MY_KERNEL_H
