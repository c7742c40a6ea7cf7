#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# lint_locks.sh - clang finds a lock that is forgotten (see <xmem/lock.h>)
#
#  - src as it is passes, at every XMEM_DEBUG, with the default port and the
#    host's;
#  - without any one call that takes or drops a lock, and without all of a
#    function, a file is refused;
#  - so are the other kinds of mistake, each tried once;
#  - no other function calls the lock of the port.
. tests/lint/files.sh
cc=$(command -v clang-14 || command -v clang)
if [ -z "$cc" ]; then
	echo "ok 1 - clang checks the locks # SKIP no clang"
	exit 0
fi
own=$(mktemp -d)
trap 'rm -rf "$own" "$bad"' EXIT
mkdir -p "$own/src"
arch='-Iarch/x86/include -Iarch/common/include'
host='-Itests/host/include -Iarch/common/include'
flags='-std=gnu11 -ffreestanding -fsyntax-only -Wthread-safety
	-Werror=thread-safety -Iinclude'

# compile what file flags...: silent, or what clang says.
compile() {
	local file=$1
	shift
	# shellcheck disable=SC2086
	"$cc" $flags "$@" "$file" >"$own/log" 2>&1
}

passes() {
	local f d
	for f in src/*/*.c; do
		for d in 0 3; do
			# shellcheck disable=SC2086
			compile "$f" -Isrc $arch -DXMEM_DEBUG=$d || cat "$own/log"
		done
		case $f in src/directmap/*) continue ;; esac
		# shellcheck disable=SC2086
		compile "$f" -Isrc $host || cat "$own/log"
	done
}

# refused what file unit sed...: unit is refused, for the default port or for the
# host's, which have not the same code, once the sed script has
# changed a copy of file, a header that unit includes or unit itself.
refused() {
	local what=$1 file=$2 unit=$3
	shift 3
	mkdir -p "$own/$(dirname "$file")"
	sed "$@" "$file" >"$own/$file"
	if cmp -s "$file" "$own/$file"; then
		echo "$what: changes nothing in $file"
	fi
	[ "$file" = "$unit" ] && unit=$own/$unit
	# shellcheck disable=SC2086
	if compile "$unit" -I"$own/src" -Isrc $arch &&
		compile "$unit" -I"$own/src" -Isrc $host; then
		echo "$what: accepted"
	elif ! grep -q 'error: .*Wthread-safety' "$own/log"; then
		echo "$what: refused for something else:"
		head -n 3 "$own/log"
	fi
	rm -f "$own/$file"
	nr=$((nr + 1))
}

# Lines of file on which a statement takes or drops a lock, but in functions
# that clang is told to leave out.
calls='^[[:blank:]]+([a-z_]+_(un)?lock|(un)?lock_[a-z]+)\(.*\);$'
each_call() {
	local file=$1 unit=$2 line text
	grep -nE "$calls" "$file" | grep -v xmem_port_ | while IFS= read -r line
	do
		head -n "${line%%:*}" "$file" | awk '/^}/ { out = 0 }
			/XMEM_UNCHECKED/ { out = 1 } END { exit out }' &&
			echo "$line"
	done >"$own/calls"
	while IFS=: read -r line text; do
		refused "$file:$line: without $text" "$file" "$unit" "${line}s/.*/;/"
		case $text in *unlock*) continue ;; esac
		refused "$file:$line: without the lock of its function" \
			"$file" "$unit" -E "$line,/^}/s/$calls/;/"
	done <"$own/calls"
}

# kind what file sed...: one mistake in a .c file.
kind() {
	local what=$1 file=$2
	shift 2
	refused "$file: $what" "$file" "$file" "$@"
}

# Each sed script changes one function, or the line after a lock is taken.
kinds() {
	local file=src/vmap/window.c
	local take='/^unsigned long xmem_window_take/,/^}/'
	kind 'a return with the lock held' $file \
		"$take"'s/^	xmem_window_lock.*/&	if (nr == 7) return 0;/'
	kind 'two locks at once' $file \
		'/^	xmem_window_lock/a xmem_window_lock(&xmem_windows[1]);'
	kind 'the lock of another object is dropped' $file \
		's/_unlock(window)/_unlock(\&xmem_windows[0])/'
	kind 'an engine is used without the lock' $file \
		"$take"'s/window->size == 0 ||/& xmem_window_va(window) == 0 ||/'

	file=src/pool/pool_api.c
	local max='/^XMEM_API_OBJECTS.* xmem_pool_maxalloc/,/^}/'
	kind 'a field is read without the lock' $file \
		"$max"'s/return/return pool->growing +/'
	kind 'a function that needs the lock, without it' $file \
		"$max"'s/return/return pool_look_up_locked(pool, pool, NULL) +/'
	kind 'a function keeps a lock that it should drop' $file \
		'/^	xmem_pool_end_give(/d'
	file=src/pool/pool.c
	kind 'a message under a lock' $file \
		'/^	xmem_pool_lock/a xmem_port_print("pool\\n");'
	kind 'a message where the caller has the lock' $file \
		'/^	pool->growing -=/a xmem_port_print("pool\\n");'
	kind 'a TLB flush under a lock' src/map/map.c \
		'/^	xmem_tables_lock()/a xmem_port_tlb_flush(0, 1);'
	kind 'the port is told under a lock' src/page/claim.c \
		-e 's/^	heap_node_unlock(node);/	xmem_tell(0, 0, true); &/'
	kind 'a pause under a lock' src/page/frames_free.c \
		-e 's/^	heap_node_unlock(b->node);/	xmem_relax_after(1); &/'

	# (N): preemption is off while a frame is in a window.
	for file in src/page/scrub.c src/page/flush.c; do
		kind 'a window that stays open' $file '/xmem_contents_close(/d'
		kind 'a window that was not opened' $file \
			's/= xmem_contents_open(.*;/= (void *)mfn;/'
		kind 'a window closed on one path alone' $file \
			's/^	xmem_contents_close/	if (mfn != 7) &/'
		kind 'a pause with a window open' $file \
			's/^	xmem_contents_close/	xmem_relax_after(1); &/'
		kind 'a message with a window open' $file \
			's/^	xmem_contents_close/	xmem_port_print("x\\n"); &/'
	done
}

# A call of the port's lock is right only where XMEM_(UN)LOCKS(_OF) is.
raw_calls() {
	list_files src include/xmem/owner.h | while read -r f; do
		awk -v f="$f" '/XMEM_(UN)?LOCKS(_OF)?\(/ { own = 1 }
			/^}/ { own = 0 }
			/xmem_port_(un)?lock\(&/ && !own {
				print f ":" FNR ": xmem_port_lock() that clang does not see"
			}' "$f"
	done
}

nr=0
{
	passes
	raw_calls
	kinds
	for f in src/*/*.c; do
		each_call "$f" "$f"
	done
	each_call src/pool/pool.h src/malloc/xmalloc.c
	[ $nr -ge 50 ] || echo "only $nr mistakes were tried"
} >"$bad"
finish "clang accepts src and refuses each of $nr mistakes with locks"
