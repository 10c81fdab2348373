#!/bin/bash
# run.sh: kdcsync beside kprop, iprop, and dump + rsync over ssh + load, on this
# machine, on throw-away realms with real KDCs; "make bench".  Minutes for each
# size; never part of the tests.
#
#	SIZES="10000 100000 1000000"	principals; each is measured anew
#	REPEAT=5	how often; the incumbents 3 times from a million on
#	SEED=1		of the realm and of what changes in it
#	LOGINS=1000	so many log in between two cycles that find nothing else,
#			at most a hundredth of all
#	SWEEP=100000	at this size from 1 change to as many as there are
#	FLEET="10000 200"	at this size so many replicas; "0 0" for none
#	OUT=build/bench	gets SIZE.tsv: size, changes, way, what, value
#	PAGE=docs/benchmark.md	the tables of all sizes in OUT, and beside it the
#			plot, benchmark.svg
#	BENCH_TMP=/tmp	where the realms live: some 6 KB a principal
#
# As root everything runs in namespaces of its own, so that the bytes counted on the
# loopback interface are ours alone.  Anybody else needs a name of this host that has an
# address, and does not see for how long kdcsync held its lock.
set -eu
cd "$(dirname "$0")/../.."
: "${SIZES=10000 100000 1000000}" "${REPEAT:=5}" "${SEED:=1}" "${SWEEP:=100000}"
: "${LOGINS:=1000}" "${FLEET:=10000 200}" "${OUT:=build/bench}" "${PAGE:=docs/benchmark.md}"
export SIZES REPEAT SEED LOGINS SWEEP FLEET OUT PAGE LC_ALL=C
# What git would see.
export PYTHONDONTWRITEBYTECODE=1
PATH=$PATH:/usr/sbin:/sbin
APART=(unshare --net --uts --pid --fork --kill-child --mount-proc)

if [ "${1-}" != inside ] && [ "$(id -u)" = 0 ] && "${APART[@]}" true; then
	exec "${APART[@]}" "$0" inside
fi
if [ "${1-}" = inside ]; then
	ip link set lo up
	# A host with no address but 127.0.0.1 has none for getaddrinfo.
	ip address add 192.0.2.1/32 dev lo
	hostname localhost
fi
# shellcheck source=scripts/realm.sh
. scripts/realm.sh
# shellcheck source=scripts/bench/measure.sh
. scripts/bench/measure.sh
# shellcheck source=scripts/bench/hosts.sh
. scripts/bench/hosts.sh
# shellcheck source=scripts/bench/ways.sh
. scripts/bench/ways.sh
# shellcheck source=scripts/bench/blocks.sh
. scripts/bench/blocks.sh

# size_measure: all of one size.
size_measure() {
	local begun=$SECONDS turns=$REPEAT
	CHANGES=100
	[ "$SIZE" -ge 1000 ] || CHANGES=10
	[ "$SIZE" -lt 1000000 ] || [ "$REPEAT" -lt 3 ] || turns=3
	RESULTS=$OUT/$SIZE.part
	: >"$RESULTS"
	record run load "$(cut -d" " -f1 /proc/loadavg)"
	say "a realm of $SIZE principals, seed $SEED; $REPEAT times," \
	    "incumbents $turns"
	hosts_make
	block_first "$turns"
	block_cycles "$turns"
	block_cold
	block_quiet
	block_logins
	block_waits "$turns"
	block_memory
	block_load "$turns"
	block_iprop
	[ "$SIZE" != "$SWEEP" ] || block_sweep
	hosts_end
	[ "$SIZE" != "${FLEET% *}" ] || block_fleet "${FLEET#* }"
	record run seconds $((SECONDS - begun))
	mv "$RESULTS" "$OUT/$SIZE.tsv"
	say "took $((SECONDS - begun)) s"
}

mkdir -p "$OUT"
CLIENTS=() WALL=0 CPU=0 BEGAN=0
DIR=$(mktemp -d "${BENCH_TMP:-/tmp}/kdcsync-bench.XXXXXX")
trap 'waits_end; hosts_end; rm -rf "$DIR"' EXIT
trap 'exit 130' INT TERM
for SIZE in $SIZES; do
	size_measure
done
python3 scripts/bench/tables.py "$OUT" "$PAGE"
