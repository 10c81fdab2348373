# Goal of this test: what the primary had is found again, far away and later.
# - kdc-archive lists the generations that a host can give back, writes them into
#   one file, reads that to its end, and says by name what changed between any
#   two: never a key, a hash or a salt.
# - The stash comes out of an archive for each recipient, an age key and an ssh
#   key; on the way in it is in a pipe, not on a disk and not in an argument.
# - The commands that the page shows open an archive, in an empty directory, and
#   the restore by hand of README brings back each generation in it; so does
#   kdc-apply.
# - Cut anywhere, with any bit flipped: refused in one line, or nothing that it
#   holds has changed.
# - What cannot be is said in one line, and nothing is written.
# FLIPS=5000 flips more bits; SEED=... others.

setup_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	realm_make -d -n 1 "$REALM_DIR"
	cd "$REALM_DIR"
	mkdir generation
	admin_local 'addprinc -pw a alice' 'addprinc -pw b bob' 'addpol p' \
	    'addprinc -randkey gone' >/dev/null
	take 1
	admin_local 'cpw -pw c alice' 'modprinc -maxlife 1h bob' \
	    'delprinc -force gone' >/dev/null
	take 2
	age-keygen -o age.key 2>/dev/null
	ssh-keygen -q -t ed25519 -N '' -f ssh.key
	{
		echo "# who may"
		cat ssh.key.pub
	} >recipients
	archive write -q --all --stash --recipient "$(age-keygen -y age.key)" \
	    --recipient recipients realm.archive
	page by-hand >commands
	page by-hand-grant >commands-grant
	awk '/^<!-- by-hand-restore -->/ { here = 1; next }
	    here && /^```sh/ { on = 1; next }
	    on && /^```/ { exit }
	    on' "$FLOW_SOURCE/README.md" >restore
	[ "$(wc -l <restore)" -gt 20 ]
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	rm -rf "$REALM_DIR"
}

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	cd "$REALM_DIR"
}

# archive ARG...: kdc-archive on the primary.
archive() {
	realm_on primary kdc-archive "$@"
}

# take N: a generation, its digest remembered as MIT's tools and canon.py see it.
take() {
	(cd "$FLOW_SOURCE" && canonical primary) >"$REALM_DIR/generation/$1"
	snapshot -q
}

# page MARK: the commands behind that mark in the manual, for this realm.
page() {
	awk -v mark=".\\\\\" $1" '$0 == mark { here = 1; next }
	    here && /^\.Bd/ { on = 1; next }
	    on && /^\.Ed/ { exit }
	    on' "$FLOW_SOURCE/man/kdc-archive.8" |
	    sed -e 's/^# //' -e 's/\\e/\\/g' -e 's/EXAMPLE\.COM/EXAMPLE.TEST/' \
		-e "s,/etc/kdcsync/,$REALM_DIR/primary/etc/,"
}

# one_line STATUS TEXT COMMAND...: it fails like that, with one line that has
# that text, and prints nothing.
one_line() {
	local status=$1 text=$2 rc=0
	shift 2
	"$@" >out 2>err || rc=$?
	echo "$rc: $(cat err)"
	[ "$rc" = "$status" ]
	[ "$(wc -l <err)" = 1 ]
	grep -qF -- "$text" err
	[ ! -s out ]
}

# restored BUNDLE DELTA...: the digest of what README's script makes of them.
restored() {
	rm -rf replica1/db
	mkdir -m 700 replica1/db
	cp primary/stash replica1/stash
	BUNDLE=$1
	shift
	export BUNDLE DELTA="$*" SIGNER=primary@EXAMPLE.TEST
	export OPERATOR=operator@EXAMPLE.TEST
	export ALLOWED=$REALM_DIR/primary/etc/allowed_signers
	realm_on replica1 sh "$REALM_DIR/restore" >&2 || return
	(cd "$FLOW_SOURCE" && canonical replica1)
}

