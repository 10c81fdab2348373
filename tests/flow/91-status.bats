# Goal of this test: kdc-status says on the primary what each replica has proved,
# in 79 columns that a person reads at night, in JSON and in metrics, and exits
# as Nagios expects.
# - Good, behind, out of reach, stale; never shipped to, removed, damaged ledger;
#   a verdict that claims what was never signed; a stash that is gone.
# - What was sent counts for nothing.
# - Of the primary: held, superseded, cut short, no run for long.
# - On a replica its own seal; --watch draws, follows the terminal, ends on ^C;
#   colours on a terminal only.
# - README and the manual show what it prints.

setup_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	realm_make -d -n 2 "$REALM_DIR"
	admin_local 'addprinc -pw a alice' >/dev/null
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
	S=$REALM_DIR/primary/state
	L=$S/replicas
	cp "$REALM_DIR/conf.was" "$REALM_DIR/primary/etc/kdcsync.conf"
	rm -f "$L"/kdc*
}

# Not folded, unless WIDTH says so.
status() {
	COLUMNS=${WIDTH:-500} realm_on primary kdc-status "$@"
}

# at OFFSET ARG...: with its clock moved.
at() {
	local offset=$1
	shift
	COLUMNS=500 realm_on primary faketime -f "$offset" kdc-status "$@"
}

# command_set REPLICA COMMAND: how the primary reaches it.
command_set() {
	sed -i "/$1 = {/,/}/s|command = .*|command = $2|" \
	    "$REALM_DIR/primary/etc/kdcsync.conf"
}

# json EXPRESSION ARG...: of j, what kdc-status --json prints; its level is
# another matter.
json() {
	local what=$1
	shift
	{ status --json "$@" || :; } | python3 -c "
import json, sys
j = json.load(sys.stdin)
r = {x['name']: x for x in j['replicas']}
assert j['schema'] == 1
print($what)"
}

@test "all is well" {
	snapshot -q
	run status
	echo "$output"
	[ "$status" = 0 ]
	[ "${lines[0]}" = "kdcsync OK - EXAMPLE.TEST: 2 replicas, all current" ]
	[[ $output == *"replica1         current        -    "* ]]
	[ "$(json 'r["replica2"]["digest_equal"]')" = True ]
	[ "$(json 'r["replica2"]["sha256"] == j["current"]["sha256"]')" = True ]
	[ "$(json 'r["replica1"]["krbtgt_kvno"], j["status"]')" = "1 0" ]
	[ "$(json 'j["locked_milliseconds"] >= 0 and
	    j["current"]["taken"] <= j["locked"] <= j["time"]')" = True ]
	run status -q
	[ "$status" = 0 ]
	[ -z "$output" ]
}

@test "what was sent does not count: a replica that only says that all is well" {
	# It takes the bundle and gives its last verdict again.
	admin_local 'addprinc -pw a bob' >/dev/null
	sed '1,/^$/d' "$L/replica1" >"$REALM_DIR/verdict"
	cat >"$REALM_DIR/parrot" <<-END
	#!/bin/sh
	printf 'kdcsync-hello: 1\nrealm: EXAMPLE.TEST\ndigest: -\nfree: 1\nkrb5: 1\nkdcsync: 1\nseal: -\n\n'
	cat >/dev/null
	cat $REALM_DIR/verdict
	END
	chmod 700 "$REALM_DIR/parrot"
	command_set replica1 "$REALM_DIR/parrot"
	snapshot -q || :
	run status
	echo "$output"
	[ "$(json 'r["replica1"]["digest_equal"], r["replica1"]["behind"]')" = \
	    "False 1" ]
	[ "$(json 'r["replica2"]["digest_equal"]')" = True ]
	cp "$REALM_DIR/conf.was" "$REALM_DIR/primary/etc/kdcsync.conf"
	snapshot -q
}

@test "out of reach: a warning that says why, then older and stale" {
	snapshot -q
	command_set replica2 "sh -c \"echo no route to kdc3 >\\&2; exit 255\""
	admin_local 'addprinc -pw a carol' >/dev/null
	snapshot -q || :
	run status
	echo "$output"
	[ "$status" = 1 ]
	[[ ${lines[0]} == "kdcsync WARNING - EXAMPLE.TEST: 1 of 2 replicas in trouble" ]]
	# The worst first.
	[[ ${lines[2]} == REPLICA*STATE* ]]
	[[ ${lines[3]} == "replica2         unreached      1 "* ]]
	[[ $output == *"  WARNING - unreached: since 20"*"no route to kdc3"* ]]
	run status -q
	[ "$status" = 1 ]
	[[ $output == *"no route to kdc3"* ]]
	[[ $output != *replica1* ]]
	[ "$(json 'r["replica1"]["state"]')" = current ]
	run at +16m
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"WARNING - old: the data it proved are 1"[56]" min old"* ]]
	[[ $output == *"WARNING - age: the last kdc-snapshot was 1"[56]" min ago"* ]]
	run at +21m
	echo "$output"
	[ "$status" = 2 ]
	[[ $output == *"CRITICAL - stale: the data it proved are 2"[01]" min old (max_age 20 min)"* ]]
	# This host's clock was set back.
	run at -10m
	echo "$output"
	[ "$status" = 2 ]
	[[ $output == *"CRITICAL - clock: "* ]]
	cp "$REALM_DIR/conf.was" "$REALM_DIR/primary/etc/kdcsync.conf"
	snapshot -q
	status -q
}

