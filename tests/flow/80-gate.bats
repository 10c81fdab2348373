# Goal of this test: kdc-verify tells the truth, and stands between bad data and
# krb5kdc, with a way out where there is one.
# - Age: good, warning past three intervals, critical past max_age; the gate
#   refuses, a ship starts the KDC again through on_sealed, only then.
# - Altered data, a missing half, a wrong stash are never excused, not by
#   --override; --repair heals what can be healed.
# - An override is for one seal, bounded, written down, shown.
# - on_verdict is called when the verdict changes, and only then.
# - refuse-if-primary-answers serves intact data while nobody answers.

setup_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	realm_make -d -n 1 "$REALM_DIR"
	admin_local 'addprinc -pw a alice' >/dev/null
	snapshot -q
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	realm_end
	rm -rf "$REALM_DIR"
}

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	S=$REALM_DIR/replica1/state
}

teardown() {
	kdc_stop replica1 2>/dev/null || :
}

# at OFFSET COMMAND...: with the clock of its programs moved.
at() {
	local offset=$1
	shift
	realm_on replica1 faketime -f "$offset" "$@"
}

needs_root() {
	[ "$(id -u)" = 0 ] || skip "$1 is for root only"
}

@test "a replica that never got anything is critical" {
	mv "$S" "$S.away"
	run verify replica1
	echo "$output"
	[ "$status" = 3 ]
	[[ $output == *"kdcsync has not run here yet"* ]]
	mkdir -m 700 "$S"
	run verify replica1
	echo "$output"
	[ "$status" = 2 ]
	[[ $output == *"CRITICAL - seal: "*"nothing was ever proved here"* ]]
	rm -r "$S"
	mv "$S.away" "$S"
}

@test "age: good, warning, critical" {
	snapshot -q
	run at +10m kdc-verify
	[ "$status" = 0 ]
	run at +16m kdc-verify
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"WARNING - age: "*"1"[56]" min old"* ]]
	run at +21m kdc-verify
	echo "$output"
	[ "$status" = 2 ]
	[[ $output == *"CRITICAL - age: "*"2"[01]" min old"*"max_age 20 min"* ]]
}

@test "a seal ahead of the clock is critical" {
	run at -10m kdc-verify
	echo "$output"
	[ "$status" = 2 ]
	[[ $output == *"CRITICAL - clock: "*"set the clock"* ]]
}

@test "the gate refuses stale data, prints the way out, and the next ship starts the KDC" {
	kdc_hook replica1
	snapshot -q
	not kdc_up replica1	# nothing was refused: on_sealed is not run
	run at +21m kdc-verify --gate -- true
	echo "$output"
	[ "$status" = 2 ]
	[[ $output == *"the KDC is not started"* ]]
	[[ $output == *"--override 12h --reason"* ]]
	[ -e "$S/refused" ]
	snapshot -q
	kdc_wait replica1
	login replica1 alice a
	[ ! -e "$S/refused" ]
	# And once only.
	kdc_stop replica1
	snapshot -q
	sleep 0.5
	not kdc_up replica1
	config_set replica1 on_sealed
}

@test "a failing on_sealed keeps the refusal" {
	config_set replica1 on_sealed false
	at +21m kdc-verify -q --gate || :
	run snapshot -q
	[ "$status" = 0 ]
	[[ $output == *"on_sealed: false: exit status 1"* ]]
	[ -e "$S/refused" ]
	config_set replica1 on_sealed
	verify replica1 -q --gate
	[ ! -e "$S/refused" ]
}

@test "a kdc-apply that is killed in on_sealed leaves the refusal to the next ship" {
	# As by a primary that waits no longer for the end of its command.
	config_set replica1 on_sealed "sh -c 'kill -9 \$PPID; sleep 1'"
	at +21m kdc-verify -q --gate || :
	snapshot -q || :
	[ -e "$S/refused" ]
	# One that the gate writes meanwhile stands.
	config_set replica1 on_sealed "sh -c 'echo anew >$S/new; mv $S/new $S/refused'"
	snapshot -q
	[ "$(<"$S/refused")" = anew ]
	config_set replica1 on_sealed true
	snapshot -q
	[ ! -e "$S/refused" ]
	config_set replica1 on_sealed
}

