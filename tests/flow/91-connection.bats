# Goal of this test: ssh may keep the connection for the next run (ControlMaster,
# ControlPersist, as README has it): kdc-snapshot does not wait for what ssh leaves
# behind, one login carries many cycles, and a connection that broke is made anew.
bats_require_minimum_version 1.5.0

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	realm_make -n 1 "$REALM_DIR"
	CONF=$REALM_DIR/primary/etc/ssh_config
	# README's lines, but for the place.
	sed -n '/^    ControlMaster/,/^    ControlPersist/p' README.md |
	    sed "s,/var/lib/kdcsync/ssh-%C,$REALM_DIR/%n.ssh," >"$CONF.new"
	[ "$(wc -l <"$CONF.new")" = 3 ]
	cat "$CONF" >>"$CONF.new"
	mv "$CONF.new" "$CONF"
}

teardown() {
	[ -d "${REALM_DIR:-}" ] || return 0
	ssh -q -F "$REALM_DIR/primary/etc/ssh_config" -O exit replica1 2>&1 || :
	realm_end
	rm -rf "$REALM_DIR"
}

logins() {
	grep -c 'Accepted publickey' "$REALM_DIR/replica1/log/sshd.out"
}

master() {
	ssh -F "$CONF" -O check replica1 2>&1 |
	    sed -n 's/.*(pid=\([0-9]*\)).*/\1/p'
}

@test "a kept connection carries the next runs, and one that broke is made anew" {
	run -0 timeout 60 bash -c '. scripts/realm.sh
	    realm_use "$REALM_DIR"; realm_on primary kdc-snapshot'
	[[ $output == *"replica1: sealed 1.1, full dump"* ]]
	[ "$(logins)" = 1 ]
	first=$(master)
	[ -n "$first" ]

	admin_local 'addprinc -pw a alice' >/dev/null
	run -0 snapshot
	[[ $output == *"replica1: sealed 1.2, delta"* ]]
	run -0 snapshot
	[[ $output == *"replica1: sealed 1.2, heartbeat"* ]]
	[ "$(logins)" = 1 ]
	[ "$(master)" = "$first" ]

	kill -KILL "$first"
	admin_local 'addprinc -pw b bob' >/dev/null
	run -0 snapshot
	[[ $output == *"replica1: sealed 1.3, delta"* ]]
	[ "$(logins)" = 2 ]
	[ "$(master)" != "$first" ]
	[ "$(canonical replica1)" = "$(canonical primary)" ]
}
