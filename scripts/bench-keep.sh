#!/bin/bash
# bench-keep.sh [PRINCIPALS [CHANGES]]: what 30 days of the default `keep` take on
# a realm of so many principals (100000), so many (100) of which get new keys each
# hour, and what it costs to look after them.  With real programs, on a throw-away
# realm, its clock set on: a run a day with the changes of that day, for the last
# three days one an hour, for the last three hours one every five minutes.  The
# figure that counts is the last line: everything in generations/, in sizes of
# the dump.  There the deltas that ship are taken for those of 256 runs, every
# five minutes: here some have the changes of a day.  Some ten minutes; needs
# faketime.
set -eu
count=${1:-100000} changes=${2:-100}
source=$(cd "$(dirname "$0")/.." && pwd)
cd "$source"
# shellcheck source=scripts/realm.sh
. scripts/realm.sh
make -s all
dir=$(mktemp -d /tmp/kdcsync-bench.XXXXXX)
trap 'realm_remove' EXIT
realm_make -d -n 0 "$dir/realm"
all=$REALM_DIR/primary/state/generations
user=0

# cpw NUMBER: so many users, one after another, get new keys.
cpw() {
	local i
	for ((i = 0; i < $1; i++)); do
		user=$(((user + 7919) % count))
		case $((user % 4)) in
		0)	printf 'cpw -randkey host/node%07d.dc%02d.example.test\n' \
			    $user $((user % 37)) ;;
		1)	printf 'cpw -randkey HTTP/web%07d.example.test\n' $user ;;
		*)	printf 'cpw -randkey user%07d\n' $user ;;
		esac
	done | realm_on primary kadmin.local >"$dir/said" 2>&1
	[ "$(grep -c 'randomized' "$dir/said")" = "$1" ]
}

# take SECONDS NUMBER: that long before now, with so many changes.
take() {
	cpw "$2"
	realm_on primary faketime -f "-$1s" kdc-snapshot --no-ship \
	    >"$dir/said" 2>&1
	grep 'older generations' "$dir/said" || :
}

# sizes: the files in generations/, by kind, and their sum.
sizes() {
	local dump
	dump=$(stat -c %s "$all"/*/dump)
	# The newest first.
	find "$all" -type f -printf '%P %f %s\n' | sort -rV |
	    cut -d' ' -f2- | awk -v dump="$dump" '
	{
		kind = $1
		sub(/\..*/, "", kind)
		# the last hours
		if (kind == "delta" && n[kind] == 32)
			next
		n[kind]++
		size[kind] += $2
	}
	END {
		size["delta"] *= 256 / n["delta"]
		n["delta"] = 256
		for (k in n) {
			printf "%6d %-9s %11d bytes, %.3f dumps\n", n[k], k,
			    size[k], size[k] / dump
			all += size[k]
		}
		printf "%.3f dumps of %d bytes\n", all / dump, dump
	}'
}

realm_on primary kdb5_util dump "$dir/small"
python3 scripts/synthetic.py "$count" 1 <"$dir/small" >"$dir/large"
realm_on primary kdb5_util load "$dir/large"
rm "$dir/small" "$dir/large"
begin=$SECONDS
take $((31 * 86400)) 0
for ((day = 30; day > 3; day--)); do
	take $((day * 86400)) $((24 * changes))
done
for ((hour = 72; hour > 3; hour--)); do
	take $((hour * 3600)) "$changes"
done
for ((minute = 180; minute >= 0; minute -= 5)); do
	take $((minute * 60)) $(((changes + 11) / 12))
done
echo "$count principals, $changes changes an hour: $((SECONDS - begin)) s"
echo "a cycle with nothing to let go, seconds:"
cpw "$(((changes + 11) / 12))"
(
	realm_env primary
	time -p kdc-snapshot --no-ship
)
sizes