@test "an override lets age pass, until the next seal, and is shown" {
	needs_root --override
	run at +21m kdc-verify --override 8d --reason x
	[ "$status" = 3 ]
	[[ $output == *"from 1s to 7d"* ]]
	run at +21m kdc-verify --override 12h
	[ "$status" = 3 ]
	at +21m kdc-verify -q --override 12h --reason 'primary is being moved'
	# It passes: to systemd, which starts the KDC then, only 0 does.
	run at +22m kdc-verify --gate
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"WARNING - override: "*"primary is being moved"* ]]
	# Too long ago.
	run at +13h kdc-verify --gate
	[ "$status" = 2 ]
	# The next seal ends it.
	snapshot -q
	run at +22m kdc-verify --gate
	echo "$output"
	[ "$status" = 2 ]
}

# flip HOST: one bit of a key of alice's, in the live database.
flip() {
	realm_on "$1" kdb5_util dump | awk -F'\t' '$7 ~ /^alice@/ {
		print $(NF - 1) }' >"$REALM_DIR/key"
	python3 - "$REALM_DIR/$1/db/principal" "$REALM_DIR/key" <<-'END'
	import sys
	key = bytes.fromhex(open(sys.argv[2]).read().strip())
	b = bytearray(open(sys.argv[1], 'rb').read())
	# Old versions of the record may lie in free space: flip them all.
	n = i = 0
	while (i := b.find(key, i)) != -1:
	    b[i + len(key) // 2] ^= 4
	    n += 1
	assert n > 0
	open(sys.argv[1], 'r+b').write(b)
	END
}

@test "altered data are never excused, and repaired from the sealed dump" {
	kdc_gate replica1
	login replica1 alice a
	kdc_stop replica1
	flip replica1
	run verify replica1
	echo "$output"
	[ "$status" = 2 ]
	[[ $output == *"CRITICAL - content: the live database is altered: 1 record is not what was signed"* ]]
	run verify replica1 --quick
	[ "$status" = 2 ]
	if [ "$(id -u)" = 0 ]; then
		verify replica1 -q --override 1h --reason no
	fi
	run kdc_gate replica1
	echo "$output"
	[ "$status" = 2 ]
	[[ $output == *"the KDC is not started"* ]]
	[[ $output != *"--override 12h"* ]]
	not kdc_up replica1
	run verify replica1 --gate --repair
	echo "$output"
	[ "$status" = 0 ] || [ "$status" = 1 ]
	kdc_gate replica1
	login replica1 alice a
	[ "$(canonical replica1)" = "$(canonical primary)" ]
	snapshot -q
}

@test "--repair rebuilds a missing half and a missing database" {
	local db=$REALM_DIR/replica1/db/principal
	rm "$db.kadm5"
	run verify replica1
	echo "$output"
	[ "$status" = 2 ]
	[[ $output == *"one of its two files is missing"* ]]
	verify replica1 -q --repair
	rm "$db" "$db.kadm5"
	run verify replica1
	[ "$status" = 2 ]
	verify replica1 -q --repair
	[ "$(canonical replica1)" = "$(canonical primary)" ]
	printf 'no database' >"$db"
	run verify replica1
	echo "$output"
	[ "$status" = 2 ]
	[[ $output == *"content: the live database is damaged"* ]]
	verify replica1 -q --repair
}

@test "a wrong, missing or unreadable stash is critical and says what to copy" {
	local stash=$REALM_DIR/replica1/stash
	cp "$stash" "$REALM_DIR/stash.was"
	rm "$stash"
	run verify replica1
	echo "$output"
	[ "$status" = 2 ]
	[[ $output == *"CRITICAL - stash: $stash: "*"copy the primary's stash"* ]]
	head -c 20 /dev/urandom >"$stash"
	run verify replica1 --gate --quick
	echo "$output"
	[ "$status" = 2 ]
	# The stash of another realm of the same name.
	(
		realm_make -d -n 0 "$REALM_DIR/other"
		cp "$REALM_DIR/stash" "$stash" 2>/dev/null ||
		    cp "$REALM_DIR/primary/stash" "$stash"
	)
	run verify replica1
	echo "$output"
	[ "$status" = 2 ]
	[[ $output == *"CRITICAL - stash: "*"does not open K/M"* ]]
	cp "$REALM_DIR/stash.was" "$stash"
	verify replica1 -q
}