@test "never shipped to, removed, a ledger that is damaged" {
	cp "$L/replica2" "$REALM_DIR/ledger.was"
	rm "$L/replica2"
	run status
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"WARNING - never: "*"kdc-snapshot --to replica2"* ]]
	echo junk >"$L/replica2"
	run status
	echo "$output"
	[ "$status" = 3 ]
	[[ $output == *"UNKNOWN - damaged: "*"the next kdc-snapshot writes it anew"* ]]
	snapshot -q
	status -q
	mv "$L/replica2" "$L/kdc9"
	snapshot -q
	run status
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"kdc9: not in "*" any more; to forget it: rm"*"/replicas/kdc9" ]]
	[ "$(json 'r["kdc9"]["configured"], r["kdc9"]["state"]')" = \
	    "False removed" ]
	rm "$L/kdc9"
}

# lie SED: replica2's verdict, edited.
lie() {
	sed -i "1,/^\$/!{$1}" "$L/replica2"
}

@test "a verdict is not believed beyond what was signed, and does no harm" {
	local word
	snapshot -q
	cp "$L/replica2" "$REALM_DIR/ledger.was"
	while read -r word edit; do
		cp "$REALM_DIR/ledger.was" "$L/replica2"
		lie "$edit"
		run status
		echo "$output"
		[ "$status" = 2 ]
		[[ $output == *"CRITICAL - $word: "* ]]
	done <<-'END'
	ahead s/^generation: .*/generation: 1.99/
	ahead s/^generation: .*/generation: 2.1/
	ahead s/^as-of: .*/as-of: 2037-01-01T00:00:00Z/
	different s/^digest: ..../digest: 0000/
	foreign s/^realm: .*/realm: OTHER/
	altered s/^proof-result: .*/proof-result: 3 records differ/
	stash s/^mkey-kvnos: .*/mkey-kvnos: -/
	unproved s/^generation: .*/generation: -/
	END
	# What a terminal would obey is no verdict at all.
	cp "$REALM_DIR/ledger.was" "$L/replica2"
	lie $'s/^why: .*/why: \033[2J/'
	run status
	[ "$status" = 3 ]
	[[ $output != *$'\033'* ]]
	snapshot -q
	status -q
}

@test "a new master key: whose stash lacks it, and whose opens nothing" {
	cp "$REALM_DIR/replica2/stash" "$REALM_DIR/stash.was"
	cp "$REALM_DIR/primary/stash" "$REALM_DIR/primary.was"
	printf 'b\nb\n' | realm_on primary kdb5_util add_mkey >/dev/null
	realm_on primary kdb5_util stash >/dev/null
	snapshot -q
	cp "$REALM_DIR/primary/stash" "$REALM_DIR/replica1/stash"
	snapshot -q
	run status
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"this host: generation "*" K/M 1 2, krbtgt 1, "* ]]
	[[ $output == *"WARNING - stash: its stash has master key 1, the newest is 2; type"* ]]
	[ "$(json 'r["replica1"]["stash_kvno"], r["replica2"]["stash_kvno"]')" = \
	    "2 1" ]
	cp "$REALM_DIR/primary/stash" "$REALM_DIR/replica2/stash"
	snapshot -q
	status -q
}

