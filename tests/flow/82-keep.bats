# Goal of this test: what the primary keeps of its past can be given back, to the
# byte, as it was recorded at the time, by stock tools and by us.
# - Letting go, killed before each single change of the disk, or failing there for
#   want of room: what the rules keep can be given back all the same, and the next
#   run ends it.
# - A simulated month of a small realm: each generation that the rules keep is
#   there, no other, and each is what MIT's own dump and an oracle that shares no
#   code with us saw then; in all that time a replica is shipped to.
# - Rules without sense are named, and nothing is let go; neither is when a clock
#   leaps, nor by a run that is told to stop.
# KEEP_STEP=7 takes every seventh change of the disk.

setup_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	FAULTAT=$REALM_DIR/faultat
	STATE=$REALM_DIR/primary/state
	export FAULTAT STATE
	cc -O1 -o "$FAULTAT" tests/fault/faultat.c
	realm_make -d -n 1 "$REALM_DIR"
	for i in {1..60}; do
		echo "addprinc -pw a user$i"
	done | realm_on primary kadmin.local >/dev/null 2>&1
	mkdir "$REALM_DIR/was"
	: >"$REALM_DIR/taken"
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	realm_end
	rm -rf "$REALM_DIR"
}

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	RULES="all 2h, 1h 2d, 1d 30d"
}

# One line and an end of the test.
wrong() {
	echo "WRONG: $*"
	return 1
}

# at MINUTES COMMAND...: on the primary, so long after now.
at() {
	realm_on primary faketime -f "$1m" "${@:2}"
}

# take MINUTES [OPTION...]: changes something and takes a generation, which the
# oracle records.
take() {
	local id
	printf 'cpw -pw %s user%d\n' $RANDOM $((RANDOM % 60 + 1)) \
	    $RANDOM $((RANDOM % 60 + 1)) |
	    at "$1" kadmin.local >/dev/null 2>&1
	at "$1" kdc-snapshot -q "${@:2}" || wrong "kdc-snapshot: $?"
	id=$(current epoch).$(current generation)
	[ ! -e "$REALM_DIR/was/$id" ] || wrong "no new generation"
	canonical primary >"$REALM_DIR/was/$id"
	echo "$id $(date -u -d "$(current taken)" +%s)" >>"$REALM_DIR/taken"
}

