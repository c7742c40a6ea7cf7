#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# install.sh - public headers, libraries and pkg-config files
#
# Called by `make install` with ARCH, B, ARCH_INC, PORT, FLAGS, PREFIX, DESTDIR
# set. The freestanding library of each architecture and the host machine lie
# side by side: $PREFIX/lib/xmem/<arch>/. There are the headers that differ as
# well: those of the architecture, the port, and what the library was built
# with.
set -eu
to=$DESTDIR$PREFIX
own=$PREFIX/lib/xmem/$ARCH
version=$(tests/version.sh)
# What an installation of other options has left is not read.
rm -rf "$DESTDIR$own/include"
install -d "$to/include/xmem" "$to/lib/pkgconfig" "$DESTDIR$own/include/arch" \
	"$DESTDIR$own/include/xmem"
install -m 644 include/xmem/*.h "$to/include/xmem"
rm -f "$to/include/xmem/options.h"
install -m 644 "$B/include/xmem/options.h" "$DESTDIR$own/include/xmem"
install -m 644 "$B"/*.a "$DESTDIR$own"
for dir in $ARCH_INC; do
	install -m 644 "$dir"/arch/*.h "$DESTDIR$own/include/arch"
done
if [ "$ARCH" = host ]; then
	install -m 644 tests/host/include/*.h tests/host/xmem_host.h \
		"$DESTDIR$own/include"
	sed -e "s# -I@top@/\(tests/host\|arch\)[^ ]*##g" -e "s|@top@|$PREFIX|" \
	    -e "s|@own@|$own|" -e "s|@lib@|$own|" -e "s|@flags@|$FLAGS|" \
	    -e "s|@version@|$version|" \
	    tests/host/xmem-host.pc.in >"$to/lib/pkgconfig/xmem-host.pc"
else
	sed -e "s|@top@|$PREFIX|" -e "s|@own@|$own|" -e "s|@lib@|$own|" \
	    -e "s|@arch@|$ARCH|" -e "s|@version@|$version|" \
	    arch/xmem.pc.in >"$to/lib/pkgconfig/xmem-$ARCH.pc"
fi
# The port may have headers beside its own; the first directory counts most.
for dir in $(printf '%s\n' $PORT | tac); do
	install -m 644 "$dir"/*.h "$DESTDIR$own/include"
done
echo "installed ARCH=$ARCH below $to"
