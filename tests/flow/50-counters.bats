#!/usr/bin/env bats
# Goal of this test: the login counters that a replica's KDC keeps belong to
# that replica.  They survive every apply, those too that are written while one
# is under way; but whom the administrator frees on the primary (cpw, modprinc
# -unlock) is free at the replica after the next ship.  Logins on the primary
# make no generations.  What is written on a replica is named and replaced.
bats_require_minimum_version 1.5.0

setup() {
	load lib.bash
	REALM_DIR=$(flow_dir)
	realm_make -d -n 1 "$REALM_DIR"
	admin_local 'addpol -maxfailure 3 strict' 'addpol -maxfailure 9999 lax' \
	    'addprinc -pw secret -policy strict +requires_preauth alice' \
	    'addprinc -pw secret -policy lax +requires_preauth bob' \
	    'addprinc -pw secret -policy strict +requires_preauth carol' \
	    'addprinc -pw secret other' >/dev/null 2>&1
	snapshot -q
}

teardown() {
	kill_storm
	realm_end
	rm -rf "$REALM_DIR"
}

# counter HOST PRINCIPAL: its failed logins in a row.
counter() {
	realm_on "$1" kadmin.local -q "getprinc $2" 2>/dev/null |
	    sed -n 's/^Failed password attempts: //p'
}

last_failed() {
	realm_on "$1" kadmin.local -q "getprinc $2" 2>/dev/null |
	    sed -n 's/^Last failed authentication: //p'
}

# fail HOST PRINCIPAL TIMES
fail() {
	local i
	for ((i = 0; i < $3; i++)); do
		! login "$1" "$2" wrong 2>/dev/null || return 1
	done
}

locked() {
	run login "$1" "$2" "$3"
	[ "$status" -ne 0 ]
	grep -q 'credentials have been revoked' <<<"$output"
}

# storm COMMAND...: over and over in the background.
storm() {
	(
		until [ -e "$REALM_DIR/calm" ]; do
			"$@" || :
		done
	) >/dev/null 2>&1 3>&- &
	STORM="${STORM:-} $!"
}

kill_storm() {
	local pid
	: >"$REALM_DIR/calm"
	for pid in ${STORM:-}; do
		wait "$pid" || :
	done
	STORM=
	rm "$REALM_DIR/calm"
}

@test "failed logins at a replica survive an apply" {
	local when
	kdc_start replica1
	fail replica1 alice 3
	fail replica1 carol 2
	locked replica1 alice secret
	[ "$(counter replica1 alice)" = 3 ]
	[ "$(counter primary alice)" = 0 ]
	when=$(last_failed replica1 alice)
	[ "$when" != '[never]' ]

	# Another record changes.
	admin_local 'cpw -pw new other' 'addprinc -pw x fresh' >/dev/null 2>&1
	snapshot
	[ "$(sealed replica1 generation)" = 2 ]
	login replica1 other new
	[ "$(counter replica1 alice)" = 3 ]
	[ "$(last_failed replica1 alice)" = "$when" ]
	locked replica1 alice secret

	# That one, but not its keys.
	admin_local 'modprinc -maxlife "5 hours" alice' \
	    'setstr alice note x' >/dev/null
	snapshot
	[ "$(sealed replica1 generation)" = 3 ]
	[ "$(realm_on replica1 kadmin.local -q 'getprinc alice' 2>/dev/null |
	    grep '^Maximum ticket life')" = 'Maximum ticket life: 0 days 05:00:00' ]
	[ "$(counter replica1 alice)" = 3 ]
	[ "$(last_failed replica1 alice)" = "$when" ]
	[ "$(counter replica1 carol)" = 2 ]
	locked replica1 alice secret

	# A full dump, too; and a quiet cycle.
	snapshot --full
	snapshot
	[ "$(counter replica1 alice)" = 3 ]
	locked replica1 alice secret
	[ "$(canonical replica1)" = "$(sealed replica1 dump-sha256)" ]
}

@test "cpw on the primary frees the user at the replica" {
	kdc_start replica1
	fail replica1 alice 3
	fail replica1 carol 3
	admin_local 'cpw -pw fresh alice' >/dev/null
	locked replica1 alice fresh
	snapshot
	login replica1 alice fresh
	[ "$(counter replica1 alice)" = 0 ]
	# Only her.
	locked replica1 carol secret
}

