#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# install.sh - public headers, libraries and pkg-config files
#
# Called by `make install` with ARCH, B, ARCH_INC, DEFS, PREFIX, DESTDIR set.
# The freestanding library of each architecture and the host machine lie side
# by side: $PREFIX/lib/xmem/<arch>/.
set -eu
to=$DESTDIR$PREFIX
own=$PREFIX/lib/xmem/$ARCH
install -d "$to/include/xmem" "$to/lib/pkgconfig" "$DESTDIR$own/include/arch"
install -m 644 include/xmem/*.h "$to/include/xmem"
install -m 644 "$B"/*.a "$DESTDIR$own"
for dir in $ARCH_INC; do
	install -m 644 "$dir"/arch/*.h "$DESTDIR$own/include/arch"
done
if [ "$ARCH" = host ]; then
	install -m 644 tests/host/include/*.h tests/host/xmem_host.h \
		"$DESTDIR$own/include"
	sed -e "s|-I@top@/tests/host/include|-I$own/include|" \
	    -e "s| -I@top@/tests/host||" -e "s|@top@|$PREFIX|" \
	    -e "s|@lib@|$own|" -e "s|@defs@|$DEFS|" \
	    tests/host/xmem-host.pc.in >"$to/lib/pkgconfig/xmem-host.pc"
else
	sed -e "s|@top@|$PREFIX|" -e "s|@arch_inc@|$own/include|" \
	    -e "s|@lib@|$own|" -e "s|@arch@|$ARCH|" -e "s|@defs@|$DEFS|" \
	    arch/xmem.pc.in >"$to/lib/pkgconfig/xmem-$ARCH.pc"
fi
echo "installed ARCH=$ARCH below $to"
