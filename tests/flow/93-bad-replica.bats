# Goal of this test: whatever a replica says or does not say, the primary ends
# with one clear line about it and the right exit status; its own state is whole,
# nothing it did not prove counts as sealed, and the replicas that are well are
# served in the same run.

setup_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	realm_make -d -n 2 "$REALM_DIR"
	for i in {1..20}; do
		echo "addprinc -pw a user$i"
	done | realm_on primary kadmin.local >/dev/null 2>&1
	snapshot -q
	cp "$REALM_DIR/primary/etc/kdcsync.conf" "$REALM_DIR/conf.was"
	# What a real one says first: up to where the empty verdict begins.
	realm_on replica2 kdc-apply -q </dev/null 2>/dev/null |
	    python3 -c '
import sys
data = sys.stdin.buffer.read()
sys.stdout.buffer.write(data[:data.index(b"kdcsync-verdict: ")])
' >"$REALM_DIR/hello"
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	realm_end
	rm -rf "$REALM_DIR"
}

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
}

# command MODE [N]: what a replica runs.  A shell is started sooner than python.
command_of() {
	case $1 in
	second)		echo "$REALM_DIR/second.$NAME" ;;
	noise)		echo "sh -c 'yes >&2; true'" ;;
	hello-cut)	echo "head -c $2 $REALM_DIR/hello" ;;
	bundle-cut)	echo "sh -c 'cat $REALM_DIR/hello; head -c $2 >/dev/null'" ;;
	*)		echo "python3 -SE $FLOW_SOURCE/tests/flow/bad_replica.py \
$REALM_DIR/hello $*" ;;
	esac
}

# peers "NAME MODE [N]"...: the primary's replicas are these and replica1.  DEADLINE
# and MAX are for those that only a clock ends: on a busy machine the others need
# more than they.
peers() {
	local p name words deadline max
	{
		sed '/replicas = {/q' "$REALM_DIR/conf.was"
		sed -n '/replica1 = {/,/}/p' "$REALM_DIR/conf.was"
		for p; do
			read -ra words <<<"$p"
			name=${words[0]}
			deadline=30s max=1m
			case "$name ${words[1]}" in
			silent\ * | *\ silent | *-hang | *-drip | \
			    *\ noise | *\ stderr)
				deadline=${DEADLINE:-30s} max=${MAX:-1m} ;;
			esac
			cat <<-END
			$name = {
			    command = $(NAME=$name command_of "${words[@]:1}")
			    deadline = $deadline
			    max_transfer = $max
			}
			END
		done
		echo "}"
	} >"$REALM_DIR/primary/etc/kdcsync.conf"
	chmod 600 "$REALM_DIR/primary/etc/kdcsync.conf"
}

# Ships, and checks what holds whatever a replica did.
ship() {
	rm -rf "$REALM_DIR/primary/state/replicas"
	admin_local "cpw -pw x$RANDOM user1" >/dev/null
	run snapshot
	echo "$output"
	[ "$status" = 1 ]
	[ "$(sealed replica1 as-of)" = "$(current as-of)" ]
	[ "$(canonical replica1)" = "$(canonical primary)" ]
	[[ $output == *"kdc-snapshot: replica1: sealed "* ]]
	# Two lines about what was taken, one about each replica.
	[ "${#lines[@]}" = $(($(grep -c 'command = ' \
	    "$REALM_DIR/primary/etc/kdcsync.conf") + 2)) ]
	not grep -q $'[\033\007]' <<<"$output"
	verify primary -q
}

# told NAME ANSWER TEXT: the one line about it, and what its ledger says.
told() {
	grep -q "^kdc-snapshot: $1: .*$3" <<<"$output" ||
	    { echo "$1: no line with: $3"; return 1; }
	[ "$(grep -c "^kdc-snapshot: $1: " <<<"$output")" = 1 ]
	[ "$(sed -n 's/^answer: //p' \
	    "$REALM_DIR/primary/state/replicas/$1")" = "$2" ]
}

