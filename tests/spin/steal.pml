/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * steal.pml - caches of CPUs, and the CPU that takes the frames of all of them
 *
 * A model, for spin, of src/heap/cache.h and cache_steal.c. A CPU uses its own
 * cache without an atomic instruction: it writes `busy`, then reads `revoked`.
 * Who finds the heap empty becomes the one thief: it writes `revoked`, makes
 * every CPU execute a barrier, waits until no cache is busy, gives all that is
 * cached to the heap, and tries again before it lets go.
 *
 * Actors      On each CPU the code that allocates and frees, for ever or until
 *             it stops for good at any time. MASKED: CPU 1 may ask with
 *             interrupts off. DOWN: CPU 1 may go down, and goes on without its
 *             cache. HANDLER: CPU 0 has an interrupt handler, which comes at
 *             any time when interrupts are on, and allocates or
 *             frees while all else on CPU 0 stands. The CPUs from CACHES on
 *             were not announced: they have no cache, and may be thieves.
 * Memory      What a CPU writes lies in its store buffer at first, of PENDING
 *             entries: it sees that at once, and others when the entry gets to
 *             memory, at any time. Two stores to one address get there in turn,
 *             others in any order, but a release after all that is before it.
 *             So this is x86, where entries go in turn, and more: on Arm stores
 *             pass each other. That a load passes an earlier store is the same
 *             as the store being late. That a load passes an earlier load is
 *             not modelled but for the pair that an acquire is there for
 *             (NO_ACQUIRE).
 * The heap    A set of frames. An allocation from it, or a free, is one step
 *             and orders nothing, which is less than the lock does. Where more
 *             is done with the lock, interrupts are off, and all that was
 *             written is in memory before it is dropped.
 * A cache     One word for each slot, 0 or a frame. A word that is read is not
 *             yet written: two who are in a cache at once get in between.
 *
 * Properties
 *   one place   a frame has one user, or lies in one place (note_taken(),
 *               to_heap(), accountant)
 *   exclusive   a cache is used by one at a time (`users`)
 *   last frame  an allocation that may broadcast fails only if there was a
 *               moment, from its begin to its end, at which no frame was free
 *               (`asks`). If it has failed without becoming the thief, since no
 *               cache had a frame, it may have missed frames that were freed
 *               and taken meanwhile: then no frame was free all the time, but
 *               for one whose free others have not seen yet (`stays`)
 *   no deadlock all have stopped by themselves where nothing can happen
 *   progress    there is no endless run in which no request ends (PROGRESS)
 *
 * FENCED is the other kind of port: nobody is interrupted, since every CPU
 * executes a barrier of its own between `busy` and `revoked`. It may steal with
 * interrupts off.
 *
 * BUG is one of the mistakes below: then spin must find a run that breaks a
 * property. run.sh has what to say to spin.
 */
#define NO_BARRIER	    1  /* no CPU but the thief executes one */
#define NO_WAIT		    2  /* the thief drains caches that are busy */
#define NO_RECHECK	    3  /* `revoked` is not read after `busy` */
#define NO_ACQUIRE	    4  /* slots are read before `revoked` */
#define EARLY_LEAVE	    5  /* `busy` is cleared before the last write */
#define NO_RELEASE	    6  /* or may be seen cleared before it */
#define EARLY_UNREVOKE	    7  /* before the thief tries again */
#define NO_THIEF_RELEASE    8  /* or may be seen before what it has drained */
#define TWO_THIEVES	    9  /* nobody looks whether there is one */
#define NO_RETRY	    10 /* who waited for a thief does not become one */
#define WAIT_LOCKED	    11 /* the thief waits with the lock */
#define BUSY_STEALS	    12 /* a CPU becomes the thief in its cache */
#define MASKED_STEALS	    13 /* or with interrupts off */
#define HANDLER_STEALS	    14 /* or in its interrupt handler */
#define HANDLER_ENTERS	    15 /* a handler does not look at `busy` */
#define RE_ENTERS	    16 /* a CPU tries until its cache is not revoked */
#define NO_FENCE	    17 /* FENCED, and there is none */
#define NO_MOVES	    18 /* one look at caches is enough to fail */
#define LATE_MOVES	    19 /* a frame leaves a cache before it has moved */
#define LATE_REFILL	    20 /* or the heap long before it is in a cache */
#ifndef BUG
#define BUG 0
#endif

#ifndef CPUS
#define CPUS 2
#endif
#ifndef CACHES
#define CACHES CPUS
#endif
#ifndef FRAMES
#define FRAMES 1
#endif
#ifndef SLOTS
#define SLOTS 1
#endif
#ifndef PENDING
#define PENDING 2
#endif

