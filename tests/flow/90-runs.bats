# Goal of this test: what goes wrong around a run ends in one clear line and the
# right exit status, with nothing lost.
# - Two runs at once; a lock that somebody holds; a replica that hangs, babbles
#   or dies; each within its deadline, the other replica served.
# - A configuration that says nonsense; a state directory of somebody else.
# - A database that lost too much, or what a realm needs, is held, signed and
#   shown on the replicas, until it is meant or mended.

setup_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	realm_make -d -n 2 "$REALM_DIR"
	for i in {1..30}; do
		echo "addprinc -pw a user$i"
	done | realm_on primary kadmin.local >/dev/null 2>&1
	snapshot -q
	cp "$REALM_DIR/primary/etc/kdcsync.conf" "$REALM_DIR/conf.was"
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	realm_end
	rm -rf "$REALM_DIR"
}

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	cp "$REALM_DIR/conf.was" "$REALM_DIR/primary/etc/kdcsync.conf"
	LOCKER=
}

teardown() {
	if [ -n "$LOCKER" ]; then
		kill "$LOCKER" 2>/dev/null || :
	fi
}

# lock FILE: held exclusively by a process until the test ends.
lock() {
	python3 - "$1" "$REALM_DIR/locked" 3>&- <<-'END' &
	import fcntl, os, struct, sys, time
	fd = os.open(sys.argv[1], os.O_RDWR)
	# F_OFD_SETLK, as libkrb5 does.
	fcntl.fcntl(fd, 37, struct.pack('hhqqi', fcntl.F_WRLCK, 0, 0, 0, 0))
	open(sys.argv[2], 'w').close()
	time.sleep(60)
	END
	LOCKER=$!
	while [ ! -e "$REALM_DIR/locked" ]; do sleep 0.05; done
	rm "$REALM_DIR/locked"
}

# reach REPLICA WORDS: how the primary reaches it.
reach() {
	sed -i "/$1 = {/,/}/s|command = .*|command = $2|" \
	    "$REALM_DIR/primary/etc/kdcsync.conf"
}

deadline() {
	sed -i "/$1 = {/a deadline = $2" "$REALM_DIR/primary/etc/kdcsync.conf"
}

@test "two kdc-snapshots at once: the second says 75 and harms nothing" {
	lock "$REALM_DIR/primary/state/snapshot.lock"
	run snapshot
	echo "$output"
	[ "$status" = 75 ]
	[[ $output == *"snapshot.lock: locked by python3 (pid $LOCKER)"* ]]
}

@test "a cron line beside a timer: no mail, unless a run hangs" {
	local i pids=()
	snapshot -q
	for i in 1 2 3; do
		snapshot -q >"$REALM_DIR/timer.$i" 2>&1 3>&- &
		pids+=($!)
		snapshot --cron >"$REALM_DIR/cron.$i" 2>&1 3>&- &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		# 1: a replica was left to the run that ships to it.
		wait "$i" || [[ $? = 75 || $? = 1 ]]
	done
	cat "$REALM_DIR"/cron.?
	[ -z "$(cat "$REALM_DIR"/cron.?)" ]
	lock "$REALM_DIR/primary/state/snapshot.lock"
	run snapshot --cron
	[ "$status" = 75 ]
	[ "$output" = "" ]
	# Three intervals later it hangs: said, once.
	run realm_on primary faketime -f +16m kdc-snapshot --cron
	[ "$status" = 75 ]
	[[ $output == *"snapshot.lock: locked by python3"* ]]
	run realm_on primary faketime -f +21m kdc-snapshot --cron
	[ "$status" = 75 ]
	[ "$output" = "" ]
	kill "$LOCKER"
	LOCKER=
	# The fake clock set what was told ahead.
	rm -f "$REALM_DIR"/primary/state/cron*
	snapshot --cron
}

@test "many kdc-snapshots at once end with everybody sealed" {
	for i in 1 2 3 4; do
		snapshot -q 2>/dev/null 3>&- &
	done
	wait
	snapshot -q
	for r in replica1 replica2; do
		verify $r -q
		[ "$(canonical $r)" = "$(canonical primary)" ]
	done
}

@test "a locked database is left alone after lock_wait, its holder named" {
	config_set primary lock_wait 1s
	lock "$REALM_DIR/primary/db/principal.ok"
	run snapshot
	echo "$output"
	[ "$status" = 75 ]
	[[ $output == *"principal.ok: locked by python3 (pid $LOCKER)"* ]]
}

