# Goal of this test: a replica takes nothing that does not follow from what it
# has, and says which and why.  Each refusal is exit status 65, one clear line,
# and leaves database, dump, seal and incoming/ as they were.

setup_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	realm_make -d -n 1 "$REALM_DIR"
	admin_local 'addprinc -pw a alice' >/dev/null
	snapshot -q --no-ship
	mkdir "$REALM_DIR/gen1"
	zstd -q "$REALM_DIR/primary/state/generations/1.1/dump" \
	    -o "$REALM_DIR/gen1/dump.zst"
	snapshot -q
	manifest_now >"$REALM_DIR/manifest.1"
	admin_local 'cpw -pw b alice' >/dev/null
	snapshot -q
	manifest_now >"$REALM_DIR/manifest.2"
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	realm_end
	rm -rf "$REALM_DIR"
}

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	before=$(fingerprint replica1)
	B=$REALM_DIR/bundle
}

# refused WORDS [STATUS]: kdc-apply says them, with that status, and nothing
# moved.
refused() {
	run realm_on replica1 kdc-apply -q "$B"
	echo "$output"
	[ "$status" = "${2:-65}" ]
	[[ $output == *"$1"* ]]
	[ "${#lines[@]}" = 1 ]
	[ "$(fingerprint replica1)" = "$before" ]
	verify replica1 -q
}

@test "the manifest as it stands is taken: the tests below can fail" {
	manifest_now >"$REALM_DIR/m"
	forge "$B" "$REALM_DIR/m"
	realm_on replica1 kdc-apply -q "$B"
}

@test "an older generation" {
	forge "$B" "$REALM_DIR/manifest.1" "$REALM_DIR/gen1/dump.zst"
	refused "generation 1.1 as of "
}

@test "an older as-of of the sealed generation" {
	sed 's/^as-of: .*/as-of: '"$(sed -n 's/^taken: //p' \
	    "$REALM_DIR/manifest.2")/" "$REALM_DIR/manifest.2" >"$REALM_DIR/m"
	snapshot -q	# as-of moves on
	before=$(fingerprint replica1)
	forge "$B" "$REALM_DIR/m"
	refused "older than what is sealed here, 1.2 as of"
}

@test "a newer generation with an older as-of" {
	sed 's/^generation: .*/generation: 3/' "$REALM_DIR/manifest.2" |
	    sed 's/^as-of: .*/as-of: '"$(sed -n 's/^taken: //p' \
	    "$REALM_DIR/manifest.2")/" >"$REALM_DIR/m"
	forge "$B" "$REALM_DIR/m"
	refused "older"
}

@test "as-of a second in the future is taken, 10 min is not" {
	manifest_now | sed "s/^as-of: .*/as-of: $(utc '10 minutes')/" \
	    >"$REALM_DIR/m"
	forge "$B" "$REALM_DIR/m"
	refused "ahead of this host's clock"
	# Snapshots in one second push as-of ahead of the clock, a second each.
	while [[ $(sealed replica1 as-of) > $(utc now) ]]; do
		sleep 0.2
	done
	manifest_now | sed "s/^as-of: .*/as-of: $(utc '2 seconds')/" \
	    >"$REALM_DIR/m"
	forge "$B" "$REALM_DIR/m"
	realm_on replica1 kdc-apply -q "$B"
	[[ $(sealed replica1 as-of) > $(utc now) ]]
	sleep 3
	snapshot -q
}

@test "the sealed generation's number with another content" {
	sed 's/^dump-sha256: .*/dump-sha256: '"$(printf '%064d' 7)/" \
	    "$REALM_DIR/manifest.2" |
	    sed "s/^as-of: .*/as-of: $(utc '30 seconds')/" >"$REALM_DIR/m"
	forge "$B" "$REALM_DIR/m"
	refused "are there two primaries?"
}

@test "another epoch without a grant" {
	manifest_now | sed 's/^epoch: .*/epoch: 2/' >"$REALM_DIR/m"
	forge "$B" "$REALM_DIR/m"
	refused "epoch 2"
}

