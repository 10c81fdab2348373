#!/usr/bin/env bats
# Goal of this test: a delta is followed record by record, in a copy of the live
# database, and what comes of it is live only when it is, to the last byte, what
# was signed.  A delta that lies, a base that rotted where it is read, a live
# database that somebody wrote to or that is damaged, are caught before the swap:
# the whole way is taken then, which tells what is wrong.
bats_require_minimum_version 1.5.0

setup_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	realm_make -d -n 1 "$REALM_DIR"
	# A tree of more than one page.
	for i in {1..60}; do echo "addprinc -randkey host/h$i"; done |
	    realm_on primary kadmin.local >/dev/null 2>&1
	admin_local 'addpol -minlength 2 p' 'addpol gone' \
	    'addprinc -pw aa -policy p +requires_preauth alice' \
	    'addprinc -pw b +requires_preauth bob' 'addprinc -pw c carol' \
	    'addprinc -pw d +requires_preauth dave' \
	    'addprinc -pw e +requires_preauth erin' \
	    'addprinc -pw g +requires_preauth big' \
	    "setstr big note $(printf '%03000d' 1)" >/dev/null 2>&1
	snapshot -q
	cp -a "$REALM_DIR/replica1" "$REALM_DIR/pristine"
	our_dump 1.1 >"$REALM_DIR/1"
	# Everything a cycle can have; and two generations more, for a chain.
	admin_local 'cpw -pw B bob' 'delprinc -force carol' \
	    'addprinc -pw x aaron' 'addprinc -pw z zoe' \
	    'modprinc -maxlife "5 hours" dave' 'modpol -minlength 3 p' 'addpol new' 'delpol -force gone' >/dev/null 2>&1
	cycle 2
	admin_local 'cpw -pw BB bob' 'addprinc -pw c carol' \
	    'delprinc -force aaron' 'delpol -force new' >/dev/null 2>&1
	cycle 3
	admin_local 'modprinc -maxlife "3 hours" dave' 'addpol new' \
	    >/dev/null 2>&1
	cycle 4
	tar cf "$REALM_DIR/chain" -C "$REALM_DIR" manifest manifest.sig \
	    "${DELTAS[@]}"
}

# A generation, its dump, its bundle; the last one's texts.
cycle() {
	local dir=$REALM_DIR/primary/state/generations/1.$1
	snapshot -q --no-ship -o "$REALM_DIR/full$1"
	our_dump "1.$1" >"$REALM_DIR/$1"
	tar cf "$REALM_DIR/delta$1" -C "$dir" manifest manifest.sig \
	    "$(basename "$dir"/delta.*)"
	cp "$dir"/delta.* "$dir/manifest" "$dir/manifest.sig" "$REALM_DIR/"
	DELTAS+=("$(basename "$dir"/delta.*)")
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	realm_end
	rm -rf "$REALM_DIR"
}

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	rm -rf "$REALM_DIR/replica1"
	cp -a "$REALM_DIR/pristine" "$REALM_DIR/replica1"
	sealed_dump=$(echo "$REALM_DIR"/replica1/state/dump.*)
}

# take BUNDLE: kdc-apply of it; what it says is in $output.
take() {
	run realm_on replica1 kdc-apply "$REALM_DIR/$1"
	echo "$output"
	[ "$status" = "${2#-}" ]
}

followed() {
	grep -q 'shadow changed in' <<<"$output"
}

filled() {
	grep -q 'shadow filled in' <<<"$output"
}

# is N: live, sealed and kept are generation N's.
is() {
	local want
	want=$(sha256sum <"$REALM_DIR/$1" | cut -d' ' -f1)
	[ "$(canonical replica1)" = "$want" ]
	[ "$(sealed replica1 dump-sha256)" = "$want" ]
	cmp "$REALM_DIR/$1" "$REALM_DIR/replica1/state/dump.$want"
	verify replica1 -q
	[ -z "$(find "$REALM_DIR/replica1" \( -path '*kdcsync/*' \
	    -o -name seal.next -o -path '*/state/.*' \) \
	    ! -path '*kdcsync/last*')" ]
}