@test "list: the newest first, in 80 columns, as JSON, on a replica" {
	run archive list
	echo "$output"
	[ "$status" = 0 ]
	[[ ${lines[1]} == 1.2\ * ]]
	[[ ${lines[2]} == 1.1\ * ]]
	[ "${#lines[@]}" = 3 ]
	[ "$(printf '%s\n' "$output" | wc -L)" -le 80 ]
	archive list --json | python3 -c 'import json, sys
all = json.load(sys.stdin)
assert all["schema"] == 1 and all["role"] == "primary"
assert [(g["epoch"], g["generation"]) for g in all["generations"]] == \
    [(1, 2), (1, 1)]
assert all["generations"][0]["held"] is None'
	realm_on replica1 kdc-archive list | grep '^1\.2 '
	# Held for a reason that is longer than a line.
	cp -a primary held
	sed -i "s,primary,held,g" held/etc/kdcsync.conf held/kdc.conf \
	    held/krb5.conf held/env
	for i in $(seq 25); do echo "addprinc -randkey u$i"; done |
	    realm_on held kadmin.local >/dev/null 2>&1
	realm_on held kdc-snapshot -q --no-ship
	for i in $(seq 25); do echo "delprinc -force u$i"; done |
	    realm_on held kadmin.local >/dev/null 2>&1
	run realm_on held kdc-snapshot -q --no-ship
	[ "$status" = 65 ]
	run realm_on held kdc-archive list
	echo "$output"
	[ "$(printf '%s\n' "$output" | wc -L)" -le 80 ]
	[[ $output == *"1.3: what is newer is held since 20"* ]]
	[[ $output == *"max_shrink are gone"* ]]
	realm_on held kdc-archive list --json | grep -q '"held":{"since":"20'
	rm -rf held
}

@test "write: one, all, by name and by time; private, whole, stock tools" {
	run archive verify realm.archive
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == "archive of EXAMPLE.TEST: 2 generations, 1.1 to 1.2 as of 20"*", stash for 2 recipients" ]]
	[ "$(stat -c %a realm.archive)" = 600 ]
	[ "$(tar -tf realm.archive | tr '\n' ' ')" = \
	    "index index.sig 1.2.bundle 1.1.bundle krb5.conf kdc.conf kadm5.acl stash.age " ]
	tar -xOf realm.archive 1.1.bundle | tar -tf - | grep '^delta\.'
	archive write -q one
	[ "$(tar -tf one | tr '\n' ' ')" = \
	    "index index.sig 1.2.bundle krb5.conf kdc.conf kadm5.acl " ]
	[[ $(archive verify - <one) == *": 1 generation, 1.2 as of "*", no stash" ]]
	archive write -q --generation 1.1 one
	[[ $(archive verify one) == *": 1 generation, 1.1 as of "* ]]
	archive write -q --at "$(date -u +%Y-%m-%dT%H:%M:%SZ)" one
	[[ $(archive verify one) == *": 1 generation, 1.2 as of "* ]]
	archive write -q - | archive verify -
	archive verify -q one | not grep .
	# A replica has what it takes to verify, and signs none.
	realm_on replica1 kdc-archive verify realm.archive
	one_line 78 "this host is a replica" \
	    realm_on replica1 kdc-archive write two
	# Nothing is left beside it, or in the state directory.
	run find . -name '.*archive.*' -o -name '.one*' -o -path '*/state/.*'
	[ -z "$output" ]
	# An ACL that is not there is no reason to have no archive.
	mv primary/kadm5.acl acl
	run archive write one
	mv acl primary/kadm5.acl
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"kadm5.acl: not there; the archive is without it"* ]]
	tar -tf one | not grep acl
}

