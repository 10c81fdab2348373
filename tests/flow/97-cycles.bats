# Goal of this test: whatever administrators do and whatever breaks in between,
# after each run of kdc-snapshot every replica that can be reached holds what the
# primary holds, by MIT's own dump and an oracle that shares no code with us; and
# in the end all do, and kdc-verify calls all of them good.
# - 100 random cycles (CYCLES=500: make check-long) of what operations.py makes
#   up; SEED, printed, gives them again.
# - replica1 is steady, with a krb5kdc and logins of its own; replica2 comes and
#   goes, for many cycles, or breaks in the middle of every session; replica3 is
#   behind 8 KB/s, and not always waited for.
# - Some runs of kdc-snapshot are killed, some replicas lose their dumps.

setup_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	: "${SEED:=$RANDOM}" "${CYCLES:=100}"
	export SEED CYCLES
	echo "# 97-cycles: SEED=$SEED CYCLES=$CYCLES" >&3
	realm_make -d -n 3 "$REALM_DIR"
	mkdir "$REALM_DIR/cycles"
	python3 tests/flow/operations.py "$SEED" "$CYCLES" "$REALM_DIR/cycles"
	reach replica2 "$(weather)"
	reach replica3 "python3 $PWD/tests/flow/slowly.py 8192 $(apply_command \
	    replica3)"
	kdc_start primary
	kadmind_start
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	realm_end
	rm -rf "$REALM_DIR"
}

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	KILLED=0 AGAIN=0
	WEATHER=up
}

# reach REPLICA WORDS: how the primary reaches it.
reach() {
	sed -i "/$1 = {/,/}/s|command = .*|command = $2|" \
	    "$REALM_DIR/primary/etc/kdcsync.conf"
}

# A command for replica2 that does as the file weather says.
weather() {
	echo up >"$REALM_DIR/weather"
	cat >"$REALM_DIR/reach2" <<-END
	#!/bin/sh
	read -r how bytes <$REALM_DIR/weather
	case \$how in
	up)	exec $(apply_command replica2) ;;
	cut)	exec python3 $PWD/tests/flow/slowly.py -c "\$bytes" \\
		    $(apply_command replica2) ;;
	esac
	exit 255
	END
	chmod 700 "$REALM_DIR/reach2"
	echo "$REALM_DIR/reach2"
}

# wrong WORDS: the end of the test, with all that is needed to do it again.
wrong() {
	echo "WRONG: $*"
	echo "SEED=$SEED CYCLES=$CYCLES, cycle $CYCLE, replica2 is $WEATHER:"
	cat "$REALM_DIR/cycles/$CYCLE"
	echo "kdc-snapshot said, exit status ${RC:-none}:"
	cat "$REALM_DIR/said"
	return 1
}

# Queries that wait, by whom.
flush() {
	[ -s "$REALM_DIR/queries" ] || return 0
	if [ "$1" = local ]; then
		realm_on primary kadmin.local
	else
		realm_on primary kadmin -k -p root/admin \
		    -t "$REALM_DIR/primary/etc/root.keytab"
	fi <"$REALM_DIR/queries" >"$REALM_DIR/answers" 2>&1
	: >"$REALM_DIR/queries"
	# A query that does nothing tests nothing.
	if grep -aqE ' while |^usage|unknown request|nbalanced' \
	    "$REALM_DIR/answers"; then
		wrong "a query failed: $(grep -a -B1 -E \
		    ' while |^usage|unknown request|nbalanced' \
		    "$REALM_DIR/answers")"
	fi
}

