# Goal of this test: a bundle that is damaged, or made to be more than a bundle,
# is refused (exit status 65) or what comes out is what was signed; after a
# refusal the replica's database, dump and seal are byte for byte as they were
# and nothing is left behind.
# - 200 sampled truncations and flipped bits (DAMAGE_SEED, printed, gives them
#   again) of a full bundle, a delta bundle and a signature.  tests/unit sees all
#   of them, without the programs.
# - Foreign names, paths, links, other types, second and swapped payloads.
# - More bytes than were signed: in the payload, behind it, without end.

setup_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	: "${DAMAGE_SEED:=$RANDOM}"
	export DAMAGE_SEED
	echo "# 20-damage: DAMAGE_SEED=$DAMAGE_SEED" >&3
	realm_make -d -n 1 "$REALM_DIR"
	admin_local 'addprinc -pw a alice' 'addprinc -pw b bob' >/dev/null
	snapshot -q
	mkdir "$REALM_DIR/one" "$REALM_DIR/two"
	cp "$REALM_DIR"/primary/state/generations/1.1/* "$REALM_DIR/one"
	admin_local 'cpw -pw c bob' >/dev/null
	snapshot -q --no-ship -o "$REALM_DIR/full"
	cp "$REALM_DIR"/primary/state/generations/1.2/* "$REALM_DIR/two"
	cd "$REALM_DIR/two"
	tar cf "$REALM_DIR/delta" manifest manifest.sig delta.*
	cp -a "$REALM_DIR/replica1" "$REALM_DIR/pristine"
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	realm_end
	rm -rf "$REALM_DIR"
}

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	B=$REALM_DIR/bundle
	TWO=$REALM_DIR/two
	TEXTS="manifest=$TWO/manifest manifest.sig=$TWO/manifest.sig"
	pristine
	before=$(everything)
}

pristine() {
	rm -rf "$REALM_DIR/replica1"
	cp -a "$REALM_DIR/pristine" "$REALM_DIR/replica1"
}

# Every file that kdc-apply could have touched.
everything() {
	(cd "$REALM_DIR/replica1" && find db state | sort &&
	    find db state -type f -exec sha256sum {} + | sort)
}

# It says so, in whatever words, and nothing moved.
unmoved() {
	[ "$(everything)" = "$before" ] ||
	    diff <(echo "$before") <(everything)
}

# refused [WORDS] [FILE]
refused() {
	run realm_on replica1 kdc-apply -q "${2:-$B}"
	echo "$output"
	[ "$status" = 65 ]
	[[ $output == *"${1-}"* ]]
	unmoved
}

odd() {
	rm -f "$B"
	python3 tests/fault/oddtar.py "$B" "$@"
}

# samples FILE COUNT [SIGNATURE]: that many damages of FILE; of a signature, in a
# bundle.  Says how they ended.
samples() {
	local dir=$REALM_DIR/damaged one bundle rc taken=0 refused=0 want
	want=$(sed -n 's/^dump-sha256: //p' "$TWO/manifest")
	rm -rf "$dir"
	mkdir "$dir"
	python3 tests/fault/bitrot.py "$DAMAGE_SEED" "$2" "$1" "$dir"
	for one in "$dir"/*; do
		bundle=$one
		if [ $# -gt 2 ]; then
			bundle=$B
			odd "manifest=$TWO/manifest" "manifest.sig=$one" \
			    "dump.zst=$TWO/dump.zst"
		fi
		rc=0
		realm_on replica1 kdc-apply -q "$bundle" 2>"$dir.said" || rc=$?
		echo "$one: $rc $(cat "$dir.said")"
		if [ $rc = 65 ]; then
			refused=$((refused + 1))
			unmoved
			continue
		fi
		[ $rc = 0 ]
		taken=$((taken + 1))
		verify replica1
		[ "$(canonical replica1)" = "$want" ]
		[ "$(sealed replica1 dump-sha256)" = "$want" ]
		pristine
	done
	echo "# $(basename "$1"): $refused refused, $taken equal" >&3
	[ $refused -gt 0 ]
}

@test "the bundles as they are can be applied: the tests below can fail" {
	for one in full delta; do
		realm_on replica1 kdc-apply -q "$REALM_DIR/$one"
		[ "$(canonical replica1)" = "$(current dump-sha256)" ]
		not unmoved
		pristine
		unmoved
	done
}

@test "80 damages of a full bundle" {
	samples "$REALM_DIR/full" 80
}

@test "70 damages of a delta bundle" {
	samples "$REALM_DIR/delta" 70
}

@test "50 damages of a signature" {
	samples "$TWO/manifest.sig" 50 signature
}

@test "foreign names, paths, links and types" {
	local at=$REALM_DIR/replica1/state/seal.tar name
	odd $TEXTS "dump.zst=$TWO/dump.zst"
	realm_on replica1 kdc-apply -q "$B"	# the writer of these tars is fine
	pristine
	for name in extra ../dump.zst ./dump.zst "$at" dump.zst.zst dump delta.zst \
	    principal; do
		odd $TEXTS "$name=$TWO/dump.zst"
		refused
		odd "$name=$TWO/dump.zst" $TEXTS
		refused
		odd $TEXTS "dump.zst=$TWO/dump.zst" "$name=$TWO/dump.zst"
		refused
	done
	odd $TEXTS "dump.zst@$at"
	refused "not a regular file"
	odd $TEXTS "dump.zst%manifest"
	refused "not a regular file"
	odd $TEXTS "dump.zst/"
	refused
	odd $TEXTS "dump.zst!"
	refused "not a regular file"
	odd "manifest@$at" "manifest.sig=$TWO/manifest.sig"
	refused "not a regular file"
}

@test "parts twice, missing, or in another order" {
	odd $TEXTS "dump.zst=$TWO/dump.zst" "dump.zst=$TWO/dump.zst"
	refused
	odd $TEXTS "manifest=$TWO/manifest"
	refused
	odd "manifest=$TWO/manifest" $TEXTS "dump.zst=$TWO/dump.zst"
	refused
	odd "dump.zst=$TWO/dump.zst" $TEXTS
	refused
	odd "manifest.sig=$TWO/manifest.sig" "manifest=$TWO/manifest"
	refused
	odd "manifest=$TWO/manifest" "dump.zst=$TWO/dump.zst"
	refused
	odd "manifest=$TWO/manifest"
	refused
	odd $TEXTS "dump.zst=$TWO/dump.zst" \
	    "$(basename "$TWO"/delta.*)=$(echo "$TWO"/delta.*)"
	refused
	tar cf "$B" -T /dev/null
	refused
}

@test "not a bundle at all" {
	: >"$B"
	refused
	head -c 100000 /dev/urandom >"$B"
	refused
	head -c 100000 /dev/zero >"$B"
	refused
	cp "$TWO/dump.zst" "$B"
	refused
	gzip -c "$REALM_DIR/full" >"$B"
	refused
	(cd "$TWO" && printf '%s\n' manifest manifest.sig dump.zst |
	    cpio -o -H newc >"$B" 2>/dev/null) || cp "$TWO/manifest" "$B"
	refused
}

@test "bytes behind the end of the tar" {
	cp "$REALM_DIR/full" "$B"
	echo more >>"$B"
	refused "behind its end"
	cat "$REALM_DIR/full" "$REALM_DIR/full" >"$B"
	refused "behind its end"
	{ cat "$REALM_DIR/full"; head -c 2000000 /dev/zero; } >"$B"
	refused "behind its end"
}

@test "another payload than the signed one" {
	odd $TEXTS "dump.zst=$REALM_DIR/one/dump.zst"
	refused
	odd "manifest=$REALM_DIR/one/manifest" \
	    "manifest.sig=$REALM_DIR/one/manifest.sig" \
	    "dump.zst=$TWO/dump.zst"
	refused
	odd "manifest=$TWO/manifest" \
	    "manifest.sig=$REALM_DIR/one/manifest.sig" \
	    "dump.zst=$TWO/dump.zst"
	refused
	# The right delta on another base: the program asks for the whole.
	admin_local 'cpw -pw d bob' >/dev/null
	snapshot -q --no-ship
	(cd "$REALM_DIR/primary/state/generations/1.3" &&
	    tar cf "$B" manifest manifest.sig delta.*)
	refused "full bundle"
}

@test "a payload longer than what is signed" {
	{ cat "$TWO/dump"; sed -n 2p "$TWO/dump"; } >"$REALM_DIR/longer"
	zstd -qf "$REALM_DIR/longer" -o "$REALM_DIR/longer.zst"
	odd $TEXTS "dump.zst=$REALM_DIR/longer.zst"
	refused "larger than expected"
	# A bomb: 1 GiB in some 30 kB.
	truncate -s 1G "$REALM_DIR/sparse"
	zstd -qf "$REALM_DIR/sparse" -o "$REALM_DIR/longer.zst"
	odd $TEXTS "dump.zst=$REALM_DIR/longer.zst"
	refused
	head -c 300000 "$REALM_DIR/sparse" | zstd -qf --check \
	    -o "$REALM_DIR/longer.zst"
	odd $TEXTS "dump.zst=$REALM_DIR/longer.zst"
	refused "larger than expected"
	# Two frames, one after the other, are one file for zstd(1).
	cat "$TWO/dump.zst" "$TWO/dump.zst" >"$REALM_DIR/longer.zst"
	odd $TEXTS "dump.zst=$REALM_DIR/longer.zst"
	refused "behind its end"
	split -n 2 "$TWO/dump" "$REALM_DIR/half."
	zstd -qf --check "$REALM_DIR/half.aa" "$REALM_DIR/half.ab"
	cat "$REALM_DIR/half.aa.zst" "$REALM_DIR/half.ab.zst" \
	    >"$REALM_DIR/longer.zst"
	zstd -dc "$REALM_DIR/longer.zst" | cmp - "$TWO/dump"
	odd $TEXTS "dump.zst=$REALM_DIR/longer.zst"
	refused "behind its end"
	# Shorter.
	head -n -1 "$TWO/dump" | zstd -qf --check -o "$REALM_DIR/longer.zst"
	odd $TEXTS "dump.zst=$REALM_DIR/longer.zst"
	refused
	# Without zstd's own checksum a flipped bit would come out: never.
	zstd -qf --no-check "$TWO/dump" -o "$REALM_DIR/longer.zst"
	odd $TEXTS "dump.zst=$REALM_DIR/longer.zst"
	refused "checksum"
}

# session FILE WORDS: fed to kdc-apply as a primary would; it reads no more than
# 1 MiB of it, says refused and why in its verdict, and stores nothing.
session() {
	local rc=0 at
	exec 7<"$1"
	realm_on replica1 kdc-apply -q <&7 >"$REALM_DIR/said" \
	    2>"$REALM_DIR/errors" || rc=$?
	at=$(sed -n 's/^pos:[ \t]*//p' /proc/$BASHPID/fdinfo/7)
	exec 7<&-
	cat "$REALM_DIR/errors"
	sed -n '/^kdcsync-verdict/,$p' "$REALM_DIR/said" | tee "$REALM_DIR/verdict"
	[ $rc = 65 ]
	grep -qx 'outcome: refused' "$REALM_DIR/verdict"
	grep -q "^why: .*$2" "$REALM_DIR/verdict"
	echo "read $at bytes"
	[ "$at" -le 1048576 ]
	[ -z "$(ls -A "$REALM_DIR/replica1/state/incoming")" ]
	unmoved
}

