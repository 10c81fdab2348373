# Goal of this test: a first ship fills the shadow while the dump is still being
# read.  A dump that turns out to be another, or no dump, becomes nothing: one
# line, and the replica is as empty as before.

setup_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	realm_make -d -n 1 "$REALM_DIR"
	admin_local 'addpol -minlength 3 short' >/dev/null
	admin_local 'addprinc -pw wonder -policy short alice' >/dev/null
	snapshot -q --no-ship
	manifest_now >"$REALM_DIR/m"
	cp "$REALM_DIR/primary/state/generations/1.1/dump" "$REALM_DIR/good"
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	realm_end
	rm -rf "$REALM_DIR"
}

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	B=$REALM_DIR/bundle
}

# bundle DUMP [SED]: of that dump, whose manifest says what SED makes of the good
# one's.
bundle() {
	sed "${2-}" "$REALM_DIR/m" >"$REALM_DIR/m.now"
	zstd -qf "$1" -o "$REALM_DIR/dump.zst"
	forge "$B" "$REALM_DIR/m.now" "$REALM_DIR/dump.zst"
}

# signed DUMP: its manifest has its digest and size.
signed() {
	bundle "$1" "s/^dump-sha256: .*/dump-sha256: $(sha256sum <"$1" |
	    cut -d' ' -f1)/; s/^dump-size: .*/dump-size: $(stat -c %s "$1")/"
}

# refused WORDS
refused() {
	run realm_on replica1 kdc-apply -q "$B"
	echo "$output"
	[ "$status" = 65 ]
	[[ $output == *"$1"*"; refused; kdc-snapshot --full makes it anew" ]]
	[ "${#lines[@]}" = 1 ]
	empty
}

# No database, no seal, no copy of a key.
empty() {
	local left
	left=$(cd "$REALM_DIR/replica1" && find db state -type f ! -name stash \
	    ! -name '*.lock' ! -name role -size +0 | grep -v '/\.k5\.' || :)
	echo "$left"
	[ -z "$left" ]
	not ls "$REALM_DIR"/replica1/state/dump.* 2>/dev/null
}

@test "a replica with nothing but its stash is empty: the tests below can fail" {
	empty
	touch "$REALM_DIR/replica1/state/dump.x"
	not empty
	rm "$REALM_DIR/replica1/state/dump.x"
}

@test "another dump than the signed one" {
	sed 's/alice@/alicf@/' "$REALM_DIR/good" >"$REALM_DIR/bad"
	bundle "$REALM_DIR/bad"
	refused "the dump is not the signed one"
}

@test "its last line is cut, another's" {
	head -c -1 "$REALM_DIR/good" >"$REALM_DIR/bad"
	bundle "$REALM_DIR/bad"
	refused "the dump is not the signed one"
}

@test "signed, and a line that is no record: the first, the middle, the last" {
	local n
	for n in 2 4 '$'; do
		sed "${n}s/princ\\|policy/nothing/" "$REALM_DIR/good" \
		    >"$REALM_DIR/bad"
		signed "$REALM_DIR/bad"
		refused "the dump is not the signed one: line "
	done
}

@test "signed, and in another order" {
	{
		head -n 1 "$REALM_DIR/good"
		sed 1d "$REALM_DIR/good" | tac
	} >"$REALM_DIR/bad"
	signed "$REALM_DIR/bad"
	refused "the dump is not the signed one: line "
}

@test "a manifest that says other things of it" {
	bundle "$REALM_DIR/good" 's/^principals: .*/principals: 3/'
	refused "the dump is not the signed one"
	bundle "$REALM_DIR/good" 's/^policies: .*/policies: 0/'
	refused "the dump is not the signed one"
}

# gone: the killed one's children die with it, a moment later.
gone() {
	local i
	for ((i = 0; i < 100; i++)); do
		pgrep -f "kdc-apply -q $B" >/dev/null || return 0
		sleep 0.1
	done
	return 1
}

@test "killed while both are at work: the next one sweeps, and is sealed" {
	local s
	signed "$REALM_DIR/good"
	for s in 0.01 0.02 0.03 0.04 0.05 0.06 0.08; do
		realm_on replica1 timeout -s KILL $s kdc-apply -q "$B" || :
		gone
	done
	realm_on replica1 kdc-apply -q "$B"
	verify replica1 -q
	[ "$(canonical replica1)" = "$(canonical primary)" ]
	[ "$(find "$REALM_DIR/replica1/state" -name 'dump.*' | wc -l)" = 1 ]
}