# lie HOW: a bundle of generation 2 whose delta is a lying one.
lie() {
	local name
	name=$(tar tf "$REALM_DIR/delta2" | grep '^delta')
	mkdir -p "$REALM_DIR/lie"
	tar xf "$REALM_DIR/delta2" -C "$REALM_DIR/lie"
	python3 tests/flow/lying_delta.py "$1" "$REALM_DIR/1" "$REALM_DIR/2" |
	    zstd -q -f -o "$REALM_DIR/lie/$name"
	tar cf "$REALM_DIR/lying" -C "$REALM_DIR/lie" manifest manifest.sig \
	    "$name"
}

@test "a delta is followed record by record" {
	take delta2 -0
	followed
	grep -q ': 3 added, 2 removed, 3 changed' <<<"$output"
	is 2
	[ "$(realm_on replica1 kadmin.local -q listpols 2>/dev/null |
	    grep -cx 'new\|p\|gone')" = 2 ]
	take delta3 -0
	followed
	is 3
	take delta4 -0
	followed
	is 4
}

@test "so is a chain of deltas, at once" {
	take chain -0
	followed
	is 4
}

# replaced: the files that were live before the last swap are all there.
replaced() {
	(cd "$REALM_DIR/replica1/db/principal.kdcsync/last" &&
	    ls principal{,.ok,.kadm5,.kadm5.lock}) >/dev/null
}

@test "the next one starts from what the last replaced, whatever became of it" {
	local last=$REALM_DIR/replica1/db/principal.kdcsync/last how inode
	take delta2 -0
	replaced
	inode=$(stat -c %i "$last/principal")
	rm -rf "$REALM_DIR/second"
	cp -a "$REALM_DIR/replica1" "$REALM_DIR/second"
	take delta3 -0
	followed
	is 3
	[ "$(stat -c %i "$REALM_DIR/replica1/db/principal")" = "$inode" ]
	replaced
	for how in 'dd if=/dev/urandom of=principal bs=1000 count=20 seek=3 conv=notrunc' \
	    'truncate -s 5000 principal' 'truncate -s 1M principal' \
	    ': >principal' 'rm principal' 'rm principal.ok' \
	    'dd if=/dev/urandom of=principal.kadm5 bs=500 count=2 conv=notrunc' \
	    'ln -sf ../../principal principal' 'chmod 777 .' \
	    'cp principal.kadm5 principal' 'rm -rf ../last' 'rm principal*'; do
		echo "$how"
		rm -rf "$REALM_DIR/replica1"
		cp -a "$REALM_DIR/second" "$REALM_DIR/replica1"
		(cd "$last" && eval "$how") 2>/dev/null
		take delta3 -0
		followed
		is 3
		replaced
	done
}

@test "at debug level it names what changes, elsewhere nobody" {
	run -0 realm_on replica1 kdc-apply -d "$REALM_DIR/delta2"
	grep -qx 'kdc-apply: principal removed: carol@EXAMPLE.TEST' \
	    <<<"$output"
	grep -qx 'kdc-apply: principal changed: bob@EXAMPLE.TEST' <<<"$output"
	grep -qx 'kdc-apply: policy added: new' <<<"$output"
	cp -a "$REALM_DIR/pristine/." "$REALM_DIR/replica1"
	take delta2 -0
	not grep -q 'bob\|carol' <<<"$output"
}

@test "whole lines by another maker of deltas" {
	lie none
	take lying -0
	followed
	grep -q ': 3 added, 2 removed, 3 changed' <<<"$output"
	is 2
}

@test "a delta that lies is caught before the swap" {
	local how before
	before=$(fingerprint replica1)
	for how in literal shift wide twice other; do
		echo "== $how"
		lie $how
		take lying -65
		grep -q 'not the signed dump\|does not patch' <<<"$output"
		[ "$(fingerprint replica1)" = "$before" ]
	done
	verify replica1 -q
	take delta2 -0
	is 2
}

# flip OFFSET: a bit of the sealed dump.
flip() {
	python3 - "$sealed_dump" "$1" <<-END
	import sys
	f = open(sys.argv[1], "r+b")
	f.seek(int(sys.argv[2]))
	byte = f.read(1)[0]
	f.seek(int(sys.argv[2]))
	f.write(bytes([byte ^ 1]))
	END
}

# at TEXT: where it stands in the sealed dump.
at() {
	grep -abo "$1" "$sealed_dump" | head -n 1 | cut -d: -f1
}