@test "hellos" {
	local size
	size=$(stat -c %s "$REALM_DIR/hello")
	DEADLINE=4s MAX=8s peers "silent silent" "half hello-cut 100" \
	    "none hello-cut 0" "almost hello-cut $((size - 1))" \
	    "stuck hello-cut-hang 100" "endless hello-endless" \
	    "noise hello-endless 1" "lines hello-lines" "drip hello-drip" \
	    "realm hello-realm" "version hello-version" "banner banner"
	ship
	told silent unreached 'no hello yet: given up after 4 s (deadline: nothing moved); is it there'
	told half unreached 'no hello: its command ended in the middle of it (exit status 0)'
	told none unreached 'no hello: its command ended without a word (exit status 0); run it by hand'
	told almost unreached 'no hello: its command ended in the middle of it'
	told stuck unreached 'given up after 4 s'
	told endless unreached 'no hello: it says something else'
	told noise unreached 'no hello: it says something else'
	told lines unreached 'no hello: it says something else'
	told drip unreached 'no hello yet: given up after 8 s (max_transfer)'
	told realm unreached 'it serves realm OTHER.TEST, not EXAMPLE.TEST; is its command right'
	told version unreached 'its hello: format version 2, not 1: upgrade kdcsync here first'
	told banner unreached 'no hello: it says something else; is its command kdc-apply'
}

@test "verdicts" {
	DEADLINE=4s MAX=10s peers "none verdict-cut 0" "half verdict-cut 100" \
	    "stuck verdict-hang 100" "whole verdict-hang 9999" \
	    "linger verdict-linger" "endless verdict-endless" \
	    "drip verdict-drip" "twice verdict-twice" "realm verdict-realm" \
	    "version verdict-version" "garbage verdict-garbage" \
	    "escape verdict-escape" "digest lie-digest" \
	    "generation lie-generation" "refused refused"
	ship
	told none unknown 'no verdict: its command ended first; what it has is unknown until the next run'
	told half unknown 'its verdict: damaged verdict'
	told stuck unknown 'waiting for its verdict: given up after 4 s (deadline: nothing moved)'
	# A verdict is over when its end has come, not when it looks whole.
	told whole unknown 'waiting for its verdict: given up after 4 s (deadline: nothing moved)'
	# That one ended: it counts, whatever its command goes on doing.
	told linger sealed 'sealed 1\.'
	not pgrep -f "bad_replica.py $REALM_DIR/hello verdict-"
	told endless unknown 'its verdict does not end'
	told drip unknown 'waiting for its verdict: given up after 10 s (max_transfer)'
	told twice unknown 'its verdict: '
	told realm unknown 'its verdict is for realm OTHER.TEST, not EXAMPLE.TEST'
	told version unknown 'its verdict: format version 2'
	told garbage unknown 'its verdict: '
	told escape unknown 'its verdict: damaged verdict'
	told digest unknown 'says sealed, but generation .* is not what was sent; look at its kdc-verify'
	told generation unknown 'says sealed, but generation 1.999999 is not what was sent'
	told refused refused 'refused: I do not want it'
	# What it claims is kept as what it claims: it does not count.
	[ "$(sed -n 's/^sealed: //p' \
	    "$REALM_DIR/primary/state/replicas/digest")" = - ]
}

@test "need-full is obeyed once" {
	peers "greedy need-full"
	run snapshot
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"greedy: asks for the whole dump: more, more"* ]]
	[[ $output == *"greedy: failed: asks for the whole dump, which it got: more, more"* ]]
	[ "$(grep -c greedy: <<<"$output")" = 2 ]
	[ "$(sealed replica1 as-of)" = "$(current as-of)" ]
}

# The first time it asks for the whole dump, the second it does as told.
second() {
	cat >"$REALM_DIR/second.$1" <<-END
	#!/bin/sh
	if [ ! -e $REALM_DIR/been.$1 ]; then
		: >$REALM_DIR/been.$1
		exec $(command_of need-full)
	fi
	exec $(command_of "${@:2}")
	END
	chmod 700 "$REALM_DIR/second.$1"
}

