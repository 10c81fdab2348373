# Goal of this test: a fleet is served all at once, and whoever was away catches
# up.
# - One replica that is slow, hangs or is half open keeps neither the others
#   nor the next run from their work, and is named.
# - A replica that missed k generations gets k deltas, and swaps once; the whole
#   dump when that is shorter, or when a delta fails it.
# - A signal ends a run with its children, and leaves everything whole.
# - What is known of each replica is in its ledger; on a terminal one sees the
#   work; --cron speaks of what has changed.

setup_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	realm_make -d -n 3 "$REALM_DIR"
	for i in {1..200}; do
		echo "addprinc -pw a user$i"
	done | realm_on primary kadmin.local >/dev/null 2>&1
	snapshot -q
	cp "$REALM_DIR/primary/etc/kdcsync.conf" "$REALM_DIR/conf.was"
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	realm_end
	rm -rf "$REALM_DIR" "$REALM_DIR.was"
}

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	cp "$REALM_DIR/conf.was" "$REALM_DIR/primary/etc/kdcsync.conf"
	rm -f "$REALM_DIR"/here.* "$REALM_DIR/go"
}

# Whatever a test left waiting goes on.
teardown() {
	: >"$REALM_DIR/go"
	wait
}

# ledger REPLICA FIELD
ledger() {
	sed -n "/^$/q; s/^$2: //p" "$REALM_DIR/primary/state/replicas/$1"
}

# set REPLICA NAME VALUE: in its section of the primary's configuration.
set_replica() {
	sed -i "/$1 = {/,/}/{/^[ \t]*$2 =/d}; /$1 = {/a $2 = $3" \
	    "$REALM_DIR/primary/etc/kdcsync.conf"
}

# slow REPLICA: reached by a command that waits for the file go.
slow() {
	cat >"$REALM_DIR/slow.$1" <<-END
	#!/bin/sh
	: >$REALM_DIR/here.$1
	while [ ! -e $REALM_DIR/go ]; do sleep 0.05; done
	exec $(apply_command "$1")
	END
	chmod 700 "$REALM_DIR/slow.$1"
	set_replica "$1" command "$REALM_DIR/slow.$1"
}

await() {
	local i
	for ((i = 0; i < 400; i++)); do
		! "$@" || return 0
		sleep 0.05
	done
	echo "waited in vain: $*"
	return 1
}

is_served() {
	[ "$(sealed "$1" as-of)" = "$(current as-of)" ]
}

change() {
	admin_local "cpw -pw $1$RANDOM user$1" >/dev/null
}

@test "all are served at once" {
	# Nobody goes on before all have been called: one after another would
	# wait for ever.
	for r in 1 2 3; do
		slow replica$r
	done
	change 1
	snapshot -q 3>&- &
	for r in 1 2 3; do
		await test -e "$REALM_DIR/here.replica$r"
	done
	: >"$REALM_DIR/go"
	wait $!
	for r in 1 2 3; do
		[ "$(canonical replica$r)" = "$(canonical primary)" ]
	done
}

@test "a slow one delays neither the others nor the next run, which names it" {
	slow replica2
	change 2
	snapshot >"$REALM_DIR/out" 2>&1 3>&- &
	local first=$!
	await grep -q 'replica1: sealed ' "$REALM_DIR/out"
	await grep -q 'replica3: sealed ' "$REALM_DIR/out"
	change 3
	run snapshot
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"kdc-snapshot: replica2: skipped: kdc-snapshot (pid "*") still ships to it"* ]]
	is_served replica1
	is_served replica3
	: >"$REALM_DIR/go"
	local rc=0
	wait $first || rc=$?
	cat "$REALM_DIR/out"
	[ "$rc" = 0 ]
	grep -q 'replica2: sealed ' "$REALM_DIR/out"
	snapshot -q
	is_served replica2
}

