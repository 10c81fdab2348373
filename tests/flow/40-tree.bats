#!/usr/bin/env bats
# Goal of this test: a database whose tree is damaged -- one bit of a separator
# key or of a sibling pointer, a page of zeros, a page that is missing -- is
# never published by the primary and never served by a replica, which heals
# itself; also where kdb5_util dump sees nothing, loses most of it, or never
# ends.
bats_require_minimum_version 1.5.0

TREE="separator sibling-next sibling-prev sibling-loop zero cut"

# One realm with a tree of two levels, for all.
setup_file() {
	load lib.bash
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	realm_make -d -n 1 "$REALM_DIR"
	{
		printf 'addpol first\naddpol second\n'
		printf 'addprinc -nokey user%d\n' {1..600}
		echo 'addprinc -pw secret alice'
	} | realm_on primary kadmin.local >/dev/null 2>&1
	snapshot -q
	mkdir "$REALM_DIR/good"
	cp "$REALM_DIR"/primary/db/principal{,.kadm5} "$REALM_DIR/good/"
}

teardown_file() {
	load lib.bash
	realm_end
	rm -rf "$REALM_DIR"
}

setup() {
	load lib.bash
	heal_primary
	snapshot -q
	want=$(mit_dump primary)
	[ "$(grep -c ^princ <<<"$want")" = 606 ]
}

heal_primary() {
	cp "$REALM_DIR"/good/principal{,.kadm5} "$REALM_DIR/primary/db/"
}

# damage HOST NAME [FILE]
damage() {
	python3 tests/flow/damage.py "$REALM_DIR/$1/db/${3:-principal}" "$2"
}

# What a replica must be, with exit status $1 of kdc-verify.
replica_good() {
	run "-$1" verify replica1
	[ "$(mit_dump replica1)" = "$want" ]
}

@test "such damage is invisible to kdb5_util dump, or costs it records" {
	damage primary separator
	[ "$(mit_dump primary)" = "$want" ]
	heal_primary
	damage primary sibling-prev
	[ "$(mit_dump primary)" = "$want" ]
	heal_primary
	damage primary sibling-next
	mit_dump primary >"$BATS_TEST_TMPDIR/cut"
	[ "$(grep -c ^princ "$BATS_TEST_TMPDIR/cut")" -lt 606 ]
	# kdb5_util load takes it, and logins are gone.
	realm_on primary kdb5_util -d "$BATS_TEST_TMPDIR/principal" load \
	    "$BATS_TEST_TMPDIR/mit_dump"
}

@test "primary: nothing is published, and every replica says why" {
	local how before
	before=$(current generation)
	for how in $TREE; do
		damage primary $how
		run -65 snapshot
		echo "$output"
		grep -q 'publication is held: the database failed its proof: ' \
		    <<<"$output"
		case $how in
		separator)	grep -q 'is not bound by its separator' ;;
		sibling-*)	grep -q 'its sibling do not point at each' ;;
		zero)		grep -q 'its proof: btree: .* is no page' ;;
		cut)		grep -q 'its proof: btree: .* leads out of' ;;
		esac <<<"$output"
		[ "$(current generation)" = "$before" ]
		cmp -s <(our_dump "1.$before") - <<<"$want"
		[ "$(current held)" != - ]
		replica_good 1
		grep -q 'WARNING - held: .*the database failed its proof' \
		    <<<"$output"
		# The second time nobody has written since: held all the same.
		run -65 snapshot -q
		heal_primary
		run -0 snapshot
		[ "$(current held)" = - ]
		[ "$(current generation)" = "$before" ]
		replica_good 0
	done
}

@test "primary: nothing is published of a first generation" {
	local how
	for how in separator sibling-next; do
		damage primary $how
		rm -rf "$REALM_DIR/first"
		sed "s|state_dir = .*|state_dir = $REALM_DIR/first|" \
		    "$REALM_DIR/primary/etc/kdcsync.conf" \
		    >"$BATS_TEST_TMPDIR/first.conf"
		run -65 snapshot -c "$BATS_TEST_TMPDIR/first.conf" \
		    -o "$BATS_TEST_TMPDIR/bundle"
		grep -q 'publication is held' <<<"$output"
		[ ! -e "$REALM_DIR/first/current" ]
		[ ! -e "$REALM_DIR/first/generations" ] ||
		    [ -z "$(ls "$REALM_DIR/first/generations")" ]
		[ ! -e "$BATS_TEST_TMPDIR/bundle" ]
		heal_primary
	done
	replica_good 0
}

@test "replica: verify names it, the gate refuses, --repair heals" {
	local how
	for how in $TREE key; do
		damage replica1 $how
		run -2 verify replica1
		echo "$output"
		grep -q '^kdcsync CRITICAL - content: ' <<<"$output"
		run -2 verify replica1 --gate -- \
		    touch "$BATS_TEST_TMPDIR/started"
		[ ! -e "$BATS_TEST_TMPDIR/started" ]
		grep -q 'the KDC is not started' <<<"$output"
		run -0 verify replica1 --repair
		replica_good 0
		run -0 verify replica1 --gate -- \
		    touch "$BATS_TEST_TMPDIR/started"
		rm "$BATS_TEST_TMPDIR/started"
	done
}

@test "replica: the next cycle heals it, a heartbeat that it is" {
	local how before
	before=$(current generation)
	for how in $TREE key; do
		damage replica1 $how
		run -2 verify replica1
		run -0 snapshot
		grep -q 'replica1: sealed .*, heartbeat,' <<<"$output"
		[ "$(current generation)" = "$before" ]
		replica_good 0
	done
}

@test "a file of policies that leads in circles" {
	damage primary sibling-loop principal.kadm5
	# kdb5_util dump has no end.
	[ "$(realm_on primary kdb5_util dump 2>/dev/null | head -c 1M |
	    wc -c)" = 1048576 ]
	run -65 snapshot
	grep -q 'publication is held: the database failed its proof' \
	    <<<"$output"
	heal_primary
	snapshot -q
	damage replica1 sibling-loop principal.kadm5
	run -2 verify replica1
	grep -q '^kdcsync CRITICAL - content: ' <<<"$output"
	snapshot -q
	replica_good 0
}

@test "a page that belongs to nothing: the message names the way out" {
	local live=$REALM_DIR/primary/db/principal
	tail -c 4096 "$live" >"$BATS_TEST_TMPDIR/page"
	cat "$BATS_TEST_TMPDIR/page" >>"$live"
	run -65 snapshot
	echo "$output"
	grep -q 'held: .*: btree: 1 pages are neither in the tree nor free (kdb5_util dump and load leave them behind)' \
	    <<<"$output"
	realm_on primary kdb5_util dump "$BATS_TEST_TMPDIR/dump"
	[ "$(grep -c ^princ "$BATS_TEST_TMPDIR/dump")" = 606 ]
	realm_on primary kdb5_util load "$BATS_TEST_TMPDIR/dump"
	run -0 snapshot
	[ "$(mit_dump primary)" = "$want" ]
	replica_good 0
}

@test "a hash database with a chain that leads in circles" {
	local before
	before=$(current generation)
	mit_dump primary >/dev/null
	realm_on primary kdb5_util load -hash "$BATS_TEST_TMPDIR/mit_dump"
	run -0 snapshot
	[ "$(current generation)" = "$before" ]
	damage primary hash-loop
	[ "$(realm_on primary kdb5_util dump 2>/dev/null | head -c 1M |
	    wc -c)" = 1048576 ]
	run -65 snapshot
	grep -q 'held: .*more records than the file has room for' <<<"$output"
	replica_good 1
}