@test "this host: held, superseded, cut short" {
	local n
	n=$(current generation)
	mkdir -m 700 "$S/generations/1.$((n + 1))"
	run status
	echo "$output"
	[ "$status" = 1 ]
	[[ ${lines[0]} == *": cut-short; 2 replicas, all current" ]]
	rmdir "$S/generations/1.$((n + 1))"
	echo '9.9: replica1 has this' >"$S/superseded"
	run status
	[ "$status" = 2 ]
	[[ ${lines[0]} == "kdcsync CRITICAL - EXAMPLE.TEST: superseded; "* ]]
	rm "$S/superseded"
	for i in {1..40}; do
		echo "addprinc -pw a u$i"
	done | realm_on primary kadmin.local >/dev/null 2>&1
	snapshot -q
	for i in {1..40}; do
		echo "delprinc -force u$i"
	done | realm_on primary kadmin.local >/dev/null 2>&1
	snapshot -q || :
	run status
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"WARNING - held: publication is held since 20"*"more than max_shrink"* ]]
	snapshot -q --allow-shrink
	status -q
}

@test "one that is being shipped to is behind, and that is good" {
	mkfifo "$REALM_DIR/gate"
	# Its hello waits.
	command_set replica2 "sh -c \"read x <$REALM_DIR/gate; exit 1\""
	admin_local 'addprinc -pw a dora' >/dev/null
	snapshot -q 2>/dev/null 3>&- &
	local run=$!
	for i in {1..100}; do
		[ "$(json 'r["replica2"]["shipping"] and
		    r["replica1"]["state"] == "current" and
		    r["replica2"]["behind"]')" != 1 ] || break
		sleep 0.1
	done
	run status
	echo x >"$REALM_DIR/gate"
	wait "$run" || :
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"replica2         behind         1 "* ]]
	cp "$REALM_DIR/conf.was" "$REALM_DIR/primary/etc/kdcsync.conf"
	snapshot -q
}

@test "long names and twenty replicas stay within 79 columns" {
	local i name conf=$REALM_DIR/primary/etc/kdcsync.conf
	for i in {1..20}; do
		name=kdc$i.$(printf 'x%.0s' $(seq $((i * 5)))).example.com
		sed -i "/replicas = {/a $name = { \\n command = false \\n }" "$conf"
		sed 's/^ms: .*/ms: 123456789/; s/^bytes: .*/bytes: 99999999999/' \
		    "$L/replica1" >"$L/$name"
	done
	WIDTH=80 run status
	echo "$output"
	[ "$status" = 0 ]
	[ "${#lines[@]}" -gt 40 ]
	printf '%s\n' "${lines[@]}" | awk '
	length > 79 && $0 !~ /^kdc[0-9]+[.x]+\.example\.com$/ { bad = 1 }
	END { exit bad }'
	# Wider, they are on one line.
	WIDTH=200 run status
	[ "${#lines[@]}" = 25 ]

}

@test "--metrics is what promtool takes, and is replaced whole" {
	cp "$REALM_DIR/conf.was" "$REALM_DIR/primary/etc/kdcsync.conf"
	status -q --metrics "$REALM_DIR/s.prom"
	cat "$REALM_DIR/s.prom"
	[ "$(stat -c %a "$REALM_DIR/s.prom")" = 644 ]
	grep -qx 'kdcsync_status{realm="EXAMPLE.TEST"} 0' "$REALM_DIR/s.prom"
	grep -qE '^kdcsync_lock_duration_seconds\{.*\} [0-9]+\.[0-9]{3}$' \
	    "$REALM_DIR/s.prom"
	grep -qE '^kdcsync_lock_timestamp_seconds\{.*\} [0-9]{10}$' \
	    "$REALM_DIR/s.prom"
	grep -qx 'kdcsync_replica_digest_equal{realm="EXAMPLE.TEST",replica="replica2"} 1' \
	    "$REALM_DIR/s.prom"
	if command -v promtool >/dev/null; then
		promtool check metrics <"$REALM_DIR/s.prom"
	fi
	run status --metrics /nonexistent/s.prom
	[ "$status" = 3 ]
	run realm_on replica1 kdc-status --metrics "$REALM_DIR/s.prom"
	[ "$status" = 3 ]
	[[ $output == *"kdc-verify --metrics"* ]]
	# Each name stands in the manual.
	grep -oE '^kdcsync_[a-z_]+' "$REALM_DIR/s.prom" | sort -u |
	    while read -r name; do
		grep -qE "^\.It Cm (.* , )?$name( |\$)" man/kdc-status.8 ||
		    { echo "man/kdc-status.8: $name is missing"; exit 1; }
	    done
}

