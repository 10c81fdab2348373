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
# Which ended, and how: wait -n misses one of two that are killed together.
mkfifo "$dir/ends"
exec 9<>"$dir/ends"
# By place, of which there are JOBS: which file, since when.
file_at=() start_at=()
running=0
failed=()

# Each has a process group, which is interrupted as a terminal would.
set -m

# start FILE PLACE.  It ignores no signal, though we may (after nohup, or in the
# background); port_block keeps to the ports of its place.
start() {
	{
		trap '' HUP INT TERM
		PORTS_PLACE=$2 PORTS_PLACES=$jobs \
		    env --default-signal=HUP,INT,QUIT,TERM "${command[@]}" "$1" 9>&-
		echo "$2 $?" >&9
	} </dev/null >"$dir/$2" 2>&1 &
	file_at[$2]=$1
	start_at[$2]=$SECONDS
	running=$((running + 1))
}

# Waits for one; its place is then in $place.
finish() {
	local rc how=
	read -r place rc <&9
	if [ "$rc" != 0 ]; then
		failed+=("${file_at[$place]}")
		how=": exit status $rc"
	fi
	echo "== ${file_at[$place]}: $((SECONDS - start_at[place])) s$how"
	cat "$dir/$place"
	running=$((running - 1))
}

# signal NAME: to those that run.
signal() {
	local pid
	for pid in $(jobs -pr); do
		kill -"$1" -- "-$pid" 2>/dev/null
	done
}

# stop SIGNAL STATUS: those that do not end by themselves are killed.
stop() {
	local i
	trap '' HUP INT TERM
	echo "== stopped by SIG$1"
	signal INT
	for ((i = 0; i < 100; i++)); do
		[ -n "$(jobs -pr)" ] || break
		sleep 0.1
	done
	signal KILL
	exit "$2"
}
trap 'rm -rf "$dir"' EXIT
trap 'stop HUP 143' HUP
trap 'stop INT 130' INT
trap 'stop TERM 143' TERM

for file in "${files[@]}"; do
	place=$running
	[ "$running" -lt "$jobs" ] || finish
	start "$file" "$place"
done
while [ "$running" -gt 0 ]; do
	finish
done

if [ ${#failed[@]} -gt 0 ]; then
	echo "== ${#failed[@]} of ${#files[@]} failed: ${failed[*]}"
	exit 1
fi
