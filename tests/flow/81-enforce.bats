# Goal of this test: kdc-verify --enforce, every few minutes beside a krb5kdc that
# runs, ends what would be answered wrongly, and nothing else.
# - Altered data are repaired, and the KDC goes on, with the right answers.
# - Altered data that cannot be repaired: the KDC is stopped; the next good ship
#   starts it again.
# - Never stopped: for age (a day and a week without a primary), clock, signer, a
#   stash that is gone or another's, a seal that is damaged, a repair that has only
#   to wait, on a primary.

bats_require_minimum_version 1.5.0

setup_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	realm_make -d -n 1 "$REALM_DIR"
	admin_local 'addprinc -pw a alice' >/dev/null
	admin_local 'addprinc -pw b bob' >/dev/null
	snapshot -q
	# What systemctl stop does, and how often it was asked.
	cat >"$REALM_DIR/replica1/etc/stop" <<-END
	#!/bin/bash
	echo stop >>$REALM_DIR/stops
	. $FLOW_SOURCE/scripts/realm.sh
	realm_use $REALM_DIR
	kdc_stop replica1
	END
	chmod 755 "$REALM_DIR/replica1/etc/stop"
	config_set replica1 stop_kdc "$REALM_DIR/replica1/etc/stop"
	kdc_hook replica1
	cp -a "$REALM_DIR/replica1" "$REALM_DIR/pristine"
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	realm_end
	rm -rf "$REALM_DIR"
}

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	S=$REALM_DIR/replica1/state
	kdc_stop replica1 2>/dev/null || :
	rm -rf "$REALM_DIR/replica1"
	cp -a "$REALM_DIR/pristine" "$REALM_DIR/replica1"
	snapshot -q
	: >"$REALM_DIR/stops"
	kdc_gate replica1
}

teardown() {
	kdc_stop replica1 2>/dev/null || :
}

# The line of kdcsync-verify.service.
enforce() {
	verify replica1 --quiet --quick --enforce \
	    --metrics "$REALM_DIR/replica1/tmp/kdcsync.prom"
}

serves() {
	kdc_up replica1
	[ ! -s "$REALM_DIR/stops" ]
	login replica1 alice a
}

alter() {
	realm_on replica1 kadmin.local cpw -pw wrong alice >/dev/null
}

@test "all is good: nothing is said, nothing happens" {
	run -0 enforce
	[ "$output" = "" ]
	serves
	grep -qx 'kdcsync_verify_status{realm="EXAMPLE.TEST",role="replica"} 0' "$REALM_DIR/replica1/tmp/kdcsync.prom"
}

@test "altered: repaired, and the KDC that runs has the right answers again" {
	alter
	run login replica1 alice a
	[ "$status" != 0 ]
	run -0 enforce
	echo "$output"
	[ -z "$(sed '/rebuilt\|not what was sealed/d' <<<"$output")" ]
	serves
	[ ! -e "$S/refused" ]
}

@test "altered and the dump is gone: stopped; the next good ship starts it" {
	alter
	rm "$S"/dump.*
	run -2 enforce
	echo "$output"
	[[ $output == *"CRITICAL - content: the live database is not what was \
signed"* ]]
	[[ $output == *"kdc-verify: the KDC was stopped: "*"ship from the primary"* ]]
	not kdc_up replica1
	[ "$(wc -l <"$REALM_DIR/stops")" = 1 ]
	[[ $(<"$S/refused") == "CRITICAL - content: "* ]]
	grep -qx 'kdcsync_verify_status{realm="EXAMPLE.TEST",role="replica"} 2' "$REALM_DIR/replica1/tmp/kdcsync.prom"
	# Started past its gate it is stopped again.
	kdc_start replica1
	run -2 enforce
	not kdc_up replica1
	snapshot -q
	kdc_wait replica1
	login replica1 alice a
	[ ! -e "$S/refused" ]
	run -0 enforce
	kdc_up replica1
}

@test "a file of the database is gone, and the dump: stopped" {
	rm "$REALM_DIR/replica1/db/principal.kadm5" "$S"/dump.*
	run -2 enforce
	echo "$output"
	not kdc_up replica1
}

