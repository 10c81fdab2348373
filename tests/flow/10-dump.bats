#!/usr/bin/env bats
# Goal of this test: the dump that kdc-snapshot writes is the one kdb5_util
# writes, byte for byte in canonical form, whatever stands in the realm and in
# whichever kind of database; a replica made from it has the same content; and
# all that is kept of a generation opens with the stock tools.
bats_require_minimum_version 1.5.0

setup() {
	load lib.bash
	export LC_ALL=C.UTF-8
	MIT_DUMPS=$REALM_SOURCE/../shared/data/mit-dumps
}

teardown() {
	realm_end
}

make() {
	realm_make -d -n 1 "$BATS_TEST_TMPDIR/realm" "$@"
}

# fill [-hash]: what `kdb5_util load` can carry.
fill() {
	local long
	long=$(printf 'x%.0s' {1..180})
	admin_local \
	    'addpol -minlife "1 hour" -maxlife "90 days" -minlength 1 -minclasses 1 -history 4 -maxfailure 3 -failurecountinterval "5 minutes" -lockoutduration "1 hour" -allowedkeysalts aes256-cts:normal,aes128-cts:normal full' \
	    'addpol -maxfailure 2 few' 'addpol Empty' \
	    'addprinc -policy full -pw one1 history' \
	    'modprinc -policy full history' \
	    'cpw -pw two2 history' 'modpol -minlife 0 full' \
	    'cpw -pw three3 history' 'cpw -pw four4 history' \
	    'addprinc -policy nowhere -pw a dangling' \
	    'addprinc -pw a kept' 'cpw -keepold -pw b kept' \
	    'cpw -keepold -pw c kept' 'cpw -keepold -pw d kept' \
	    'purgekeys -keepkvno 2 kept' \
	    'modprinc +requires_preauth -maxrenewlife "7 days" kept' \
	    "addprinc -nokey svc/$long/$long/$long" \
	    'addprinc -nokey a\/b' 'addprinc -nokey a\@b' \
	    'addprinc -nokey a\tb' 'addprinc -nokey a\nb' \
	    'addprinc -nokey a\\b' 'addprinc -nokey "a b"' \
	    'addprinc -pw x jürgen' 'addprinc -nokey 日本' \
	    'addprinc -pw x -expire "2050-01-19 03:14:07 UTC" late' \
	    'setstr late session_enctypes aes256-cts' \
	    'setstr late text "a b"' 'cpw -pw y late' \
	    'modprinc -pwexpire "2101-01-02 00:00:00 UTC" late' \
	    'modprinc -unlock late' \
	    'addprinc -pw t krbtgt/OTHER.TEST' \
	    'addprinc -pw t krbtgt/EXAMPLE.TEST@OTHER.TEST' \
	    'addprinc -pw z counted' 'addprinc -pw z zz' >/dev/null 2>&1
	# The counters of a few logins.
	realm_on primary kdb5_util dump |
	    awk -F'\t' -vOFS='\t' '$7 ~ /^counted@/ {
		$13 = 1700000001; $14 = 1700000002; $15 = 7 } { print }' \
	    >"$BATS_TEST_TMPDIR/counted"
	realm_on primary kdb5_util load "$@" "$BATS_TEST_TMPDIR/counted"
}

# What it cannot: it skips a leading blank, stops at one in a policy's name.
fill_odd() {
	admin_local 'addprinc -pw x " leading"' 'addpol "two words"' \
	    'addprinc -pw x -policy "two words" worded' >/dev/null 2>&1
}