@test "another realm's bundle" {
	manifest_now | sed 's/^realm: .*/realm: OTHER.TEST/' >"$REALM_DIR/m"
	forge "$B" "$REALM_DIR/m"
	refused "it is of realm OTHER.TEST, this host serves EXAMPLE.TEST"
}

@test "an unknown format version" {
	manifest_now | sed 's/^kdcsync-manifest: 1/kdcsync-manifest: 2/' \
	    >"$REALM_DIR/m"
	forge "$B" "$REALM_DIR/m"
	refused "upgrade kdcsync here first"
}

@test "unsigned, wrongly signed, signed by a stranger, signed for another use" {
	manifest_now >"$REALM_DIR/manifest"
	tar cf "$B" -C "$REALM_DIR" manifest
	refused "its signature"
	# A good signature of another manifest.
	forge "$REALM_DIR/other" "$REALM_DIR/manifest.1"
	tar xf "$REALM_DIR/other" -C "$REALM_DIR" manifest.sig
	tar cf "$B" -C "$REALM_DIR" manifest manifest.sig
	refused "its signature is not one of its manifest"
	rm -f "$REALM_DIR/stranger"*
	ssh-keygen -q -t ed25519 -N '' -f "$REALM_DIR/stranger"
	KEY=$REALM_DIR/stranger forge "$B" "$REALM_DIR/manifest"
	refused "signed by a key that is not, or not any more, the one of primary@EXAMPLE.TEST"
	ssh-keygen -q -Y sign -n git -f "$REALM_DIR/primary/etc/signing_key" \
	    <"$REALM_DIR/manifest" >"$REALM_DIR/manifest.sig"
	tar cf "$B" -C "$REALM_DIR" manifest manifest.sig
	refused "its signature is not one of its manifest"
}

@test "a signer not allowed, or expired" {
	local allowed=$REALM_DIR/replica1/etc/allowed_signers
	cp "$allowed" "$REALM_DIR/allowed.was"
	forge "$B" <(manifest_now)
	sed -i 's/^primary@/backup@/' "$allowed"
	run realm_on replica1 kdc-apply -q "$B"
	echo "$output"
	[ "$status" = 65 ]
	[[ $output == *"signed by a key that is not, or not any more, the one of"* ]]
	sed -i 's/^backup@\([^ ]*\) /primary@\1 valid-before="20200101Z",/' \
	    "$allowed"
	run realm_on replica1 kdc-apply -q "$B"
	echo "$output"
	[ "$status" = 65 ]
	# Expired between as-of and now: told apart from a stranger.
	printf 'primary@EXAMPLE.TEST valid-before="%s",namespaces="kdcsync" %s\n' \
	    "$(date -u -d '1 second' +%Y%m%d%H%M%SZ)" \
	    "$(cat "$REALM_DIR/primary/etc/signing_key.pub")" >"$allowed"
	sleep 2
	run realm_on replica1 kdc-apply -q "$B"
	echo "$output"
	[ "$status" = 65 ]
	[[ $output == *"has expired"* ]]
	# At the gate it is a warning of its own: the data are good.
	run verify replica1
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"WARNING - signer: "*"has expired"* ]]
	# A signer who is no longer allowed is critical, and does not look like
	# altered data.
	sed -i 's/^primary@/backup@/' "$allowed"
	run verify replica1
	echo "$output"
	[ "$status" = 2 ]
	[[ $output == *"CRITICAL - signer: "* ]]
	[[ $output != *altered* ]]
	cp "$REALM_DIR/allowed.was" "$allowed"
	[ "$(fingerprint replica1)" = "$before" ]
}

@test "an altered seal is critical and is not repaired from" {
	local seal=$REALM_DIR/replica1/state/seal.tar
	cp "$seal" "$REALM_DIR/seal.was"
	python3 - "$seal" <<-'END'
	import re, sys
	b = bytearray(open(sys.argv[1], 'rb').read())
	i = b.index(b'interval: 300') + 12
	b[i:i+1] = b'1'
	open(sys.argv[1], 'wb').write(b)
	END
	run verify replica1 --repair
	echo "$output"
	[ "$status" = 2 ]
	[[ $output == *"CRITICAL - seal: the seal is altered"* ]]
	cp "$REALM_DIR/seal.was" "$seal"
	verify replica1 -q
}

