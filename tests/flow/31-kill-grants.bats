# Goal of this test: as 30-kill.bats, kills before each system call that changes
# the disk, of what is done less often than a new generation:
# - a chain of three deltas;
# - a key that is changed by a grant, on a replica and on the primary: whoever was
#   killed has the old key in force or the new one, and once the new one was
#   sealed the old one signs no more;
# - a new epoch, on both;
# - a ship: the ledger is the one before, or the one after.
# Of the longer ones not every point; KILL_STEP=1 for all.

setup_file() {
	. "$BATS_TEST_DIRNAME/kill.bash"
	kill_dir || return 0
	local i
	realm_make -d -n 2 "$REALM_DIR"
	mkdir "$REALM_DIR/keys"
	for key in operator a b c; do
		ssh-keygen -q -t ed25519 -N '' -f "$REALM_DIR/keys/$key"
	done
	cp "$REALM_DIR/primary/etc/signing_key" "$REALM_DIR/keys/a"
	cp "$REALM_DIR/primary/etc/signing_key.pub" "$REALM_DIR/keys/a.pub"
	for host in primary replica1 replica2; do
		echo "operator@EXAMPLE.TEST namespaces=\"kdcsync-epoch\"" \
		    "$(<"$REALM_DIR/keys/operator.pub")" \
		    >>"$REALM_DIR/$host/etc/allowed_signers"
	done
	admin_local 'addpol -minlength 2 p' 'addprinc -pw alice alice' \
	    'addprinc -pw bob bob' >/dev/null
	# Three deltas are to be smaller than the whole.
	for i in {1..60}; do
		echo "addprinc -pw a user$i"
	done | realm_on primary kadmin.local >/dev/null 2>&1
	snapshot -q
	state old replica1
	for r in replica1 replica2; do
		cp -a "$REALM_DIR/$r" "$REALM_DIR/$r.behind"
	done
	for i in 1 2 3; do
		admin_local "modpol -minlength 1$i p" "addprinc -pw c carol$i" \
		    "cpw -pw other$i bob" >/dev/null
		snapshot -q --no-ship
	done
	cp -a "$REALM_DIR/primary" "$REALM_DIR/primary.plain"
	snapshot -q
	for r in replica1 replica2; do
		cp -a "$REALM_DIR/$r" "$REALM_DIR/$r.plain"
	done
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	realm_end
	rm -rf "$REALM_DIR"
}

setup() {
	. "$BATS_TEST_DIRNAME/kill.bash"
	kill_or_skip
	NEW="new new"
	fresh primary plain
}

# state NAME HOST: what a host has now is what is called so.
state() {
	look "$2"
	mv "$REALM_DIR/$2.parts" "$REALM_DIR/$1"
}

# grant_to KEY [--new-epoch]: the primary signs with it from its next run on.
grant_to() {
	local etc=$REALM_DIR/primary/etc
	cp "$REALM_DIR/keys/$1" "$etc/signing_key"
	cp "$REALM_DIR/keys/$1.pub" "$etc/signing_key.pub"
	rm -f "$etc"/grant*
	snapshot -q --print-grant "$etc/signing_key.pub" "${@:2}" \
	    >"$REALM_DIR/grant"
	mv "$REALM_DIR/grant" "$etc/grant"
	ssh-keygen -q -Y sign -n kdcsync-epoch \
	    -f "$REALM_DIR/keys/operator" "$etc/grant" 2>/dev/null
	config_set primary grant "$etc/grant"
}