@test "a slow one whose dump is not the newest any more: said, and the next run ships" {
	local rc=0
	slow replica2
	snapshot --full -t replica2 >"$REALM_DIR/out" 2>&1 3>&- &
	await test -e "$REALM_DIR/here.replica2"
	local first=$! was
	was=$(current epoch).$(current generation)
	change 5
	snapshot -q -t replica1
	[ ! -e "$REALM_DIR/primary/state/generations/$was/dump" ]
	: >"$REALM_DIR/go"
	wait $first || rc=$?
	cat "$REALM_DIR/out"
	[ "$rc" = 1 ]
	grep -q "/$was/dump: not there; if another generation is current by now, the next run ships that" "$REALM_DIR/out"
	grep -q 'kdc-snapshot: replica2: ' "$REALM_DIR/out"
	rm "$REALM_DIR/go"
	cp "$REALM_DIR/conf.was" "$REALM_DIR/primary/etc/kdcsync.conf"
	snapshot -q
	is_served replica2
	verify replica2 -q
}

@test "one that takes no byte, or never ends, is given up at its limit and named" {
	set_replica replica1 command "sh -c '$(apply_command replica1) </dev/null | head -n 100; sleep 60'"
	set_replica replica1 deadline 1s
	# Something moves all the time: max_transfer ends it.
	set_replica replica2 command "sh -c 'while sleep 0.2; do printf k; done'"
	set_replica replica2 max_transfer 2s
	change 4
	run snapshot
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"replica1: "*"given up after 1 s (deadline: nothing moved)"* ]]
	[[ $output == *"replica3: sealed "* ]]
	[ "$(grep -c 'replica[12]:' <<<"$output")" = 2 ]
	[ "$(ledger replica1 answer)" != sealed ]
	[ "$(ledger replica2 answer)" = unreached ]
	is_served replica3
}

@test "a connection whose other end went silent is given up, its ssh ended" {
	local pid
	(
		realm_make -n 1 "$REALM_DIR/ssh"
		set_replica replica1 deadline 2s
		snapshot -q
		# The session's sshd stops, as a host does that lost its power:
		# nothing is closed, nothing answers.
		cat >"$REALM_DIR/stop" <<-END
		#!/bin/sh
		echo \$PPID >$REALM_DIR/stopped
		kill -STOP \$PPID
		sleep 60
		END
		chmod 700 "$REALM_DIR/stop"
		sed -i "s|command=\"[^\"]*\"|command=\"$REALM_DIR/stop\"|" \
		    "$REALM_DIR/replica1/etc/authorized_keys"
		run snapshot
		echo "$output"
		read -r pid <"$REALM_DIR/stopped"
		# The whole session of that sshd, its command included.
		pkill -KILL -P "$pid" || :
		kill -KILL "$pid"
		[ "$status" = 69 ]
		[[ $output == *"replica1: no hello yet: given up after 2 s (deadline: nothing moved); is it there, and the line good?"* ]]
		not pgrep -f "ssh -F $REALM_DIR/primary/etc/ssh_config"
		verify replica1 -q
		realm_end
	)
}

# The one that a replica gets bytes through is kept: DIR/bundle.REPLICA.
keep_bundle() {
	cat >"$REALM_DIR/keep.$1" <<-END
	#!/bin/sh
	tee $REALM_DIR/bundle.$1 | $(apply_command "$1")
	END
	chmod 700 "$REALM_DIR/keep.$1"
	set_replica "$1" command "$REALM_DIR/keep.$1"
}

