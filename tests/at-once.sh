#!/bin/bash
# at-once.sh COMMAND... -- PATH...: runs COMMAND with each of these files, JOBS of
# them at once (default: as many as there are processors).  A directory stands
# for its .bats files; a path that was there before is not run again, so that the
# long ones may be named first.  What each prints is printed whole when it has
# ended, and at the end which failed: exit status 1.  One file alone: as if
# COMMAND had been typed.  Once told to stop, all are.
set -u
jobs=${JOBS:-$(nproc)}

command=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	command+=("$1")
	shift
done
shift
case $jobs:$# in
[1-9]*:[1-9]*) ;;
*)
	echo "at-once.sh: no file, or JOBS=$jobs is no number" >&2
	exit 64
	;;
esac

mapfile -t files < <(for path; do
	if [ -d "$path" ]; then
		printf '%s\n' "${path%/}"/*.bats
	else
		echo "$path"
	fi
done | awk '!seen[$0]++')
[ ${#files[@]} -gt 1 ] || exec "${command[@]}" "${files[0]}"

dir=$(mktemp -d)
# By process: which file, since when, and which of the JOBS places it holds.
declare -A file_of=() start_of=() place_of=()
failed=()

# Each in a process group of its own, which is interrupted as a terminal would.
set -m

start() {
	local file=$1 place=$2
	# port_block keeps to the ports of its place.
	PORTS_PLACE=$place PORTS_PLACES=$jobs \
	    env --default-signal=INT "${command[@]}" "$file" \
	    </dev/null >"$dir/$place" 2>&1 &
	file_of[$!]=$file
	start_of[$!]=$SECONDS
	place_of[$!]=$place
}

# Waits for one; its place is then in $place.
finish() {
	local pid rc=0 how=
	wait -n -p pid || rc=$?
	place=${place_of[$pid]}
	if [ $rc != 0 ]; then
		failed+=("${file_of[$pid]}")
		how=": exit status $rc"
	fi
	echo "== ${file_of[$pid]}: $((SECONDS - start_of[$pid])) s$how"
	cat "$dir/$place"
	unset "file_of[$pid]" "start_of[$pid]" "place_of[$pid]"
}

# stop STATUS: those that do not end by themselves are killed.
stop() {
	local pid i
	trap '' HUP INT TERM
	for pid in "${!file_of[@]}"; do
		kill -INT -- "-$pid" 2>/dev/null
	done
	for ((i = 0; i < 100; i++)); do
		[ -n "$(jobs -pr)" ] || break
		sleep 0.1
	done
	for pid in "${!file_of[@]}"; do
		kill -KILL -- "-$pid" 2>/dev/null
	done
	exit "$1"
}
trap 'rm -rf "$dir"' EXIT
trap 'stop 130' INT
trap 'stop 143' HUP TERM

place=0
for file in "${files[@]}"; do
	if [ ${#file_of[@]} -lt "$jobs" ]; then
		place=${#file_of[@]}
	else
		finish
	fi
	start "$file" "$place"
done
while [ ${#file_of[@]} -gt 0 ]; do
	finish
done

if [ ${#failed[@]} -gt 0 ]; then
	echo "== ${#failed[@]} of ${#files[@]} failed: ${failed[*]}"
	exit 1
fi