@test "the stash: for each recipient, in a pipe and nowhere else" {
	for key in age.key ssh.key; do
		tar -xOf realm.archive stash.age | age -d -i $key | cmp - primary/stash
	done
	age-keygen -o other.key 2>/dev/null
	not age -d -i other.key -o /dev/null <(tar -xOf realm.archive stash.age)
	realm_on primary strace -f -y -xx -s 100000 -o trace \
	    -e trace=write,writev,pwrite64,sendfile,copy_file_range,execve \
	    kdc-archive write -q --stash --recipient recipients traced
	# Eight bytes of the key in it, as strace writes them.
	local part
	part=$(tail -c 8 primary/stash | od -An -tx1 | sed 's/ /\\\\x/g')
	grep "$part" trace >hits
	grep -v 'write([0-9]*<\(\\x70\\x69\\x70\\x65\|pipe\)' hits >elsewhere || :
	cut -c 1-200 elsewhere
	[ -s hits ]
	[ ! -s elsewhere ]
	python3 -c 'import sys
key = open("primary/stash", "rb").read()[-16:]
sys.exit(key in open("traced", "rb").read())'
}

@test "by hand: the commands of the page, then README's script, each generation" {
	rm -rf empty
	mkdir empty
	cp age.key empty/key.txt
	cp realm.archive empty/
	cd empty
	run bash -eu ../commands
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *'Good "kdcsync" signature for primary@EXAMPLE.TEST'* ]]
	[ "$(grep -c ': OK$' <<<"$output")" = 6 ]
	cmp stash ../primary/stash
	cmp kdc.conf ../primary/kdc.conf
	cmp krb5.conf ../primary/krb5.conf
	cmp kadm5.acl ../primary/kadm5.acl
	cd ..
	[ "$(restored empty/1.2.bundle)" = "$(cat generation/2)" ]
	[ "$(restored empty/1.2.bundle empty/1.1.bundle)" = "$(cat generation/1)" ]
	# And with kdc-apply, on a host that has nothing.
	rm -rf replica1/db replica1/state
	mkdir -m 700 replica1/db replica1/state
	realm_on replica1 kdc-apply -q empty/1.2.bundle
	[ "$(cd "$FLOW_SOURCE" && canonical replica1)" = "$(cat generation/2)" ]
}