@test "a session is refused early, and stores nothing" {
	truncate -s 1G "$REALM_DIR/sparse"
	session "$REALM_DIR/sparse" bundle
	# Text without end, in a manifest's place.
	odd "manifest#1073741824"
	truncate -s 1G "$B"
	session "$B" bundle
	odd "manifest=$TWO/manifest" "manifest.sig#1073741824"
	truncate -s 1G "$B"
	session "$B" bundle
	# A payload that its header makes too long for what is signed.
	odd $TEXTS "dump.zst#1073741824"
	truncate -s 1G "$B"
	session "$B" bundle
	# Zeros, and bytes, behind a whole bundle.
	cp "$REALM_DIR/full" "$B"
	truncate -s 1G "$B"
	session "$B" bundle
	yes | head -c 3000000 | cat "$REALM_DIR/full" - >"$B"
	session "$B" bundle
	: >"$B"
	session "$B" bundle
}

@test "a session that breaks off stores nothing" {
	local size length rc
	size=$(stat -c %s "$REALM_DIR/full")
	for length in 1 511 512 1000 2000 $((size - 512)) $((size - 1)); do
		rc=0
		head -c $length "$REALM_DIR/full" |
		    realm_on replica1 kdc-apply -q >"$REALM_DIR/said" || rc=$?
		echo "$length: $rc"
		[ $rc = 65 ]
		grep -qx 'outcome: refused' "$REALM_DIR/said"
		unmoved
	done
	realm_on replica1 kdc-apply -q <"$REALM_DIR/full" >"$REALM_DIR/said"
	grep -qx 'outcome: sealed' "$REALM_DIR/said"
	[ -z "$(ls -A "$REALM_DIR/replica1/state/incoming")" ]
}