@test "a replica's locked database: busy there, the old data stay, named here" {
	config_set replica1 lock_wait 1s
	lock "$REALM_DIR/replica1/db/principal.kadm5.lock"
	admin_local 'cpw -pw b user1' >/dev/null
	run snapshot -q
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"kdc-snapshot: replica1: busy: "*"principal.kadm5.lock: locked by python3"* ]]
	[[ $output != *"replica2: "* ]]
	kill "$LOCKER"
	wait "$LOCKER" || :
	LOCKER=
	config_set replica1 lock_wait
	snapshot -q
	verify replica1 -q
}

@test "another kdc-apply at work: busy" {
	lock "$REALM_DIR/replica1/state/apply.lock"
	run snapshot -q
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"replica1: busy: "* ]]
}

@test "a replica that hangs, babbles or dies does not keep the other from its data" {
	admin_local 'cpw -pw c user1' >/dev/null
	deadline replica1 1s
	for c in 'sleep 60' 'yes' 'true' 'false' '/nonexistent/kdc-apply' \
	    'sh -c "echo Welcome to this host; sleep 60"' \
	    'head -c 200 /dev/zero'; do
		reach replica1 "$c"
		run snapshot -q
		echo "$c: $output"
		[ "$status" = 1 ]
		[[ $output == *"kdc-snapshot: "*[:]* ]]
		[ "${#lines[@]}" -le 2 ]
		[ "$(sealed replica2 as-of)" = "$(current as-of)" ]
	done
	[ "$(canonical replica2)" = "$(canonical primary)" ]
}

@test "configuration: what is wrong is named, exit status 78" {
	local conf=$REALM_DIR/primary/etc/kdcsync.conf
	check() {
		run snapshot --check-config
		echo "$output"
		[ "$status" = 78 ]
		[[ $output == *"$1"* ]]
		cp "$REALM_DIR/conf.was" "$conf"
	}
	config_set primary intervall 5m
	check "intervall: no such setting"
	config_set primary interval soon
	check "interval = soon: not a length of time"
	config_set primary interval 0
	check "interval = 0: not a length of time"
	sed -i 's/^.kdcsync.$/[kdcsynk]/' "$conf"
	check "no [kdcsync] section"
	config_set primary max_shrink 120%
	check "max_shrink = 120%: not a percentage"
	config_set primary on_stale maybe
	check "on_stale = maybe: not refuse or"
	config_set primary on_sealed "sh -c 'x"
	check "on_sealed = sh -c 'x: not a command whose quotes are closed"
	config_set primary state_dir relative/path
	check "state_dir = relative/path: not an absolute path"
	config_set primary interval '5m  # often'
	check "interval: a comment must stand on a line of its own"
	sed -i '/replica1 = {/a colour = red' "$conf"
	check "replica replica1: colour: no such setting"
	sed -i '/replica2 = {/,/}/s|command = .*||' "$conf"
	check "replica replica2: has no command"
	sed -i 's/^\[kdcsync\]/[kdcsync/' "$conf"
	check "not in krb5 profile syntax"
	chmod g+w "$conf"
	check "may be written by others"
	chmod 600 "$conf"
	run realm_on primary kdc-snapshot -c /nonexistent
	[ "$status" = 78 ]
	[[ $output == *"/nonexistent: No such file"* ]]
	run snapshot --check-config
	[ "$status" = 0 ]
	[[ $output == *"max_age = 1200s"* ]]
	run realm_on primary kdc-snapshot -r NO.SUCH.REALM
	echo "$output"
	[ "$status" != 0 ]
}

@test "usage errors are exit status 64, for kdc-verify 3" {
	run snapshot --nonsense
	[ "$status" = 64 ]
	run snapshot word
	[ "$status" = 64 ]
	run realm_on replica1 kdc-apply one two
	[ "$status" = 64 ]
	run verify replica1 --nonsense
	[ "$status" = 3 ]
	run verify replica1 -- true
	[ "$status" = 3 ]
}

@test "a host is a primary or a replica, not both" {
	run realm_on primary kdc-apply /dev/null
	echo "$output"
	[ "$status" = 78 ]
	[[ $output == *"this host is a primary, not a replica"* ]]
	# In a session it shows what it has, and takes nothing.
	run realm_on primary kdc-apply </dev/null
	[ "$status" = 65 ]
	[ "${lines[0]}" = "kdcsync-hello: 1" ]
	run realm_on replica1 kdc-snapshot
	[ "$status" = 78 ]
	[[ $output == *"this host is a replica, not a primary"* ]]
}