@test "a base that rotted in a gap is caught, and named" {
	local before
	flip $(($(at 'carol@EXAMPLE') + 2))
	before=$(fingerprint replica1)
	take delta2 -65
	grep -q 'dump\.[0-9a-f]*: damaged' <<<"$output"
	[ "$(fingerprint replica1)" = "$before" ]
}

@test "one that rotted elsewhere is replaced by what was proved" {
	flip $(($(at 'erin@EXAMPLE') + 60))
	take delta2 -0
	followed
	is 2
}

@test "a record altered here, outside of what changed, is named and replaced" {
	realm_on replica1 kadmin.local -q 'cpw -pw mine erin' >/dev/null
	take delta2 -0
	filled
	grep -q 'not what was sealed as generation 1.1: 1 record ' <<<"$output"
	is 2
}

@test "a record altered or gone here that changes: the whole way" {
	realm_on replica1 kadmin.local -q 'delprinc -force bob' >/dev/null
	take delta2 -0
	filled
	grep -q 'not what was sealed as generation 1.1: 1 record ' <<<"$output"
	is 2
}

@test "one that changes was altered here: the signed one comes" {
	realm_on replica1 kadmin.local -q 'cpw -pw mine bob' >/dev/null
	take delta2 -0
	is 2
}

@test "a live database that is damaged is not copied on" {
	local damage
	for damage in separator sibling-next key zero cut; do
		rm -rf "$REALM_DIR/replica1"
		cp -a "$REALM_DIR/pristine" "$REALM_DIR/replica1"
		python3 tests/flow/damage.py \
		    "$REALM_DIR/replica1/db/principal" $damage || continue
		take delta2 -0
		filled
		is 2
	done
}

@test "a stash that does not fit is refused as ever" {
	rm "$REALM_DIR"/replica1/db/stash* "$REALM_DIR"/replica1/stash* \
	    2>/dev/null || :
	rm -f "$(sed -n 's/^.*key_stash_file = //p' \
	    "$REALM_DIR/replica1/kdc.conf")"
	take delta2 -65
	grep -q 'does not fit generation 1.2' <<<"$output"
	[ "$(sealed replica1 generation)" = 1 ]
}

# take_at BUNDLE POINT COMMAND: takes it, and at that point COMMAND runs.
take_at() {
	[ -e "$REALM_DIR/atpoint.so" ] ||
	    cc -shared -fPIC -o "$REALM_DIR/atpoint.so" tests/fault/atpoint.c
	AT=$2 AT_DO="$3 >/dev/null 2>&1" LD_PRELOAD=$REALM_DIR/atpoint.so \
	    take "$1" -0
}

@test "a KDC writes an old record back behind the swap" {
	local how
	for how in 'cpw -pw b bob' 'addprinc -pw c carol' \
	    'delprinc -force zoe'; do
		rm -rf "$REALM_DIR/replica1"
		cp -a "$REALM_DIR/pristine" "$REALM_DIR/replica1"
		take_at delta2 sleep "kadmin.local -q '$how'"
		followed
		is 2
	done
	# A write to another record is none of that; the next look has it.
	rm -rf "$REALM_DIR/replica1"
	cp -a "$REALM_DIR/pristine" "$REALM_DIR/replica1"
	take_at delta2 sleep "kadmin.local -q 'cpw -pw mine erin'"
	run -2 verify replica1
	grep -q 'altered: 1 record' <<<"$output"
}

# counter PRINCIPAL: its failed logins in a row at the replica.
counter() {
	realm_on replica1 kadmin.local -q "getprinc $1" 2>/dev/null |
	    sed -n 's/^Failed password attempts: //p'
}

# fail_for PRINCIPAL...: a failed login for each, as a command.
fail_for() {
	local name
	for name in "$@"; do
		printf 'echo wrong | kinit %s || :; ' "$name"
	done
}

@test "a login between the proof and the swap is counted" {
	local bundle name
	for bundle in delta2 full2; do
		rm -rf "$REALM_DIR/replica1"
		cp -a "$REALM_DIR/pristine" "$REALM_DIR/replica1"
		kdc_start replica1
		take_at $bundle seal.next \
		    "{ $(fail_for alice bob dave erin big) }"
		grep -q ' 4 late counters' <<<"$output"
		for name in alice dave erin big; do
			[ "$(counter $name)" = 1 ]
		done
		# A new password frees.
		[ "$(counter bob)" = 0 ]
		is 2
		process_stop "$REALM_DIR/replica1/run/kdc.pid"
	done
}