@test "a replica five generations behind gets five deltas and swaps once" {
	cp "$REALM_DIR/conf.was" "$REALM_DIR/primary/etc/kdcsync.conf"
	snapshot -q
	for i in 11 12 13 14 15; do
		change $i
		snapshot -q -t replica1
	done
	keep_bundle replica2
	cp -a "$REALM_DIR/replica2/db" "$REALM_DIR/db.was"
	cp -a "$REALM_DIR/replica2/state" "$REALM_DIR/state.was"
	run snapshot
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"replica2: sealed "*", 5 deltas, "* ]]
	[ "$(tar tf "$REALM_DIR/bundle.replica2" | grep -c '^delta\.')" = 5 ]
	[ "$(canonical replica2)" = "$(canonical primary)" ]
	[ "$(ledger replica2 sent)" = "5 deltas" ]
	[ "$(ledger replica2 bytes)" = "$(stat -c %s "$REALM_DIR/bundle.replica2")" ]
	# The same once more, by hand, seen from below.
	rm -r "$REALM_DIR/replica2"/{db,state}
	mv "$REALM_DIR/db.was" "$REALM_DIR/replica2/db"
	mv "$REALM_DIR/state.was" "$REALM_DIR/replica2/state"
	realm_on replica2 strace -f -qq -e trace=rename,renameat,renameat2 \
	    -o "$REALM_DIR/renames" kdc-apply -q "$REALM_DIR/bundle.replica2"
	[ "$(grep -cE "\"[^\"]*/db/principal\"(, RENAME_EXCHANGE)?\) = 0" \
	    "$REALM_DIR/renames")" = 1 ]
	[ "$(canonical replica2)" = "$(canonical primary)" ]
	# What it leads to is there now: the same bundle once more is no trouble.
	realm_on replica2 kdc-apply -q "$REALM_DIR/bundle.replica2"
	[ "$(canonical replica2)" = "$(canonical primary)" ]
	snapshot -q
}

@test "content that comes back takes the short way" {
	cp -a "$REALM_DIR/primary/db" "$REALM_DIR/db.was"
	snapshot -q
	change 21
	snapshot -q -t replica1
	rm -r "$REALM_DIR/primary/db"
	mv "$REALM_DIR/db.was" "$REALM_DIR/primary/db"
	snapshot -q -t replica1
	change 22
	run snapshot
	echo "$output"
	# From A by B and A again to C: replica1 has A, the others the first A.
	[ "$status" = 0 ]
	for r in 1 2 3; do
		[[ $output == *"replica$r: sealed "*", delta, "* ]]
		[ "$(canonical replica$r)" = "$(canonical primary)" ]
	done
}

@test "the whole dump, when that is shorter or a link is missing" {
	local gone
	for i in 31 32 33; do
		change $i
		snapshot -q -t replica1
		[ $i != 32 ] || gone=$(current epoch).$(current generation)
	done
	mv "$REALM_DIR/primary/state/generations/$gone" "$REALM_DIR/gone"
	run snapshot -t replica2
	echo "$output"
	[[ $output == *"replica2: sealed "*", full dump, "* ]]
	mv "$REALM_DIR/gone" "$REALM_DIR/primary/state/generations/$gone"
	run snapshot -t replica3
	[[ $output == *"replica3: sealed "*", 3 deltas, "* ]]
	# All keys new, twice.
	for n in 1 2; do
		for i in {1..200}; do
			echo "cpw -pw $n$i user$i"
		done | realm_on primary kadmin.local >/dev/null 2>&1
		snapshot -q -t replica1
	done
	run snapshot
	echo "$output"
	[[ $output == *"replica2: sealed "*", full dump, "* ]]
	# What nobody needs any more is gone: one dump, few deltas.
	(cd "$REALM_DIR/primary/state/generations" && ls ./*)
	[ "$(ls "$REALM_DIR"/primary/state/generations/*/dump | wc -l)" = 1 ]
}

