# Goal of this test: a disk that is full or failing, on either side, is named as
# what it is (exit status 74 or 73, never 65: the bundle is fine), never makes
# anything of what was proved worse, and the next run heals what it left undone.
# - Every number of free pages, from none to enough, in the replica's state
#   directory, beside its database, and in the primary's state directory: small
#   tmpfs, which need root.
# - Every single write, flush, rename ... of a kdc-apply fails with ENOSPC, and
#   every flush with EIO (tests/fault/faultat.c): never a wrong seal.
# DISK_STEP=3 takes every third of the latter.

setup_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	FAULTAT=$REALM_DIR/faultat
	export FAULTAT
	cc -O1 -o "$FAULTAT" tests/fault/faultat.c
	realm_make -d -n 2 "$REALM_DIR"
	admin_local 'addprinc -pw a alice' 'addpol p' >/dev/null
	snapshot -q
	cp -a "$REALM_DIR/primary" "$REALM_DIR/primary.pristine"
	admin_local 'cpw -pw b alice' 'addpol q' >/dev/null
	cp -a "$REALM_DIR/primary" "$REALM_DIR/primary.changed"
	snapshot -q --no-ship -o "$REALM_DIR/full"
	(cd "$REALM_DIR/primary/state/generations/1.2" &&
	    tar cf "$REALM_DIR/delta" manifest manifest.sig delta.*)
	for r in replica1 replica2; do
		cp -a "$REALM_DIR/$r" "$REALM_DIR/$r.pristine"
	done
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	realm_end
	rm -rf "$REALM_DIR"
}

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	fresh replica1 pristine
	live=$(live_files replica1)
	NEW=$(canonical primary)
}

teardown() {
	if mountpoint -q "$REALM_DIR/small"; then
		umount "$REALM_DIR/small"
	fi
}

fresh() {
	rm -rf "${REALM_DIR:?}/$1"
	cp -a "$REALM_DIR/$1.$2" "$REALM_DIR/$1"
}

# live_files HOST: what stays as it is when an apply fails before its swap.
live_files() {
	(cd "$REALM_DIR/$1" &&
	    sha256sum db/principal db/principal.kadm5 state/seal.tar)
}

# small DIRECTORY: it moves to a tmpfs of 1 MiB.
small() {
	[ "$(id -u)" = 0 ] || skip "only root can mount a small tmpfs"
	mkdir -p "$REALM_DIR/small"
	mount -t tmpfs -o size=1m,mode=700 kdcsync "$REALM_DIR/small" ||
	    skip "this host does not let us mount a tmpfs"
	cp -a "$1/." "$REALM_DIR/small/"
	rm -rf "$1"
	ln -s "$REALM_DIR/small" "$1"
}

# leave PAGES: fills the rest.
leave() {
	local free
	rm -f "$REALM_DIR/small/filler"
	free=$(df --output=avail -B4096 "$REALM_DIR/small" | tail -n 1)
	head -c $(((free - $1) * 4096)) /dev/zero >"$REALM_DIR/small/filler"
}

# full_disk COMMAND...: with ever more room until it succeeds.  After each
# failure `unharmed` is asked; the last room says how much it took.
full_disk() {
	local pages rc
	for ((pages = 0; pages < 60; pages++)); do
		leave $pages
		rc=0
		"$@" >"$REALM_DIR/said" 2>&1 || rc=$?
		echo "$pages pages: $rc $(tr '\n' '|' <"$REALM_DIR/said")"
		[ $rc != 0 ] || break
		[ $rc = 74 ] || [ $rc = 73 ]
		grep -q 'No space left\|disk full' "$REALM_DIR/said"
		# Which disk?
		grep -q "$REALM_DIR/" "$REALM_DIR/said"
		unharmed
	done
	[ $pages -gt 0 ] && [ $pages -lt 60 ]
	echo "# enough: $pages pages" >&3
}

# The replica serves what it served; or, when the disk was full after the swap,
# the new generation, whole, and the seal is still to come.  (3: verify itself
# had no room to look.)
unharmed() {
	local rc=0 what
	what=$(live_files replica1)
	if [ "$what" != "$live" ]; then
		[ "$(canonical replica1)" = "$NEW" ]
		[ "${what##*$'\n'}" = "${live##*$'\n'}" ]
		[ -e "$REALM_DIR/replica1/state/seal.next" ]
	fi
	verify replica1 -q || rc=$?
	[ $rc = 0 ] || [ $rc = 1 ] || [ $rc = 3 ]
}

healthy() {
	rm -f "$REALM_DIR/small/filler"
	[ "$(canonical replica1)" = "$NEW" ]
	[ "$(sealed replica1 dump-sha256)" = "$NEW" ]
	verify replica1 -q
}

@test "the replica's state directory is full" {
	sed -i "s,state_dir = .*,state_dir = $REALM_DIR/small," \
	    "$REALM_DIR/replica1/etc/kdcsync.conf"
	small "$REALM_DIR/replica1/state"
	full_disk realm_on replica1 kdc-apply -q "$REALM_DIR/full"
	healthy
}

