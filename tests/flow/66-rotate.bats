# Goal of this test: docs/rotate.md is true.  Its blocks, executed as they stand
# but for paths and the realm's name, rotate the signing key, twice.

setup_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	realm_make -d -n 2 "$REALM_DIR"
	admin_local 'addprinc -pw 0 alice' >/dev/null
	snapshot -q
	mkdir "$REALM_DIR/operator"
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	realm_end
	rm -rf "$REALM_DIR"
}

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	OPS=$REALM_DIR/operator
	ETC=$REALM_DIR/primary/etc
}

# block SECTION N: its Nth block, of whichever host.
block() {
	awk -v section="## $1" -v n="$2" '
	/^## / { here = index($0, section) == 1 }
	here && /^```sh/ { on = ++seen == n; next }
	/^```/ { on = 0 }
	on' docs/rotate.md
}

# on HOST|operator SECTION N
on() {
	local host=$1 etc=$REALM_DIR/$1/etc state=$REALM_DIR/$1/state
	block "$2" "$3" | sed "s,/etc/kdcsync,$etc,; s,/var/lib/kdcsync,$state,
	    s/EXAMPLE\.COM/EXAMPLE.TEST/" >"$REALM_DIR/block"
	[ -s "$REALM_DIR/block" ]
	if [ "$host" = operator ]; then
		# Nobody is there to type a passphrase.
		(cd "$OPS" && setsid -w bash -e "$REALM_DIR/block" </dev/null)
	else
		(cd "$OPS" && realm_on "$host" bash -e "$REALM_DIR/block")
	fi
}

@test "once: the operator" {
	on operator Once 1
	for host in primary replica1 replica2; do
		on "$host" Once 2
	done
	grep -q '^operator@EXAMPLE.TEST namespaces="kdcsync-epoch" ssh-ed25519 ' \
	    "$REALM_DIR/replica2/etc/allowed_signers"
}

@test "rotating the signing key" {
	local old
	old=$(ssh-keygen -l -f "$ETC/signing_key.pub" | cut -d' ' -f2)
	on primary Rotating 1
	cp "$ETC/grant.new" "$OPS/"
	on operator Rotating 2
	cp "$OPS/grant.new.sig" "$ETC/"
	config_set primary grant "$ETC/grant"
	run on primary Rotating 3
	echo "$output"
	[ "$status" = 0 ]
	for host in replica1 replica2; do
		[ "$(tar xOf "$REALM_DIR/$host/state/seal.tar" grant |
		    sed -n 's/^key: //p')" != "$old" ]
		# As it says: a granted key needs no line.
		sed -i '/^primary@/d' "$REALM_DIR/$host/etc/allowed_signers"
		verify "$host" -q
	done
	sed -i '/^primary@/d' "$ETC/allowed_signers"
	admin_local 'cpw -pw 1 alice' >/dev/null
	snapshot -q
	verify replica1 -q
	# Again.
	on primary Rotating 1
	cp "$ETC/grant.new" "$OPS/"
	rm "$OPS/grant.new.sig"
	on operator Rotating 2
	cp "$OPS/grant.new.sig" "$ETC/"
	on primary Rotating 3
	verify replica1 -q
	verify replica2 -q
}
