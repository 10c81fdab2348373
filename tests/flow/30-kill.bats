# Goal of this test: kdc-apply and kdc-snapshot may be killed, all their
# processes at once as by a power cut that loses nothing that was written, before
# any system call that changes the disk.  After each kill
# - each of the replica's two database files is whole, of the old generation or
#   of the new one, as MIT's kdb5_util reads it;
# - kdc-verify says good or warning, and lets a KDC start, only on what the seal,
#   or the pending one, says;
# - kdc-verify --repair makes it good, and so does the next cycle, after which
#   the replica equals the primary and nothing is left behind;
# - what the primary has published is whole, and the next kdc-snapshot works.
# tests/fault/faultat.c counts and kills.  KILL_STEP=3 takes every third point.

setup_file() {
	. "$BATS_TEST_DIRNAME/kill.bash"
	kill_dir || return 0
	realm_make -d -n 2 "$REALM_DIR"
	admin_local 'addpol -minlength 2 p' 'addprinc -pw alice alice' \
	    'addprinc -pw bob bob' >/dev/null
	snapshot -q
	look replica1
	mv "$REALM_DIR/replica1.parts" "$REALM_DIR/old"
	# The new generation: both files change.
	admin_local 'modpol -minlength 3 p' 'addpol q' 'delprinc -force alice' \
	    'cpw -pw other bob' 'addprinc -pw carol carol' >/dev/null
	cp -a "$REALM_DIR/primary" "$REALM_DIR/primary.changed"
	snapshot -q --no-ship -o "$REALM_DIR/full"
	(cd "$REALM_DIR/primary/state/generations/1.2" &&
	    tar cf "$REALM_DIR/delta" manifest manifest.sig delta.*)
	look primary
	mv "$REALM_DIR/primary.parts" "$REALM_DIR/new"
	not cmp -s "$REALM_DIR/old" "$REALM_DIR/new"
	for r in replica1 replica2; do
		cp -a "$REALM_DIR/$r" "$REALM_DIR/$r.pristine"
		cp -a "$REALM_DIR/$r" "$REALM_DIR/$r.kept"
		keep_last "$REALM_DIR/$r.kept/db"
		realm_on $r kdc-apply -q "$REALM_DIR/full"
		# What somebody wrote here, for the heartbeat to undo.
		realm_on $r kadmin.local -q 'cpw -pw wrong bob' \
		    >/dev/null 2>&1
		realm_on $r kadmin.local -q 'delpol q' >/dev/null 2>&1
		cp -a "$REALM_DIR/$r" "$REALM_DIR/$r.altered"
		look $r
		mv "$REALM_DIR/$r.parts" "$REALM_DIR/$r.was"
		not cmp -s "$REALM_DIR/$r.was" "$REALM_DIR/new"
	done
	(cd "$REALM_DIR/primary/state" && tar xf current -C "$REALM_DIR" &&
	    cd "$REALM_DIR" && tar cf heartbeat manifest manifest.sig)
}

# keep_last DB: as if a swap had replaced something else before.
keep_last() {
	mkdir -p -m 700 "$1/principal.kdcsync/last"
	cp "$1"/principal{,.ok,.kadm5,.kadm5.lock} "$1/principal.kdcsync/last"
	dd if=/dev/urandom of="$1/principal.kdcsync/last/principal" bs=4096 \
	    count=1 seek=1 conv=notrunc status=none
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	realm_end
	rm -rf "$REALM_DIR"
}

setup() {
	. "$BATS_TEST_DIRNAME/kill.bash"
	kill_or_skip
}

@test "kdc-apply of a full bundle, killed everywhere" {
	NEW="new new"
	both 1 "$(count pristine "$REALM_DIR/full")" pristine "$REALM_DIR/full"
}

@test "kdc-apply of a delta, record by record, killed everywhere" {
	NEW="new new"
	both 1 "$(count pristine "$REALM_DIR/delta")" pristine "$REALM_DIR/delta"
}

@test "the same, on top of what the last swap replaced" {
	NEW="new new"
	both 1 "$(count kept "$REALM_DIR/delta")" kept "$REALM_DIR/delta"
}

@test "only one process killed: the others clean up, or leave it to the next" {
	NEW="new new"
	both 5 "$(count pristine "$REALM_DIR/full")" pristine \
	    "$REALM_DIR/full" -o
	both 5 "$(count pristine "$REALM_DIR/delta")" pristine \
	    "$REALM_DIR/delta" -o
}

@test "a heartbeat that undoes what somebody wrote on the replica, killed" {
	NEW="new new"
	both 5 "$(count altered "$REALM_DIR/heartbeat")" altered \
	    "$REALM_DIR/heartbeat"
}

@test "kdc-snapshot taking a new generation, killed everywhere" {
	local n last rc id left
	fresh primary changed
	at_rest primary
	realm_on primary "$FAULTAT" -c "$REALM_DIR/count" "$REALM_DIR" \
	    kdc-snapshot -q --no-ship
	last=$(wc -l <"$REALM_DIR/count")
	look primary
	for ((n = 1; n <= last; n += ${KILL_STEP:-1})); do
		fresh primary changed
		rc=0
		realm_on primary "$FAULTAT" -n $n -c "$REALM_DIR/primary.call" \
		    "$REALM_DIR" kdc-snapshot -q --no-ship || rc=$?
		id=$(published)
		echo "$n: $id, exit $rc, $(cut -d' ' -f2- \
		    "$REALM_DIR/primary.call")"
		[ $rc = 137 ] || wrong "$n of $last: not killed"
		[ "$id" = 1.1 ] || [ "$id" = 1.2 ]
		if [ $((n % 4)) = 1 ]; then
			fresh replica1 pristine
			realm_on primary kdc-snapshot -q -t replica1
			verify replica1 -q
			[ "$(canonical replica1)" = "$(<"$REALM_DIR/primary.digest")" ]
		else
			realm_on primary kdc-snapshot -q --no-ship
		fi
		[ "$(published)" = 1.2 ]
		cmp "$REALM_DIR/current/sha256" "$REALM_DIR/primary.digest"
		left=$(find "$REALM_DIR/primary/state" -maxdepth 1 \
		    \( -name '.proof.*' -o -name '.copy.*' \))
		# shellcheck disable=SC2086 # names without blanks
		if [ -n "$left" ]; then
			touch -d '2 days ago' $left
			realm_on primary kdc-snapshot -q --no-ship
		fi
		left=$(cd "$REALM_DIR/primary" && find db state \( -name '.?*' \
		    -o -path 'db/principal.kdcsync/*' \) \
		    ! -path 'db/principal.kdcsync/snapshot*' -print)
		[ -z "$left" ] || wrong "left behind: $left"
	done
	echo "# $last points" >&3
}