@test "on_verdict is called on change only, with the word and the line" {
	local log=$REALM_DIR/verdicts
	printf '#!/bin/sh\nprintf "%%s|%%s\\n" "$1" "$2" >>%s\n' "$log" \
	    >"$REALM_DIR/hook"
	chmod 700 "$REALM_DIR/hook"
	snapshot -q
	verify replica1 -q
	config_set replica1 on_verdict "$REALM_DIR/hook"
	verify replica1 -q
	[ ! -e "$log" ]
	at +21m kdc-verify -q || :
	at +22m kdc-verify -q || :
	verify replica1 -q
	cat "$log"
	[ "$(wc -l <"$log")" = 2 ]
	[[ $(sed -n 1p "$log") == "CRITICAL|CRITICAL - age: "* ]]
	[[ $(sed -n 2p "$log") == "OK|OK - generation"* ]]
	config_set replica1 on_verdict
}

@test "refuse-if-primary-answers" {
	config_set replica1 on_stale refuse-if-primary-answers
	config_set replica1 primary "127.0.0.1:$(realm_port primary kdc)"
	snapshot -q
	# Nobody answers: intact data may serve, loudly.
	run at +21m kdc-verify --gate
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"WARNING - age: "*"does not answer"* ]]
	# To a monitor the data are stale all the same.
	run at +21m kdc-verify
	[ "$status" = 2 ]
	# Not for ever.
	run at +8d kdc-verify --gate
	[ "$status" = 2 ]
	kdc_start primary
	run at +21m kdc-verify --gate
	echo "$output"
	[ "$status" = 2 ]
	[[ $output == *"CRITICAL - age"* ]]
	kdc_stop primary
	config_set replica1 on_stale
	config_set replica1 primary
}

@test "--gate becomes the command, and leaves it as it was found" {
	run realm_on replica1 sh -c 'umask 027; kdc-verify -q --gate -- \
	    sh -c "umask; ulimit -c; echo \$0 is here" x'
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"0027"*"x is here"* ]]
	run realm_on replica1 kdc-verify -q --gate -- /nonexistent
	[ "$status" = 3 ]
}

@test "a verdict that cannot be printed is not a good one" {
	run realm_on replica1 sh -c 'kdc-verify >/dev/full'
	echo "$output"
	[ "$status" = 3 ]
}

@test "a key that has been revoked is not repaired from" {
	local allowed=$REALM_DIR/replica1/etc/allowed_signers
	cp "$allowed" "$REALM_DIR/allowed.was"
	flip replica1
	sed -i 's/^primary@/backup@/' "$allowed"
	run verify replica1 --repair
	echo "$output"
	[ "$status" = 2 ]
	cp "$REALM_DIR/allowed.was" "$allowed"
	run verify replica1
	[ "$status" = 2 ]
	verify replica1 -q --repair
}

@test "an allowed_signers that others may write is not believed" {
	chmod g+w "$REALM_DIR/replica1/etc/allowed_signers"
	run verify replica1
	echo "$output"
	[ "$status" = 3 ]
	[[ $output == *"may be written by others; chmod go-w it"* ]]
	chmod g-w "$REALM_DIR/replica1/etc/allowed_signers"
}

