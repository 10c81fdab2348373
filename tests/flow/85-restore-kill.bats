# Goal of this test: kdc-restore may be killed, all its processes at once as by a
# power cut that loses nothing that was written, before any system call that
# changes the disk; or the disk may be full from one on.  Going back on a primary,
# an archive on an empty host, and promotion.  After each
# - each of the two database files is whole, the old or the new one; no KDC is let
#   start on a mixture of them;
# - the host is what it was, or in the middle of a restore, or a primary; what was
#   there before is kept, if it is not there any more;
# - a disk that was full has changed nothing, or it can be told that it did;
# - the very same command ends well, leaves nothing behind, and the next
#   kdc-snapshot ships to a replica that follows.
# Not every point; KILL_STEP=1 takes all.

setup_file() {
	. "$BATS_TEST_DIRNAME/restore.bash"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	FAULTAT=$REALM_DIR/faultat
	export FAULTAT
	cc -O1 -o "$FAULTAT" tests/fault/faultat.c
	"$FAULTAT" "$REALM_DIR" true || return 0
	realm_make -d -n 3 "$REALM_DIR"
	sed -i '/replica3 = {/,/^\t}/d' "$REALM_DIR/primary/etc/kdcsync.conf"
	rm "$REALM_DIR/replica3/stash"
	primary_of replica1 replica2
	primary_of replica3 replica2
	operator_make primary replica1 replica2 replica3
	for host in primary replica1 replica3; do
		config_set $host grant "$REALM_DIR/$host/etc/grant"
	done
	age-keygen -o "$REALM_DIR/age.key" 2>/dev/null
	admin_local 'addpol -minlength 2 p' 'addprinc -pw one alice' \
	    'addprinc -pw bob bob' >/dev/null
	# Without one there, as it ships.
	config_set primary grant
	snapshot -q
	look primary
	mv "$REALM_DIR/primary.parts" "$REALM_DIR/one"
	# Both files change.
	admin_local 'modpol -minlength 3 p' 'addpol q' 'cpw -pw two alice' \
	    'delprinc -force bob' >/dev/null
	snapshot -q
	look primary
	mv "$REALM_DIR/primary.parts" "$REALM_DIR/two"
	realm_on primary kdc-archive write -q --stash --recipient \
	    "$(age-keygen -y "$REALM_DIR/age.key")" "$REALM_DIR/archive"
	# Somebody wrote on the replica: its promotion changes the database.
	realm_on replica1 kadmin.local -q 'cpw -pw wrong alice' >/dev/null 2>&1
	realm_on replica1 kadmin.local -q 'delpol -force q' >/dev/null 2>&1
	look replica1
	mv "$REALM_DIR/replica1.parts" "$REALM_DIR/wrong"
	look replica3 || :
	mv "$REALM_DIR/replica3.parts" "$REALM_DIR/none"
	config_set primary grant "$REALM_DIR/primary/etc/grant"
	for host in primary replica1 replica2 replica3; do
		cp -a "$REALM_DIR/$host" "$REALM_DIR/$host.start"
	done
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	realm_end
	rm -rf "$REALM_DIR"
}

setup() {
	. "$BATS_TEST_DIRNAME/restore.bash"
	"$FAULTAT" "$REALM_DIR" true ||
	    skip "this host does not let one process trace another"
	for host in primary replica1 replica2 replica3; do
		fresh $host start
	done
}

# old_kept HOST OLD: what was there is there, or kept.
old_kept() {
	local dir n=0
	[ "$2" != none ] || return 0
	for dir in "$REALM_DIR/$1"/state/before-*; do
		[ -d "$dir" ] || continue
		n=$((n + 1))
		rm -rf "$REALM_DIR/old_kept"
		mkdir -p "$REALM_DIR/old_kept"
		cp -a "$dir" "$REALM_DIR/old_kept/db"
		cp "$REALM_DIR/$1/env" "$REALM_DIR/$1/krb5.conf" \
		    "$REALM_DIR/$1/kdc.conf" "$REALM_DIR/old_kept/"
		look old_kept
		cmp -s "$REALM_DIR/old_kept.parts" "$REALM_DIR/$2" ||
		    wrong "$dir is not what was there"
	done
	[ $n -le 1 ] || wrong "kept $n times"
	[ $n = 1 ] || [ "$3" = "old old" ] || wrong "not kept"
}