# kept: the generations that have a dump, or a way to one.
kept() {
	(cd "$STATE/generations" && ls -d ./*/dump ./*/dump.zst \
	    ./*/back.*.zst 2>/dev/null) | cut -d/ -f2 | sort -uV
}

# expected MINUTES: what RULES keep then of all that were ever taken, by an
# oracle.
expected() {
	python3 - "$(date -u +%s)" "$1" "$REALM_DIR/taken" "$RULES" <<-'END' |
	import sys
	now = int(sys.argv[1]) + 60 * int(sys.argv[2])
	all = [(name, int(t)) for name, t in map(str.split, open(sys.argv[3]))]
	unit = {"m": 60, "h": 3600, "d": 86400}
	def seconds(s):
	    return 0 if s == "all" else int(s[:-1]) * unit[s[-1]]
	keep = {all[-1][0]}
	for rule in sys.argv[4].split(","):
	    every, length = map(seconds, rule.split())
	    last = {t // every if every else name: (name, t) for name, t in all}
	    keep |= {name for name, t in last.values() if now - t < length}
	print("\n".join(keep))
	END
	sort -V
}

# check GENERATION...: these are what they were, by zstd, rdiff and sha256sum
# alone; the newest first.
check() {
	local id dir way digest
	local -A made
	rm -rf "$REALM_DIR/hand"
	mkdir "$REALM_DIR/hand"
	for id; do
		dir=$STATE/generations/$id
		if [ -e "$dir/dump" ]; then
			cp "$dir/dump" "$REALM_DIR/hand/$id"
		elif [ -e "$dir/dump.zst" ]; then
			zstd -qd "$dir/dump.zst" -o "$REALM_DIR/hand/$id"
		else
			for way in "$dir"/back.*.zst; do
				digest=${way%.zst}
				digest=${digest##*.}
				[ -z "${made[$digest]-}" ] || break
			done
			zstd -qdf "$way" -o "$REALM_DIR/hand.delta"
			rdiff patch "$REALM_DIR/hand/${made[$digest]-none}" \
			    "$REALM_DIR/hand.delta" "$REALM_DIR/hand/$id" ||
			    wrong "$id: what it is made of is not there"
		fi
		digest=$(sha256sum <"$REALM_DIR/hand/$id" | cut -d' ' -f1)
		[ "$digest" = "$(<"$REALM_DIR/was/$id")" ] ||
		    wrong "$id is not what it was"
		grep -qx "dump-sha256: $digest" "$dir/manifest"
		[ -e "$dir/manifest.sig" ]
		made[$digest]=$id
	done
}

# All that are there.
check_all() {
	# shellcheck disable=SC2046 # names without blanks
	check $(kept | tac)
}

# stayed: what is to stay is there.
stayed() {
	local gone
	gone=$(kept | grep -vxFf - "$REALM_DIR/stay") || :
	[ -z "$gone" ] || wrong "gone: $gone"
}

# let_go [COMMAND...]: a run of the present with nothing to take.
let_go() {
	realm_on primary "$@" kdc-snapshot -q --no-ship
}

fresh() {
	rm -rf "$STATE"
	cp -a "$REALM_DIR/state.was" "$STATE"
}

# Ten generations of the last hours, and rules by which most of them go.
ten() {
	RULES="30m 1d"
	if [ ! -e "$REALM_DIR/state.was" ]; then
		config_set primary keep "all 30d"
		for minute in {-100..-10..10}; do
			take $minute --no-ship
		done
		# From now on nothing needs another walk.
		at_rest primary
		realm_on primary kdc-snapshot -q --no-ship
		rm "$STATE/expired"
		cp -a "$STATE" "$REALM_DIR/state.was"
	fi
	config_set primary keep "$RULES"
	fresh
	[ "$(kept | wc -l)" = 10 ]
	expected 0 >"$REALM_DIR/stay"
	[ "$(wc -l <"$REALM_DIR/stay")" -le 5 ]
}

# points: the numbers of the calls that letting go makes.
points() {
	local first
	"$FAULTAT" "$REALM_DIR" true ||
	    skip "this host does not let one process trace another"
	let_go "$FAULTAT" -c "$REALM_DIR/count" "$REALM_DIR"
	first=$(grep -m 1 -n 'keep\.lock' "$REALM_DIR/count" | cut -d: -f1)
	seq "$first" "${KEEP_STEP:-1}" "$(wc -l <"$REALM_DIR/count")"
}

# ended: as if nothing had happened.
ended() {
	kept | diff "$REALM_DIR/stay" - || wrong "not what the rules keep"
	check_all
	local left
	left=$(cd "$STATE" && find generations -name '.?*')
	[ -z "$left" ] || wrong "left behind: $left"
}

@test "letting go, and what cannot be let go" {
	ten
	# Too young, all of them, for an hour.
	date -u +%Y-%m-%dT%H:%M:%SZ >"$STATE/expired"
	let_go
	[ "$(kept | wc -l)" = 10 ]
	# It was not looked for days, or the clock leapt: an hour more.
	echo 2001-02-03T04:05:06Z >"$STATE/expired"
	let_go
	[ "$(kept | wc -l)" = 10 ]
	rm "$STATE/expired"
	run realm_on primary kdc-snapshot --no-ship
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"kdc-snapshot: older generations: "*" let go, "* ]]
	ended
	# Another run is at it.
	fresh
	exec 8>"$STATE/keep.lock"
	python3 -c "
import fcntl, struct
fcntl.fcntl(8, 37, struct.pack('hhqqi', fcntl.F_WRLCK, 0, 0, 0, 0))"
	run let_go
	exec 8>&-
	[ "$status" = 0 ]
	[ -z "$output" ]
	[ "$(kept | wc -l)" = 10 ]
	# "none": what ships stays.
	config_set primary keep none
	let_go
	[ "$(kept | wc -l)" = 1 ]
	[ "$(ls "$STATE"/generations/*/delta.* | wc -l)" = 9 ]
	check_all
}

@test "letting go, killed before every change of the disk" {
	local n rc all
	ten
	all=$(points)
	for n in $all; do
		fresh
		rc=0
		let_go "$FAULTAT" -n "$n" -c "$REALM_DIR/call" "$REALM_DIR" ||
		    rc=$?
		echo "$n: $rc, $(cut -d' ' -f2- "$REALM_DIR/call"), $(kept |
		    wc -l) are there"
		[ $rc = 137 ] || wrong "$n: not killed"
		check_all
		stayed
		let_go
		ended
	done
	echo "# $(wc -l <<<"$all") points" >&3
}

@test "letting go, each change of the disk failing with ENOSPC" {
	local n rc all failed=0
	ten
	all=$(points)
	for n in $all; do
		fresh
		rc=0
		let_go "$FAULTAT" -n "$n" -e ENOSPC -c "$REALM_DIR/call" \
		    "$REALM_DIR" >"$REALM_DIR/said" 2>&1 || rc=$?
		echo "$n: $rc, $(cut -d' ' -f2- "$REALM_DIR/call"), $(kept |
		    wc -l) are there: $(tr '\n' '|' <"$REALM_DIR/said")"
		# The replicas have what they are to have.
		[ $rc = 0 ]
		not grep -q damaged "$REALM_DIR/said"
		if [ -s "$REALM_DIR/said" ]; then
			failed=$((failed + 1))
		fi
		check_all
		stayed
		rm -f "$STATE/expired"
		let_go
		ended
	done
	echo "# $(wc -l <<<"$all") points, $failed failed aloud" >&3
	[ $failed -gt 20 ]
}

@test "letting go, told to stop at any moment" {
	local pid rc i stopped=0
	ten
	realm_env primary
	for i in {1..12}; do
		fresh
		kdc-snapshot -q --no-ship 2>/dev/null 3>&- &
		pid=$!
		sleep "0.0$((RANDOM % 60 + 20))"
		kill -TERM $pid 2>/dev/null || :
		rc=0
		wait $pid || rc=$?
		[ $rc = 0 ] || [ $rc = 143 ]
		[ $rc = 0 ] || stopped=$((stopped + 1))
		not compgen -G "$STATE/generations/*/.*.??????"
		check_all
		let_go
		ended
	done
	echo "$stopped of 12 were stopped"
}