@test "on a replica: its own seal, and where to ask" {
	run realm_on replica1 kdc-status
	echo "$output"
	[ "$status" = 0 ]
	[[ ${lines[0]} == "kdcsync OK - EXAMPLE.TEST: this host is a replica, sealed 1."*" as of "*" ago" ]]
	[[ ${lines[1]} == *"kdc-status on $(sealed replica1 source)"*"kdc-verify" ]]
	run realm_on replica1 faketime -f +21m kdc-status --json
	[ "$status" = 2 ]
	printf '%s' "$output" | python3 -c '
import json, sys
j = json.load(sys.stdin)
assert j["role"] == "replica" and j["findings"][0]["check"] == "stale"'
	mv "$REALM_DIR/replica1/state/seal.tar" "$REALM_DIR/seal.was"
	run realm_on replica1 kdc-status
	echo "$output"
	[ "$status" = 2 ]
	[[ $output == *"nothing was ever proved here"* ]]
	mv "$REALM_DIR/seal.was" "$REALM_DIR/replica1/state/seal.tar"
}

@test "a host in the middle of a kdc-restore says so" {
	echo 'restore primary 1 before-20261122T073500Z' >"$S/role"
	run status
	echo primary >"$S/role"
	echo "$output"
	[ "$status" = 2 ]
	[[ $output == *": this host is being restored"*"CRITICAL - restore: "* ]]
}

@test "where kdcsync has not run, and nonsense, it could not look" {
	run status nonsense
	[ "$status" = 3 ]
	run status --watch
	[ "$status" = 3 ]
	[[ $output == *"stdout is no terminal"* ]]
	mv "$S" "$S.away"
	run status
	[ "$status" = 3 ]
	[[ $output == *"has not run here yet"* ]]
	mkdir -m 700 "$S"
	run status
	[ "$status" = 3 ]
	rm -r "$S"
	mv "$S.away" "$S"
	run realm_on primary sh -c 'kdc-status >/dev/full'
	[ "$status" = 3 ]
}

# terminal ROWS COLUMNS COMMAND...: what it writes to a terminal of that size.
terminal() {
	local size="stty rows $1 cols $2"
	shift 2
	SHELL=/bin/bash TERM=xterm realm_on primary script -qec "$size; $*" \
	    "$REALM_DIR/typescript" </dev/null
}

@test "colours on a terminal only, and not with NO_COLOR" {
	snapshot -q
	[[ $(terminal 24 80 kdc-status) == *$'\033[32mOK'* ]]
	[[ $(NO_COLOR=1 terminal 24 80 kdc-status) != *$'\033'* ]]
	[[ $(terminal 24 80 env TERM=dumb kdc-status) != *$'\033'* ]]
	[[ $(status) != *$'\033'* ]]
}

@test "--watch draws anew in its place, follows the terminal's size, ends on ^C" {
	python3 - "$REALM_DIR/primary/env" <<-'END'
	import fcntl, os, pty, select, struct, sys, termios, time
	def size(fd, rows):
	    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, 80, 0, 0))
	def watch(seconds):
	    pid, fd = pty.fork()
	    if pid == 0:
	        os.environ['TERM'] = 'xterm'
	        os.execvp('sh', ['sh', '-c', '. %s; stty rows 24 cols 80; '
	                         'exec kdc-status --watch %d' %
	                         (sys.argv[1], seconds)])
	    return pid, fd
	# What it writes until that is in it, so many times; half a minute is
	# long enough on any machine.
	def read(fd, what, times=1):
	    end = time.time() + 30
	    got = b''
	    while got.count(what) < times:
	        left = end - time.time()
	        assert left > 0, got
	        if select.select([fd], [], [], left)[0]:
	            got += os.read(fd, 65536)
	    return got
	def stop(pid, fd):
	    os.write(fd, b'\x03')
	    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
	pid, fd = watch(1)
	first = read(fd, b'\033[J', 3)
	assert first.count(b'\033[H') == 3, first
	assert b'all current' in first, first
	assert b'more lines' not in first, first
	stop(pid, fd)
	# Another size: at once, not when it is time to look again.
	pid, fd = watch(600)
	read(fd, b'\033[J')
	size(fd, 4)
	read(fd, b'more lines')
	stop(pid, fd)
	END
}

@test "README and the manual show a table of this shape" {
	local title
	title=$(WIDTH=80 status | grep ^REPLICA)
	grep -qxF "$title" README.md
	grep -qxF "$title" man/kdc-status.8
}