#ifdef HANDLER
#define ACTORS (CPUS + 1)
#else
#define ACTORS CPUS
#endif

#define NONE 255

/* ---- memory ---- */

#define BUSY(cpu)     (cpu)
#define REVOKED(cpu)  (CACHES + (cpu))
#define SLOT(cpu, nr) (2 * CACHES + (cpu) * SLOTS + (nr)) /* frame + 1 */
#define THIEF	      ((2 + SLOTS) * CACHES)
/* Bit a: no frame has gone from a cache to the heap since actor a looked. In C
 * it is a number that grows, and a is who remembers it. */
#define UNMOVED	      (THIEF + 1)
#define WORDS	      (THIEF + 2)

byte mem[WORDS];
byte heap; /* bit f: frame f is there */
bit locked;

/* The store buffers: entries of a CPU side by side, the oldest first. */
byte to[CPUS * PENDING];
byte what[CPUS * PENDING];
bit release[CPUS * PENDING];
byte pending[CPUS];

/* Entry @nr of the buffer of @cpu gets to memory. */
inline retire(cpu, nr)
{
	mem[to[cpu * PENDING + nr]] = what[cpu * PENDING + nr];
	e = nr;
	do
	:: e + 1 < pending[cpu] ->
		to[cpu * PENDING + e] = to[cpu * PENDING + e + 1];
		what[cpu * PENDING + e] = what[cpu * PENDING + e + 1];
		release[cpu * PENDING + e] = release[cpu * PENDING + e + 1];
		e++
	:: else -> break
	od;
	to[cpu * PENDING + e] = 0;
	what[cpu * PENDING + e] = 0;
	release[cpu * PENDING + e] = 0;
	pending[cpu]--;
	e = 0
}

#define IS_TO_OTHER(cpu, nr, before) \
	(to[cpu * PENDING + nr] != to[cpu * PENDING + before])
#define MAY_RETIRE(cpu, nr)                                     \
	(pending[cpu] > nr &&                                   \
	 (nr < 1 || (!release[cpu * PENDING + nr] &&            \
		     IS_TO_OTHER(cpu, nr, 0))) &&               \
	 (nr < 2 || IS_TO_OTHER(cpu, nr, 1)))

proctype store_buffer(byte cpu)
{
	byte e;

end:	do
	:: d_step { MAY_RETIRE(cpu, 0) -> retire(cpu, 0) }
#if PENDING > 1
	:: d_step { MAY_RETIRE(cpu, 1) -> retire(cpu, 1) }
#endif
#if PENDING > 2
	:: d_step { MAY_RETIRE(cpu, 2) -> retire(cpu, 2) }
#endif
	od
}

/* ---- who an actor is: @me, on CPU @c ---- */

byte asks[ACTORS]; /* 1: allocates; 2: does, and no frame was free meanwhile */
bit frees[ACTORS];
bit masked[CPUS]; /* interrupts are off */
bit down[CPUS];	  /* does not find its cache any more */
bit interrupted;  /* CPU 0 is in its handler */

byte stays[ACTORS]; /* which frames were free all the time since it asked */
byte user[FRAMES]; /* 0: the frame is free; else the actor that has it, + 1 */
byte nr_free = FRAMES;
byte users[CACHES]; /* how many are in a cache */

/* This CPU writes; it waits while its buffer is full. */
inline put(at, value, is_release)
{
	d_step {
		pending[c] < PENDING ->
		to[c * PENDING + pending[c]] = at;
		what[c * PENDING + pending[c]] = value;
		release[c * PENDING + pending[c]] = is_release;
		pending[c]++
	}
}

/* This CPU reads: what it has written last itself, or memory. */
inline get(at, into)
{
	d_step {
		into = mem[at];
		do
		:: e < pending[c] ->
			into = (to[c * PENDING + e] == at ->
					what[c * PENDING + e] : into);
			e++
		:: else -> break
		od;
		e = 0
	}
}

/* ---- frames ---- */

/* @f is this actor's from now on. Was it the last free one? */
inline note_taken()
{
	d_step {
		assert(user[f] == 0);
		user[f] = me + 1;
		nr_free--;
		do
		:: e < ACTORS ->
			stays[e] = stays[e] & ~(1 << f);
			asks[e] = (nr_free == 0 && asks[e] != 0 -> 2 : asks[e]);
			e++
		:: else -> break
		od;
		e = 0
	}
}

