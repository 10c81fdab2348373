# Goal of this test: whatever a primary sends kdc-apply, or does not send, the
# replica loses nothing, stores nothing that was not whole and signed, waits for
# nobody without end, and answers with one line that names the object, what is
# wrong and what to do; that line is the verdict's `why`; and the next good bundle
# is taken.
# - bad_primary.py starts kdc-apply itself: silence, a drip, endless bytes, an end
#   after every byte (CUT_STEP=10 takes every tenth), nobody who listens.
# - Bundles that are validly signed and wrong all the same: payloads changed
#   after their manifest, swapped, missing, repeated, of another time or realm.
# - A delta that does not give the signed dump is answered need-full, and the
#   primary sends the whole dump in the same run.
# 20-damage and 60-refuse have what was damaged at random, and files by hand.

setup_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	realm_make -d -n 1 "$REALM_DIR"
	cc -shared -fPIC -o "$REALM_DIR/shortout.so" tests/fault/shortout.c
	for i in {1..20}; do
		echo "addprinc -pw a$i user$i"
	done | realm_on primary kadmin.local >/dev/null 2>&1
	# Generations 1 to 5; the replica has 2.
	for i in 1 2 3 4 5; do
		admin_local "cpw -pw new$i user$i" >/dev/null
		if [ $i -le 2 ]; then
			snapshot -q
		else
			snapshot -q --no-ship
		fi
		cp -r "$REALM_DIR/primary/state/generations/1.$i" "$REALM_DIR/$i"
		[ -e "$REALM_DIR/$i/dump.zst" ] ||
		    zstd -q --check "$REALM_DIR/$i/dump"
		manifest_now >"$REALM_DIR/$i/manifest.first"
		if [ $i = 2 ]; then
			tar xOf "$REALM_DIR/primary/state/current" manifest.sig \
			    >"$REALM_DIR/$i/manifest.sig"
			tar cf "$REALM_DIR/heartbeat" -C "$REALM_DIR/$i" \
			    manifest manifest.sig
		fi
	done
	config_set replica1 deadline 20s
	cp -a "$REALM_DIR/replica1" "$REALM_DIR/pristine"
	python3 tests/fault/oddtar.py "$REALM_DIR/delta" $(texts 3) $(delta 3)
	python3 tests/fault/oddtar.py "$REALM_DIR/full" $(texts 5) \
	    "dump.zst=$REALM_DIR/5/dump.zst"
	python3 tests/fault/oddtar.py "$REALM_DIR/chain" $(texts 5) $(delta 3) \
	    $(delta 4) $(delta 5)
	# Bytes to bytes, no padding: as kdc-snapshot sends them.
	pack "$REALM_DIR/heartbeat"
	pack "$REALM_DIR/delta"
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	realm_end
	rm -rf "$REALM_DIR"
}

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	B=$REALM_DIR/bundle
	pristine
	before=$(fingerprint replica1)
}

pristine() {
	rm -rf "$REALM_DIR/replica1"
	cp -a "$REALM_DIR/pristine" "$REALM_DIR/replica1"
}

# What oddtar.py makes a bundle of: generation N's texts, its delta.
texts() {
	echo "manifest=$REALM_DIR/$1/manifest" \
	    "manifest.sig=$REALM_DIR/$1/manifest.sig"
}

delta() {
	local file
	file=$(echo "$REALM_DIR/$1"/delta.*.zst)
	echo "$(basename "$file")=$file"
}

odd() {
	rm -f "$B"
	python3 tests/fault/oddtar.py "$B" "$@"
}