@test "a verdict on the whole dump that it asked for counts as little as any" {
	rm -f "$REALM_DIR"/been.*
	second none verdict-cut 0
	second short verdict-short 1
	second realm verdict-realm
	second garbage verdict-garbage
	second silent silent
	second again need-full
	DEADLINE=4s peers "none second" "short second" "realm second" \
	    "garbage second" "silent second" "again second"
	rm -rf "$REALM_DIR/primary/state/replicas"
	run snapshot -q
	echo "$output"
	[ "$status" = 1 ]
	told none unknown 'no verdict: its command ended first'
	told short unknown 'its verdict: '
	told realm unknown 'its verdict is for realm OTHER.TEST'
	told garbage unknown 'its verdict: '
	told silent unreached 'no hello yet: given up after 4 s'
	told again failed 'asks for the whole dump, which it got: more, more'
	[ "${#lines[@]}" = 6 ]
}

@test "one that floods stderr is cut short, in plain letters" {
	MAX=3s peers "flood stderr"
	run snapshot
	echo "$output"
	[ "$status" = 1 ]
	[ "${#lines[@]}" -lt 20 ]
	[[ $output == *"flood: prints more, which is not shown"* ]]
	not grep -qP '[^\x20-\x7e\n]' <<<"$output"
	[ "$(sealed replica1 as-of)" = "$(current as-of)" ]
}

@test "one that floods stderr without end has its deadline like any other" {
	# As a busy host would read: it finds the pipe full, every time.
	MAX=3s DEADLINE=1s peers "flood noise"
	run realm_on primary timeout -s KILL 20 strace -o /dev/null \
	    -e trace=read -e inject=read:delay_exit=3000 kdc-snapshot -q
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"flood: no hello yet: given up after "* ]]
	[ "$(sealed replica1 as-of)" = "$(current as-of)" ]
}

@test "an unsigned claim to be ahead is ignored" {
	peers "claim claim"
	run snapshot
	echo "$output"
	[ "$status" = 0 ]
	[ ! -e "$REALM_DIR/primary/state/superseded" ]
	grep -q '^kdc-snapshot: replica1: sealed' <<<"$output"
}

@test "one that does not take the bundle" {
	admin_local "cpw -pw z user2" >/dev/null
	# More than a pipe holds.
	for i in {1..700}; do
		echo "addprinc -randkey many$i"
	done | realm_on primary kadmin.local >/dev/null 2>&1
	DEADLINE=3s peers "stuck bundle-hang 10000" "gone bundle-cut 10000" \
	    "early early"
	ship
	told stuck unknown 'sending .* of .*: given up after 3 s (deadline: nothing moved)'
	told gone unknown 'no verdict: its command ended first'
	told early unknown 'says sealed, without the whole bundle'
	for i in {1..700}; do
		echo "delprinc -force many$i"
	done | realm_on primary kadmin.local >/dev/null 2>&1
	run snapshot -q --allow-shrink --no-ship
}

# cuts MODE FROM TO STEP: one peer for each, all in one run.
cuts() {
	local list=() i
	for ((i = $2; i < $3; i += $4)); do
		list+=("p$i $1 $i")
	done
	echo "${#list[@]} peers"
	peers "${list[@]}"
}

# Each peer has its line and its ledger, with one of the words.
all_told() {
	local f n=0 want
	for f in "$REALM_DIR"/primary/state/replicas/p*; do
		want=$(sed -n 's/^answer: //p' "$f")
		[[ " $* " == *" $want "* ]] || { cat "$f"; return 1; }
		n=$((n + 1))
	done
	[ $n = "$(grep -c '^p.* = {' "$REALM_DIR/primary/etc/kdcsync.conf")" ]
}