/* This actor asks for a frame. What is in a store buffer is not seen yet. */
inline note_asked()
{
	d_step {
		asks[me] = (nr_free == 0 -> 2 : 1);
		do
		:: e < FRAMES ->
			stays[me] = (user[e] == 0 -> stays[me] | 1 << e : stays[me]);
			e++
		:: else -> break
		od;
		e = 0;
		do
		:: e < CPUS * PENDING ->
			if
			:: what[e] > 0 && to[e] >= SLOT(0, 0) && to[e] < THIEF ->
				stays[me] = stays[me] & ~(1 << (what[e] - 1))
			:: else
			fi;
			e++
		:: else -> break
		od;
		e = 0
	}
}

inline note_free()
{
	d_step {
		assert(user[f] == me + 1);
		user[f] = 0;
		nr_free++
	}
}

inline to_heap(frame)
{
	d_step {
		assert((heap & (1 << (frame))) == 0);
		heap = heap | (1 << (frame))
	}
}

/* The lowest frame of the heap, or NONE, becomes @into. With the lock. */
inline from_heap(into)
{
	d_step {
		into = 0;
		do
		:: into < FRAMES && (heap & (1 << into)) == 0 -> into++
		:: into == FRAMES -> into = NONE; break
		:: else -> heap = heap & ~(1 << into); break
		od
	}
}

/* A frame of the heap, or NONE, becomes @f, and is this actor's. */
inline take()
{
	atomic {
		!locked;
		from_heap(f);
		if
		:: f != NONE -> note_taken()
		:: else
		fi
	}
}

inline lock()
{
	atomic { !locked -> locked = 1; was = masked[c]; masked[c] = 1 }
}

inline unlock()
{
	atomic { pending[c] == 0 -> locked = 0; masked[c] = was; was = 0 }
}

/* What is in the slot goes to the heap. */
inline drain(slot)
{
#if BUG == LATE_MOVES
	get(slot, x);
	put(slot, 0, 1);
	lock();
#else
	atomic { lock(); get(slot, x) }
#endif
	if
	:: x > 0 -> atomic { to_heap(x - 1); put(UNMOVED, 0, 1) }
	:: else
	fi;
	x = 0;
	unlock();
#if BUG != LATE_MOVES
	put(slot, 0, 1)
#endif
}

/* ---- the owner of a cache ---- */

/* `entered`: is this CPU's cache this actor's, until leave()? */
inline claim()
{
	put(BUSY(c), 1, 0);
#if defined(FENCED) && BUG != NO_FENCE
	pending[c] == 0;
#endif
#if BUG == NO_ACQUIRE
	get(SLOT(c, 0), early);
#endif
	atomic {
		get(REVOKED(c), x);
#if BUG == NO_RECHECK
		x = 0;
#endif
		entered = (x == 0);
		x = 0;
		if
		:: entered ->
			users[c]++;
			assert(users[c] == 1)
		:: else
		fi
	}
	if
	:: entered
	:: !entered -> put(BUSY(c), 0, 1)
	fi
}

/* The same, if the CPU has one, and is not in it already. */
inline enter()
{
#if BUG == RE_ENTERS
	skip;
again:
#endif
	atomic {
		get(BUSY(c), x);
#if BUG == HANDLER_ENTERS
		x = 0;
#endif
		entered = (x == 0 && c < CACHES && !down[c]);
		x = 0
	}
	if
	:: entered ->
		claim();
#if BUG == RE_ENTERS
		if
		:: entered
		:: !entered -> goto again
		fi
#endif
	:: else
	fi
}

inline leave()
{
	atomic {
#if BUG == NO_RELEASE
		put(BUSY(c), 0, 0);
#else
		put(BUSY(c), 0, 1);
#endif
		users[c]--;
		entered = 0
	}
}

/* Slot @i is the first one with a frame, or without if not @full, and @x is what
 * is in it; SLOTS: there is none. */
inline find_slot(is_full)
{
	do
	:: i < SLOTS ->
		get(SLOT(c, i), x);
		if
		:: (x > 0) == is_full -> break
		:: else -> i++
		fi
	:: else -> break
	od
}

/* A frame of the heap, if there is one, is put into the cache, which is empty.
 */
inline refill()
{
#if BUG == LATE_REFILL
	atomic { !locked -> from_heap(x) }
#else
	atomic { lock(); from_heap(x) }
#endif
	if
	:: x != NONE -> put(SLOT(c, 0), x + 1, 0)
	:: else
	fi;
	x = 0;
#if BUG != LATE_REFILL
	unlock()
#endif
}