@test "modprinc -unlock on the primary frees the user at the replica" {
	kdc_start replica1
	fail replica1 alice 3
	fail replica1 carol 3
	# MIT compares whole seconds: it must be a later one.
	sleep 1.1
	admin_local 'modprinc -unlock alice' >/dev/null
	locked replica1 alice secret
	snapshot
	login replica1 alice secret
	locked replica1 carol secret
}

@test "a principal deleted and made again starts anew" {
	kdc_start replica1
	fail replica1 alice 3
	admin_local 'delprinc -force alice' \
	    'addprinc -pw secret -policy strict +requires_preauth alice' \
	    >/dev/null 2>&1
	snapshot
	login replica1 alice secret
}

@test "counters written while an apply is under way survive" {
	local i n was=0
	kdc_start replica1
	for i in 1 2 3; do
		storm login replica1 bob wrong
	done
	for i in {1..8}; do
		admin_local "cpw -pw new$i other" \
		    "modprinc -maxlife \"$i hours\" bob" >/dev/null
		snapshot -d >>"$BATS_TEST_TMPDIR/said" 2>&1
		n=$(counter replica1 bob)
		echo "$was, now $n"
		[ "$n" -ge "$was" ]
		was=$n
	done
	kill_storm
	cat "$BATS_TEST_TMPDIR/said"
	# Every failure the KDC told of is counted: its log has them all.
	n=$(grep -c 'bob@EXAMPLE.TEST.*Preauthentication failed' \
	    "$REALM_DIR/replica1/log/krb5.log")
	[ "$n" -gt 0 ]
	echo "log $n, counter $(counter replica1 bob)"
	snapshot
	[ "$(counter replica1 bob)" = "$n" ]
	verify replica1
	[ "$(canonical replica1)" = "$(sealed replica1 dump-sha256)" ]
}

@test "a login storm on the primary makes heartbeats, not generations" {
	local i before
	kdc_start primary
	before=$(current dump-sha256)
	storm login primary bob secret
	storm login primary bob wrong
	for i in {1..5}; do
		run -0 snapshot
		grep -q 'replica1: sealed 1.1, heartbeat,' <<<"$output"
	done
	kill_storm
	[ "$(counter primary bob)" -gt 0 ] ||
	    [ "$(last_failed primary bob)" != '[never]' ]
	run -0 snapshot
	[ "$(current generation)" = 1 ]
	[ "$(current dump-sha256)" = "$before" ]
	[ "$(counter replica1 bob)" = 0 ]
	verify replica1
}

@test "what is changed on a replica is named, and replaced" {
	realm_on replica1 kadmin.local -q 'cpw -pw mine other' >/dev/null
	realm_on replica1 kadmin.local -q 'addprinc -pw x intruder' \
	    >/dev/null 2>&1
	realm_on replica1 kadmin.local -q 'modpol -maxfailure 99 strict' \
	    >/dev/null
	run -2 verify replica1
	grep -q 'content: the live database is altered: 3 records' <<<"$output"
	run -0 snapshot
	echo "$output"
	grep -q 'sealed 1.1, heartbeat,' <<<"$output"
	grep -q 'kdc-apply: .*not what was sealed as generation 1.1: 3 records' \
	    <<<"$output"
	verify replica1
	[ "$(canonical replica1)" = "$(canonical primary)" ]
	kdc_start replica1
	login replica1 other secret
	run ! login replica1 intruder x
	# Beside changes on the primary, which are not counted; by name, too.
	realm_on replica1 kadmin.local -q 'delprinc -force carol' >/dev/null
	realm_on replica1 kadmin.local -q 'addpol mine' >/dev/null
	admin_local 'cpw -pw new other' 'addprinc -pw x more' >/dev/null 2>&1
	snapshot -q --no-ship -o "$REALM_DIR/b"
	run -0 realm_on replica1 kdc-apply -d "$REALM_DIR/b"
	echo "$output"
	grep -q 'not what was sealed as generation 1.1: 2 records' <<<"$output"
	grep -qx 'kdc-apply: principal removed here: carol@EXAMPLE.TEST' \
	    <<<"$output"
	grep -qx 'kdc-apply: policy added here: mine' <<<"$output"
	run ! grep 'other@.* here\|here: other@' <<<"$output"
	run -0 realm_on replica1 kadmin.local -q listpols
	run ! grep -x mine <<<"$output"
	snapshot
	[ "$(canonical replica1)" = "$(canonical primary)" ]
	login replica1 other new
	login replica1 carol secret
	# And nothing is named when nothing was changed but counters.
	fail replica1 alice 1
	run -0 snapshot
	run ! grep 'not what was sealed' <<<"$output"
}