@test "a delta that rotted on the primary is made good with the whole dump, at once" {
	snapshot -q
	change 41
	snapshot -q --no-ship
	local d
	d=$(ls "$REALM_DIR/primary/state/generations/$(current epoch).$(current generation)"/delta.*)
	printf '\x55' | dd of="$d" bs=1 seek=60 conv=notrunc status=none
	run snapshot
	echo "$output"
	[ "$status" = 0 ]
	for r in 1 2 3; do
		[[ $output == *"replica$r: sealed "*", full dump, "* ]]
	done
	# And the dump from which a delta is made: what rotted is in the delta.
	d=$REALM_DIR/primary/state/generations/$(current epoch).$(current generation)/dump
	printf '\x55' | dd of="$d" bs=1 seek=5000 conv=notrunc status=none
	change 42
	run snapshot
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"replica3: sealed "*", delta, "* ]]
	[[ $output == *"$d: damaged: "*"; look at the disk"* ]]
	[ "$(canonical replica3)" = "$(canonical primary)" ]
	# From a part of one nobody makes any.
	d=$REALM_DIR/primary/state/generations/$(current epoch).$(current generation)/dump
	truncate -s -1000 "$d"
	change 43
	run snapshot
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"$d: damaged; this time the whole dump is sent"* ]]
	[ "$(canonical replica3)" = "$(canonical primary)" ]
}

@test "a dump that rotted, or never was there, is taken anew from the database" {
	local was=$REALM_DIR/primary/state/generations d
	snapshot -q
	# So that nothing says that the database is to be walked.
	sleep 1.1
	snapshot -q
	d=$was/$(current epoch).$(current generation)
	rm -f "$d/dump.zst" "$REALM_DIR"/replica[12]/state/seal.tar
	printf '\x55' | dd of="$d/dump" bs=1 seek=5000 conv=notrunc status=none
	run snapshot -t replica1
	echo "$output"
	[[ $output == *"refused: "*"the dump is not the signed one"*"; kdc-snapshot --full makes it anew" ]]
	run snapshot -t replica1 --full
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"$d/dump: missing or damaged; made anew; look at the disk"* ]]
	[[ $output == *"replica1: sealed "*", full dump, "* ]]
	# As when a replica's seal becomes current, on another host.
	rm -r "$was"
	run snapshot
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"replica2: sealed "*", full dump, "* ]]
	[ "$(canonical replica2)" = "$(canonical primary)" ]
	not grep -q damaged <<<"$output"
	change 45
	run snapshot
	[ "$(grep -c 'sealed .*, delta, ' <<<"$output")" = 3 ]
}

@test "a signal ends the run and its children; nothing is lost" {
	local pid rc=0 child
	slow replica2
	change 51
	realm_env primary
	kdc-snapshot >"$REALM_DIR/out" 2>&1 3>&- &
	pid=$!
	await test -e "$REALM_DIR/here.replica2"
	await grep -q 'replica1: sealed ' "$REALM_DIR/out"
	await grep -q 'replica3: sealed ' "$REALM_DIR/out"
	child=$(pgrep -P $pid)
	kill -TERM $pid
	wait $pid || rc=$?
	cat "$REALM_DIR/out"
	[ "$rc" = 143 ]
	[ -n "$child" ]
	for c in $child; do
		not kill -0 "$c"
	done
	grep -q 'kdc-snapshot: replica2: stopped before it was done' "$REALM_DIR/out"
	grep -q 'kdc-snapshot: stopped by signal 15 (Terminated)' "$REALM_DIR/out"
	[ "$(ledger replica1 answer)" = sealed ]
	[ "$(ledger replica2 answer)" = unreached ]
	cp "$REALM_DIR/conf.was" "$REALM_DIR/primary/etc/kdcsync.conf"
	snapshot -q
	is_served replica2
}