# left HOST: what should have gone.
left() {
	local files
	# Small temporary files go when they are a day old.
	files=$(find "$REALM_DIR/$1/state" -maxdepth 1 -name '.?*' -size -4)
	# shellcheck disable=SC2086 # names without blanks
	[ -z "$files" ] || touch -d '2 days ago' $files
	realm_on "$1" kdc-snapshot -q --no-ship
	files=$(cd "$REALM_DIR/$1" && find . \( -name '.?*' \
	    -o -path './db/principal.kdcsync/*' -o -path './state/seal.*' \
	    -o -path './state/dump.*' \) \
	    ! -path './db/principal.kdcsync/snapshot*' -print)
	[ -z "$files" ] || wrong "left behind: $files"
}

# health HOST N OLD ARG...: truth, then health.
health() {
	local host=$1 n=$2 old=$3 what role gate=0 rc=0
	what=$(content "$host" "$REALM_DIR/$old" || :)
	role=$(role "$host")
	[ -d "$REALM_DIR/$host/state" ] &&
	    realm_on "$host" kdc-verify -q --gate -- true \
		>"$REALM_DIR/$host.gate" 2>&1 || gate=$?
	echo "$n: $what, role '$role', gate $gate," \
	    "$(cut -d' ' -f2- "$REALM_DIR/$host.call")"
	case $what in
	*"?"*)	wrong "a file is neither old nor new" ;;
	"old old" | "new new") ;;
	*)	[ $gate != 0 ] || wrong "the gate passed a mixture" ;;
	esac
	case $role in
	"" | primary | replica) ;;
	restore\ *) [ $gate != 0 ] || wrong "the gate passed a restore" ;;
	*)	wrong "what is it?" ;;
	esac
	old_kept "$host" "$old" "$what"
	realm_on "$host" kdc-restore -q "${@:4}" >"$REALM_DIR/said" 2>&1 ||
	    rc=$?
	[ $rc = 0 ] || wrong "again: exit status $rc: $(cat "$REALM_DIR/said")"
	[ "$(content "$host" "$REALM_DIR/$old")" = "new new" ] ||
	    wrong "not what was to be restored"
	[ "$(role "$host")" = primary ] || wrong "it is no primary"
	[ "$(epoch_of "$host")" = 2 ] || wrong "not in epoch 2"
	old_kept "$host" "$old" "new new"
	cmp -s "$REALM_DIR/grant" "$REALM_DIR/$host/etc/grant" ||
	    wrong "the grant was not installed"
	left "$host"
	fresh replica2 start
	realm_on "$host" kdc-snapshot -q -t replica2 || wrong "kdc-snapshot: $?"
	verify replica2 -q || wrong "the replica is not good"
	[ "$(sealed replica2 epoch)" = 2 ] || wrong "the replica did not follow"
}