/* A frame of the cache becomes @f, or NONE: there is none, nor in the heap. */
inline pop()
{
	atomic {
		find_slot(true);
#if BUG == NO_ACQUIRE
		x = early;
		i = (x > 0 -> 0 : SLOTS);
		early = 0
#endif
	}
	if
	:: i == SLOTS ->
		atomic { i = 0; x = 0 }
		refill();
		atomic { find_slot(true) }
	:: else
	fi;
	if
	:: i < SLOTS ->
#if BUG == EARLY_LEAVE
		put(BUSY(c), 0, 1);
#endif
		atomic {
			put(SLOT(c, i), 0, 0);
			f = x - 1;
			note_taken();
			x = 0;
			i = 0
		}
	:: else -> atomic { i = 0; x = 0 }
	fi
}

/* @f goes into the cache. If that is full, another frame goes to the heap. */
inline push()
{
	atomic { find_slot(false); x = 0 }
	if
	:: i == SLOTS -> i = 0; drain(SLOT(c, 0))
	:: else
	fi;
	atomic { put(SLOT(c, i), f + 1, 0); note_free(); i = 0 }
}

/* The CPU does not find its cache any more, and gives back what is in it. If
 * that is revoked, then a thief does. */
inline go_down()
{
	atomic { down[c] = 1; frees[me] = 1 }
	claim();
	if
	:: entered ->
		drain(SLOT(c, 0));
		leave()
	:: else
	fi;
	frees[me] = 0
}

/* ---- the thief ---- */

inline revoke(value)
{
	do
	:: atomic {
		i < CACHES && pending[c] < PENDING ->
		put(REVOKED(i), value, BUG != NO_THIEF_RELEASE);
		i++
	}
	:: i == CACHES -> break
	od;
	i = 0
}

/* Behind what this CPU has written; then each CPU, when it answers. */
inline broadcast_barrier()
{
	pending[c] == 0;
#if !defined(FENCED) && BUG != NO_BARRIER
	do
	:: atomic {
		i < CPUS && !masked[i] ->
		do
		:: pending[i] > 0 -> retire(i, 0)
		:: else -> break
		od;
		i++
	}
	:: i == CPUS -> break
	od;
	i = 0
#endif
}

inline wait_until_none_is_busy()
{
#if BUG != NO_WAIT
	do
	:: atomic { i < CACHES && mem[BUSY(i)] == 0 -> i++ }
	:: i == CACHES -> break
	od;
#endif
	i = 0
}

inline drain_all()
{
	do
	:: i < CACHES ->
		d_step {
			assert(users[i] == 0);
			users[i]++
		}
#if SLOTS > 1
		drain(SLOT(i, 1));
#endif
		drain(SLOT(i, 0));
		atomic { users[i]--; i++ }
	:: i == CACHES -> break
	od;
	i = 0
}

/* By the one thief: @f becomes a frame, or NONE. */
inline steal()
{
	revoke(1);
#if BUG == WAIT_LOCKED
	atomic { !locked -> locked = 1 }
#endif
	broadcast_barrier();
	wait_until_none_is_busy();
#if BUG == WAIT_LOCKED
	locked = 0;
#endif
	drain_all();
#if BUG == EARLY_UNREVOKE
	revoke(0);
	take();
#else
	take();
	revoke(0);
#endif
	put(THIEF, 0, 1)
}

/* ---- requests ---- */

#if BUG == MASKED_STEALS
#define MAY_BROADCAST (!interrupted || c != 0)
#elif BUG == HANDLER_STEALS
#define MAY_BROADCAST (!masked[c] || interrupted)
#elif defined(FENCED)
#define MAY_BROADCAST (!interrupted || c != 0)
#else
#define MAY_BROADCAST (!masked[c])
#endif

/* Is there a frame in a cache? Then @x is not 0. */
inline look()
{
	do
	:: atomic {
		i < CACHES * SLOTS && x == 0 ->
		get(SLOT(0, i), x);
		i++
	}
	:: i == CACHES * SLOTS || x > 0 -> break
	od;
	i = 0
}

inline forget()
{
	mem[UNMOVED] = mem[UNMOVED] & ~(1 << me)
}