# pack FILE: without what fills a tar behind its end mark.
pack() {
	python3 - "$1" <<-'END'
	import sys
	data = open(sys.argv[1], 'rb').read().rstrip(b'\0')
	size = -(-len(data) // 512) * 512 + 1024
	open(sys.argv[1], 'wb').write(data.ljust(size, b'\0'))
	END
}

# squeeze FILE NAME: a payload of it, NAME=FILE.
squeeze() {
	zstd -qf --check "$1" -o "$1.zst"
	echo "$2=$1.zst"
}

# rdelta FROM TO OUT
rdelta() {
	rm -f "$3" "$3.sig"
	rdiff signature "$1" "$3.sig"
	rdiff delta "$3.sig" "$2" "$3"
}

# altered N: generation N's dump with another password for user9, as long.
altered() {
	sed '/	user9@/s/[0-9a-f]\{8\}\(	-1;\)$/01234567\1/' "$REALM_DIR/$1/dump"
}

report() {
	sed -n "s/^$1: //p" "$REALM_DIR/report"
}

talk() {
	realm_on replica1 python3 tests/flow/bad_primary.py talk "$@" \
	    >"$REALM_DIR/report"
	cat "$REALM_DIR/report"
}

# bad OUTCOME WORDS [WHAT...]: WHAT (default: the bundle) ends in that outcome,
# exit status 65, and one line with these words, which is the verdict's why; what
# counts has not moved; a good heartbeat is taken.  (A good delta at the end of
# each test.)
bad() {
	local outcome=$1 words=$2
	shift 2
	talk "${@:-$B}"
	[ "$(report status)" = 65 ]
	[ "$(report outcome)" = "$outcome" ]
	[ "$(report said | wc -l)" = 1 ]
	[ "$(report said)" = "kdc-apply: $(report why)" ]
	[[ $(report why) == *"$words"* ]]
	# An object, what is wrong, what was or is to be done.
	[[ $(report why) =~ ^[^\ ]+:\ .*\;\ (refused|take|get\ it|send\ it|upgrade) ]]
	[ "$(fingerprint replica1)" = "$before" ]
	talk "$REALM_DIR/heartbeat"
	[ "$(report status):$(report outcome)" = 0:sealed ]
}

good() {
	talk "$REALM_DIR/delta"
	[ "$(report status)" = 0 ]
	[ "$(report outcome)" = sealed ]
	[ "$(canonical replica1)" = \
	    "$(sed -n 's/^dump-sha256: //p' "$REALM_DIR/3/manifest")" ]
	verify replica1 -q
}

@test "the bundles as they are can be applied: the tests below can fail" {
	for one in heartbeat delta full chain; do
		talk "$REALM_DIR/$one"
		[ "$(report status)" = 0 ]
		[ "$(report outcome)" = sealed ]
		[ -z "$(report said)" ]
		[ "$(canonical replica1)" = "$(sealed replica1 dump-sha256)" ]
		[ "$(fingerprint replica1)" != "$before" ] ||
		    [ $one = heartbeat ]
		pristine
	done
	[ "$(stat -c %s "$REALM_DIR/heartbeat")" -lt 4000 ]
	[ "$(stat -c %s "$REALM_DIR/delta")" -lt 5000 ]
}

@test "silence: given up after the deadline" {
	config_set replica1 deadline 1s
	bad refused "not a byte came for 1 s (deadline)" silence
	bad refused "not a byte came for 1 s" "$REALM_DIR/delta:1" silence
	# All but its last byte, and no end.
	bad refused "not a byte came for 1 s" \
	    "$REALM_DIR/delta:$(($(stat -c %s "$REALM_DIR/delta") - 1))" silence
	# Whole, but its end does not come: not taken.
	bad refused "not a byte came for 1 s" "$REALM_DIR/delta" silence
	good
}

@test "a drip: given up after max_transfer, never idle for long" {
	config_set replica1 max_transfer 2s
	bad refused "not all here after 2 s (max_transfer)" \
	    "drip=0.05,$REALM_DIR/delta"
	# A slow line that brings it in time is fine: deadline is not for all.
	config_set replica1 max_transfer
	config_set replica1 deadline 1s
	talk "pieces=5,0.5,$REALM_DIR/delta"
	[ "$(report outcome)" = sealed ]
	[[ $(report seconds) > 2.4 ]]
	pristine
	talk "drip=0.0002,$REALM_DIR/heartbeat"
	[ "$(report outcome)" = sealed ]
}

@test "an end after every byte of a heartbeat and of a delta" {
	run realm_on replica1 python3 tests/flow/bad_primary.py cuts \
	    "$REALM_DIR/replica1" "$REALM_DIR/heartbeat" "$REALM_DIR/delta"
	echo "$output"
	[ "$status" = 0 ]
	echo "# $output" >&3
	[ "$(fingerprint replica1)" = "$before" ]
	good
}

@test "stdout lost behind every byte of hello and verdict" {
	run realm_on replica1 python3 tests/flow/bad_primary.py deaf \
	    "$REALM_DIR/shortout.so" "$REALM_DIR/heartbeat"
	echo "$output"
	[ "$status" = 0 ]
	echo "# $output" >&3
	verify replica1 -q
	[ "$(sealed replica1 generation)" = 2 ]
	good
}

@test "nobody hears the verdict: sealed all the same, and on_sealed runs" {
	config_set replica1 on_sealed "touch $REALM_DIR/replica1/started"
	echo "the gate refused" >"$REALM_DIR/replica1/state/refused"
	talk "$REALM_DIR/delta" gone
	[ "$(report status)" = 0 ]
	[[ $(report said) == "kdc-apply: verdict: cannot be delivered: "* ]]
	[ "$(sealed replica1 generation)" = 3 ]
	[ -e "$REALM_DIR/replica1/started" ]
	verify replica1 -q
}

@test "nobody reads what it says: not for ever" {
	config_set replica1 deadline 1s
	talk "$REALM_DIR/delta" full
	[ "$(report status)" = 74 ]
	[[ $(report said) == "kdc-apply: hello: cannot be delivered: "*"; "* ]]
	[ "$(fingerprint replica1)" = "$before" ]
	good
}

@test "bytes without end: little is read, less is kept" {
	local kind
	for kind in zero random pax global longname; do
		bad refused "" "endless=$kind"
	done
	# As much behind signed texts, where a payload may come.
	head -c -1024 "$REALM_DIR/heartbeat" >"$REALM_DIR/open"
	for kind in zero random pax global longname entries; do
		talk "$REALM_DIR/open" "endless=$kind"
		[ "$(report status)" = 65 ]
		[ "$(report outcome)" = refused ]
		[ "$(report said | wc -l)" = 1 ]
		[ "$(report sent)" -lt 600000 ]
		[ "$(report maxrss)" -lt 50000 ]
		[ "$(fingerprint replica1)" = "$before" ]
	done
	# An entry as long as is signed, and no end of it.
	for n in 2000 60000; do
		bad refused "" "$REALM_DIR/open" "header=dump.zst,$n" \
		    endless=random
	done
	bad refused "" "$REALM_DIR/open" "header=dump.zst,9999999" endless=zero
	# Behind a whole bundle.
	bad refused "behind its end" "$REALM_DIR/delta" endless=random
	bad refused "" "$REALM_DIR/delta" endless=zero
	bad refused "behind its end" "$REALM_DIR/delta" "$REALM_DIR/2/manifest"
	bad refused "behind its end" "$REALM_DIR/delta" "$REALM_DIR/delta"
	good
}

@test "a full payload changed after its manifest" {
	altered 5 >"$REALM_DIR/x"
	not cmp -s "$REALM_DIR/x" "$REALM_DIR/5/dump"
	[ "$(stat -c %s "$REALM_DIR/x")" = "$(stat -c %s "$REALM_DIR/5/dump")" ]
	odd $(texts 5) "$(squeeze "$REALM_DIR/x" dump.zst)"
	bad refused "the dump is not the signed one; refused; kdc-snapshot --full"
	# Not a dump any more.
	sed 's/^princ/prinz/' "$REALM_DIR/5/dump" >"$REALM_DIR/x"
	odd $(texts 5) "$(squeeze "$REALM_DIR/x" dump.zst)"
	bad refused "the dump is not the signed one: line 2"
	# A generation's manifest with another's dump, both ways.
	odd $(texts 5) "dump.zst=$REALM_DIR/4/dump.zst"
	bad refused "dump"
	odd $(texts 4) "dump.zst=$REALM_DIR/5/dump.zst"
	bad refused "dump"
	# A delta under the dump's name.
	cp "$REALM_DIR"/3/delta.*.zst "$REALM_DIR/x.zst"
	odd $(texts 3) "dump.zst=$REALM_DIR/x.zst"
	bad refused "the dump is not the signed one"
	head -c -5 "$REALM_DIR/5/dump.zst" >"$REALM_DIR/x.zst"
	odd $(texts 5) "dump.zst=$REALM_DIR/x.zst"
	bad refused "dump.zst: does not decompress (zstd: "
	good
}

# rot FILE N: it with its Nth byte another.
rot() {
	head -c "$2" "$1"
	tail -c +$(($2 + 1)) "$1" | head -c 1 | tr '\000-\377' '\200-\377\000-\177'
	tail -c +$(($2 + 2)) "$1"
}

@test "a delta changed after its manifest asks for the whole dump" {
	local d n
	d=$(basename "$REALM_DIR"/3/delta.*)
	altered 3 >"$REALM_DIR/x"
	rdelta "$REALM_DIR/2/dump" "$REALM_DIR/x" "$REALM_DIR/y"
	odd $(texts 3) "$(squeeze "$REALM_DIR/y" "$d")"
	bad need-full "what its delta gives is not the signed dump; take a full"
	# Of something that is no dump at all.
	head -c 3000 /dev/urandom >"$REALM_DIR/x"
	rdelta "$REALM_DIR/2/dump" "$REALM_DIR/x" "$REALM_DIR/y"
	odd $(texts 3) "$(squeeze "$REALM_DIR/y" "$d")"
	bad need-full "what its delta gives is not the signed dump; take a full"
	# No delta; one that is cut; one that copies from behind the base's end.
	odd $(texts 3) "$(squeeze "$REALM_DIR/2/manifest" "$d")"
	bad need-full "$d: does not patch (delta: "
	zstd -qdc "$REALM_DIR/3/$d" | head -c -3 >"$REALM_DIR/y"
	odd $(texts 3) "$(squeeze "$REALM_DIR/y" "$d")"
	bad need-full "$d: does not patch (delta: "
	printf 'rs\0026\x50\x7f\xff\xff\xff\x7f\xff\x00' >"$REALM_DIR/y"
	odd $(texts 3) "$(squeeze "$REALM_DIR/y" "$d")"
	bad need-full "$d: does not patch (delta: "
	# It would be endless.
	truncate -s 500M "$REALM_DIR/y"
	odd $(texts 3) "$(squeeze "$REALM_DIR/y" "$d")"
	rm "$REALM_DIR/y"
	bad need-full "$d: does not decompress (zstd: "
	# Rotten files.  In text that zstd stored as it was a changed byte is other
	# text, which it cannot know: the next byte, then.
	for n in 3 60 200; do
		until rot "$REALM_DIR/3/$d" $n >"$REALM_DIR/x.zst"
		    not zstd -qtf "$REALM_DIR/x.zst"; do
			n=$((n + 1))
		done
		odd $(texts 3) "$d=$REALM_DIR/x.zst"
		bad need-full "$d: does not decompress (zstd: "
	done
	good
}

@test "one delta of a chain: changed, missing, swapped, repeated" {
	local d3 d4 d5
	d3=$(delta 3) d4=$(delta 4) d5=$(delta 5)
	odd $(texts 5) "$d3" "$d5"
	bad need-full "a delta is missing or out of order; take a full bundle"
	odd $(texts 5) "$d4" "$d5"
	bad need-full "its delta is for another dump than the one sealed here; take"
	odd $(texts 5) "$d3" "$d4"
	bad need-full "what its delta gives is not the signed dump; take a full"
	# Their order is not signed; what comes of them is.
	odd $(texts 5) "$d3" "$d5" "$d4"
	talk "$B"
	[ "$(report outcome)" = sealed ]
	[ "$(canonical replica1)" = \
	    "$(sed -n 's/^dump-sha256: //p' "$REALM_DIR/5/manifest")" ]
	pristine
	odd $(texts 5) "$d4" "$d3" "$d5"
	bad need-full "its delta is for another dump than the one sealed here; take"
	odd $(texts 5) "$d3" "$d4" "$d4" "$d5"
	bad refused "two deltas of one base; refused"
	odd $(texts 5) "$d3" "$d4" "$d3" "$d5"
	bad refused "two deltas of one base; refused"
	# Each changed, with its name as it was.
	altered 3 >"$REALM_DIR/x"
	rdelta "$REALM_DIR/2/dump" "$REALM_DIR/x" "$REALM_DIR/y"
	odd $(texts 5) "$(squeeze "$REALM_DIR/y" "${d3%%=*}")" "$d4" "$d5"
	bad need-full "a delta is missing or out of order; take a full bundle"
	altered 4 >"$REALM_DIR/x"
	rdelta "$REALM_DIR/3/dump" "$REALM_DIR/x" "$REALM_DIR/y"
	odd $(texts 5) "$d3" "$(squeeze "$REALM_DIR/y" "${d4%%=*}")" "$d5"
	bad need-full "a delta is missing or out of order; take a full bundle"
	altered 5 >"$REALM_DIR/x"
	rdelta "$REALM_DIR/4/dump" "$REALM_DIR/x" "$REALM_DIR/y"
	odd $(texts 5) "$d3" "$d4" "$(squeeze "$REALM_DIR/y" "${d5%%=*}")"
	bad need-full "what its delta gives is not the signed dump; take a full"
	# One that grows past what a middle result may be.
	head -c 400000 /dev/zero >"$REALM_DIR/x"
	rdelta "$REALM_DIR/3/dump" "$REALM_DIR/x" "$REALM_DIR/y"
	odd $(texts 5) "$d3" "$(squeeze "$REALM_DIR/y" "${d4%%=*}")" "$d5"
	bad need-full "${d4%%=*}: does not "
	# More than a bundle may have, and more bytes than such a dump needs.
	odd $(texts 5) "$d3" $(for i in {100..400}; do
		echo "delta.$(printf '%064d' "$i").zst=${d4#*=}"
	done)
	bad refused "longer than what is signed allows; refused"
	good
}

@test "a manifest of one generation with a delta of another" {
	odd $(texts 4) $(delta 3)
	bad need-full "what its delta gives is not the signed dump; take a full"
	odd $(texts 3) $(delta 4)
	bad need-full "its delta is for another dump than the one sealed here; take"
	good
}

@test "a heartbeat's manifest with a payload" {
	sed "s/^as-of: .*/as-of: $(utc now)/" "$REALM_DIR/2/manifest" \
	    >"$REALM_DIR/m"
	forge "$B" "$REALM_DIR/m" "$REALM_DIR/3/dump.zst"
	bad refused "dump"
	forge "$B" "$REALM_DIR/m" "$REALM_DIR"/3/delta.*.zst
	bad need-full "what its delta gives is not the signed dump; take a full"
	# Its own dump is nothing wrong.
	forge "$B" "$REALM_DIR/m" "$REALM_DIR/2/dump.zst"
	talk "$B"
	[ "$(report outcome)" = sealed ]
	verify replica1 -q
}

@test "what is not for this replica is said to the primary, too" {
	local now
	now=$(utc now)
	# Yesterday's: an older generation, an older confirmation of this one.
	odd $(texts 1) "dump.zst=$REALM_DIR/1/dump.zst"
	bad refused "generation 1.1 as of "
	sed "s/^taken: .*/taken: $(utc '1 day ago')/; s/^as-of: .*/as-of: $(utc \
	    '23 hours ago')/" "$REALM_DIR/2/manifest" >"$REALM_DIR/m"
	forge "$B" "$REALM_DIR/m"
	bad refused "older than what is sealed here, 1.2 as of"
	# Another realm, whole and well signed.
	sed 's/^realm: .*/realm: OTHER.TEST/' "$REALM_DIR/3/manifest" \
	    >"$REALM_DIR/m"
	forge "$B" "$REALM_DIR/m" "$REALM_DIR"/3/delta.*.zst
	bad refused "it is of realm OTHER.TEST, this host serves EXAMPLE.TEST"
	# Tomorrow's kdcsync.
	sed 's/^kdcsync-manifest: 1/kdcsync-manifest: 2/' \
	    "$REALM_DIR/3/manifest" >"$REALM_DIR/m"
	forge "$B" "$REALM_DIR/m" "$REALM_DIR"/3/delta.*.zst
	bad refused "upgrade kdcsync here first"
	# Two primaries in one epoch: the same number, each its own content.
	sed "s/^as-of: .*/as-of: $now/; s/^generation: .*/generation: 2/" \
	    "$REALM_DIR/3/manifest" >"$REALM_DIR/m"
	forge "$B" "$REALM_DIR/m" "$REALM_DIR/3/dump.zst"
	bad refused "and another content; are there two primaries?; refused"
	forge "$B" "$REALM_DIR/m" "$REALM_DIR"/3/delta.*.zst
	bad refused "and another content; are there two primaries?; refused"
	# The manifest lies about the dump that it signs.
	sed 's/^principals: .*/principals: 999/' "$REALM_DIR/3/manifest" \
	    >"$REALM_DIR/m"
	forge "$B" "$REALM_DIR/m" "$REALM_DIR"/3/delta.*.zst
	bad refused "the dump is not the signed one"
	good
}

@test "a delta for a replica without its base" {
	rm "$REALM_DIR"/replica1/state/dump.*
	talk "$REALM_DIR/delta"
	[ "$(report status):$(report outcome)" = 65:need-full ]
	[ "$(report said)" = "kdc-apply: $(report why)" ]
	[[ $(report why) == *"is not here; take a full bundle"* ]]
	[ "$(sealed replica1 generation)" = 2 ]
	talk "$REALM_DIR/heartbeat"
	[ "$(report status):$(report outcome)" = 65:need-full ]
	[ "$(report said)" = "kdc-apply: $(report why)" ]
	# One line as well when it is there, and damaged wherever one looks.
	pristine
	sed -i '2,$s/[a-f]/x/g' "$REALM_DIR"/replica1/state/dump."$(sealed \
	    replica1 dump-sha256)"
	talk "$REALM_DIR/delta"
	[ "$(report status):$(report outcome)" = 65:need-full ]
	[ "$(report said)" = "kdc-apply: $(report why)" ]
	[[ $(report why) == */state/dump.*": damaged; take a full bundle"* ]]
	talk "$REALM_DIR/full"
	[ "$(report outcome)" = sealed ]
	verify replica1 -q
}

@test "by hand, too, one line says to take a full bundle" {
	odd $(texts 5) $(delta 3) $(delta 5)
	for option in -q -n; do
		run realm_on replica1 kdc-apply $option "$B"
		echo "$output"
		[ "$status" = 65 ]
		[ "${#lines[@]}" = 1 ]
		[[ $output == "kdc-apply: bundle: "*"; take a full bundle (kdc-snapshot --full, or -o FILE)" ]]
		[ "$(fingerprint replica1)" = "$before" ]
	done
}

@test "a rotten delta on the primary mends itself in the same run" {
	local delta n
	snapshot -q
	for n in 3 60 150; do
		admin_local "cpw -pw rot$n user7" >/dev/null
		snapshot -q --no-ship
		delta=$(echo "$REALM_DIR/primary/state/generations/1.$(current \
		    generation)"/delta.*)
		printf '\xaa' | dd of="$delta" bs=1 seek=$n conv=notrunc \
		    status=none
		run snapshot
		echo "$output"
		[ "$status" = 0 ]
		[[ $output == *"replica1: sealed 1.$(current generation)"* ]]
		[ "$(canonical replica1)" = "$(canonical primary)" ]
		verify replica1 -q
	done
}
