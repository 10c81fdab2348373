# Goal of this test: a connection is kept for the next run, by ssh itself
# (ControlMaster, ControlPersist) or by kdcsync-connection@.service, each as README
# has it; and it harms none.
# - kdc-snapshot does not wait for what ssh leaves behind; one login carries many
#   runs.
# - One that was killed: the next run makes a connection of its own.  One that is
#   stopped: the run is over after its deadline.  A peer that is silent: it ends
#   itself, and the next run makes one of its own.
bats_require_minimum_version 1.5.0

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	realm_make -n 1 "$REALM_DIR"
	CONF=$REALM_DIR/primary/etc/ssh_config
	KEEPER=
	SILENT=
}

teardown() {
	[ -d "${REALM_DIR:-}" ] || return 0
	[ -z "$SILENT" ] || kill -KILL "$SILENT" 2>/dev/null || :
	if [ -n "$KEEPER" ]; then
		kill -KILL "$KEEPER" 2>/dev/null || :
		cat "$REALM_DIR/keeper.out"
	else
		ssh -q -F "$CONF" -O exit replica1 2>&1 || :
	fi
	realm_end
	rm -rf "$REALM_DIR"
}

# readme FIRST NUMBER: so many lines of README's are in ssh_config from now on, but
# for the place.
readme() {
	sed -n "/^    $1/,/^\`\`\`$/p" README.md |
	    sed "s,/[^ ]*/ssh-%C,$REALM_DIR/%n.ssh,; /^\`/d" >"$CONF.new"
	[ "$(wc -l <"$CONF.new")" = "$2" ]
	cat "$CONF" >>"$CONF.new"
	mv "$CONF.new" "$CONF"
}

logins() {
	grep -c 'Accepted publickey' "$REALM_DIR/replica1/log/sshd.out"
}

master() {
	ssh -F "$CONF" -O check replica1 2>&1 |
	    sed -n 's/.*(pid=\([0-9]*\)).*/\1/p'
}

# keep [SECONDS]: what the unit does for replica1; SECONDS of silence, and it asks.
keep() {
	local words i
	words=$(sed -n 's/^ExecStart=//p' \
	    scripts/systemd/kdcsync-connection@.service |
	    sed "s,/etc/kdcsync/ssh_config,$CONF,; s/%i/replica1/
	    s/\(ServerAliveInterval\)=15/\1=${1:-15}/")
	[[ $words == *ServerAliveInterval=${1:-15}\ *\ replica1 ]]
	# shellcheck disable=SC2086 # words
	$words >>"$REALM_DIR/keeper.out" 2>&1 3>&- &
	KEEPER=$!
	for ((i = 0; i < 600; i++)); do
		[ "$(master)" != "$KEEPER" ] || return 0
		sleep 0.1
	done
	return 1
}

# keeper_ends STATUS: by itself, or by a signal that it was sent.
keeper_ends() {
	local i rc=0
	for ((i = 0; i < 600; i++)); do
		kill -0 "$KEEPER" 2>/dev/null || break
		sleep 0.1
	done
	[ "$i" != 600 ]
	wait "$KEEPER" || rc=$?
	[ $rc = "$1" ]
}

# ship: a run, which ends; if not, timeout says 124.
ship() {
	timeout 120 bash -c '. scripts/realm.sh; realm_use "$REALM_DIR"
	    realm_on primary kdc-snapshot'
}

run_sealed() {
	run -0 ship
	[[ $output == *"replica1: sealed "* ]]
}

@test "a kept connection carries the next runs, and one that broke is made anew" {
	readme ControlMaster 3
	run_sealed
	[[ $output == *"replica1: sealed 1.1, full dump"* ]]
	[ "$(logins)" = 1 ]
	first=$(master)
	[ -n "$first" ]

	admin_local 'addprinc -pw a alice' >/dev/null
	run_sealed
	[[ $output == *"replica1: sealed 1.2, delta"* ]]
	run_sealed
	[[ $output == *"replica1: sealed 1.2, heartbeat"* ]]
	[ "$(logins)" = 1 ]
	[ "$(master)" = "$first" ]

	kill -KILL "$first"
	admin_local 'addprinc -pw b bob' >/dev/null
	run_sealed
	[[ $output == *"replica1: sealed 1.3, delta"* ]]
	[ "$(logins)" = 2 ]
	[ "$(master)" != "$first" ]
	[ "$(canonical replica1)" = "$(canonical primary)" ]
}

@test "the unit's connection carries all runs; without it each makes its own" {
	readme 'ControlPath .run' 1
	run_sealed
	[ "$(logins)" = 1 ]
	keep
	[ "$(logins)" = 2 ]
	run_sealed
	admin_local 'addprinc -pw a alice' >/dev/null
	run_sealed
	[[ $output == *"replica1: sealed 1.2, delta"* ]]
	[ "$(logins)" = 2 ]

	# Its socket stays, and neither a run nor the unit minds.
	kill -KILL "$KEEPER"
	keeper_ends 137
	[ -S "$REALM_DIR/replica1.ssh" ]
	admin_local 'addprinc -pw b bob' >/dev/null
	run_sealed
	[[ $output == *"replica1: sealed 1.3, delta"* ]]
	[ "$(logins)" = 3 ]
	keep
	run_sealed
	[ "$(logins)" = 4 ]
	[ "$(canonical replica1)" = "$(canonical primary)" ]

	# Stopped, it has not failed; systemd does not start it again.
	kill "$KEEPER"
	keeper_ends 0
	[ ! -e "$REALM_DIR/replica1.ssh" ]
}

@test "a connection that hangs: the run is over after its deadline" {
	readme 'ControlPath .run' 1
	keep
	run_sealed
	admin_local 'addprinc -pw a alice' >/dev/null
	sed -i '/replica1 = {/a deadline = 2s' \
	    "$REALM_DIR/primary/etc/kdcsync.conf"
	kill -STOP "$KEEPER"
	run -69 ship
	[[ $output == *"replica1: "*"given up after 2 s (deadline: nothing moved)"* ]]
	[ "$(sealed replica1 generation)" = 1 ]

	# Nothing of that is left, whether it goes on or is ended.
	sed -i '/deadline = 2s/d' "$REALM_DIR/primary/etc/kdcsync.conf"
	kill -CONT "$KEEPER"
	run_sealed
	[[ $output == *"replica1: sealed 1.2, delta"* ]]
	[ "$(logins)" = 1 ]
	[ "$(canonical replica1)" = "$(canonical primary)" ]
}

@test "a peer that is silent: the connection ends itself, the next run has its own" {
	readme 'ControlPath .run' 1
	keep 3
	run_sealed
	SILENT=$(pgrep -P "$(cut -d ' ' -f 1 "$REALM_DIR/replica1/run/sshd.pid")")
	kill -STOP "$SILENT"
	keeper_ends 255
	admin_local 'addprinc -pw a alice' >/dev/null
	run_sealed
	[[ $output == *"replica1: sealed 1.2, delta"* ]]
	[ "$(logins)" = 2 ]
	[ "$(canonical replica1)" = "$(canonical primary)" ]
}