/* Once more, as nothing was there at first: @f becomes a frame, or NONE. */
inline take_or_steal()
{
	do
	:: f == NONE ->
		take();
		if
		:: f != NONE -> break
		:: f == NONE -> look()
		fi;
		if
		:: x == 0 ->
			atomic {
				x = (mem[UNMOVED] >> me & 1);
				mem[UNMOVED] = mem[UNMOVED] | 1 << me
			}
#if BUG == NO_MOVES
			x = 1;
#endif
			if
			:: x ->
				atomic {
					assert((stays[me] == 0));
					asks[me] = 2;
					x = 0
				}
				break
			:: else
			fi
		:: else ->
			x = 0;
			if
			:: !MAY_BROADCAST -> break
#if BUG == TWO_THIEVES
			:: MAY_BROADCAST ->
				steal();
				break
#else
			:: d_step {
				MAY_BROADCAST && mem[THIEF] == 0 ->
				mem[THIEF] = 1
			}
				steal();
				break
			:: MAY_BROADCAST && mem[THIEF] != 0 ->
				atomic { mem[THIEF] == 0 -> forget() }
#if BUG == NO_RETRY
				take();
				break
#endif
#endif
			fi
		fi
	:: else -> break
	od
}

inline allocate()
{
	atomic { note_asked(); f = NONE }
	enter();
	if
	:: entered ->
		pop();
#if BUG == BUSY_STEALS
		take_or_steal();
#endif
		leave()
	:: !entered
	fi;
	take_or_steal();
	atomic {
		assert(f != NONE || asks[me] == 2 || !MAY_BROADCAST);
		asks[me] = 0;
		stays[me] = 0;
		forget();
		f = 0
	}
}

/* One of the frames that this actor has. */
inline free_one()
{
	atomic {
		if
		:: user[0] == me + 1 -> f = 0
#if FRAMES > 1
		:: user[1] == me + 1 -> f = 1
#endif
#if FRAMES > 2
		:: user[2] == me + 1 -> f = 2
#endif
		fi;
		frees[me] = 1
	}
	enter();
	if
	:: entered ->
		push();
		leave()
	:: !entered ->
		atomic { !locked -> to_heap(f); note_free() }
	fi;
	atomic { frees[me] = 0; f = 0 }
}

/* What an actor knows while it works; e is for d_step. */
#if BUG == NO_ACQUIRE
#define KNOWS byte f, x, i, e, early; bit entered, was
#else
#define KNOWS byte f, x, i, e; bit entered, was
#endif

#ifdef HANDLER
#define STANDS provided(_pid != 1 || !interrupted)
#else
#define STANDS
#endif

/* That of CPU 0 is process 1. */
proctype cpu(byte c, me) STANDS
{
	KNOWS;

progress:
	do
	:: allocate()
	:: free_one()
#ifdef MASKED
	:: c == 1 ->
		masked[c] = 1;
		if
		:: allocate()
		:: free_one()
		fi;
		masked[c] = 0
#endif
#ifdef DOWN
	:: c == 1 && !down[c] -> go_down()
#endif
	:: break
	od
}

#ifdef HANDLER
proctype handler(byte c, me)
{
	KNOWS;

end:	do
	:: atomic {
		!masked[c] && !interrupted ->
		interrupted = 1;
		masked[c] = 1
	}
		if
		:: allocate()
		:: free_one()
		fi;
		atomic { interrupted = 0; masked[c] = 0 }
	:: break
	od
}
#endif

/* ---- accounts ---- */

#if CPUS > 2
#define THIRD_IS_0(words) (words[2] == 0)
#else
#define THIRD_IS_0(words) true
#endif
#define ARE_0(words) (words[0] == 0 && words[1] == 0 && THIRD_IS_0(words))
#define QUIET	     (ARE_0(asks) && ARE_0(frees) && ARE_0(pending) && !interrupted)

/* When nobody is at work each frame is in one place. */
proctype accountant()
{
	byte f, i, places;

end:	do
	:: d_step {
		QUIET;
		do
		:: f < FRAMES ->
			places = (user[f] != 0) + (heap >> f & 1);
			do
			:: i < CACHES * SLOTS ->
				places = places + (mem[SLOT(0, i)] == f + 1);
				i++
			:: else -> break
			od;
			assert(places == 1);
			f++;
			i = 0;
			places = 0
		:: else -> break
		od;
		f = 0;
#ifdef DOWN
		assert(!down[1] || mem[SLOT(1, 0)] == 0)
#endif
	}
	od
}

init {
	byte i;

	atomic {
		heap = (1 << FRAMES) - 1;
		do
		:: i < CPUS ->
			run cpu(i, i);
			i++
		:: else -> break
		od;
		i = 0;
		do
		:: i < CPUS ->
			run store_buffer(i);
			i++
		:: else -> break
		od;
		i = 0;
#ifdef HANDLER
		run handler(0, CPUS);
#endif
#ifndef PROGRESS
		run accountant()
#endif
	}
}