@test "an unusable state directory is named" {
	local s=$REALM_DIR/replica1/state
	chmod 770 "$s"
	run verify replica1
	echo "$output"
	[ "$status" = 3 ]
	[[ $output == *"$s"* ]]
	chmod 700 "$s"
	mv "$s" "$s.away"
	: >"$s"
	run snapshot -q -t replica1
	echo "$output"
	[ "$status" != 0 ]
	rm "$s"
	mv "$s.away" "$s"
	# Garbage where our own files were.
	cp "$s/seal.tar" "$REALM_DIR/seal.was"
	head -c 3000 /dev/urandom >"$s/seal.tar"
	head -c 100 /dev/urandom >"$s/proof"
	run verify replica1
	echo "$output"
	[ "$status" = 2 ]
	[[ $output == *"CRITICAL - seal: "*damaged* ]]
	# The next ship puts it right.
	snapshot -q
	verify replica1 -q
}

@test "the primary's own current damaged: it stops and says so" {
	local c=$REALM_DIR/primary/state/current
	cp "$c" "$REALM_DIR/current.was"
	head -c 1000 "$REALM_DIR/current.was" >"$c"
	run snapshot -q
	echo "$output"
	[ "$status" = 74 ]
	[[ $output == *"state/current"* ]]
	cp "$REALM_DIR/current.was" "$c"
	snapshot -q
}

@test "a shrunken database is held, shown on the replicas, and published when meant" {
	cp -a "$REALM_DIR/primary/db" "$REALM_DIR/db.was"
	for i in {1..15}; do
		echo "delprinc -force user$i"
	done | realm_on primary kadmin.local >/dev/null 2>&1
	before=$(current generation)
	run snapshot
	echo "$output"
	[ "$status" = 65 ]
	[[ $output == *"publication is held: "*"more than max_shrink are gone"* ]]
	[[ $output == *"--allow-shrink"* ]]
	[ "$(current generation)" = "$before" ]
	run verify replica1
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"WARNING - held: the primary holds publication since"* ]]
	run verify primary
	[ "$status" = 1 ]
	[[ $output == *"WARNING - held: "* ]]
	# Since when stays, reason and heartbeat go on.
	since=$(current held)
	snapshot -q || :
	[ "$(current held)" = "$since" ]
	run snapshot --allow-shrink
	[ "$status" = 0 ]
	[ "$(current held)" = - ]
	verify replica1 -q
	verify primary -q
	[ "$(canonical replica1)" = "$(canonical primary)" ]
	rm -r "$REALM_DIR/primary/db"
	mv "$REALM_DIR/db.was" "$REALM_DIR/primary/db"
	snapshot -q
}

@test "a database without K/M or krbtgt is held" {
	for name in K/M krbtgt/EXAMPLE.TEST; do
		cp -a "$REALM_DIR/primary/db" "$REALM_DIR/db.was"
		realm_on primary kdb5_util dump |
		    grep -v "	$name@EXAMPLE.TEST	" >"$REALM_DIR/cut"
		realm_on primary kdb5_util load "$REALM_DIR/cut"
		run snapshot
		echo "$output"
		[ "$status" = 65 ]
		[[ $output == *"publication is held: no ${name%/EXAMPLE.TEST} of this realm"* ]]
		run verify replica1
		[ "$status" = 1 ]
		rm -r "$REALM_DIR/primary/db"
		mv "$REALM_DIR/db.was" "$REALM_DIR/primary/db"
	done
	run snapshot
	[ "$status" = 0 ]
	verify replica1 -q
}

@test "a first generation that must be held is not published at all" {
	(
		realm_make -d -n 1 "$REALM_DIR/new"
		realm_on primary kdb5_util dump |
		    grep -v "	krbtgt/" >"$REALM_DIR/cut"
		realm_on primary kdb5_util load "$REALM_DIR/cut"
		run snapshot
		echo "$output"
		[ "$status" = 65 ]
		[ ! -e "$REALM_DIR/primary/state/current" ]
		[ ! -e "$REALM_DIR/replica1/state/seal.tar" ]
	)
}

@test "an as-of far ahead of the clock stops the primary, which says how to get out" {
	cp -a "$REALM_DIR/primary/state" "$REALM_DIR/state.was"
	realm_on primary faketime -f +2h kdc-snapshot -q --no-ship
	run snapshot -q --no-ship
	echo "$output"
	[ "$status" = 74 ]
	[[ $output == *"ahead of this host's clock; set the clock right"* ]]
	rm -r "$REALM_DIR/primary/state"
	mv "$REALM_DIR/state.was" "$REALM_DIR/primary/state"
	snapshot -q
}