@test "a signal at any moment of taking leaves the last generation, and no copy but the one that stays" {
	local pid rc ended=0
	realm_env primary
	for i in {1..25}; do
		change 52
		kdc-snapshot -q --no-ship 2>/dev/null 3>&- &
		pid=$!
		sleep "0.0$((RANDOM % 50 + 10))"
		kill -TERM $pid 2>/dev/null || :
		rc=0
		wait $pid || rc=$?
		[ "$rc" = 0 ] || [ "$rc" = 143 ]
		[ "$rc" = 0 ] || ended=$((ended + 1))
		[ -z "$(ls -A "$REALM_DIR/primary/db/principal.kdcsync/" |
		    grep -vx snapshot)" ]
		not compgen -G "$REALM_DIR/primary/state/generations/*/.*.??????"
		[ "$(current held)" = - ]
	done
	echo "$ended of 25 were ended"
	[ "$ended" -gt 0 ]
	# While it waits for a lock, too.
	python3 -c "
import fcntl, os, struct, time
fd = os.open('$REALM_DIR/primary/db/principal.ok', os.O_RDWR)
fcntl.fcntl(fd, 37, struct.pack('hhqqi', fcntl.F_WRLCK, 0, 0, 0, 0))
open('$REALM_DIR/here.lock', 'w').close()
time.sleep(60)" 3>&- &
	local locker=$!
	await test -e "$REALM_DIR/here.lock"
	kdc-snapshot -q 3>&- &
	pid=$!
	sleep 0.3
	kill -INT $pid 2>/dev/null || kill -TERM $pid
	kill -TERM $pid
	rc=0
	wait $pid || rc=$?
	kill $locker
	wait $locker || :
	[ "$rc" -gt 128 ]
	snapshot -q
	for r in 1 2 3; do
		[ "$(canonical replica$r)" = "$(canonical primary)" ]
	done
}

@test "the ledger: last verdict, when, how much; what failed since when" {
	local was
	change 61
	snapshot -q
	[ "$(ledger replica1 answer)" = sealed ]
	[ "$(ledger replica1 sent)" = delta ]
	[ "$(ledger replica1 why)" = - ]
	[ "$(ledger replica1 bytes)" -gt 3000 ]
	[ "$(ledger replica1 ms)" -gt 0 ]
	was=$(ledger replica1 sealed)
	set_replica replica1 command "sh -c 'echo nobody is at home >&2; exit 3'"
	run snapshot
	echo "$output"
	[ "$(grep -c replica1: <<<"$output")" = 1 ]
	[[ $output == *"kdc-snapshot: replica1: no hello: nobody is at home (exit status 3)"* ]]
	[ "$(ledger replica1 answer)" = unreached ]
	[ "$(ledger replica1 why)" = "no hello: nobody is at home (exit status 3)" ]
	# What it said last stays.
	[ "$(ledger replica1 sealed)" = "$was" ]
	grep -q '^outcome: sealed$' "$REALM_DIR/primary/state/replicas/replica1"
	local since
	since=$(ledger replica1 since)
	sleep 1.1
	snapshot -q || :
	[ "$(ledger replica1 since)" = "$since" ]
	[ "$(ledger replica1 tried)" != "$since" ]
	[ "$(stat -c %a "$REALM_DIR/primary/state/replicas/replica1")" = 600 ]
}

# cron MINUTES: what --cron says, that long after now.
cron() {
	run realm_on primary faketime -f "+$1m" kdc-snapshot --cron
	echo "+$1 min: status $status: $output"
}