# digests HOST...: what lib.bash calls canonical, of all at once: for digest.
digests() {
	local host dir=$REALM_DIR/dumps
	rm -rf "$dir"
	for host; do
		[ -e "$REALM_DIR/$host/db/principal" ] || continue
		mkdir -p "$dir/$host"
		cp "$REALM_DIR/$host"/db/principal{,.ok,.kadm5,.kadm5.lock} \
		    "$dir/$host/"
		realm_on "$host" kdb5_util -d "$dir/$host/principal" dump \
		    "$dir/$host/dump" >/dev/null || wrong "$host: kdb5_util dump"
	done
	python3 - "$dir"/*/dump >"$dir/digests" <<-'END'
	import hashlib, sys
	sys.dont_write_bytecode = True
	sys.path.insert(0, 'tests')
	import canon
	for path in sys.argv[1:]:
	    text = canon.canon(open(path, 'rb').read())
	    print(path.split('/')[-2], hashlib.sha256(text).hexdigest())
	END
}

digest() {
	sed -n "s/^$1 //p" "$REALM_DIR/dumps/digests"
}

# kill_one MS: a kdc-snapshot that does not come to its end.
kill_one() {
	(
		realm_env primary
		exec kdc-snapshot -q
	) >/dev/null 2>&1 3>&- &
	local pid=$!
	sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"
	! kill -KILL $pid 2>/dev/null || KILLED=$((KILLED + 1))
	wait $pid 2>/dev/null || :
}

run_snapshot() {
	RC=0
	snapshot "$@" >"$REALM_DIR/said" 2>&1 || RC=$?
}

has_sealed() {
	grep -q "^kdc-snapshot: $1: sealed 1\.$(current generation)\>" \
	    "$REALM_DIR/said"
}

settled() {
	local host
	for host; do
		has_sealed "$host" || return 1
	done
}

# ship WAS_KILLED OPTION...: and who must have it, has it.  What a killed run
# left behind at a replica may still be at work there: then, once more.
ship() {
	local killed=$1 host i must=(replica1) may=() all=3
	shift
	case " $* " in
	*" -t "*) all=2 ;;
	*)	must+=(replica3) ;;
	esac
	case $WEATHER in
	up)	must+=(replica2) ;;
	cut*)	may=(replica2) ;;
	esac
	run_snapshot "$@"
	for ((i = 0; i < 10; i++)); do
		if ! $killed || settled "${must[@]}"; then
			break
		fi
		AGAIN=$((AGAIN + 1))
		sleep 0.5
		run_snapshot "$@"
	done
	digests primary replica1 replica2 replica3
	[ "$(digest primary)" = "$(current dump-sha256)" ] ||
	    wrong "what was taken is not what the primary has"
	for host in "${may[@]}"; do
		! has_sealed "$host" || must+=("$host")
	done
	for host in "${must[@]}"; do
		has_sealed "$host" || wrong "$host: not sealed"
		[ "$(digest "$host")" = "$(digest primary)" ] ||
		    wrong "$host: differs from the primary"
	done
	if [ ${#must[@]} = $all ]; then
		[ $RC = 0 ] || wrong "all sealed, and exit status $RC"
	else
		[ $RC = 1 ] || wrong "not all sealed, and exit status $RC"
	fi
	# Who was not reached, or left in the middle, has a whole generation.
	for host in replica2 replica3; do
		[ ! -e "$REALM_DIR/$host/state/seal.tar" ] ||
		    [ "$(digest "$host")" = "$(sealed $host dump-sha256)" ] ||
		    wrong "$host: not what its seal says"
	done
}

# as-of never stands still: a second a run, which may be faster than the clock.
keep_time() {
	local now
	now=$(date +%s)
	while [ "$(date -d "$(current as-of)" +%s)" -gt $((now + 60)) ]; do
		sleep 1
		now=$(date +%s)
	done
}

cycle() {
	local kind rest before='' killed=false
	: >"$REALM_DIR/queries"
	: >"$REALM_DIR/said"
	while IFS= read -r line <&9; do
		kind=${line%% *} rest=${line#* }
		[ "$kind" = "$before" ] || flush "$before"
		before=$kind
		case $kind in
		local | net)
			printf '%s\n' "$rest" >>"$REALM_DIR/queries" ;;
		login)
			# shellcheck disable=SC2086 # three words
			login $rest 2>/dev/null || : ;;
		replica2)
			WEATHER=$rest
			echo "$rest" >"$REALM_DIR/weather" ;;
		lose)
			rm -f "$REALM_DIR/$rest"/state/dump.* ;;
		kill)
			kill_one "$rest"
			killed=true ;;
		ship)
			# shellcheck disable=SC2086 # options
			ship $killed ${line#ship} ;;
		*)	wrong "$line" ;;
		esac
	done 9<"$REALM_DIR/cycles/$CYCLE"
	[ "$kind" = ship ] || wrong "does not end with ship"
}

@test "random cycles: each replica that can be reached equals the primary" {
	local host
	for ((CYCLE = 1; CYCLE <= CYCLES; CYCLE++)); do
		cycle
		[ $CYCLE != 1 ] || kdc_start replica1
		keep_time
	done
	CYCLE=$CYCLES
	echo "# $CYCLES cycles, $(current generation) generations, $(current \
	    principals) principals, $(current policies) policies; $KILLED runs \
killed, $AGAIN tried again" >&3
	# What killed sessions left in incoming/ goes after two days.
	find "$REALM_DIR"/replica?/state/incoming -type f \
	    -exec touch -d '3 days ago' {} +
	snapshot -q
	# Not everything is a heartbeat.
	[ "$(current generation)" -gt $((CYCLES / 2)) ]
	for host in replica1 replica2 replica3; do
		[ "$(digest "$host")" = "$(digest primary)" ]
		verify $host -q
		[ -z "$(ls -A "$REALM_DIR/$host/state/incoming")" ]
	done
	verify primary -q
}