# Is all of that really there?  mit: a dump of kdb5_util.
has_all() {
	local name
	for name in ' leading' 'a\/b' 'a\@b' 'a\tb' 'a\nb' 'a\\b' 'a b' \
	    jürgen 日本 krbtgt/OTHER.TEST; do
		cut -f7 "$1" | grep -qxF -e "$name@EXAMPLE.TEST" ||
		    { echo "no $name"; return 1; }
	done
	cut -f7 "$1" | grep -qxF krbtgt/EXAMPLE.TEST@OTHER.TEST
	cut -f7 "$1" | grep -qE '^svc/.{500,}@'
	cut -f2 "$1" | grep -qxF 'two words'
	# kept: three kvnos; late: strings, and times past 2038; history: three
	# old keys in KADM_DATA; counted: counters.
	awk -F'\t' '
	$7 ~ /^kept@/ { k = 8 + 8 + 3 * $4
		for (n = 0; n < $5; n++) { kvno[$(k + 1)] = 1
			k += 2 + 3 * $k } }
	$7 ~ /^late@/ { times = $11 == 2526174847 && $12 > 4000000000
		for (i = 16; i < 16 + 3 * $4; i += 3) type[$i] = i
		strings = 11 in type && 1792 in type && type[11] < type[1] }
	$7 ~ /^history@/ { for (i = 16; i < 16 + 3 * $4; i += 3)
		if ($i == 3) history = $(i + 1) > 400 }
	$7 ~ /^counted@/ { counted = $13 && $14 && $15 == 7 }
	$1 == "policy" && $2 == "full" { salts = $15 ~ /^aes256.*,aes128/ }
	END { for (k in kvno) kvnos++
		print "kvnos", kvnos, "times", times, "strings", strings,
		    "history", history, "counted", counted, "salts", salts
		exit !(kvnos == 3 && times && strings && history && counted &&
		    salts) }' "$1"
}

# The primary's, the generation's and the replica's content are one.
all_equal() {
	local t=$BATS_TEST_TMPDIR
	mit_dump primary >"$t/primary"
	our_dump "$1" >"$t/ours"
	cmp "$t/ours" "$t/primary"
	mit_dump replica1 >"$t/replica"
	cmp "$t/ours" "$t/replica"
	grep -qx "dump-sha256: $(sha256sum <"$t/ours" | cut -d' ' -f1)" \
	    "$REALM_DIR/primary/state/generations/$1/manifest"
	realm_on replica1 kdc-verify
}

kind() {
	od -An -N4 -tx4 "$REALM_DIR/$1/db/principal" | tr -d ' '
}

@test "btree: our dump is kdb5_util's, and the replica has it" {
	make
	fill
	fill_odd
	[ "$(kind primary)" = 00053162 ]
	snapshot -q
	all_equal 1.1
	realm_on primary kdb5_util dump >"$BATS_TEST_TMPDIR/mit"
	has_all "$BATS_TEST_TMPDIR/mit"
	# Otherwise the canonical form would not be one.
	! cmp -s "$BATS_TEST_TMPDIR/mit" "$BATS_TEST_TMPDIR/ours"
	grep -qx 'mangled: 2' "$REALM_DIR/primary/state/generations/1.1/manifest"
	kdc_start replica1
	login replica1 history four4
	login replica1 jürgen x
	run ! login replica1 history three3
}

@test "hash: the same, and a change to it goes as a delta" {
	make
	fill -hash
	fill_odd
	[ "$(kind primary)" = 61150600 ]
	snapshot -q
	all_equal 1.1
	realm_on primary kdb5_util dump >"$BATS_TEST_TMPDIR/mit"
	has_all "$BATS_TEST_TMPDIR/mit"
	# In its own order, which is not ours.
	! sort -c -t"$(printf '\t')" -k7,7 <(grep -a ^princ \
	    "$BATS_TEST_TMPDIR/mit") 2>/dev/null
	admin_local 'cpw -pw new kept' 'delprinc -force zz' \
	    'delpol Empty' >/dev/null
	snapshot -q
	all_equal 1.2
	[ "$(kind primary)" = 61150600 ]
}

@test "MIT's own regression dumps come out as MIT dumps them" {
	local f
	[ -d "$MIT_DUMPS" ] ||
	    skip "no MIT dumps beside the project: $MIT_DUMPS"
	make KRBTEST.COM
	realm_on primary kdb5_util -P master load "$MIT_DUMPS/dump"
	realm_on primary kdb5_util -P master stash
	cp "$REALM_DIR/primary/stash" "$REALM_DIR/replica1/stash"
	for f in dump dump.r18 dump.r13 dump.b7; do
		echo "== $f"
		realm_on primary kdb5_util load "$MIT_DUMPS/$f"
		snapshot -q
		case $f in
		dump.b7) # without policy names and histories: other content
			all_equal 1.2
			run ! cmp -s "$BATS_TEST_TMPDIR/ours" \
			    "$BATS_TEST_TMPDIR/want"
			[ "$(grep -c ^princ "$BATS_TEST_TMPDIR/ours")" = \
			    "$(grep -c ^princ "$MIT_DUMPS/$f")" ] ;;
		*)
			all_equal 1.1
			python3 "tests/canon.py" "$MIT_DUMPS/$f" \
			    >"$BATS_TEST_TMPDIR/want"
			cmp "$BATS_TEST_TMPDIR/ours" \
			    "$BATS_TEST_TMPDIR/want" ;;
		esac
	done
}