# pack OUT [DELTA...]: a bundle of the primary's current, with these.
pack() {
	local dir
	dir=$(mktemp -d "$REALM_DIR/tmp.XXXXXX")
	tar xmf "$REALM_DIR/primary/state/current" -C "$dir"
	[ $# = 1 ] || cp "${@:2}" "$dir/"
	(cd "$dir" && tar cf "$1" manifest manifest.sig \
	    $([ ! -e grant ] || echo grant grant.sig) \
	    $(for f in "${@:2}"; do basename "$f"; done))
	rm -rf "$dir"
}

# made_current OUT...: what the replicas are to become, and the bundles of it.
made_current() {
	state new primary
	pack "$REALM_DIR/heartbeat"
	pack "$REALM_DIR/bundle" "$@"
}

step() {
	KILL_STEP=${KILL_STEP:-$1}
}

@test "kdc-apply of a chain of three deltas, killed" {
	made_current \
	    "$REALM_DIR"/primary/state/generations/1.{2,3,4}/delta.*
	local n
	n=$(count behind "$REALM_DIR/bundle")
	[ "$(sealed replica1 generation)" = 4 ]
	step 6
	both 1 "$n" behind "$REALM_DIR/bundle"
}

# What was sealed under the grant takes nothing from the key before it.
also_key() {
	[ "$(tar xOf "$REALM_DIR/$1/state/seal.tar" grant | sed -n 's/^key: //p')" = \
	    "$(ssh-keygen -l -f "$REALM_DIR/primary/etc/signing_key.pub" |
		cut -d' ' -f2)" ] || wrong "sealed under another grant"
	if realm_on "$1" kdc-apply -q "$REALM_DIR/heartbeat.a" 2>/dev/null; then
		wrong "the key before signs on"
	fi
}

# old_key: heartbeat.a, newer than all, of the key that was replaced.
old_key() {
	manifest_now | sed "s/^as-of: .*/as-of: $(utc '+4 min')/" \
	    >"$REALM_DIR/manifest.a"
	KEY=$REALM_DIR/keys/a forge "$REALM_DIR/heartbeat.a" \
	    "$REALM_DIR/manifest.a"
}

@test "kdc-apply of a heartbeat under another key's grant, killed" {
	grant_to b
	snapshot -q --no-ship
	cp "$REALM_DIR/old" "$REALM_DIR/old.was"
	made_current
	cp "$REALM_DIR/new" "$REALM_DIR/old"
	old_key
	also() { also_key "$1"; }
	fresh replica1 plain
	# Before the grant the old key is good: the tests below can fail.
	realm_on replica1 kdc-apply -q "$REALM_DIR/heartbeat.a"
	step 2
	both 1 "$(count plain "$REALM_DIR/bundle")" plain "$REALM_DIR/bundle"
	mv "$REALM_DIR/old.was" "$REALM_DIR/old"
}

@test "kdc-apply of a new epoch's first generation, killed" {
	fresh replica1 plain
	state old replica1
	grant_to c --new-epoch
	admin_local 'delprinc -force alice' 'delpol p' 'addpol q' >/dev/null
	snapshot -q --no-ship
	[ "$(current epoch).$(current generation)" = 2.1 ]
	made_current "$REALM_DIR"/primary/state/generations/2.1/delta.*
	old_key
	also() { also_key "$1"; }
	step 5
	both 1 "$(count plain "$REALM_DIR/bundle")" plain "$REALM_DIR/bundle"
}

# signed_by KEY: is current what it should be: signed, with a grant that names
# who signed it, if any; its generation's dump whole?  Which.
signed_by() {
	local dir=$REALM_DIR/current id key
	rm -rf "$dir"
	mkdir "$dir"
	tar xmf "$REALM_DIR/primary/state/current" -C "$dir"
	key=$(ssh-keygen -E sha256 -Y check-novalidate -n kdcsync \
	    -s "$dir/manifest.sig" <"$dir/manifest" | sed 's/.* key //') ||
	    wrong "current is not signed"
	if [ -e "$dir/grant" ]; then
		ssh-keygen -q -Y verify -n kdcsync-epoch \
		    -f "$REALM_DIR/primary/etc/allowed_signers" \
		    -I operator@EXAMPLE.TEST -s "$dir/grant.sig" <"$dir/grant" \
		    >/dev/null || wrong "its grant is not signed"
		grep -qx "key: $key" "$dir/grant" || wrong "another key's grant"
	else
		[ "$key" = "$(ssh-keygen -l -f "$REALM_DIR/keys/a.pub" |
		    cut -d' ' -f2)" ] || wrong "a new key without a grant"
	fi
	id=$(current epoch).$(current generation)
	[ "$(sha256sum <"$REALM_DIR/primary/state/generations/$id/dump" |
	    cut -d' ' -f1)" = "$(current dump-sha256)" ] ||
	    wrong "the dump of $id is not what current says"
	echo "$id $([ ! -e "$dir/grant" ] || sed -n 's/^key: //p' "$dir/grant")"
}

# on_primary STEP WANT: kdc-snapshot killed at each of those points; then a run
# that ships makes it WANT.
on_primary() {
	local n last rc left
	cp -a "$REALM_DIR/primary" "$REALM_DIR/primary.granted"
	at_rest primary
	realm_on primary "$FAULTAT" -c "$REALM_DIR/count" "$REALM_DIR" \
	    kdc-snapshot -q --no-ship
	last=$(wc -l <"$REALM_DIR/count")
	for ((n = 1; n <= last; n += ${KILL_STEP:-$1})); do
		fresh primary granted
		fresh replica1 plain
		rc=0
		realm_on primary "$FAULTAT" -n $n -c "$REALM_DIR/primary.call" \
		    "$REALM_DIR" kdc-snapshot -q --no-ship || rc=$?
		echo "$n: $(signed_by), exit $rc, $(cut -d' ' -f2- \
		    "$REALM_DIR/primary.call")"
		[ $rc = 137 ] || [ $n -gt $((last - 3)) ]
		realm_on primary kdc-snapshot -q -t replica1
		[ "$(signed_by)" = "$2" ] || wrong "it is $(signed_by)"
		cmp "$REALM_DIR/primary/state/current" \
		    "$REALM_DIR/replica1/state/seal.tar"
		left=$(cd "$REALM_DIR/primary" && find db state \( -name '.?*' \
		    -o -path 'db/principal.kdcsync/*' \) \! -name '.proof.*' \
		    \! -name '.copy.*' \! -path 'db/principal.kdcsync/snapshot*' \
		    -print)
		[ -z "$left" ] || wrong "left behind: $left"
	done
	rm -rf "$REALM_DIR/primary.granted"
	echo "# $last points" >&3
}

key_of() {
	ssh-keygen -l -f "$REALM_DIR/keys/$1.pub" | cut -d' ' -f2
}

@test "kdc-snapshot that changes its key by a grant, killed" {
	grant_to b
	on_primary 1 "1.4 $(key_of b)"
}

@test "kdc-snapshot that opens an epoch, killed" {
	grant_to c --new-epoch
	admin_local 'cpw -pw e bob' >/dev/null
	on_primary 4 "2.1 $(key_of c)"
}

@test "a ship, killed at each change of the primary's disk" {
	local n rc points ledger=$REALM_DIR/primary/state/replicas/replica1
	admin_local 'cpw -pw f bob' >/dev/null
	snapshot -q --no-ship
	cp -a "$REALM_DIR/primary" "$REALM_DIR/primary.taken"
	fresh replica1 plain
	realm_on primary "$FAULTAT" -c "$REALM_DIR/count" "$REALM_DIR" \
	    kdc-snapshot -q -t replica1
	points=$(grep -nE '/primary/state/(replicas|\.|[^ ]*lock| |\.?current|$)|replica1' \
	    "$REALM_DIR/count" | grep -vE '/replica1/(db|state)' | cut -d: -f1)
	[ -n "$points" ]
	for n in $points; do
		fresh primary taken
		fresh replica1 plain
		cp "$ledger" "$REALM_DIR/ledger.was"
		rc=0
		realm_on primary "$FAULTAT" -n "$n" -c "$REALM_DIR/primary.call" \
		    "$REALM_DIR" kdc-snapshot -q -t replica1 || rc=$?
		echo "$n: exit $rc, $(cut -d' ' -f2- "$REALM_DIR/primary.call")"
		# The one before, or one that says what came of it.
		cmp -s "$ledger" "$REALM_DIR/ledger.was" ||
		    { grep -q '^sent: delta$' "$ledger" &&
			grep -q '^apply-ms: [0-9]*$' "$ledger"; } ||
		    wrong "$(cat "$ledger")"
		realm_on primary kdc-snapshot -q -t replica1
		[ "$(sealed replica1 as-of)" = "$(current as-of)" ]
		[ -z "$(find "$REALM_DIR/primary/state/replicas" -name '.?*')" ]
	done
	echo "# $(wc -w <<<"$points") points" >&3
}
