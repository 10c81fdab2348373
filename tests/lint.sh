#!/bin/bash
# lint.sh tidy FILE... | lint.sh man FILE...: the linters that need arguments
# of their own.  Exit status 1 when one complains.
set -eu
what=$1
shift
case $what in
tidy)
	read -r -a flags <<<"$(pkg-config --cflags krb5 kdb libarchive libzstd)"
	# It counts on stderr what it did not show.
	printf '%s\0' "$@" | xargs -0 -I '{}' -P "$(nproc)" \
	    clang-tidy --quiet --warnings-as-errors='*' \
	    --checks='-*,bugprone-*,clang-analyzer-*,-bugprone-easily-swappable-parameters,-bugprone-reserved-identifier,-bugprone-implicit-widening-of-multiplication-result,-clang-analyzer-valist.Uninitialized,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling,-clang-analyzer-security.insecureAPI.strcpy' \
	    '{}' -- -std=c11 -D_GNU_SOURCE -DKDCSYNC_VERSION='""' \
	    -DKDCSYNC_KRB5='""' "${flags[@]}" \
	    2> >(grep -v 'warnings generated\|^Suppressed\|^Use -header' >&2) ||
	    exit 1
	;;
man)
	# What mandoc says of pages of other packages that are not installed
	# here, and of its own index, goes to stderr; findings to stdout.
	out=$(mandoc -Tlint -Wstyle "$@" 2>/dev/null |
	    grep -v 'STYLE: referenced manual not found' || true)
	if [ -n "$out" ]; then
		printf '%s\n' "$out"
		exit 1
	fi
	;;
*)
	echo "lint.sh: tidy or man" >&2
	exit 64
	;;
esac