@test "the same, for a session and a delta" {
	sed -i "s,state_dir = .*,state_dir = $REALM_DIR/small," \
	    "$REALM_DIR/replica1/etc/kdcsync.conf"
	small "$REALM_DIR/replica1/state"
	session() {
		realm_on replica1 kdc-apply -q <"$REALM_DIR/delta" \
		    >"$REALM_DIR/hello"
	}
	full_disk session
	healthy
}

@test "the disk of the replica's database is full" {
	small "$REALM_DIR/replica1/db"
	full_disk realm_on replica1 kdc-apply -q "$REALM_DIR/full"
	healthy
}

@test "the primary's state directory is full" {
	fresh primary changed
	small "$REALM_DIR/primary/state"
	sed -i "s,state_dir = .*,state_dir = $REALM_DIR/small," \
	    "$REALM_DIR/primary/etc/kdcsync.conf"
	tar xOf "$REALM_DIR/small/current" manifest manifest.sig \
	    >"$REALM_DIR/current.was"
	unharmed() {
		tar xOf "$REALM_DIR/small/current" manifest manifest.sig |
		    cmp - "$REALM_DIR/current.was"
		[ "$(sha256sum <"$REALM_DIR/small/generations/1.1/dump" |
		    cut -d' ' -f1)" = "$(current dump-sha256)" ]
	}
	full_disk realm_on primary kdc-snapshot -q --no-ship
	rm -f "$REALM_DIR/small/filler"
	snapshot -q
	healthy
	[ "$(current generation)" = 2 ]
}

# fails HOST ERRNO N...: these calls of an apply of BUNDLE that change the disk
# fail.
fails() {
	local host=$1 n rc call
	for n in "${@:3}"; do
		fresh "$host" pristine
		rc=0
		realm_on "$host" "$FAULTAT" -n "$n" -e "$2" \
		    -c "$REALM_DIR/$host.call" "$REALM_DIR" \
		    kdc-apply -q "$REALM_DIR/$BUNDLE" >"$REALM_DIR/$host.said" \
		    2>&1 || rc=$?
		call=$(cut -d' ' -f2- "$REALM_DIR/$host.call")
		echo "$n: $rc $call: $(tr '\n' '|' <"$REALM_DIR/$host.said")"
		if [ $rc != 0 ]; then
			[ $rc = 74 ] || [ $rc = 73 ]
			truth "$host"
			realm_on "$host" kdc-apply -q "$REALM_DIR/$BUNDLE"
			verify "$host" -q
		fi
		[ "$(canonical "$host")" = "$NEW" ]
		[ "$(sealed "$host" dump-sha256)" = "$NEW" ]
	done
}

# What verify lets pass is the old data or the new.
truth() {
	local rc=0
	verify "$1" -q >/dev/null || rc=$?
	[ $rc -ge 2 ] || [ "$(live_files "$1")" = "$live" ] ||
	    [ "$(canonical "$1")" = "$NEW" ]
}

# fails_everywhere ERRNO PATTERN: each call whose name and file match, half of
# them on each replica.
fails_everywhere() {
	local one two rc=0 points
	"$FAULTAT" "$REALM_DIR" true ||
	    skip "this host does not let one process trace another"
	at_rest replica1
	realm_on replica1 "$FAULTAT" -c "$REALM_DIR/calls" "$REALM_DIR" \
	    kdc-apply -q "$REALM_DIR/$BUNDLE"
	points=$(grep -E "$2" "$REALM_DIR/calls" | cut -d' ' -f1 |
	    sed -n "1~${DISK_STEP:-1}p")
	[ -n "$points" ] ||
	    skip "only root may see which files a process has open"
	# shellcheck disable=SC2046 # numbers
	fails replica1 "$1" $(sed -n '1~2p' <<<"$points") \
	    >"$REALM_DIR/log1" 2>&1 3>&- &
	one=$!
	# shellcheck disable=SC2046
	fails replica2 "$1" $(sed -n '2~2p' <<<"$points") \
	    >"$REALM_DIR/log2" 2>&1 3>&- &
	two=$!
	wait $one || rc=1
	wait $two || rc=1
	cat "$REALM_DIR/log1" "$REALM_DIR/log2"
	echo "# $1: $(grep -hc '^[0-9]*: 0' "$REALM_DIR/log1" "$REALM_DIR/log2" |
	    awk '{ n += $1 } END { print n }') done all the same, of $(wc -l <<<"$points")" >&3
	grep -q '^[0-9]*: 74' "$REALM_DIR/log1"
	return $rc
}

@test "each change of the disk fails with ENOSPC" {
	BUNDLE=full
	fails_everywhere ENOSPC .
}

@test "the same of a delta that is followed record by record" {
	BUNDLE=delta
	fails_everywhere ENOSPC .
	fails_everywhere EIO '^[0-9]+ fsync'
}

@test "each flush fails with EIO" {
	BUNDLE=full
	fails_everywhere EIO '^[0-9]+ fsync'
	# Unheard may be those of clearing up, and libdb2's own, because ours
	# come twice behind them, before and under the locks.
	not grep -hE '^[0-9]+: 0 fsync [^ ]*/(state|db)(/\.[^ /]*)?: ' \
	    "$REALM_DIR/log1" "$REALM_DIR/log2"
	[ "$(cat "$REALM_DIR/log1" "$REALM_DIR/log2" |
	    grep -cE '^[0-9]+: 74 fsync .*/shadow/principal')" -ge 4 ]
}
