# Goal of this test: kdc-restore --demote may be killed, all its processes at once
# as by a power cut that loses nothing that was written, before any system call
# that changes the disk; or that one may fail as on a full disk.  After each
# - the host is a superseded primary, which ships nothing and starts nothing, or
#   a replica that nothing was sealed on, which takes nothing of its old epoch;
# - the very same command ends well, and lists the same;
# - all that the primary had is kept in one directory, and nothing else is left;
# - the next ship of the new primary makes it good.
# Not every point; KILL_STEP=1 takes all.

setup_file() {
	. "$BATS_TEST_DIRNAME/restore.bash"
	kill_dir || return 0
	realm_make -d -n 1 "$REALM_DIR"
	operator_make primary replica1
	primary_of replica1 primary
	config_set replica1 grant "$REALM_DIR/replica1/etc/grant"
	admin_local 'addpol -minlength 2 p' 'addprinc -pw one alice' \
	    'addprinc -pw bob bob' >/dev/null
	snapshot -q
	snapshot -q --no-ship -o "$REALM_DIR/bundle"
	admin_local 'cpw -pw two alice' 'addpol q' >/dev/null
	snapshot -q --no-ship
	admin_local 'delprinc -force bob' >/dev/null
	grant replica1 --promote
	restore replica1 --promote -q
	snapshot -q || [ $? = 65 ]
	[ -e "$REALM_DIR/primary/state/superseded.seal" ]
	# One of the epoch that is over, to be kept.
	sed 's/^epoch: 2/epoch: 1/' "$REALM_DIR/grant" \
	    >"$REALM_DIR/primary/etc/grant"
	cp "$REALM_DIR/grant.sig" "$REALM_DIR/primary/etc/"
	config_set primary grant "$REALM_DIR/primary/etc/grant"
	cp -a "$REALM_DIR/primary" "$REALM_DIR/primary.start"
	realm_on primary kdc-restore --demote --dry-run >"$REALM_DIR/list"
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	realm_end
	rm -rf "$REALM_DIR"
}

setup() {
	. "$BATS_TEST_DIRNAME/restore.bash"
	kill_or_skip
	P=$REALM_DIR/primary
	START=$REALM_DIR/primary.start
	fresh primary start
}

# in_between: what a host that was cut short is.
in_between() {
	local rc=0
	case $(<"$P/state/role") in
	primary)
		realm_on primary kdc-snapshot -q >"$REALM_DIR/said" 2>&1 || rc=$?
		[ $rc = 65 ] && grep -q 'superseded or restored' \
		    "$REALM_DIR/said" || wrong "kdc-snapshot: $rc"
		# At work only until it was told.
		[ -e "$P/state/superseded" ] || wrong "superseded is gone" ;;
	replica)
		realm_on primary kdc-apply -q "$REALM_DIR/bundle" \
		    >"$REALM_DIR/said" 2>&1 || rc=$?
		[ $rc = 65 ] && grep -q 'of epoch 1, this replica is in epoch 2' \
		    "$REALM_DIR/said" || wrong "kdc-apply: $rc" ;;
	*)	wrong "role: $(<"$P/state/role")" ;;
	esac
	! realm_on primary kdc-verify -q --gate -- true >/dev/null 2>&1 ||
	    wrong "a KDC was started"
}

# kept: everything that the primary had is in one directory, the last.
kept() {
	local dir f
	dir=$(ls -d "$P"/state/before-*Z | tail -1)
	for f in alone principal principal.kadm5 current superseded \
	    superseded.seal proof grant grant.sig generations/1.1/manifest \
	    generations/1.3/dump replicas/replica1; do
		[ -e "$dir/$f" ] || wrong "$f is not kept"
	done
	cmp -s "$dir/principal" "$START/db/principal" ||
	    wrong "the database is not kept"
	cmp -s "$dir/current" "$START/state/current" || wrong "current"
	diff -r "$dir/generations" "$START/state/generations" ||
	    wrong "generations"
	[ "$(cat "$dir/grant" "$dir/grant.sig" | sha256sum)" = \
	    "$(cat "$START/etc/grant" "$START/etc/grant.sig" | sha256sum)" ] ||
	    wrong "grant"
	cmp "$dir/alone" "$REALM_DIR/list" || wrong "the list"
	[ ! -e "$P/etc/grant" ] || wrong "the grant is still there"
}

# no_rest: nothing half done is left.
no_rest() {
	local left
	[ "$(echo "$P"/state/before-* | wc -w)" = 1 ] ||
	    wrong "left behind: $(ls "$P/state")"
	left=$(cd "$P" && find state db \( -name demoting -o -name '.before*' -o \
	    -name superseded -o -name superseded.seal -o -name current -o \
	    -path state/generations -o -path 'db/principal.kdcsync/*' \) \
	    ! -path '*/before-*Z/*' -print)
	[ -z "$left" ] || wrong "left behind: $left"
}

# healed N: truth, then health.
healed() {
	in_between
	realm_on primary kdc-restore --demote >"$REALM_DIR/said" 2>&1 || {
		cat "$REALM_DIR/said"
		wrong "the same again: $?"
	}
	# The list, unless there was nothing left to do.
	grep -q 'is a replica already' "$REALM_DIR/said" ||
	    cmp "$REALM_DIR/list" <(head -"$(wc -l <"$REALM_DIR/list")" \
	    "$REALM_DIR/said") || wrong "another list"
	[ "$(role primary)" = replica ] || wrong "not a replica"
	kept
	no_rest
	in_between
	[ $(($1 % 4)) = 0 ] || return 0
	realm_on replica1 kdc-snapshot -q || wrong "kdc-snapshot: $?"
	verify primary -q || wrong "not good"
	[ "$(canonical primary)" = "$(canonical replica1)" ] ||
	    wrong "not the new primary's"
}

points() {
	fresh primary start
	at_rest primary
	realm_on primary "$FAULTAT" -c "$REALM_DIR/count" "$REALM_DIR" \
	    kdc-restore -q --demote >/dev/null
	wc -l <"$REALM_DIR/count"
}

# each STEP OPTION...
each() {
	local n rc last step=$(($1 > ${KILL_STEP:-$1} ? KILL_STEP : $1))
	last=$(points)
	for ((n = 1; n <= last; n += step)); do
		fresh primary start
		rc=0
		realm_on primary "$FAULTAT" -n $n -c "$REALM_DIR/call" "${@:2}" \
		    "$REALM_DIR" kdc-restore --demote >"$REALM_DIR/said" 2>&1 ||
		    rc=$?
		echo "$n: $(role primary), exit $rc," \
		    "$(cut -d' ' -f2- "$REALM_DIR/call")"
		[ $# -gt 1 ] || [ $rc = 137 ] || wrong "$n of $last: not killed"
		healed $n
	done
	echo "# $last points" >&3
}

@test "without a fault" {
	realm_on primary kdc-restore --demote >/dev/null
	kept
	no_rest
	healed 4
}

@test "killed" {
	each 5
}

@test "only one process killed" {
	each 9 -o
}

@test "the disk is full" {
	each 6 -e ENOSPC
}