@test "another master key's realm of the same name" {
	local d=$REALM_DIR/foreign
	(
		# A realm of the same name, made by somebody else, signed with
		# a key that is allowed here.
		realm_make -d -n 1 "$d"
		cp "${REALM_DIR%/foreign}/primary/etc/signing_key"* "$d/primary/etc/"
		admin_local 'addprinc -pw x mallory' >/dev/null
		snapshot -q --no-ship
		admin_local 'addprinc -pw x mallory2' >/dev/null
		snapshot -q --no-ship
		for n in 3 4 5 6 7 8 9; do
			admin_local "cpw -pw x$n mallory" >/dev/null
			snapshot -q --no-ship
		done
		snapshot -q --no-ship -o "$d/b"
	)
	cp "$d/b" "$B"
	run realm_on replica1 kdc-apply -q "$B"
	echo "$output"
	[ "$status" = 65 ]
	[[ $output == *"stash: does not fit generation 1.9"* ]]
	[ "$(sealed replica1 generation)" = 2 ]
	[ "$(canonical replica1)" = "$(sealed replica1 dump-sha256)" ]
	verify replica1 -q
}

@test "a heartbeat of a dump that is not here asks for the whole" {
	sed 's/^generation: .*/generation: 5/' "$REALM_DIR/manifest.2" |
	    sed 's/^dump-sha256: .*/dump-sha256: '"$(printf '%064d' 7)/" |
	    sed "s/^as-of: .*/as-of: $(utc '30 seconds')/" >"$REALM_DIR/m"
	forge "$B" "$REALM_DIR/m"
	run realm_on replica1 kdc-apply "$B"
	echo "$output"
	[ "$status" = 65 ]
	[[ $output == *"take a full bundle"* ]]
}

@test "a replica whose sealed dump is damaged gets the whole dump, once" {
	local dump=("$REALM_DIR"/replica1/state/dump.*)
	for f in "${dump[@]}"; do
		# Where the delta changes it: what rotted elsewhere is not read, and
		# is replaced by what was proved (51-follow.bats).
		printf x | dd of="$f" bs=1 conv=notrunc status=none \
		    seek="$(grep -abo 'alice@' "$f" | head -n 1 | cut -d: -f1)"
	done
	run verify replica1
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"WARNING - dump: "*damaged* ]]
	admin_local 'cpw -pw c alice' >/dev/null
	run snapshot
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"sealed "*", full dump"* ]]
	verify replica1 -q
	[ "$(canonical replica1)" = "$(canonical primary)" ]
}

@test "a primary that is behind a replica ships nothing and says so" {
	cp -a "$REALM_DIR/primary/state" "$REALM_DIR/state.old"
	for pw in d e; do
		admin_local "cpw -pw $pw alice" >/dev/null
		snapshot -q
	done
	before=$(fingerprint replica1)
	mv "$REALM_DIR/primary/state" "$REALM_DIR/state.new"
	mv "$REALM_DIR/state.old" "$REALM_DIR/primary/state"
	run snapshot -q
	echo "$output"
	[ "$status" = 65 ]
	[[ $output == *"superseded or restored"* ]]
	run verify primary
	[ "$status" = 2 ]
	[[ $output == *"CRITICAL - superseded"* ]]
	rm -r "$REALM_DIR/primary/state"
	mv "$REALM_DIR/state.new" "$REALM_DIR/primary/state"
	snapshot -q
	verify primary -q
}

@test "a pending seal older than the committed one is not finished: no way back" {
	local s=$REALM_DIR/replica1/state
	cp "$s/seal.tar" "$REALM_DIR/older.seal"
	admin_local 'cpw -pw f alice' >/dev/null
	snapshot -q
	# What a crash between the commit and the removal would leave.
	cp "$REALM_DIR/older.seal" "$s/seal.next"
	verify replica1 -q --repair
	[ "$(sealed replica1 generation)" = "$(current generation)" ]
	[ "$(canonical replica1)" = "$(canonical primary)" ]
	cp "$REALM_DIR/older.seal" "$s/seal.next"
	snapshot -q
	[ ! -e "$s/seal.next" ]
	[ "$(canonical replica1)" = "$(canonical primary)" ]
}

