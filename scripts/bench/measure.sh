# shellcheck shell=bash disable=SC2034,SC2153 # WALL, CPU, KEYTAB: one program
# Stopwatches.  Sourced by run.sh, which sets SIZE, CHANGES, DIR and RESULTS.
#
#   say WORDS...		on stderr, with the time
#   record WAY WHAT VALUE	a line of the results: SIZE CHANGES WAY WHAT VALUE
#   timed COMMAND...	runs it, the disk at rest, all databases and dumps in the
#			page cache: WALL and CPU, milliseconds, of it and of what it
#			waited for; what it printed is in DIR/said, when it began in
#			BEGAN, microseconds
#   until_sealed HOST	milliseconds from BEGAN until that replica's seal got its
#			name, when the database is live and proved there
#   cpu_now PID...	milliseconds used by these trees until now
#   bytes_now		bytes that have passed the loopback interface
#   waits_begin NAME HOST login|write PRINCIPAL	a client that calls again and again
#   waits_end		all of them
#   worst NAME FROM TO	the longest wait of a call in that time, milliseconds

BENCH=$REALM_SOURCE/scripts/bench

say() {
	echo "$(date +%T) $SIZE: $*" >&2
}

record() {
	printf '%s\t%s\t%s\t%s\t%s\n' "$SIZE" "$CHANGES" "$1" "$2" "$3" \
	    >>"$RESULTS"
}

us_now() {
	echo "${EPOCHREALTIME/[.,]/}"
}

timed() {
	local TIMEFORMAT='%3R %3U %3S' rc=0
	# What the one before left to be written is not this one's cost, nor what
	# the machine has forgotten since this one's last turn.
	sync
	find "$DIR" -type f -size +64k -exec cat {} + >/dev/null 2>&1 || :
	BEGAN=$(us_now)
	{ time "$@" >"$DIR/said" 2>&1; } 2>"$DIR/time" || rc=$?
	if [ $rc != 0 ]; then
		echo "bench: $*: exit status $rc:" >&2
		cat "$DIR/said" >&2
		return 1
	fi
	read -r WALL CPU < <(LC_ALL=C awk '{ print $1 * 1000, ($2 + $3) * 1000 }' \
	    "$DIR/time")
}

# rename(2) sets the time of change.
until_sealed() {
	local seal
	seal=$(stat -c %.6Z "$REALM_DIR/$1/state/seal.tar")
	seal=$((${seal/./} - BEGAN))
	if [ "$seal" -lt 0 ]; then
		echo "bench: $1 sealed nothing" >&2
		return 1
	fi
	echo $(((seal + 500) / 1000))
}

cpu_now() {
	python3 "$BENCH/cpu.py" "$@"
}

bytes_now() {
	awk '$1 == "lo:" { print $10 }' /proc/self/net/dev
}

waits_begin() {
	local keytab=$REALM_DIR/bench.keytab
	[ "$3" != write ] || keytab=$REALM_DIR/primary/etc/root.keytab
	: >"$DIR/waits.$1"
	(
		realm_env "$2"
		exec "$REALM_BUILD/bench/waits" "$3" "$4" "$keytab"
	) >"$DIR/waits.$1" 2>"$DIR/waits.$1.said" &
	CLIENTS+=("$!")
	local i
	for ((i = 0; i < 200; i++)); do
		[ ! -s "$DIR/waits.$1" ] || return 0
		sleep 0.05
	done
	cat "$DIR/waits.$1.said" >&2
	return 1
}

waits_end() {
	local p
	for p in "${CLIENTS[@]}"; do
		kill "$p"
		wait "$p" || :
	done
	CLIENTS=()
}

# The last call may still be waiting: for that it has some time.
worst() {
	sleep 0.3
	awk -v name="$1" -v from="$2" -v to="$3" '
	$1 <= to && $1 + $2 >= from {
		n++
		failed += $3 != 0
		if ($2 > most)
			most = $2
	}
	END {
		if (failed > 0)
			print "bench: " name ": " failed " of " n \
			    " calls failed" >"/dev/stderr"
		if (n == 0)
			print "bench: " name ": no call in that time" \
			    >"/dev/stderr"
		printf "%.1f\n", most / 1000
	}' "$DIR/waits.$1"
}