# faults HOST POINTS OLD NEW ARG...: faults at about so many points, and a full
# disk at as many.
faults() {
	local host=$1 old=$3 n last step rc was fault role done dump killed=0
	cp "$REALM_DIR/$4" "$REALM_DIR/new"
	set -- "$1" "$2" "${@:5}"
	grant "$host" "${@:3}"
	set -- "$1" "$2" --grant "$REALM_DIR/grant" "${@:3}"
	was=$(everything "$host")
	at_rest "$host"
	realm_on "$host" "$FAULTAT" -c "$REALM_DIR/count" "$REALM_DIR" \
	    kdc-restore -q "${@:3}"
	last=$(wc -l <"$REALM_DIR/count")
	step=${KILL_STEP:-$((last / $2 + 1))}
	# And where the role has its name, and is not flushed.
	role=$(grep -n -m 1 'rename role$' "$REALM_DIR/count" | cut -d: -f1)
	# And where the swap is known to be done: behind it there is no way back.
	done=$(grep -n 'seal\.next$' "$REALM_DIR/count" | tail -n 1 | cut -d: -f1)
	# And the very last dump of its life as a replica, which holds all keys.
	dump=$(grep -n 'unlink .*/state/dump\.' "$REALM_DIR/count" | tail -n 1 |
	    cut -d: -f1)
	[ -n "$dump" ]
	grep -q unlink <(sed -n "${done}p" "$REALM_DIR/count")
	for fault in "" "-e ENOSPC"; do
		for n in $(seq 1 "$step" "$last") $((role + 1)) \
		    $((done + 1)) ${fault:+$dump}; do
			fresh "$host" start
			rc=0
			# shellcheck disable=SC2086 # words
			realm_on "$host" "$FAULTAT" $fault -n $n \
			    -c "$REALM_DIR/$host.call" "$REALM_DIR" \
			    kdc-restore -q "${@:3}" >"$REALM_DIR/said" 2>&1 ||
			    rc=$?
			# A run may take fewer calls than the one that was counted.
			[ -n "$fault" ] || [ $rc = 137 ] ||
			    [ "$(cut -d' ' -f1 "$REALM_DIR/$host.call")" -lt "$n" ] ||
			    wrong "$n: not killed"
			[ $rc != 137 ] || killed=$((killed + 1))
			if [ -n "$fault" ] && [ $rc != 0 ]; then
				cat "$REALM_DIR/said"
				case $(role "$host") in
				restore*) grep -q "run it again" \
				    "$REALM_DIR/said" || wrong "no advice" ;;
				# At the last flush it was all done.
				*) [ "$(everything "$host")" = "$was" ] ||
				    [ "$(role "$host") $(epoch_of "$host")" = \
					"primary 2" ] || wrong "changed" ;;
				esac
			fi
			health "$host" "$n" "$old" "${@:3}"
		done
	done
	[ $((killed * step)) -ge $((last / 2)) ]
	echo "# $last points, step $step, killed $killed times" >&3
}

@test "a primary that goes back" {
	faults primary 5 two one --generation 1.1
}

@test "an archive on an empty host" {
	faults replica3 5 none two --archive "$REALM_DIR/archive" \
	    --identity "$REALM_DIR/age.key"
}

@test "a replica that is promoted" {
	faults replica1 5 wrong two --promote
}

@test "cut short, and then another generation is wanted" {
	local n last
	cp "$REALM_DIR/two" "$REALM_DIR/new"
	grant primary --generation 1.1
	realm_on primary "$FAULTAT" -c "$REALM_DIR/count" "$REALM_DIR" \
	    kdc-restore -q --grant "$REALM_DIR/grant" --generation 1.1
	last=$(wc -l <"$REALM_DIR/count")
	# Before the swap, behind it, when the epoch has begun.
	for n in $((last / 3)) \
	    $(($(grep -n 'seal\.next$' "$REALM_DIR/count" | tail -n 1 |
		cut -d: -f1) + 1)) $((last - 6)); do
		fresh primary start
		fresh replica2 start
		realm_on primary "$FAULTAT" -n "$n" "$REALM_DIR" \
		    kdc-restore -q --grant "$REALM_DIR/grant" \
		    --generation 1.1 || :
		echo "$n: $(role primary)"
		[[ $(role primary) == restore* ]]
		not snapshot -q
		restore primary -q --generation 1.2
		[ "$(content primary "$REALM_DIR/one")" = "new new" ]
		[ "$(epoch_of primary) $(role primary)" = "2 primary" ]
		old_kept primary two "new new"
		left primary
		realm_on primary kdc-snapshot -q -t replica2
		verify replica2 -q
	done
}