@test "--json and --metrics" {
	run realm_on replica1 kdc-verify --json --metrics "$REALM_DIR/m.prom"
	[ "$status" = 0 ]
	printf '%s' "$output" | python3 -c 'import json, sys
j = json.load(sys.stdin)
assert j["schema"] == 1 and j["status"] == 0 and j["findings"] == []'
	grep -qx 'kdcsync_verify_status{realm="EXAMPLE.TEST",role="replica"} 0' \
	    "$REALM_DIR/m.prom"
	[ "$(stat -c %a "$REALM_DIR/m.prom")" = 644 ]
	run at +21m kdc-verify --json
	printf '%s' "$output" | python3 -c 'import json, sys
j = json.load(sys.stdin)
assert j["status"] == 2 and j["findings"][0]["check"] == "age"'
}

@test "a plugin: performance data on the first line, not on a terminal or at the gate" {
	local data='^kdcsync [A-Z]+ - [^|]+ \| age=[0-9]+s;900;1200;0 principals=[0-9]+;;;0 dump=[0-9]+B;;;0 proof=[0-9]+s;;;0$'
	snapshot -q
	run verify replica1
	echo "$output"
	[[ ${lines[0]} =~ $data ]]
	run at +21m kdc-verify --quick
	echo "$output"
	[ "$status" = 2 ]
	[[ ${lines[0]} =~ $data ]]
	[ "${#lines[0]}" -lt 400 ]
	run verify replica1 --gate
	echo "$output"
	[[ $output != *"|"* ]]
	run realm_on replica1 env SHELL=/bin/bash script -qec kdc-verify /dev/null
	echo "$output"
	[[ $output == "kdcsync OK - "* ]]
	[[ $output != *"|"* ]]
}

@test "a gate that cannot check leaves word for the next ship" {
	kdc_hook replica1
	config_set replica1 lock_wait 1s
	python3 - "$S/verify.lock" "$REALM_DIR/locked" 3>&- <<-'END' &
	import fcntl, os, struct, sys, time
	fd = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o600)
	fcntl.fcntl(fd, 37, struct.pack('hhqqi', fcntl.F_WRLCK, 0, 0, 0, 0))
	open(sys.argv[2], 'w').close()
	time.sleep(60)
	END
	local locker=$!
	while [ ! -e "$REALM_DIR/locked" ]; do sleep 0.05; done
	run realm_on replica1 kdc-verify --gate -- true
	echo "$output"
	kill "$locker"
	[ "$status" = 3 ]
	[[ $output == *"the KDC is not started"* ]]
	[ -e "$S/refused" ]
	config_set replica1 lock_wait
	snapshot -q
	kdc_wait replica1
	config_set replica1 on_sealed
}

@test "a gate lets a good database pass though its metrics cannot be written" {
	run realm_on replica1 kdc-verify --gate --metrics /nonexistent/m -- true
	echo "$output"
	[ "$status" = 0 ]
	run verify replica1 --metrics /nonexistent/m
	[ "$status" = 3 ]
}

@test "kadmind starts on the primary only; krb5kdc's refusal is its own" {
	snapshot -q
	run verify replica1 --gate --primary -- kadmind -nofork
	echo "$output"
	[ "$status" = 2 ]
	[[ $output == *"CRITICAL - role: kadmind belongs on the primary, and this host is a replica: systemctl disable --now krb5-admin-server"* ]]
	[[ $output == *"kadmind is not started"* ]]
	[ ! -e "$S/refused" ]
	not grep -s role "$S/verdict"
	at +21m kdc-verify -q --gate || :
	[ -e "$S/refused" ]
	verify replica1 --gate --primary -- true || :
	[ -e "$S/refused" ]
	verify replica1 -q --gate
	verify primary -q --gate --primary -- true
	run verify primary --primary
	[ "$status" = 3 ]
	[[ $output == "usage: "* ]]
}

@test "a kdc-restore that was cut short: neither starts" {
	local p=$REALM_DIR/primary/state
	echo 'restore primary 1 before-20261122T073500Z' >"$p/role"
	for kind in "" --primary; do
		# shellcheck disable=SC2086 # none or one
		run verify primary --gate $kind -- true
		echo "$output"
		[ "$status" = 2 ]
		[[ $output == *"CRITICAL - restore: a kdc-restore was cut short here; run it again"* ]]
	done
	echo primary >"$p/role"
	rm "$p/refused"
	verify primary -q --gate -- true
}
