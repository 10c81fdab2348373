# Goal of this test: a heartbeat reads the replica's sealed dump only when the dump's
# stamp moved or was last found right a day ago; and whatever happened to the dump, the
# next heartbeat that can tell asks for another.

setup_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	realm_make -d -n 1 "$REALM_DIR"
	admin_local 'addprinc -pw a alice' >/dev/null
	snapshot -q
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	realm_end
	rm -rf "$REALM_DIR"
}

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	S=$REALM_DIR/replica1/state
	settle
	D=$S/dump.$(sealed replica1 dump-sha256)
}

# settle: the dump is whole, and what is known of it is recorded.
settle() {
	snapshot -q
	sleep 1.1
	snapshot -q
	grep -q '^dump-digested: ' "$S/proof"
	verify replica1 -q
}

# damage: a byte in its place, the time of its last change put back.
damage() {
	local then
	then=$(stat -c %.9Y "$D")
	printf x | dd of="$D" bs=1 seek=100 conv=notrunc status=none
	touch -m -d "@$then" "$D"
	[ "$(stat -c %.9Y "$D")" = "$then" ]
}

# unmoved: what is recorded of it is its stamp as it is now, as if a disk rotted.
unmoved() {
	local ctime
	ctime=$(stat -c %.9Z "$D")
	sed -i "s/^dump-ctime: .*/dump-ctime: ${ctime/./}/" "$S/proof"
}

digested() {
	sed -i "s/^dump-digested: .*/dump-digested: $(utc "$1")/" "$S/proof"
}

believed() {
	run snapshot
	echo "$output"
	[ "$status" = 0 ]
	[[ $output != *"full dump"* ]]
}

mended() {
	run snapshot
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *": damaged; "* ]] || [[ $output == *"full dump"* ]]
	[ "$(sha256sum <"$D")" = "$(sealed replica1 dump-sha256)  -" ]
	verify replica1 -q
}

@test "what was applied is known without another reading" {
	admin_local 'cpw -pw b alice' >/dev/null
	snapshot -q
	D=$S/dump.$(sealed replica1 dump-sha256)
	grep -q "^dump-sha256: $(sealed replica1 dump-sha256)" "$S/proof"
	grep -q "^dump-ino: $(stat -c %i "$D")" "$S/proof"
	damage
	unmoved
	believed
	digested '25 hours ago'
	mended
}

@test "what was applied is not walked again, and a write behind the swap is seen" {
	local walked
	walked=$(utc '1 hour ago')
	admin_local 'cpw -pw d alice' >/dev/null
	snapshot -q
	sed -i "s/^time: .*/time: $walked/" "$S/proof"
	believed
	grep -qx "time: $walked" "$S/proof"
	# At once, whatever the clock's grain.
	admin_local 'cpw -pw e alice' >/dev/null
	snapshot -q
	realm_on replica1 kadmin.local -q 'cpw -pw other alice' >/dev/null
	not [ "$(canonical primary)" = "$(canonical replica1)" ]
	snapshot -q
	[ "$(canonical primary)" = "$(canonical replica1)" ]
	verify replica1 -q --deep
}

@test "a byte changed, and its time put back" {
	damage
	mended
}

@test "cut, replaced, gone" {
	truncate -s -1 "$D"
	mended
	settle
	cp "$D" "$S/other"
	printf x | dd of="$S/other" bs=1 seek=100 conv=notrunc status=none
	touch -r "$D" "$S/other"
	mv "$S/other" "$D"
	mended
	settle
	rm "$D"
	mended
}

@test "what rots and moves no stamp is found within a day" {
	damage
	unmoved
	believed
	digested '23 hours ago'
	believed
	digested '24 hours ago'
	mended
}

@test "what was found right tomorrow counts no more" {
	damage
	unmoved
	digested '+1 hour'
	mended
}

@test "a proof of an older program, and a damaged one" {
	damage
	unmoved
	sed -i '/^dump-/d' "$S/proof"
	mended
	settle
	damage
	unmoved
	sed -i '/^dump-ino: /d' "$S/proof"
	mended
	settle
	damage
	unmoved
	rm "$S/proof"
	mended
}

@test "kdc-verify reads it always, and then the next heartbeat does" {
	for option in --deep --quick; do
		damage
		unmoved
		believed
		run verify replica1 $option
		echo "$output"
		[ "$status" = 1 ]
		[[ $output == *"WARNING - dump: "*damaged* ]]
		mended
		settle
	done
}

@test "a delta is made of nothing but what was read" {
	damage
	unmoved
	admin_local 'cpw -pw c alice' >/dev/null
	run snapshot
	echo "$output"
	[ "$status" = 0 ]
	D=$S/dump.$(sealed replica1 dump-sha256)
	[ "$(sha256sum <"$D")" = "$(sealed replica1 dump-sha256)  -" ]
	verify replica1 -q
	[ "$(canonical primary)" = "$(canonical replica1)" ]
}

@test "kdc-verify forgets nothing of what it found right" {
	verify replica1 -q --deep
	damage
	unmoved
	believed
	digested '2 days ago'
	mended
}