@test "--cron: a weekend without a replica is a handful of mails" {
	cp -a "$REALM_DIR" "$REALM_DIR.was"
	cron 0
	[ -z "$output" ]
	set_replica replica1 command "sh -c 'echo no route to host >&2; exit 255'"
	cron 5
	[ "$status" = 1 ]
	[ "$output" = "kdc-snapshot: replica1: no hello: no route to host (exit status 255)" ]
	local mails=1
	for m in {10..360..5} {420..3900..60}; do
		run realm_on primary faketime -f "+${m}m" kdc-snapshot --cron
		[ -z "$output" ] || mails=$((mails + 1))
		if [ -n "$output" ]; then
			echo "+$m min: $output"
		fi
		[ "$m" != 65 ] || [[ $output == *"replica1: so since "*", 60 min ago" || $output == *", 1 h ago" ]]
	done
	echo "$mails mails"
	[ "$mails" = 4 ]
	# Another trouble is news, and so is that it is over.
	set_replica replica1 command "sh -c '$(apply_command replica1) -r NO.SUCH'"
	cp "$REALM_DIR/conf.was" "$REALM_DIR/primary/etc/kdcsync.conf"
	cron 3905
	[ "$status" = 0 ]
	[ "$output" = "kdc-snapshot: replica1: sealed again, after 2 d unreached" ]
	cron 3910
	[ -z "$output" ]
	# This host's own part.
	cp -a "$REALM_DIR/primary/db" "$REALM_DIR/db.was"
	for i in {1..90}; do
		echo "delprinc -force user$i"
	done | realm_on primary kadmin.local >/dev/null 2>&1
	cron 3915
	[ "$status" = 65 ]
	[[ $output == *"publication is held: "* ]]
	[ "${#lines[@]}" = 1 ]
	cron 3920
	[ "$status" = 65 ]
	[ -z "$output" ]
	rm -r "$REALM_DIR/primary/db"
	mv "$REALM_DIR/db.was" "$REALM_DIR/primary/db"
	cron 3925
	[ "$status" = 0 ]
	[ "$output" = "kdc-snapshot: this host: well again, after 10 min held" ]
	rm -r "$REALM_DIR"
	mv "$REALM_DIR.was" "$REALM_DIR"
}

@test "--cron: that a replica cannot even be begun with is said, once, and kept" {
	snapshot -q
	rm -f "$REALM_DIR/primary/state/ship.replica2.lock"
	mkdir "$REALM_DIR/primary/state/ship.replica2.lock"
	run snapshot --cron
	echo "$output"
	[ "$status" = 1 ]
	[ "$output" = "kdc-snapshot: $REALM_DIR/primary/state/ship.replica2.lock: open: Is a directory" ]
	[ "$(ledger replica2 answer)" = unreached ]
	[[ $(ledger replica2 why) == *"ship.replica2.lock: open: Is a directory" ]]
	run snapshot --cron
	[ -z "$output" ]
	rmdir "$REALM_DIR/primary/state/ship.replica2.lock"
	run snapshot --cron
	[[ $output == "kdc-snapshot: replica2: sealed again, after "*" unreached" ]]
}

@test "--cron: where no ledger can be written, everything is said" {
	snapshot -q
	chmod g+w "$REALM_DIR/primary/state/replicas"
	set_replica replica2 command "sh -c 'echo no route to host >&2; exit 255'"
	for i in 1 2; do
		run snapshot --cron
		echo "$output"
		[ "$status" = 1 ]
		[[ $output == *"kdc-snapshot: replica2: no hello: no route to host (exit status 255)"* ]]
		[[ $output == *"/state/replicas: owned by "*"writable by nobody else"* ]]
	done
	chmod g-w "$REALM_DIR/primary/state/replicas"
}

# on_terminal COMMAND...: what it writes to a terminal of 24 lines, 80 columns.
on_terminal() {
	python3 - "$@" <<-'END'
	import fcntl, os, pty, struct, sys, termios
	pid, fd = pty.fork()
	if pid == 0:
	    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))
	    os.environ['TERM'] = 'xterm'
	    os.execvp(sys.argv[1], sys.argv[1:])
	while True:
	    try:
	        d = os.read(fd, 65536)
	    except OSError:
	        break
	    if not d:
	        break
	    sys.stdout.buffer.write(d)
	    sys.stdout.buffer.flush()
	END
}

@test "on a terminal one sees the work; in a pipe one line an event" {
	slow replica2
	change 71
	(
		await grep -q 'replica1: sealed ' "$REALM_DIR/screen"
		sleep 0.5
		: >"$REALM_DIR/go"
	) 3>&- &
	(
		realm_env primary
		on_terminal kdc-snapshot >"$REALM_DIR/screen"
	)
	cat -v "$REALM_DIR/screen" | head -50
	grep -q ' s  replica2: no hello yet' "$REALM_DIR/screen"
	grep -q $'\033' "$REALM_DIR/screen"
	# At the end only the lines stand there.
	tail -n 1 "$REALM_DIR/screen" | grep -q 'replica2: sealed'
	(
		realm_env primary
		on_terminal kdc-snapshot -q >"$REALM_DIR/screen"
	)
	[ ! -s "$REALM_DIR/screen" ]
	run snapshot
	[[ $output != *$'\033'* ]]
	[ "${#lines[@]}" -le 5 ]
}