@test "rules without sense are named, and nothing goes" {
	local rules
	ten
	for rules in "2h" "all 2h, 2d 1d" "1h 2d, 30m 3d" "all" "all 2h,"; do
		config_set primary keep "$rules"
		run let_go
		echo "$output"
		[ "$status" = 78 ]
		[ "${#lines[@]}" = 1 ]
		[[ $output == *"kdcsync.conf: keep = $rules: "* ]]
		[ "$(kept | wc -l)" = 10 ]
	done
	config_set primary keep "all 1h30m,2h   10d"
	run realm_on primary kdc-snapshot --check-config
	[ "$status" = 0 ]
	[[ $output == *"keep = all 1h30m, 2h 10d"* ]]
}

# fill: room for a heartbeat, not for a dump.
fill() {
	rm -f "$REALM_DIR/small/filler"
	head -c $(($(df --output=avail -B1 "$REALM_DIR/small" | tail -n 1) -
	    24000)) /dev/zero >"$REALM_DIR/small/filler"
}

@test "--cron: a way back that rotted is one mail; so is no room, until there is" {
	ten
	local file
	file=$(ls "$STATE"/generations/1.5/back.*)
	printf '\x55' | dd of="$file" bs=1 seek=60 conv=notrunc status=none
	run realm_on primary kdc-snapshot --cron --no-ship
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"$file: damaged: "* ]]
	[ -e "$STATE/generations/1.5/damaged.back" ]
	run realm_on primary kdc-snapshot --cron --no-ship
	[ "$status" = 0 ]
	[ -z "$output" ]
	[ "$(id -u)" = 0 ] || skip "only root can mount a small tmpfs"
	fresh
	mkdir -p "$REALM_DIR/small"
	mount -t tmpfs -o size=1m,mode=700 kdcsync "$REALM_DIR/small" ||
	    skip "this host does not let us mount a tmpfs"
	cp -a "$STATE/." "$REALM_DIR/small/"
	config_set primary state_dir "$REALM_DIR/small"
	fill
	run realm_on primary kdc-snapshot --cron --no-ship
	echo "$output"
	first=$output
	rm -f "$REALM_DIR/small/expired"
	fill
	run realm_on primary kdc-snapshot --cron --no-ship
	again=$status.$output
	echo "again: $again"
	rm -f "$REALM_DIR/small/filler" "$REALM_DIR/small/expired"
	run realm_on primary kdc-snapshot --cron --no-ship
	echo "$output"
	umount "$REALM_DIR/small"
	config_set primary state_dir "$STATE"
	[[ $first == *"keeps what it has; the next run tries again"* ]]
	[ "$again" = 0. ]
	[[ $output == *"old generations: well again, after "*" failed"* ]]
}

@test "a month: what the rules keep, and each as it was; a replica follows" {
	local minute=0 last day step
	config_set primary keep "$RULES"
	fresh
	rm -f "$STATE/expired"
	# Six days of it much happens, on the others little; the last hours every
	# five minutes.
	for ((day = 0; day < 31; day++)); do
		step=1440
		[ $((day % 6)) != 5 ] || step=240
		[ $day -lt 29 ] || step=60
		for ((last = minute + 1440; minute < last; minute += step)); do
			take +$minute --no-ship
		done
		at +$((minute - 1)) kdc-snapshot -q
	done
	for ((last = minute + 240; minute < last; minute += 5)); do
		take +$minute --no-ship
	done
	minute=$((minute - 5 + 61))
	at +$minute kdc-snapshot 2>"$REALM_DIR/said"
	cat "$REALM_DIR/said"
	grep -q 'older generations: [0-9]* let go, ' "$REALM_DIR/said"
	[ "$(canonical replica1)" = "$(canonical primary)" ]
	expected $minute >"$REALM_DIR/stay"
	ended
	echo "# $(wc -l <"$REALM_DIR/taken") generations, $(kept | wc -l) kept" >&3
	[ "$(kept | wc -l)" -gt 60 ]
	# And we see the same: here, written, and read back.
	[[ $(realm_on primary kdc-archive verify) == "$(kept | wc -l) generations, "* ]]
	run realm_on primary kdc-archive write --all "$REALM_DIR/archive"
	echo "$output"
	[ "$status" = 0 ]
	[ "$(tar tf "$REALM_DIR/archive" | grep -c '\.bundle$')" = \
	    "$(kept | wc -l)" ]
	# What the archive holds of each is what it was.
	mkdir "$REALM_DIR/unpacked"
	tar xf "$REALM_DIR/archive" -C "$REALM_DIR/unpacked"
	for id in $(kept); do
		[ "$(tar xOf "$REALM_DIR/unpacked/$id.bundle" manifest |
		    sed -n 's/^dump-sha256: //p')" = "$(<"$REALM_DIR/was/$id")" ]
	done
}