@test "stop_kdc fails: said, with what to do" {
	config_set replica1 stop_kdc "sh -c 'exit 5'"
	alter
	rm "$S"/dump.*
	run -2 enforce
	echo "$output"
	[[ $output == *"kdc-verify: stop_kdc: sh: exit status 5; stop krb5kdc by \
hand"* ]]
	[[ $output != *"was stopped"* ]]
	kdc_up replica1
}

@test "the primary is dead for a day and a week: still answers" {
	local m
	for m in 4 9 14 19 24 29 60 120 360 720 1080 1435 1440 10080; do
		run realm_on replica1 faketime -f "+${m}m" kdc-verify --quiet \
		    --quick --enforce
		# 0, then warning, then critical: said, and that is all.
		[ "$status" = $((m < 15 ? 0 : m < 20 ? 1 : 2)) ]
	done
	[[ $output == *"CRITICAL - age: "* ]]
	serves
	# Nor is what happens to be altered then left so: it is repaired.
	alter
	run -2 realm_on replica1 faketime -f "+1440m" kdc-verify --quiet --quick \
	    --enforce
	serves
}

@test "clock, signer: critical, never stopped" {
	local etc=$REALM_DIR/replica1/etc
	run -2 realm_on replica1 faketime -f -1h kdc-verify --quick --enforce
	[[ $output == *"CRITICAL - clock: "* ]]
	serves
	ssh-keygen -q -t ed25519 -N '' -f "$BATS_TEST_TMPDIR/other"
	echo "primary@EXAMPLE.TEST $(<"$BATS_TEST_TMPDIR/other.pub")" \
	    >"$etc/allowed_signers"
	run -2 enforce
	[[ $output == *"CRITICAL - signer: "* ]]
	serves
}

@test "a stash that is gone, or another's: critical, and the KDC goes on" {
	rm "$REALM_DIR/replica1/stash"
	run -2 enforce
	[[ $output == *"CRITICAL - stash: "* ]]
	serves
	head -c 60 /dev/urandom >"$REALM_DIR/replica1/stash"
	run -2 enforce
	[[ $output == *"CRITICAL - stash: "* ]]
	serves
}

@test "a wrong stash is no reason to leave altered data: stopped" {
	alter
	head -c 60 /dev/urandom >"$REALM_DIR/replica1/stash"
	run -2 enforce
	echo "$output"
	not kdc_up replica1
}

@test "a damaged seal proves nothing, for or against: the KDC goes on" {
	printf x | dd of="$S/seal.tar" bs=1 seek=600 conv=notrunc status=none
	run -2 enforce
	[[ $output == *"CRITICAL - seal: "* ]]
	serves
}

@test "a kdc-apply is at work: it will heal this, nothing is stopped" {
	alter
	exec 7>"$S/apply.lock"
	python3 -c '
import fcntl, struct
fcntl.fcntl(7, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))'
	run -2 enforce
	echo "$output"
	exec 7>&-
	[[ $output == *"not possible while kdc-apply is at work"* ]]
	kdc_up replica1
	[ ! -s "$REALM_DIR/stops" ]
	run -0 enforce
	serves
}

@test "the database stays locked: nothing is known, nothing is stopped" {
	config_set replica1 lock_wait 1s
	alter
	exec 7>>"$REALM_DIR/replica1/db/principal.ok"
	python3 -c '
import fcntl, struct
fcntl.fcntl(7, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))'
	run -3 enforce
	echo "$output"
	exec 7>&-
	kdc_up replica1
	[ ! -s "$REALM_DIR/stops" ]
}

@test "on a primary it judges, and stops nothing" {
	config_set primary stop_kdc "sh -c 'echo stop >>$REALM_DIR/stops'"
	run -0 verify primary --quick --enforce
	cp -a "$REALM_DIR/primary/db" "$REALM_DIR/db.was"
	truncate -s 5000 "$REALM_DIR/primary/db/principal"
	run -2 verify primary --quick --enforce
	rm -rf "$REALM_DIR/primary/db"
	mv "$REALM_DIR/db.was" "$REALM_DIR/primary/db"
	[ ! -s "$REALM_DIR/stops" ]
}

@test "not with --gate" {
	run -3 verify replica1 --gate --enforce
	[[ $output == usage:* ]]
}
