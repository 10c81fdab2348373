#!/bin/bash
# The rooms: who may include whom, and which foreign thing has which one home.
# Reads every #include under src/ and says each line that breaks the plan.
set -eu
cd "$(dirname "$0")/.."
bad=0
complain() {
	printf 'rooms: %s\n' "$*"
	bad=1
}

# room of a file: src/store/kdb/x.c is of store
room() {
	local r=${1#src/}
	printf '%s' "${r%%/*}"
}

# Programs > store > format, sys.  format and sys are on one line, but for the
# plain bytes and digests that sys hands about.
allowed() {
	case $1:$2 in
	snapshot:store | snapshot:format | snapshot:sys) ;;
	apply:store | apply:format | apply:sys) ;;
	verify:store | verify:format | verify:sys) ;;
	archive:store | archive:format | archive:sys) ;;
	restore:store | restore:format | restore:sys) ;;
	status:store | status:format | status:sys) ;;
	store:format | store:sys) ;;
	sys:format) case $3 in */bytes.h | */digest.h) ;; *) return 1 ;; esac ;;
	*) [ "$1" = "$2" ] ;;
	esac
}

while IFS=: read -r file _ line; do
	inc=${line#*\"}
	inc=${inc%\"*}
	target=$(realpath -m --relative-to=. "$(dirname "$file")/$inc")
	[ -e "$target" ] || complain "$file: includes $inc, which is not there"
	allowed "$(room "$file")" "$(room "$target")" "$target" ||
	    complain "$file: must not include $target"
done < <(grep -nE '^#include "' -r src --include='*.[ch]')

# Only these may use a foreign header.
home() {
	local header=$1 places=$2 file
	while IFS= read -r file; do
		[[ $file =~ ^($places)$ ]] ||
		    complain "$file: <$header> has another home: $places"
	done < <(grep -lE "^#include <$header" -r src --include='*.[ch]')
}
home 'kdb.h>' 'src/store/kdb/[a-z]+\.[ch]'
home 'kadm5/' 'src/store/kdb/[a-z]+\.c'
home 'krb5.h>' 'src/store/kdb/[a-z]+\.[ch]|src/sys/probe\.c'
home 'profile.h>' 'src/store/config\.c|src/store/kdb/place\.c'
home 'openssl/' 'src/format/digest\.c'
home 'librsync.h>' 'src/sys/delta\.c'
home 'archive' 'src/sys/archive_(in|out)\.c'
home 'zstd.h>' 'src/sys/archive_zstd\.c'

# Only these may call.
caller() {
	local call=$1 places=$2 file
	while IFS= read -r file; do
		[[ $file =~ ^($places)$ ]] ||
		    complain "$file: $call() has another home: $places"
	done < <(grep -lE "(^|[^a-z_])$call\(" -r src --include='*.c')
}
caller 'rename(at)?' 'src/sys/newfile\.c'
caller 'f(data)?sync' 'src/sys/newfile\.c'
caller '(v?fork|posix_spawnp?)' 'src/sys/child\.c'
caller 'exec[lv]p?e?' 'src/sys/(child|proc)\.c'
caller 'exit' 'src/[a-z]+/main\.c'
caller 'krb5_db_put_principal' 'src/store/kdb/entry\.c'

# Lines to type name a service by units.h, whatever the distribution calls it.
while IFS= read -r line; do
	complain "$line: units.h has that name"
done < <(grep -nE 'krb5-(kdc|admin-server|kpropd|user)|systemctl [a-z -]*(krb5kdc|kadmin|kprop)' \
    -r src --include='*.c' | cut -d: -f1,2)

# Each .c includes its own header first.
while IFS= read -r file; do
	base=$(basename "$file" .c)
	[ "$base" = main ] && continue
	first=$(grep -m1 '^#include' "$file")
	case $first in
	"#include \"$base.h\"" | "#include \"${base%%_*}.h\"") ;;
	*) complain "$file: does not include its own header first" ;;
	esac
done < <(find src -name '*.c')

# Only the programs that need it carry librsync; the gate is the smaller for it.
if [ -x build/kdc-verify ] && ldd build/kdc-verify | grep -q librsync; then
	complain "kdc-verify links librsync"
fi

# A program's main is thin, and every path that README names is there.
if [ -e README.md ]; then
	# shellcheck disable=SC2016 # backticks of Markdown
	while IFS= read -r path; do
		[ -e "$path" ] || complain "README.md names $path: not there"
	done < <(grep -oE '`(src|tests|scripts|docs|man|ansible-example)/[A-Za-z0-9_./-]*`' \
	    README.md | tr -d '`' | sort -u)
fi

# Usage and manual agree; so do the settings.
for prog in snapshot apply verify archive restore status; do
	page=man/kdc-$prog.8
	[ -e "$page" ] || continue
	while IFS= read -r opt; do
		grep -qE "Fl -$opt( |$)" "$page" ||
		    complain "$page: --$opt is missing"
	done < <(grep -ohE '^	+\{ "[a-z-]+", (no|required)_argument' "src/$prog/main.c" \
	    src/store/program.h | cut -d'"' -f2)
done
# What kdc-verify may find has its metric, and its paragraph.
while IFS= read -r check; do
	grep -qE "\"$check\"[,} ]" src/verify/face_metrics.c ||
	    complain "src/verify/face_metrics.c: check $check is missing"
	grep -qE "^\.It Cm (.* , )?$check( |\$)" man/kdc-verify.8 ||
	    complain "man/kdc-verify.8: check $check is missing"
done < <(grep -ohE '"[a-z-]+", LEVEL_' src/verify/*.c | cut -d'"' -f2 | sort -u)
if [ -e man/kdcsync.conf.5 ]; then
	while IFS= read -r key; do
		grep -qE "^\.It Cm $key( |$)" man/kdcsync.conf.5 ||
		    complain "man/kdcsync.conf.5: $key is missing"
	done < <(grep -oE '^	\{ "[a-z_]+", [A-Z]+, ' src/store/config.c |
	    cut -d'"' -f2)
fi

[ $bad = 0 ] && echo "rooms: ok"
exit $bad