@test "a terminal that was stopped does not stop the run" {
	set_replica replica2 command "sleep 60"
	set_replica replica2 deadline 3s
	realm_env primary
	run timeout -s KILL 25 python3 - kdc-snapshot <<-'END'
	import os, pty, sys, time
	pid, fd = pty.fork()
	if pid == 0:
	    os.environ['TERM'] = 'xterm'
	    os.execvp(sys.argv[1], sys.argv[1:])
	time.sleep(0.1)
	os.write(fd, b'\x13')
	sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
	END
	[ "$status" = 1 ]
	is_served replica1
	is_served replica3
	[[ $(ledger replica2 why) == "no hello yet: given up after 3 s"* ]]
}

@test "a primary that is behind one replica sends nothing to the others either" {
	cp -a "$REALM_DIR/primary/state" "$REALM_DIR/state.was"
	cp -a "$REALM_DIR/primary/db" "$REALM_DIR/db.was"
	change 81
	snapshot -q -t replica3
	rm -r "$REALM_DIR/primary"/{db,state}
	mv "$REALM_DIR/state.was" "$REALM_DIR/primary/state"
	mv "$REALM_DIR/db.was" "$REALM_DIR/primary/db"
	for r in 1 2 3; do
		fingerprint replica$r >"$REALM_DIR/was.$r"
	done
	run snapshot
	echo "$output"
	[ "$status" = 65 ]
	[[ $output == *": replica3 has this signed generation, ahead of ours"* ]]
	[ "$(grep -c 'ahead of ours' <<<"$output")" = 1 ]
	for r in 1 2 3; do
		fingerprint replica$r | diff "$REALM_DIR/was.$r" -
	done
	cp "$REALM_DIR/replica3/state/seal.tar" "$REALM_DIR/primary/state/current"
	snapshot -q
	for r in 1 2 3; do
		[ "$(canonical replica$r)" = "$(canonical primary)" ]
	done
}

@test "two primaries in one epoch, equal generations, different content" {
	local other=$REALM_DIR/other r i
	snapshot -q
	cp -a "$REALM_DIR/primary" "$other"
	# The same number by each, and replica1 has it from the other.
	change 91
	snapshot -q -t replica1
	for r in 1 2 3; do
		fingerprint replica$r >"$REALM_DIR/was.$r"
	done
	rm -r "$REALM_DIR/primary"/{db,state}
	mv "$other"/{db,state} "$REALM_DIR/primary/"
	# Its next number would be later than what replica1 has, and overtake it.
	for i in 92 93 94; do
		change $i
		run snapshot
		echo "$output"
		[ "$status" = 65 ]
		[ "$(current generation)" = "$(sealed replica1 generation)" ]
		[ "$(grep -c 'are there two primaries?' <<<"$output")" = 1 ]
		[[ $output == *": replica1 has this signed generation, with other content than ours (are there two primaries?): this primary was superseded or restored; it ships nothing more, "*"; promote that replica and demote this host (kdc-restore), or, "* ]]
		for r in 1 2 3; do
			fingerprint replica$r | diff "$REALM_DIR/was.$r" -
		done
	done
	verify replica1 -q
	run verify primary
	[ "$status" = 2 ]
	[[ $output == *"CRITICAL - superseded: "* ]]
	# As the message says.
	cp "$REALM_DIR/replica1/state/seal.tar" "$REALM_DIR/primary/state/current"
	snapshot -q
	for r in 1 2 3; do
		[ "$(canonical replica$r)" = "$(canonical primary)" ]
	done
	verify primary -q
}