@test "where few files may be open, some are served after the others" {
	local list=() i
	for ((i = 0; i < 60; i++)); do
		list+=("p$i verdict-cut 100")
	done
	peers "${list[@]}"
	rm -rf "$REALM_DIR/primary/state/replicas"
	realm_env primary
	# 1,024 is a common hard limit; a fleet of 300 would meet it.
	run bash -c 'ulimit -Sn 128; ulimit -Hn 128; exec kdc-snapshot'
	echo "$output"
	[ "$status" = 1 ]
	all_told unknown
	[[ $output == *"13 replicas at once, the others after them: no more than 128 files may be open here (ulimit -n); for all it takes "* ]]
	[ "$(sealed replica1 as-of)" = "$(current as-of)" ]
	# Those who wait when it is stopped were not tried.
	rm -rf "$REALM_DIR/primary/state/replicas"
	DEADLINE=1m peers "${list[@]/verdict-cut 100/silent}"
	run bash -c 'ulimit -Sn 128; ulimit -Hn 128
	    exec timeout -s TERM 3 kdc-snapshot'
	[ "$status" = 124 ]
	[ "$(ls "$REALM_DIR/primary/state/replicas" | wc -l)" -lt 20 ]
	[ "$(grep -c ': stopped before it was done' <<<"$output")" -gt 50 ]
}

@test "it goes away after each byte of its hello" {
	local size from
	size=$(stat -c %s "$REALM_DIR/hello")
	for ((from = 0; from < size; from += 200)); do
		cuts hello-cut $from \
		    $((from + 200 < size ? from + 200 : size)) 1
		ship >"$REALM_DIR/out" || { cat "$REALM_DIR/out"; false; }
		all_told unreached
	done
}

@test "it goes away after each byte of its verdict" {
	# From the front, then from the end, for their lengths differ.
	cuts verdict-cut 0 220 1
	ship >"$REALM_DIR/out" || { cat "$REALM_DIR/out"; false; }
	all_told unknown
	cuts verdict-short 1 221 1
	ship >"$REALM_DIR/out" || { cat "$REALM_DIR/out"; false; }
	all_told unknown
}

@test "it goes away in the middle of the bundle, at 150 places" {
	cuts bundle-cut 0 3000 20
	ship >"$REALM_DIR/out" || { cat "$REALM_DIR/out"; false; }
	all_told unknown
}

@test "bits of its hello are flipped" {
	# Some change nothing that counts: free space, a version, a letter of a
	# signature that is only looked at when it is ahead.
	cuts hello-flip $((RANDOM % 37)) $((8 * $(stat -c %s "$REALM_DIR/hello"))) 37
	ship >"$REALM_DIR/out" || { cat "$REALM_DIR/out"; false; }
	all_told unreached unknown
	[ ! -e "$REALM_DIR/primary/state/superseded" ]
}

@test "bits of its verdict are flipped" {
	cuts verdict-flip $((RANDOM % 17)) 3500 17
	rm -rf "$REALM_DIR/primary/state/replicas"
	admin_local "cpw -pw x$RANDOM user1" >/dev/null
	run snapshot
	[ "$status" = 1 ]
	# Only what is no part of the claim may differ: times, stash, counts.
	local f field
	for f in $(grep -l '^answer: sealed' "$REALM_DIR"/primary/state/replicas/p*); do
		[ "$(sed -n 's/^digest: //p' "$f")" = "$(current dump-sha256)" ]
		[ "$(sed -n 's/^generation: //p' "$f")" = \
		    "$(current epoch).$(current generation)" ]
		[ "$(sed -n 's/^outcome: //p' "$f")" = sealed ]
	done
	[ "$(sealed replica1 as-of)" = "$(current as-of)" ]
}

@test "after all that, the good one goes on" {
	cp "$REALM_DIR/conf.was" "$REALM_DIR/primary/etc/kdcsync.conf"
	admin_local "cpw -pw last user3" >/dev/null
	run snapshot
	echo "$output"
	[ "$status" = 0 ]
	for r in 1 2; do
		[ "$(canonical replica$r)" = "$(canonical primary)" ]
	done
	[ "$(ls -A "$REALM_DIR/primary/db/principal.kdcsync/")" = snapshot ]
}