@test "a change in the same tick of the clock as the last look is not missed" {
	for i in {1..10}; do
		admin_local "cpw -pw pw$i user20" >/dev/null
		snapshot -q -t replica1
		[ "$(canonical replica1)" = "$(canonical primary)" ]
	done
	# And when somebody sets the file's time back.
	sleep 1.1
	snapshot -q -t replica1
	admin_local "setstr user20 a b" >/dev/null
	touch -d '1 hour ago' "$REALM_DIR/primary/db/principal"
	snapshot -q -t replica1
	[ "$(canonical replica1)" = "$(canonical primary)" ]
}

@test "a slow run that a faster one overtook is no sign of another primary" {
	# The first run's session waits until the second has shipped.
	cat >"$REALM_DIR/slow" <<-END
	#!/bin/sh
	: >$REALM_DIR/waiting
	while [ ! -e $REALM_DIR/go ]; do sleep 0.05; done
	exec $(apply_command replica1)
	END
	chmod 700 "$REALM_DIR/slow"
	rm -f "$REALM_DIR/go" "$REALM_DIR/waiting"
	reach replica1 "$REALM_DIR/slow"
	snapshot >"$REALM_DIR/slow.out" 2>&1 3>&- &
	local slow=$!
	while [ ! -e "$REALM_DIR/waiting" ]; do sleep 0.05; done
	# The other is not kept waiting.
	until [ "$(sealed replica2 as-of)" = "$(current as-of)" ]; do
		sleep 0.05
	done
	cp "$REALM_DIR/conf.was" "$REALM_DIR/primary/etc/kdcsync.conf"
	# While one run ships to it, the next leaves it alone, and says so.
	run snapshot
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"replica1: skipped: kdc-snapshot (pid "*") still ships to it"* ]]
	[[ $output == *"replica2: sealed"* ]]
	# Its data come by another way, a bundle by hand.
	snapshot -q --no-ship -o "$REALM_DIR/b"
	realm_on replica1 kdc-apply -q "$REALM_DIR/b"
	: >"$REALM_DIR/go"
	wait "$slow"
	cat "$REALM_DIR/slow.out"
	grep -q "replica1: a later run has been there already" \
	    "$REALM_DIR/slow.out"
	verify primary -q
}

@test "a replica that refuses a long bundle half-way is heard" {
	# Its verdict says why; more than a pipe holds is not sent in vain.
	for i in {1..300}; do
		echo "addprinc -randkey many$i"
	done | realm_on primary kadmin.local >/dev/null 2>&1
	cp "$REALM_DIR/replica1/etc/allowed_signers" "$REALM_DIR/allowed.was"
	sed -i 's/^primary@/backup@/' \
	    "$REALM_DIR/replica1/etc/allowed_signers"
	run snapshot -q --full
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"replica1: refused: bundle: signed by a key that is not"* ]]
	cp "$REALM_DIR/allowed.was" "$REALM_DIR/replica1/etc/allowed_signers"
	snapshot -q
}

@test "a verify that looks while kdc-apply is at work raises no alarm" {
	local n=0
	(
		for i in {1..8}; do
			admin_local "cpw -pw v$i user21" >/dev/null 2>&1
			snapshot -q
		done
		: >"$REALM_DIR/done"
	) 3>&- &
	while [ ! -e "$REALM_DIR/done" ]; do
		run verify replica1
		if [ "$status" != 0 ]; then
			echo "$output"
			false
		fi
		n=$((n + 1))
	done
	wait
	rm "$REALM_DIR/done"
	echo "looked $n times"
	[ "$n" -ge 8 ]
}

@test "a name past 2,000 bytes, where libdb2 loses records, is held" {
	local long
	long=$(printf 'x%.0s' {1..250})
	cp -a "$REALM_DIR/primary/db" "$REALM_DIR/db.was"
	for i in 1 2 3; do
		realm_on primary kadmin.local -q "addprinc -nokey $i/$long/$long/$long/$long/$long/$long/$long/$long" \
		    >/dev/null 2>&1
	done
	run snapshot
	echo "$output" | cut -c1-300
	[ "$status" = 65 ]
	[[ $output == *"publication is held: "*"a name "*"past 2000 bytes"* ]]
	# Names are not for messages.
	[[ $output != *xxxx* ]]
	rm -r "$REALM_DIR/primary/db"
	mv "$REALM_DIR/db.was" "$REALM_DIR/primary/db"
	snapshot -q
	verify replica1 -q
}
