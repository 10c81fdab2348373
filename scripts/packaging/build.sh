#!/bin/bash
# build.sh deb|rpm VERSION DIR: builds the packages from this tree in the new
# directory DIR, and leaves them there.
#	deb	with debhelper, from debian/
#	rpm	with rpmbuild, from kdcsync.spec; on Debian, too, where it shows that
#		the spec is right, and the packages are of no use
# Exit status 77 where the tools are missing.
set -eu
what=$1 version=$2 dir=$3
source=$(cd "$(dirname "$0")/../.." && pwd)

need() {
	command -v "$1" >/dev/null && return
	echo "build.sh: $1 is missing: apt-get install $2" >&2
	exit 77
}

case $what in
deb)	need dh debhelper && need dpkg-buildpackage dpkg-dev ;;
rpm)	need rpmbuild rpm ;;
*)	echo "usage: build.sh deb|rpm VERSION DIR" >&2
	exit 64 ;;
esac

rm -rf "$dir"
tree=$dir/kdcsync-$version
mkdir -p "$tree"
cp -a "$source"/{LICENSE,Makefile,README.md,docs,man,scripts,src} "$tree"
# What others may have taken from us, or set for themselves.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES BUILD CC DESTDIR
log=$dir/build.log

if [ "$what" = deb ]; then
	cp -a "$tree/scripts/packaging/debian" "$tree/debian"
	head -n 1 "$tree/debian/changelog" | grep -qF "($version)" || {
		echo "build.sh: debian/changelog is not of $version" >&2
		exit 1
	}
	(cd "$tree" && DEB_BUILD_OPTIONS="noautodbgsym parallel=$(nproc)" \
	    dpkg-buildpackage -us -uc -b -d) >"$log" 2>&1
else
	tar czf "$dir/kdcsync-$version.tar.gz" -C "$dir" "kdcsync-$version"
	rpmbuild -bb --define "_topdir $dir" --define "_sourcedir $dir" \
	    --define "_rpmdir $dir" --define "kdcsync_version $version" \
	    "$tree/scripts/packaging/kdcsync.spec" >"$log" 2>&1
fi || {
	tail -n 30 "$log" >&2
	exit 1
}
rm -rf "$tree"
find "$dir" -name '*.deb' -o -name '*.rpm' | sort