@test "diff: names and fields, and nothing that is secret" {
	run archive diff 1.1 1.2
	echo "$output"
	[ "$status" = 1 ]
	[ "${lines[1]}" = "rekeyed  principal alice@EXAMPLE.TEST: kvno 1->2" ]
	[ "${lines[2]}" = "changed  principal bob@EXAMPLE.TEST: max_life" ]
	[ "${lines[3]}" = "removed  principal gone@EXAMPLE.TEST" ]
	[ "${lines[4]}" = "3 differ: 0 added, 1 removed, 1 rekeyed, 1 changed" ]
	run archive diff current realm.archive
	[ "$status" = 0 ]
	[ "${lines[1]}" = "the same: 7 principals, 1 policies" ]
	run archive diff current "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
	[ "$status" = 0 ]
	# Against an archive of before, every kind of change.
	cp -a primary later
	sed -i "s,primary,later,g" later/etc/kdcsync.conf later/kdc.conf \
	    later/krb5.conf later/env
	realm_on later kadmin.local >/dev/null 2>&1 <<-END
	modprinc -expire 2030-01-01 -pwexpire 2030-01-02 -maxrenewlife 1d alice
	modprinc +requires_preauth -policy p bob
	setstr bob key value
	modprinc -unlock root/admin
	addprinc -pw x "two words"
	addprinc -policy p -pw first dora
	modpol -minlength 5 -maxlife 90d -history 3 p
	addpol q
	ktadd -k $REALM_DIR/keytab -norandkey root/admin
	END
	realm_on later kdc-snapshot -q --no-ship
	run realm_on later kdc-archive diff realm.archive current
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"changed  principal alice@EXAMPLE.TEST: max_renewable_life, expiration, pw_expiration"* ]]
	[[ $output == *"changed  principal bob@EXAMPLE.TEST: attributes, policy, strings"* ]]
	[[ $output == *"added    principal dora@EXAMPLE.TEST"* ]]
	[[ $output == *"changed  principal root/admin@EXAMPLE.TEST: unlocked"* ]]
	[[ $output == *"added    principal two words@EXAMPLE.TEST"* ]]
	[[ $output == *"changed  policy    p: pw_max_life, pw_min_length, pw_history_num"* ]]
	[[ $output == *"added    policy    q"* ]]
	# Sorted, and no hexadecimal but the times.
	printf '%s\n' "$output" | sed -n 's/^[a-z]*  *principal \([^:]*\).*/\1/p' >names
	LC_ALL=C sort -c names
	printf '%s\n' "$output" | not grep -E '[0-9a-f]{16}'
	realm_on later kdc-archive diff --json realm.archive current >json || [ $? = 1 ]
	python3 - <<-'END'
	import json
	d = json.load(open("json"))
	assert d["schema"] == 1 and d["added"] == 3 and d["changed"] == 4
	by = {(c["kind"], c["name"]): c for c in d["changes"]}
	assert by["principal", "bob@EXAMPLE.TEST"]["fields"] == \
	    ["attributes", "policy", "strings"]
	assert by["policy", "q"]["change"] == "added"
	assert set(by["principal", "dora@EXAMPLE.TEST"]) == \
	    {"change", "kind", "name", "fields"}
	END
	# A new key under the old number, and one under a new master key.
	realm_on later kadmin.local >/dev/null 2>&1 <<-END
	delprinc -force dora
	addprinc -policy p -pw another dora
	cpw -pw d -keepold alice
	END
	printf 'm\nm\n' | realm_on later kdb5_util add_mkey -s >/dev/null 2>&1
	realm_on later kdb5_util use_mkey 2 >/dev/null 2>&1
	realm_on later kdb5_util update_princ_encryption -f bob >/dev/null 2>&1
	realm_on later kdc-snapshot -q --no-ship
	run realm_on later kdc-archive diff 1.3 1.4
	echo "$output"
	[[ $output == *"rekeyed  principal alice@EXAMPLE.TEST: kvno 2->3"* ]]
	[[ $output == *"rekeyed  principal dora@EXAMPLE.TEST: kvno 1->1"* ]]
	[[ $output == *"changed  principal bob@EXAMPLE.TEST: keys, mkvno"* ]]
	# What is live, not taken yet.
	run realm_on later kdc-archive diff current live
	echo "$output"
	[ "$status" = 0 ]
	realm_on later kadmin.local -q 'modprinc -maxlife 3h bob' >/dev/null 2>&1
	run realm_on later kdc-archive diff live current
	echo "$output"
	[ "$status" = 1 ]
	[[ ${lines[0]} =~ ^from\ what\ is\ live,\ 20[0-9T:-]*Z,\ to\ [0-9.]*,\ taken\ .*Z:$ ]]
	[ "${lines[1]}" = "changed  principal bob@EXAMPLE.TEST: max_life" ]
	[ "${lines[2]}" = "1 differ: 0 added, 0 removed, 0 rekeyed, 1 changed" ]
	realm_on later kdc-archive diff --json current live >json || [ $? = 1 ]
	python3 - <<-'END'
	import json
	x = json.load(open('json'))
	assert x['to']['live'] is True and 'epoch' not in x['to'], x
	assert x['to']['principals'] == x['from']['principals'], x
	assert x['from']['epoch'] == 1 and len(x['changes']) == 1, x
	END
	[ ! -e later/db/principal.kdcsync/diff ]
	run realm_on later kdc-archive diff nowhere live
	[ "$status" = 65 ]
	mv later/db/principal later/db/p
	one_line 66 "there is no whole database here" realm_on later kdc-archive diff current live
	mv later/db/p later/db/principal
	rm -rf later
}

