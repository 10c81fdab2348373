# shellcheck shell=bash disable=SC2034,SC2153 # WALL, CPU, KEYTAB: one program
# What is measured, block by block.  Sourced by run.sh.  CHANGES principals change
# before each cycle, a twentieth as many are added and deleted; those that are
# compared take turns, so that a slow moment of the machine meets all.

# few [COMMAND...]: with these numbers; change, if none is named.
few() {
	local n=$((CHANGES / 20))
	n=$((n > 0 ? n : 1))
	"${@:-change}" "$CHANGES" $n $n
}

# The first ship: nothing is there on either side but the primary's database.
block_first() {
	local i
	ssh_warm
	say "first ship"
	for ((i = 0; i < $1; i++)); do
		! kdc_up replica1 || kdc_stop replica1
		host_empty replica1
		rm -rf "${REALM_DIR:?}"/primary/state/*
		snapshot_ready
		ship_ours first
	done
	kdc_start replica1
}

# The connection is there, nothing else.
snapshot_ready() {
	ssh -F "$REALM_DIR/primary/etc/ssh_config" replica1 true \
	    </dev/null >/dev/null 2>&1 || :
}

# has PROGRAM: what is not here is not measured, and its cells stay empty.
has() {
	command -v "$1" >/dev/null
}

# The same change by each way, one after another.
block_cycles() {
	local i
	say "cycles of $CHANGES changes: kdcsync, kprop, rsync"
	dump
	! has rsync || rsync_send
	for ((i = 0; i < REPEAT; i++)); do
		few
		ship_ours ours
		arrived replica1
		[ $i -lt "$1" ] || continue
		ship_kprop
		arrived replica2
		has rsync || continue
		ship_rsync
		arrived replica3
	done
}

block_cold() {
	local i
	say "cycles over new connections"
	ssh_cold
	for ((i = 0; i < REPEAT; i++)); do
		few
		ship_ours cold
	done
	ssh_warm
}

# Nothing changed, twenty times: the processor's clock ticks slowly.
block_quiet() {
	local i master here=0 n=20
	say "quiet cycles"
	sleep 1.2
	snapshot -q
	sleep 1.2
	snapshot -q
	master=$(master_pid replica1)
	here=$(cpu_now "$master")
	for ((i = 0; i < n; i++)); do
		timed snapshot
		record quiet ms "$WALL"
		record quiet sealed "$(until_sealed replica1)"
		record quiet cpu-command "$CPU"
	done
	record quiet cpu-connection \
	    "$(awk "BEGIN { print ($(cpu_now "$master") - $here) / $n }")"
	bytes_quiet
}

# One login of each of some principals that lie spread over the database: only
# their counters move, and that is no new generation.
block_logins() {
	local i n=$((SIZE / 100))
	n=$((n > LOGINS ? LOGINS : n))
	say "$n logins"
	logins_make $n
	record logins logins "$n"
	snapshot -q
	for ((i = 0; i < REPEAT; i++)); do
		logins_storm
		ship_ours logins
		if ! grep -q "is still current" "$DIR/said"; then
			echo "bench: logins made a new generation" >&2
			return 1
		fi
	done
}

bytes_quiet() {
	local bytes
	bytes=$(bytes_now)
	snapshot -q
	record quiet bytes $(($(bytes_now) - bytes))
}

# traced COMMAND...: who holds the lock that kadmind and logins wait for.
traced() {
	realm_on primary strace -f --seccomp-bpf -ttt -T -y -qq \
	    -e trace=fcntl,close -e signal=none -o "$DIR/strace" "$@"
}

# Only root sees the files of a process that let nobody look into it.
lock_record() {
	local ms
	ms=$(python3 "$BENCH/locked.py" \
	    "$(realpath "$REALM_DIR")/primary/db/principal.ok" <"$DIR/strace") ||
	    return 0
	record "$1" lock "$ms"
}

# waits_record WAY FROM TO NAME...
waits_record() {
	local way=$1 from=$2 to=$3 name
	shift 3
	for name; do
		record "$way" "wait-$name" "$(worst "$name" "$from" "$to")"
	done
}

# clients_begin REPLICA: somebody logs in at both, with and without
# preauthentication, somebody else writes.
clients_begin() {
	waits_begin plain primary login probe
	waits_begin preauth primary login probe-pre
	waits_begin write primary write probe-write
	waits_begin replica-plain "$1" login probe
	waits_begin replica-preauth "$1" login probe-pre
}

at_primary=(plain preauth write)
at_replica=(replica-plain replica-preauth)

# Who waits, and for how long at the worst.
block_waits() {
	local i from middle
	say "who waits"
	clients_begin replica1
	from=$(us_now)
	sleep 3
	waits_record idle "$from" "$(us_now)" "${at_primary[@]}" "${at_replica[@]}"
	for ((i = 0; i < REPEAT; i++)); do
		few
		from=$(us_now)
		timed traced kdc-snapshot -t replica1
		waits_record ours "$from" "$(us_now)" "${at_primary[@]}" \
		    "${at_replica[@]}"
		lock_record ours
	done
	waits_end
	clients_begin replica2
	for ((i = 0; i < $1; i++)); do
		from=$(us_now)
		timed traced kdb5_util dump "$DIR/dump"
		middle=$(us_now)
		waits_record dump "$from" "$middle" "${at_primary[@]}"
		lock_record dump
		timed kprop_send
		waits_record kprop "$middle" "$(us_now)" "${at_replica[@]}"
	done
	waits_end
}

# What memory our processes have: not while something is timed.
block_memory() {
	say "memory"
	few
	peak cycle
	peak full --full
}

peak() {
	realm_on primary python3 "$BENCH/peak.py" "$SIZE" "$1" \
	    kdc-snapshot -q -t replica1 "${@:2}" >>"$RESULTS"
}

# Everything into an empty replica, by hand.
block_load() {
	local i
	say "full loads"
	snapshot -q --no-ship -o "$DIR/bundle"
	dump
	kdc_stop replica1
	for ((i = 0; i < $1; i++)); do
		timed realm_on replica3 kdb5_util load "$DIR/dump"
		record load ms "$WALL"
		host_empty replica1
		timed realm_on replica1 kdc-apply "$DIR/bundle"
		record apply-full ms "$WALL"
		record apply-full filled "$(said_ms filled)"
		record apply-full proved "$(said_ms proved)"
	done
	rm "$DIR/bundle"
	snapshot -q
	kdc_start replica1
}

block_iprop() {
	local i
	say "iprop"
	iprop_begin
	for ((i = 0; i < REPEAT; i++)); do
		# Not always at the same moment between two polls.
		sleep "0.$((RANDOM % 10))"
		few ship_iprop iprop
	done
	[ "$SIZE" = "$SWEEP" ] || iprop_end
}

# From one change to as many as there are principals.  kprop and rsync, which load
# everything anyway, once each; iprop up to a thousand: more is too much for its log.
block_sweep() {
	local n i left was=$CHANGES
	left=$((SIZE - $(wc -l <"$DIR/gone")))
	for n in 1 10 100 1000 10000 100000; do
		[ "$n" -le "$SIZE" ] || continue
		[ "$n" -le $left ] || n=$left
		CHANGES=$n
		say "$n changes"
		for ((i = 0; i < 3 && i < REPEAT; i++)); do
			if [ "$n" -le 1000 ]; then
				change "$n" 0 0
			else
				change_many "$n"
			fi
			ship_ours sweep-ours
		done
		arrived replica1
		sweep_others
	done
	CHANGES=$was
	iprop_end
}

sweep_others() {
	local wall i
	timed dump
	wall=$WALL
	timed kprop_send
	record sweep-kprop ms "$(awk "BEGIN { print $wall + $WALL }")"
	arrived replica2
	if has rsync; then
		timed rsync_all
		record sweep-rsync ms "$WALL"
		arrived replica3
	fi
	[ "$CHANGES" -le 1000 ] || return 0
	for ((i = 0; i < 3 && i < REPEAT; i++)); do
		sleep "0.$((RANDOM % 10))"
		ship_iprop sweep-iprop "$CHANGES" 0 0
	done
}

# So many replicas, reached by a command that needs no ssh.
block_fleet() {
	local i was=$CHANGES
	say "$1 replicas"
	realm_make -d -n "$1" "$DIR/realm"
	KEYTAB=$REALM_DIR/bench.keytab
	: >"$DIR/gone"
	sed -i 's/^\t    command/\t    deadline = 20m\n&/' \
	    "$REALM_DIR/primary/etc/kdcsync.conf"
	realm_fill
	timed realm_on primary kdc-snapshot
	record fleet replicas "$1"
	record fleet-first ms "$WALL"
	record fleet-first cpu "$CPU"
	for ((i = 0; i < 3 && i < REPEAT; i++)); do
		few
		timed realm_on primary kdc-snapshot
		record fleet ms "$WALL"
		record fleet cpu "$CPU"
		arrived "replica$1"
	done
	sleep 1.2
	realm_on primary kdc-snapshot -q
	sleep 1.2
	for ((i = 0; i < 3 && i < REPEAT; i++)); do
		timed realm_on primary kdc-snapshot
		record fleet-quiet ms "$WALL"
		record fleet-quiet cpu "$CPU"
	done
	CHANGES=$was
	realm_remove
}