@test "a superseded primary stays silent, run after run, until it is mended" {
	cp -a "$REALM_DIR/primary/state" "$REALM_DIR/state.old"
	for pw in g h; do
		admin_local "cpw -pw $pw alice" >/dev/null
		snapshot -q
	done
	before=$(fingerprint replica1)
	rm -r "$REALM_DIR/primary/state"
	mv "$REALM_DIR/state.old" "$REALM_DIR/primary/state"
	admin_local 'cpw -pw i alice' >/dev/null
	# If it went on counting, its branch would overtake the replica's.
	for i in 1 2 3 4 5; do
		run snapshot -q
		echo "$output"
		[ "$status" = 65 ]
		[[ $output == *"this primary was superseded or restored"* ]]
		admin_local "cpw -pw i$i alice" >/dev/null
	done
	[ "$(fingerprint replica1)" = "$before" ]
	# As the message says.
	cp "$REALM_DIR/replica1/state/seal.tar" "$REALM_DIR/primary/state/current"
	snapshot -q
	[ ! -e "$REALM_DIR/primary/state/superseded" ]
	[ "$(canonical replica1)" = "$(canonical primary)" ]
}

@test "a damaged seal does not open the door to an old bundle" {
	local s=$REALM_DIR/replica1/state
	snapshot -q --no-ship -o "$REALM_DIR/old"
	admin_local 'cpw -pw j alice' >/dev/null
	snapshot -q
	head -c 2000 /dev/urandom >"$s/seal.tar"
	run realm_on replica1 kdc-apply -q "$REALM_DIR/old"
	echo "$output"
	[ "$status" = 65 ]
	[[ $output == *"older than what is sealed here"* ]]
	[ "$(canonical replica1)" = "$(canonical primary)" ]
	# A fresh one mends it.
	snapshot -q
	verify replica1 -q
}

@test "a swap that cannot be finished does not block what comes after it" {
	local s=$REALM_DIR/replica1/state
	admin_local 'cpw -pw k alice' >/dev/null
	snapshot -q --no-ship
	# Pending, its dump here, but for another master key: as after a rollover.
	cp "$REALM_DIR/primary/state/current" "$s/seal.next"
	cp "$REALM_DIR/primary/state/generations/1.$(current generation)/dump" \
	    "$s/dump.$(current dump-sha256)"
	cp "$REALM_DIR/replica1/stash" "$REALM_DIR/stash.was"
	head -c 60 /dev/urandom >"$REALM_DIR/replica1/stash"
	run verify replica1 --repair
	[ "$status" = 2 ]
	cp "$REALM_DIR/stash.was" "$REALM_DIR/replica1/stash"
	# Nor does one whose signature cannot be checked just now lose its data.
	chmod g+w "$REALM_DIR/replica1/etc/allowed_signers"
	run verify replica1 --repair
	[ "$status" != 0 ]
	[ -e "$s/seal.next" ]
	chmod g-w "$REALM_DIR/replica1/etc/allowed_signers"
	snapshot -q
	[ ! -e "$s/seal.next" ]
	verify replica1 -q
	[ "$(canonical replica1)" = "$(canonical primary)" ]
}

@test "a dump that was refused is not kept" {
	cp "$REALM_DIR/replica1/stash" "$REALM_DIR/stash.was"
	head -c 60 /dev/urandom >"$REALM_DIR/replica1/stash"
	for pw in l m n; do
		admin_local "cpw -pw $pw alice" >/dev/null
		run snapshot -q
		[ "$status" = 1 ]
	done
	ls "$REALM_DIR/replica1/state"
	[ "$(ls "$REALM_DIR/replica1/state" | grep -c ^dump)" -le 2 ]
	cp "$REALM_DIR/stash.was" "$REALM_DIR/replica1/stash"
	snapshot -q
	verify replica1 -q
}

@test "a heartbeat asks for the dump that is damaged here" {
	local s=$REALM_DIR/replica1/state
	snapshot -q
	printf x | dd of="$s/dump.$(sealed replica1 dump-sha256)" bs=1 seek=100 \
	    conv=notrunc status=none
	run snapshot
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"sealed "*", full dump"* ]]
	verify replica1 -q
}
