// SPDX-License-Identifier: BSD-2-Clause
//
// main.cpp - a kernel in C++ has its objects and pages from the library
//
// tests/embed/cplusplus.sh builds and runs it.
#include "kernel.h"

#include <xmem/debug.h>
#include <xmem/pool.h>

#include <tap.h>

namespace
{

unsigned int alive;

struct Thing {
	unsigned long value = 7;

	Thing()
	{
		alive++;
	}
	virtual ~Thing()
	{
		alive--;
	}
	virtual unsigned long answer() const
	{
		return value;
	}
};

struct OtherThing final : Thing {
	unsigned long answer() const override
	{
		return 2 * value;
	}
};

struct alignas(256) Wide {
	unsigned char bytes[300];
};

struct Message {
	unsigned int nr;
	unsigned int words[1];
};

void objects()
{
	Thing *thing = new OtherThing;
	Wide *wide = new (std::nothrow) Wide;
	Message *message = xzalloc_flex_struct(Message, words, 100UL);

	tap(alive == 1 && thing->answer() == 14, "new makes an object");
	tap(reinterpret_cast<unsigned long>(wide) % 256 == 0,
	    "new aligns it as its class wants it");
	tap(message != nullptr && message->words[99] == 0,
	    "the macros know the types of C++");
	// (A compiler may leave out a `new` whose object nobody uses.)
	tap(operator new(MY_FRAMES *PAGE_SIZE, std::nothrow) == nullptr,
	    "there may be no memory");
	delete thing;
	delete wide;
	XFREE(message);
	tap(alive == 0 && message == nullptr, "delete ends it");
	tap(xmem_xmalloc_used() == 0, "and nothing is left");
}

void arrays()
{
	volatile unsigned long many = ~0UL / 2;
	{
		Array<OtherThing> things(100);
		Array<Thing> too_many(many);

		tap(things.size() == 100 && alive == 100 &&
			    things[99].answer() == 14,
		    "an array of a template");
		tap(too_many.size() == 0, "its size cannot overflow");
	}
	tap(alive == 0 && xmem_xmalloc_used() == 0, "out of scope it is free");
}

void pages()
{
	const unsigned long before = total_free_pages();
	{
		Pages few(0);
		Pages many(4);
		Pages moved(static_cast<Pages &&>(many));
		Pages none(MAX_ORDER);

		tap(few.get() != nullptr && moved.get() != nullptr &&
			    many.get() == nullptr && none.get() == nullptr,
		    "pages have one owner");
		tap(total_free_pages() == before - 17, "17 of them");
	}
	tap(total_free_pages() == before, "out of scope they are free");
}

void domains()
{
	domain d(4);
	struct page_info *pg = alloc_domheap_pages(&d, 2, 0);

	tap(pg != nullptr && page_get_owner(pg) == &d, "a domain has frames");
	tap(alloc_domheap_page(&d, 0) == nullptr, "but not more than it may");
	FREE_DOMHEAP_PAGES(pg, 2);
	tap(pg == nullptr && d.mem.tot_pages == 0, "and gives them back");
}

extern "C" void *get_pages(unsigned long bytes)
{
	return alloc_xenheap_pages(get_order_from_bytes(bytes), 0);
}

extern "C" void put_pages(void *va)
{
	free_xenheap_pages(va, 0);
}

void pools()
{
	const unsigned long before = total_free_pages();
	xmem_pool *pool =
		xmem_pool_create("C++", get_pages, put_pages, 0, PAGE_SIZE);
	void *p = xmem_pool_alloc(1000, pool);

	tap(p != nullptr && xmem_pool_check(pool) == nullptr,
	    "a pool on functions of C++");
	xmem_pool_free(p, pool);
	xmem_pool_destroy(pool);
	tap(total_free_pages() == before, "is gone");
}

} // namespace

int main()
{
	start_memory();
	objects();
	arrays();
	pages();
	domains();
	pools();
	tap(xmem_heap_check() == nullptr && xmem_xmalloc_check() == nullptr,
	    "all is sound");
	return tap_end();
}