@test "a bundle to a file opens with tar, zstd and ssh-keygen" {
	local t=$BATS_TEST_TMPDIR
	make
	fill
	snapshot -q --no-ship -o "$t/bundle.tar"
	[ ! -e "$REALM_DIR/replica1/db/principal" ]
	[ "$(tar tf "$t/bundle.tar" | paste -sd' ')" = \
	    "manifest manifest.sig dump.zst" ]
	mkdir "$t/open"
	tar xf "$t/bundle.tar" -C "$t/open"
	zstd -qt "$t/open/dump.zst"
	zstd -qdc "$t/open/dump.zst" | cmp - <(our_dump 1.1)
	ssh-keygen -Y verify -f "$REALM_DIR/allowed_signers" \
	    -I primary@EXAMPLE.TEST -n kdcsync -s "$t/open/manifest.sig" \
	    <"$t/open/manifest"
	# kdb5_util loads it, and nothing is lost.
	realm_on replica1 kdb5_util load "$REALM_DIR/primary/state/generations/1.1/dump"
	cmp <(mit_dump replica1) <(our_dump 1.1)
	# kdc-apply takes it by hand.
	realm_on replica1 kdc-apply -q "$t/bundle.tar"
	realm_on replica1 kdc-verify
	cmp <(mit_dump replica1) <(our_dump 1.1)
}

@test "a delta is one for rdiff, and gives the new dump" {
	local t=$BATS_TEST_TMPDIR dir delta base
	make
	fill
	snapshot -q
	base=$(our_dump 1.1 | sha256sum | cut -d' ' -f1)
	our_dump 1.1 >"$t/base"
	admin_local 'cpw -pw new kept' 'addprinc -pw x new' \
	    'delprinc -force zz' 'addpol later' 'delpol Empty' >/dev/null 2>&1
	snapshot -q
	all_equal 1.2
	dir=$REALM_DIR/primary/state/generations/1.2
	delta=$dir/delta.$base.zst
	zstd -qt "$delta"
	zstd -qdc "$delta" >"$t/delta"
	[ "$(stat -c %s "$t/delta")" -lt "$(stat -c %s "$dir/dump")" ]
	rdiff patch "$t/base" "$t/delta" "$t/patched"
	cmp "$t/patched" "$dir/dump"
	run ! cmp -s "$t/patched" "$t/base"
	# A bundle to a file is for anybody: whole, not the delta.
	snapshot -q -o "$t/bundle.tar"
	[ "$(tar tf "$t/bundle.tar" | paste -sd' ')" = \
	    "manifest manifest.sig dump.zst" ]
}

# Names are added one after another, and policies between them: a dump of one
# moment has no gap in either.
@test "what is written while the copy is made is in it whole or not at all" {
	local writer n names
	make
	snapshot -q
	for n in {1001..1400}; do
		echo "addprinc -nokey n$n"
		[ $((n % 5)) != 0 ] || echo "addpol p$n"
		[ $((n % 20)) != 0 ] || sleep 0.2
	done | realm_on primary kadmin.local >/dev/null 2>&1 3>&- &
	writer=$!
	n=1
	while kill -0 $writer 2>/dev/null; do
		snapshot -q
		[ "$(current held)" = - ]
		n=$(current generation)
		our_dump "1.$n" >"$BATS_TEST_TMPDIR/now"
		names=$(grep -aoE '	n[0-9]+@' "$BATS_TEST_TMPDIR/now" |
		    tr -d '\tn@')
		[ "$names" = "$(seq 1001 $((1000 + $(wc -w <<<"$names"))))" ]
	done
	wait $writer
	[ "$n" -gt 2 ]
	snapshot -q
	n=$(current generation)
	all_equal "1.$n"
	[ "$(our_dump "1.$n" | grep -ac '	n1[0-9]*@')" = 400 ]
}