@test "a grant and another epoch: archives of before and after" {
	cp -a primary second
	sed -i "s,primary,second,g" second/etc/kdcsync.conf second/kdc.conf \
	    second/krb5.conf second/env
	for key in operator granted; do
		ssh-keygen -q -t ed25519 -N '' -f $key
	done
	printf 'operator@EXAMPLE.TEST namespaces="kdcsync-epoch" %s\n' \
	    "$(<operator.pub)" | tee -a second/etc/allowed_signers \
	    >>primary/etc/allowed_signers
	realm_on second kdc-snapshot -q --print-grant granted.pub --new-epoch \
	    >second/etc/grant
	ssh-keygen -q -Y sign -n kdcsync-epoch -f operator second/etc/grant \
	    2>/dev/null
	# Nothing signed by the new key is believed before it is published.
	config_set second signing_key "$REALM_DIR/granted"
	one_line 74 "the index of the archive would be refused: signed by a key" \
	    realm_on second kdc-archive write -q two
	[ ! -e two ]
	config_set second grant "$REALM_DIR/second/etc/grant"
	realm_on second kdc-snapshot -q --no-ship
	realm_on second kdc-archive write -q --all two
	[ "$(tar -tf two | head -n 4 | tr '\n' ' ')" = \
	    "index index.sig grant grant.sig " ]
	run realm_on second kdc-archive verify two
	echo "$output"
	[[ $output == *" to 2.1 as of "* ]]
	realm_on second kdc-archive write -q --generation 1.2 older
	realm_on second kdc-archive verify older
	rm -rf empty
	mkdir empty
	tar -xf two -C empty
	sed "s,/primary/etc/,/second/etc/," commands-grant >in-second
	(cd empty && bash -eu ../in-second) >said
	cat said
	grep -q 'Good "kdcsync-epoch" signature for operator@EXAMPLE.TEST' said
	[ "$(sed -n 's/^Good "kdcsync" .* key //p' said)" = "$(tail -n 1 said)" ]
	[ "$(restored empty/2.1.bundle)" = "$(cat generation/2)" ]
	[ "$(restored empty/2.1.bundle empty/1.2.bundle)" = "$(cat generation/2)" ]
	# Without its grant, the operator's word, or with another's.
	(cd empty && tar -cf ../bad index index.sig ./*.bundle)
	one_line 65 "bad: index: signed by a key that is not" \
	    realm_on second kdc-archive verify bad
	sed -i '/^operator@/d' second/etc/allowed_signers
	one_line 65 "two: index: the grant is signed by a key that is not" \
	    realm_on second kdc-archive verify two
	sed -i '/^operator@/d' primary/etc/allowed_signers
	rm -rf second
}

@test "what cannot be is said in one line, and nothing is written" {
	one_line 65 "9.9: no such generation here; kdc-archive list" \
	    archive write --generation 9.9 no
	one_line 65 "2020-01-01: no generation here is that old; the oldest is 1." \
	    archive write --at 2020-01-01 no
	one_line 65 "yesterday: not a time; write it in UTC" \
	    archive write --at yesterday no
	one_line 65 "nothing: no generation (1.42, current), no time" \
	    archive diff nothing current
	one_line 66 "nothing: no such file" archive verify nothing
	# Recipients.
	one_line 64 "--recipient nobody: no such file" \
	    archive write --stash --recipient nobody no
	one_line 65 "age: malformed recipient" \
	    archive write --stash --recipient age1wrong no
	one_line 65 "age: failed to parse recipient file" \
	    archive write --stash --recipient commands no
	one_line 64 "that is a secret key" archive write --stash \
	    --recipient "$(grep -o 'AGE-SECRET-KEY-.*' age.key)" no
	not grep -q AGE-SECRET err
	for wrong in 'write --stash no' \
	    'write --recipient recipients no' 'write --all --at 2026-01-01 no' \
	    'write' 'write a b' 'verify a b' 'verify --all a' 'diff a' 'lst' \
	    'list --stash --recipient recipients' 'verify --json a' ''; do
		# shellcheck disable=SC2086 # words
		run archive $wrong
		[ "$status" = 64 ]
	done
	# Not an archive.
	one_line 65 "commands: not an archive" archive verify commands
	: >nil
	one_line 65 "nil: not an archive" archive verify nil
	snapshot -q --no-ship -o bundle
	one_line 65 "bundle: a bundle, not an archive; kdc-apply takes it" \
	    archive verify bundle
	tar -cf other.tar commands
	one_line 65 "begins with commands, not with an index" \
	    archive verify other.tar
	# A later version of it.
	rm -rf x
	mkdir x
	tar -xf realm.archive -C x
	sed -i '1s/1/2/' x/index
	rm x/index.sig
	ssh-keygen -q -Y sign -n kdcsync -f primary/etc/signing_key x/index
	(cd x && tar -cf ../newer index index.sig ./*.bundle krb5.conf kdc.conf)
	one_line 65 "newer: index: format version 2, not 1: upgrade kdcsync" \
	    archive verify newer
	# Another realm's.
	(
		REALM_DIR=$REALM_DIR/other-realm
		realm_make -d -n 0 "$REALM_DIR" OTHER.TEST
		snapshot -q --no-ship
		realm_on primary kdc-archive write -q "$REALM_DIR/../foreign"
	)
	one_line 65 "foreign: an archive of OTHER.TEST, and this is EXAMPLE.TEST" \
	    archive verify foreign
	one_line 65 "foreign: an archive of OTHER.TEST, and this is EXAMPLE.TEST" \
	    archive diff foreign current
	# The disk, the terminal, a device.
	rc=0
	archive write -q - >/dev/full 2>err || rc=$?
	[ $rc = 74 ]
	grep -q 'stdout: .*No space left' err
	rc=0
	archive list >/dev/full 2>err || rc=$?
	[ $rc = 74 ]
	one_line 73 "/dev/null: there, and not a regular file" \
	    archive write -q /dev/null
	[ -c /dev/null ]
	SHELL=/bin/bash run script -qec "REALM_DIR=$REALM_DIR;
	    . $FLOW_SOURCE/scripts/realm.sh;
	    realm_on primary kdc-archive write -q -" /dev/null
	[[ $output == *"is not for a terminal; name a file"* ]]
	[ ! -e no ]
}

@test "verify without a file: every generation that is kept here" {
	local all=primary/state/generations f
	run archive verify
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == "$(find $all -name dump -o -name 'back.*' | wc -l) generations, 1.1 to 1."*": signed, and each dump can be given back" ]]
	archive verify -q | not grep .
	run realm_on replica1 kdc-archive verify
	[ "$status" = 0 ]
	[[ $output == "1 generation, 1."*": signed, and its dump is there" ]]
	# A way back, a dump, a signature, a manifest.  The dump as it was sent
	# would do, too.
	rm -f $all/*/dump.zst
	for f in "$(find $all/1.1 -name 'back.*')" \
	    "$(find $all -name dump)" $all/1.1/manifest.sig \
	    $all/1.1/manifest; do
		echo "$f"
		cp "$f" was
		# One byte in its middle, another one now.
		python3 - "$f" <<-'END'
		import sys
		b = bytearray(open(sys.argv[1], 'rb').read())
		b[len(b) // 2] ^= 1
		open(sys.argv[1], 'wb').write(b)
		END
		run archive verify
		echo "$output"
		[ "$status" = 65 ]
		[[ ${lines[-1]} == *"generations not all can be given back as they were signed; the reasons are above" ]]
		[ "${#lines[@]}" -gt 1 ]
		cat was >"$f"
	done
	archive verify -q
	mv replica1/state/dump.* .
	run realm_on replica1 kdc-archive verify
	[ "$status" = 65 ]
	mv dump.* replica1/state/
}

@test "a disk that fills up: no archive, and nothing in its place" {
	[ "$(id -u)" = 0 ] || skip "only root can mount a small tmpfs"
	mkdir -p small
	mount -t tmpfs -o size=1m,mode=700 kdcsync small ||
	    skip "this host does not let us mount a tmpfs"
	local pages=0 rc=1 free
	while [ $rc != 0 ] && [ $pages -lt 40 ]; do
		rm -f small/filler
		free=$(df --output=avail -B4096 small | tail -n 1)
		head -c $(((free - pages) * 4096)) /dev/zero >small/filler
		rc=0
		archive write -q --all small/a 2>err || rc=$?
		echo "$pages: $rc $(cat err)"
		[ $rc = 0 ] || {
			[ $rc = 73 ]
			[ "$(wc -l <err)" = 1 ]
			grep -q 'No space left' err
			[ "$(ls -A small)" = filler ] || [ "$(ls -A small)" = "" ]
		}
		pages=$((pages + 1))
	done
	ls -lA small
	archive verify small/a || rc=1
	umount small
	[ $rc = 0 ]
	[ $pages -gt 1 ]
}

@test "members that do not fit: swapped, doubled, missing, more, another's" {
	rm -rf x
	mkdir x
	tar -xf realm.archive -C x
	cd x
	pack() {
		tar -cf ../bad "$@"
	}
	local config='krb5.conf kdc.conf kadm5.acl'
	# shellcheck disable=SC2086 # words
	{
		pack index index.sig 1.1.bundle 1.2.bundle $config stash.age
		one_line 65 "bad: damaged: 1.1.bundle is where its index has 1.2.bundle" \
		    archive verify ../bad
		pack index index.sig 1.2.bundle 1.1.bundle $config
		one_line 65 "bad: damaged: the end is where its index has stash.age" \
		    archive verify ../bad
		cp stash.age more
		pack index index.sig 1.2.bundle 1.1.bundle $config stash.age more
		one_line 65 "bad: damaged: more is behind what its index has" \
		    archive verify ../bad
		pack index 1.2.bundle 1.1.bundle $config stash.age
		one_line 65 "bad: damaged: 1.2.bundle is where its index.sig should be" \
		    archive verify ../bad
		printf x >>kdc.conf
		pack index index.sig 1.2.bundle 1.1.bundle $config stash.age
		one_line 65 "bad: damaged: kdc.conf is not as long as its index says" \
		    archive verify ../bad
	}
	# Signed by whom it must be, and not what it says: a manifest for an
	# index, a bundle of another generation, one of which half is missing.
	tar -xf ../realm.archive
	sign() {
		rm -f index.sig
		ssh-keygen -q -Y sign -n kdcsync \
		    -f ../primary/etc/signing_key index
	}
	# index_for BUNDLE...
	index_for() {
		local f
		{
			sed '/^members:/,$d' ../index.good
			printf 'members: %d\n' $(($# + 2))
			for f in "$@" krb5.conf kdc.conf; do
				printf 'member: %s %d %s\n' "$f" \
				    "$(stat -c %s "$f")" \
				    "$(sha256sum "$f" | cut -d' ' -f1)"
			done
		} >index
		sign
		tar -cf ../bad index index.sig "$@" krb5.conf kdc.conf
	}
	cp index ../index.good
	index_for 1.2.bundle
	archive verify ../bad
	index_for 1.1.bundle
	one_line 65 "bad: 1.1.bundle: the first one must have the whole dump" \
	    archive verify ../bad
	cp 1.2.bundle 1.9.bundle
	index_for 1.9.bundle
	one_line 65 "bad: 1.9.bundle: its manifest is of another generation" \
	    archive verify ../bad
	tar -xf 1.2.bundle manifest manifest.sig
	tar -cf 1.2.bundle manifest manifest.sig
	index_for 1.2.bundle
	one_line 65 "bad: 1.2.bundle: it has no dump" archive verify ../bad
	zstd -q -o dump.zst ../commands
	tar -cf 1.2.bundle manifest manifest.sig dump.zst
	index_for 1.2.bundle
	one_line 65 "bad: 1.2.bundle: " archive verify ../bad
	cp manifest index
	sign
	tar -cf ../bad index index.sig krb5.conf kdc.conf
	one_line 65 "bad: index: " archive verify ../bad
	# And an index is no manifest.
	cp ../index.good manifest
	cp manifest index
	sign
	cp index.sig manifest.sig
	tar -cf ../bad manifest manifest.sig
	run realm_on replica1 kdc-apply ../bad
	[ "$status" = 65 ]
}

@test "cut anywhere: refused" {
	realm_on primary python3 "$FLOW_SOURCE/tests/flow/archive_damage.py" \
	    cuts realm.archive "$REALM_DIR/cut"
}

@test "bits flipped: refused, or nothing changed" {
	realm_on primary python3 "$FLOW_SOURCE/tests/flow/archive_damage.py" \
	    flips "${FLIPS:-400}" "${SEED:-83}" realm.archive "$REALM_DIR/flip"
}
