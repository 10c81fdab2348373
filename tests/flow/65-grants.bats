# Goal of this test: what an epoch's key is, an operator's grant says, and nobody
# else.  A rotation within an epoch and a new epoch reach every replica, also one
# that was down, with no change there; the key and the epoch that are over, and
# every grant that is not quite one, are refused, each with its own line, and
# nothing moves.  A primary that was superseded by a grant ships nothing.

setup_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	realm_make -d -n 2 "$REALM_DIR"
	mkdir "$REALM_DIR/keys"
	for key in operator stranger a b c d; do
		ssh-keygen -q -t ed25519 -N '' -f "$REALM_DIR/keys/$key"
	done
	for host in primary replica1 replica2; do
		printf 'operator@EXAMPLE.TEST namespaces="kdcsync-epoch" %s\n' \
		    "$(<"$REALM_DIR/keys/operator.pub")" \
		    >>"$REALM_DIR/$host/etc/allowed_signers"
	done
	cp "$REALM_DIR/primary/etc/signing_key" "$REALM_DIR/keys/a"
	cp "$REALM_DIR/primary/etc/signing_key.pub" "$REALM_DIR/keys/a.pub"
	admin_local 'addprinc -pw 0 alice' >/dev/null
	snapshot -q
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	realm_end
	rm -rf "$REALM_DIR"
}

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	K=$REALM_DIR/keys
	B=$REALM_DIR/bundle
	ETC=$REALM_DIR/primary/etc
	before=$(fingerprint replica1)
}

key_of() {
	ssh-keygen -l -f "$K/$1.pub" | cut -d' ' -f2
}

# sign FILE [KEY [NAMESPACE]]: FILE.sig, the operator's unless said otherwise.
sign() {
	rm -f "$1.sig"
	ssh-keygen -q -Y sign -n "${3:-kdcsync-epoch}" -f "$K/${2:-operator}" \
	    "$1" 2>/dev/null
}

# use KEY: the primary signs with it.
use() {
	cp "$K/$1" "$ETC/signing_key"
	cp "$K/$1.pub" "$ETC/signing_key.pub"
}

# grant_for KEY [--new-epoch]: what the primary prints, into the file $G.
G=
grant_for() {
	G=$REALM_DIR/grant
	snapshot -q --print-grant "$K/$1.pub" "${@:2}" >"$G"
	sign "$G"
}

# install: that grant is the primary's now.
install_grant() {
	cp "$G" "$G.sig" "$ETC/"
	config_set primary grant "$ETC/grant"
}

# forged KEY MANIFEST [GRANT [PAYLOAD]]: $B, a bundle signed with KEY.
forged() {
	local dir
	dir=$(mktemp -d "$REALM_DIR/tmp.XXXXXX")
	cp "$2" "$dir/manifest"
	ssh-keygen -q -Y sign -n kdcsync -f "$K/$1" <"$2" >"$dir/manifest.sig"
	set -- manifest manifest.sig "${@:3}"
	if [ $# -gt 2 ]; then
		cp "$3" "$dir/grant"
		cp "$3.sig" "$dir/grant.sig"
		set -- manifest manifest.sig grant grant.sig "${@:4}"
	fi
	tar cf "$B" -C "$dir" "$@"
	rm -rf "$dir"
}

# refused WORDS [HOST]: kdc-apply says them in one line, by hand and in a
# session, and nothing moved.
refused() {
	local host=${2:-replica1} was
	was=$(fingerprint "$host")
	run realm_on "$host" kdc-apply -q "$B"
	echo "$output"
	[ "$status" = 65 ]
	[[ $output == *"$1"* ]]
	[ -n "${many:-}" ] || [ "${#lines[@]}" = 1 ]
	run realm_on "$host" bash -c 'kdc-apply <"$0" 2>&1 >/dev/null' "$B"
	echo "$output"
	[ "$status" = 65 ]
	[[ $output == *"$1"* ]]
	[ "$(fingerprint "$host")" = "$was" ]
}

granted() {
	tar xOf "$REALM_DIR/$1/state/seal.tar" grant | sed -n "s/^$2: //p"
}

# stays WORDS: kdc-snapshot fails with them, and `current` and replicas are as
# they were.
stays() {
	local was
	was=$(sha256sum <"$REALM_DIR/primary/state/current")
	run snapshot -q
	echo "$output"
	[ "$status" = 74 ]
	[[ $output == *"$1"* ]]
	[ "${#lines[@]}" = 1 ]
	[ "$(sha256sum <"$REALM_DIR/primary/state/current")" = "$was" ]
	[ "$(fingerprint replica1)" = "$before" ]
}

@test "a grant is printed, for this epoch or the next" {
	run snapshot --print-grant "$K/b.pub"
	echo "$output"
	[ "$status" = 0 ]
	[ "${lines[0]}" = "kdcsync-grant: 1" ]
	[ "${lines[1]}" = "realm: EXAMPLE.TEST" ]
	[ "${lines[2]}" = "epoch: 1" ]
	[ "${lines[3]}" = "key: $(key_of b)" ]
	[ "${lines[4]}" = "base: $(current dump-sha256)" ]
	[[ ${lines[5]} == "time: $(date -u +%Y-%m-%dT)"* ]]
	[[ ${lines[6]} == *"ssh-keygen -Y sign -n kdcsync-epoch -f OPERATOR_KEY grant" ]]
	[ "${#lines[@]}" = 7 ]
	run snapshot --new-epoch --print-grant "$K/b.pub"
	[ "${lines[2]}" = "epoch: 2" ]
	# Of what is sealed here, on a replica that is to become the primary.
	run realm_on replica1 kdc-snapshot -q --print-grant "$K/b.pub"
	[ "${lines[4]}" = "base: $(current dump-sha256)" ]
	[ "$(<"$REALM_DIR/replica1/state/role")" = replica ]
	for bad in /nowhere /dev/null "$ETC/kdcsync.conf"; do
		run snapshot -q --print-grant "$bad"
		echo "$output"
		[ "$status" = 65 ]
		[[ $output == *"$bad: not the file of one public key"* ]]
	done
	run snapshot --new-epoch
	[ "$status" = 64 ]
}

@test "a grant that the primary cannot use is refused there" {
	config_set primary grant "$ETC/grant"
	stays "$ETC/grant: No such file or directory; the setting grant in"
	grant_for b
	cp "$G" "$ETC/grant"
	stays "$ETC/grant.sig: is not there; the operator makes it: ssh-keygen -Y sign"
	# Not the operator's.
	sign "$G" stranger && install_grant
	stays "the grant is signed by a key that is not, or not any more, the one of operator@EXAMPLE.TEST"
	sign "$G" a && install_grant
	stays "the grant is signed by a key that is not"
	sign "$G" operator kdcsync && install_grant
	stays "the grant is not signed"
	grant_for b && sed -i "s/^key: .*/key: $(key_of c | sed 's,/,\\/,g')/" "$G" &&
	    install_grant
	stays "the grant is not signed"
	# Another text.
	grant_for b && echo >>"$G" && sign "$G" && install_grant
	stays "grant not in its one spelling"
	grant_for b && sed -i 's/^realm: .*/realm: OTHER.TEST/' "$G" &&
	    sign "$G" && install_grant
	stays "it is for realm OTHER.TEST, this host serves EXAMPLE.TEST"
	grant_for b && sed -i "s/^time: .*/time: $(utc '10 minutes')/" "$G" &&
	    sign "$G" && install_grant
	stays "its time is ahead of this host's clock"
	grant_for b --new-epoch &&
	    sed -i "s/^base: .*/base: $(printf %064d 7)/" "$G" &&
	    sign "$G" && install_grant
	stays "the epoch it opens starts from another generation"
	# The right one, and the old key.
	grant_for b && install_grant
	stays "signing_key is $(key_of a), the grant of epoch 1 names $(key_of b)"
	config_set primary grant
	rm "$ETC/grant" "$ETC/grant.sig"
	snapshot -q
}

@test "the key is rotated; a replica that was down follows" {
	manifest_now >"$REALM_DIR/manifest.a"
	admin_local 'cpw -pw 1 alice' >/dev/null
	grant_for b
	install_grant
	use b
	run snapshot --to replica1
	echo "$output"
	[ "$status" = 0 ]
	[ "$(granted replica1 key)" = "$(key_of b)" ]
	[ "$(sealed replica1 epoch)" = 1 ]
	verify replica1 -q
	verify replica1 -q --gate
	# The other comes back some runs later.
	for pw in 2 3; do
		admin_local "cpw -pw $pw alice" >/dev/null
		snapshot -q --to replica1
	done
	snapshot -q
	[ "$(granted replica2 key)" = "$(key_of b)" ]
	verify replica2 -q
	[ "$(canonical replica2)" = "$(canonical primary)" ]
	# A quiet cycle sends the grant no more, and it stays.
	snapshot -q -o "$REALM_DIR/full"
	tar tf "$REALM_DIR/full" | grep -qx grant.sig
	[ "$(granted replica1 key)" = "$(key_of b)" ]
	verify replica1 -q
	# A host that has nothing yet takes all of it at once.
	mv "$REALM_DIR/replica2/state" "$REALM_DIR/state.away"
	mkdir -m 700 "$REALM_DIR/replica2/state"
	realm_on replica2 kdc-apply -q "$REALM_DIR/full"
	verify replica2 -q
	rm -r "$REALM_DIR/state.away"
	grep -qx "key: $(key_of b)" \
	    "$REALM_DIR/primary/state/generations/1.$(current generation)/grant"
}

@test "the grant file may go: the grant in current goes on" {
	config_set primary grant
	snapshot -q
	[ "$(granted replica1 key)" = "$(key_of b)" ]
	config_set primary grant "$ETC/grant"
	snapshot -q
}

@test "the manifest as it stands is taken, grant or not: the tests below can fail" {
	manifest_now >"$REALM_DIR/m"
	cp "$ETC/grant" "$ETC/grant.sig" "$REALM_DIR/"
	forged b "$REALM_DIR/m"
	realm_on replica1 kdc-apply -q "$B"
	[ "$(granted replica1 key)" = "$(key_of b)" ]
	forged b "$REALM_DIR/m" "$REALM_DIR/grant"
	realm_on replica1 kdc-apply -q "$B"
	verify replica1 -q
}

@test "the old key is refused" {
	local seal=$REALM_DIR/replica1/state/seal.tar
	manifest_now >"$REALM_DIR/m"
	# It is in allowed_signers still.
	grep -qF "$(cut -d' ' -f2 "$K/a.pub")" \
	    "$REALM_DIR/replica1/etc/allowed_signers"
	forged a "$REALM_DIR/m"
	refused "signed by key $(key_of a), while the grant of epoch 1 names $(key_of b)"
	forged a "$REALM_DIR/m" "$ETC/grant"
	refused "signed by key $(key_of a), while the grant of epoch 1 names $(key_of b)"
	# The seal is gone, the proof remembers.
	cp "$seal" "$REALM_DIR/seal.was"
	head -c 2000 /dev/urandom >"$seal"
	forged a "$REALM_DIR/m"
	many=1 refused "it brings no grant, and here the one of $(granted replica2 time) is in force"
	# Nor is a seal that lost its grant, or has another's, believed.
	mkdir "$REALM_DIR/cut"
	tar xf "$REALM_DIR/seal.was" -C "$REALM_DIR/cut"
	tar cf "$seal" -C "$REALM_DIR/cut" manifest manifest.sig
	run verify replica1
	echo "$output"
	[ "$status" = 2 ]
	[[ $output == *"CRITICAL - signer: "* ]]
	many=1 refused "it brings no grant, and here the one of"
	cp "$REALM_DIR/seal.was" "$seal"
	rm -r "$REALM_DIR/cut"
	# A heartbeat left a proof of it, too.
	snapshot -q
	head -c 2000 /dev/urandom >"$seal"
	many=1 refused "it brings no grant"
	snapshot -q
	verify replica1 -q
}

@test "a heartbeat that only rotates is remembered without the seal" {
	local seal=$REALM_DIR/replica1/state/seal.tar
	sleep 1
	grant_for c && install_grant && use c
	run snapshot
	echo "$output"
	[[ $output == *"is still current"* ]]
	[ "$(granted replica1 key)" = "$(key_of c)" ]
	# Before a kdc-verify, which would remember it.
	manifest_now >"$REALM_DIR/m"
	cp "$seal" "$REALM_DIR/seal.was"
	head -c 2000 /dev/urandom >"$seal"
	# The grant before, with all signatures good.
	tar xOf "$REALM_DIR/full" grant >"$REALM_DIR/grant.b"
	tar xOf "$REALM_DIR/full" grant.sig >"$REALM_DIR/grant.b.sig"
	forged b "$REALM_DIR/m" "$REALM_DIR/grant.b"
	many=1 refused "its grant of "
	cp "$REALM_DIR/seal.was" "$seal"
	refused "the key that it names signs no more"
	# No more with an altered one, after kdc-verify looked at that.
	python3 - "$seal" <<-'END'
	import sys
	b = bytearray(open(sys.argv[1], 'rb').read())
	i = b.index(b'interval: 300') + 12
	b[i:i+1] = b'1'
	open(sys.argv[1], 'wb').write(b)
	END
	run verify replica1
	[ "$status" = 2 ]
	many=1 refused "the key that it names signs no more"
	cp "$REALM_DIR/seal.was" "$seal"
	verify replica1 -q
	before=$(fingerprint replica1)
	cp "$REALM_DIR/grant.b" "$ETC/grant"
	cp "$REALM_DIR/grant.b.sig" "$ETC/grant.sig"
	stays "is not later than that of the grant in force"
	cp "$G" "$G.sig" "$ETC/"
	snapshot -q
}

# try SED [KEY [NAMESPACE]]: a later grant for d, edited, in a bundle.
try() {
	grant_for d
	sed -i "s/^time: .*/time: $(utc '30 seconds')/; $1" "$G"
	sign "$G" "${@:2}"
	forged d "$REALM_DIR/m" "$G"
}

@test "a grant that is not quite one is refused by a replica" {
	manifest_now >"$REALM_DIR/m"
	try 's/^realm: .*/realm: OTHER.TEST/'
	refused "the grant is for realm OTHER.TEST, the manifest for EXAMPLE.TEST"
	try 's/^epoch: .*/epoch: 2/'
	refused "the grant is for epoch 2, the manifest for epoch 1"
	try "s,^key: .*,key: $(key_of stranger),"
	refused "signed by key $(key_of d), while the grant of epoch 1 names $(key_of stranger)"
	try '' stranger
	refused "the grant is signed by a key that is not, or not any more, the one of operator@EXAMPLE.TEST for kdcsync-epoch in"
	# Nor can a key grant itself.
	try '' d
	refused "the grant is signed by a key that is not"
	try '' c
	refused "the grant is signed by a key that is not"
	try '' operator kdcsync
	refused "the grant is not signed"
	try ''
	sed -i "s/^time: .*/time: $(utc '40 seconds')/" "$G"
	forged d "$REALM_DIR/m" "$G"
	refused "the grant is not signed"
	try "s/^time: .*/time: $(granted replica1 time)/"
	refused "the key that it names signs no more"
	try "s/^time: .*/time: $(utc '10 minutes')/"
	refused "the time of its grant is ahead of this host's clock"
	try 's/^kdcsync-grant: 1/kdcsync-grant: 2/'
	refused "bundle: grant: format version 2"
	try 's/^base: .*/base: /'
	refused "bundle: grant: damaged grant"
	# The manifest's own signature is looked at as ever.
	try ''
	sed 's/^principals: ./principals: 9/' "$REALM_DIR/m" >"$REALM_DIR/m9"
	tar xf "$B" -C "$REALM_DIR" manifest.sig
	cp "$REALM_DIR/m9" "$REALM_DIR/manifest"
	tar cf "$B" -C "$REALM_DIR" manifest manifest.sig grant grant.sig
	refused "its signature is not one of its manifest"
	# An epoch that nothing opens, and one that the last one's grant does not.
	sed 's/^epoch: .*/epoch: 2/' "$REALM_DIR/m" >"$REALM_DIR/m2"
	forged c "$REALM_DIR/m2"
	refused "it is of epoch 2 and has no grant"
	forged c "$REALM_DIR/m2" "$ETC/grant"
	refused "the grant is for epoch 1, the manifest for epoch 2"
	# With one a replica that has nothing yet is no better off.
	mv "$REALM_DIR/replica2/state" "$REALM_DIR/state.away"
	mkdir -m 700 "$REALM_DIR/replica2/state"
	forged c "$REALM_DIR/m2"
	run realm_on replica2 kdc-apply -q "$B"
	[ "$status" = 65 ]
	[[ $output == *"it is of epoch 2 and has no grant"* ]]
	rm -r "$REALM_DIR/replica2/state"
	mv "$REALM_DIR/state.away" "$REALM_DIR/replica2/state"
	[ "$(fingerprint replica1)" = "$before" ]
}

@test "half a grant, a second one, one behind the payload" {
	manifest_now >"$REALM_DIR/m"
	try ''
	mkdir "$REALM_DIR/t"
	tar xf "$B" -C "$REALM_DIR/t"
	zstd -q "$REALM_DIR/primary/state/generations/1.$(current generation)/dump" \
	    -o "$REALM_DIR/t/dump.zst"
	local order
	for order in "manifest manifest.sig grant" \
	    "manifest manifest.sig grant dump.zst" \
	    "manifest manifest.sig grant.sig grant" \
	    "manifest manifest.sig grant.sig" \
	    "manifest manifest.sig grant grant" \
	    "manifest manifest.sig grant grant.sig grant" \
	    "manifest manifest.sig grant grant.sig grant grant.sig" \
	    "grant grant.sig manifest manifest.sig" \
	    "manifest grant manifest.sig grant.sig" \
	    "manifest manifest.sig dump.zst grant grant.sig" \
	    "manifest manifest.sig grant grant.sig dump.zst grant"; do
		# shellcheck disable=SC2086
		tar cf "$B" --hard-dereference -C "$REALM_DIR/t" $order
		run realm_on replica1 kdc-apply -q "$B"
		echo "$order: $output"
		[ "$status" = 65 ]
		[ "$(fingerprint replica1)" = "$before" ]
	done
	head -c 9000 /dev/zero | tr '\0' x >"$REALM_DIR/t/grant.sig"
	tar cf "$B" -C "$REALM_DIR/t" manifest manifest.sig grant grant.sig
	refused "a text too long"
	head -c 2000 /dev/zero | tr '\0' x >"$REALM_DIR/t/grant"
	tar cf "$B" -C "$REALM_DIR/t" manifest manifest.sig grant grant.sig
	refused "a text too long"
	rm -r "$REALM_DIR/t"
}

@test "an operator whose key has expired: the grant in force stays, no other comes" {
	local allowed=$REALM_DIR/replica1/etc/allowed_signers
	cp "$allowed" "$REALM_DIR/allowed.was"
	manifest_now >"$REALM_DIR/m"
	try "s/^time: .*/time: $(utc now)/"
	sed -i "s/^operator@EXAMPLE.TEST /&valid-before=\"$(date -u -d \
	    '1 second' +%Y%m%d%H%M%SZ)\",/" "$allowed"
	sleep 2
	refused "the key of operator@EXAMPLE.TEST, which signed the grant, has expired (valid-before in $allowed); renew it"
	run verify replica1
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"WARNING - signer: the key of operator@EXAMPLE.TEST"*"the next grant will be refused: renew it"* ]]
	snapshot -q
	[ "$(sealed replica1 as-of)" = "$(current as-of)" ]
	# Expired before it signed: never allowed.
	sed -i 's/valid-before="[0-9Z]*"/valid-before="20200101Z"/' "$allowed"
	refused "the grant is signed by a key that is not, or not any more"
	cp "$REALM_DIR/allowed.was" "$allowed"
	snapshot -q
	verify replica1 -q
}

@test "a revoked operator is critical, and does not look like altered data" {
	local allowed=$REALM_DIR/replica1/etc/allowed_signers
	cp "$allowed" "$REALM_DIR/allowed.was"
	sed -i '/^operator@/d' "$allowed"
	run verify replica1
	echo "$output"
	[ "$status" = 2 ]
	[[ $output == *"CRITICAL - signer: the seal: the grant is signed by a key that is not, or not any more, the one of operator@EXAMPLE.TEST"* ]]
	[[ $output != *altered* ]]
	run verify replica1 --gate
	[ "$status" = 2 ]
	manifest_now >"$REALM_DIR/m"
	forged c "$REALM_DIR/m"
	refused "the grant is signed by a key that is not, or not any more"
	# Neither is the old key good again.
	forged a "$REALM_DIR/m"
	refused "the grant is signed by a key that is not, or not any more"
	cp "$REALM_DIR/allowed.was" "$allowed"
	verify replica1 -q --gate
}

@test "an altered grant in the seal is critical; the next ship heals it" {
	local seal=$REALM_DIR/replica1/state/seal.tar field
	for field in 'epoch: ' 'epoch: 1' 'time: 202' 'key: SHA256:' 'realm: EXAMPLE.TES'; do
		cp "$seal" "$REALM_DIR/seal.was"
		field=$field python3 - "$seal" <<-'END'
		import os, sys
		b = bytearray(open(sys.argv[1], 'rb').read())
		f = os.environ['field'].encode()
		i = b.index(f, b.index(b'kdcsync-grant')) + len(f)
		b[i] = ord('3') if chr(b[i]) != '3' else ord('4')
		open(sys.argv[1], 'wb').write(b)
		END
		run verify replica1 --repair
		echo "$output"
		[ "$status" = 2 ]
		[[ $output == *"CRITICAL - seal: "* ]]
		snapshot -q
		verify replica1 -q
	done
}

@test "a new epoch: 2.1, and the one before is over" {
	cp -a "$REALM_DIR/primary/state" "$REALM_DIR/state.epoch1"
	cp "$ETC/grant" "$REALM_DIR/grant.c"
	cp "$ETC/grant.sig" "$REALM_DIR/grant.c.sig"
	manifest_now >"$REALM_DIR/manifest.1"
	grant_for d --new-epoch
	install_grant
	stays "signing_key is $(key_of c), the grant of epoch 2 names $(key_of d)"
	use d
	admin_local 'cpw -pw 4 alice' >/dev/null
	run snapshot
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"generation 2.1: "* ]]
	[[ $output == *"replica1: sealed 2.1, delta,"* ]]
	[[ $output == *"replica2: sealed 2.1, delta,"* ]]
	for host in replica1 replica2; do
		verify "$host" -q
		[ "$(granted "$host" key)" = "$(key_of d)" ]
		[ "$(canonical "$host")" = "$(canonical primary)" ]
	done
	admin_local 'cpw -pw 5 alice' >/dev/null
	run snapshot
	[[ $output == *"replica1: sealed 2.2, delta,"* ]]
	# Its grant is for an epoch that is over.
	cp "$REALM_DIR/grant.c" "$ETC/grant"
	cp "$REALM_DIR/grant.c.sig" "$ETC/grant.sig"
	before=$(fingerprint replica1)
	stays "it is for epoch 1, this primary is in epoch 2 already"
	cp "$G" "$G.sig" "$ETC/"
	snapshot -q
}

@test "the epoch before is refused, also on a replica with a damaged seal" {
	local seal=$REALM_DIR/replica1/state/seal.tar
	# Later by its as-of, with a good grant.
	sed "s/^as-of: .*/as-of: $(utc '60 seconds')/
	    s/^generation: .*/generation: 99/" "$REALM_DIR/manifest.1" \
	    >"$REALM_DIR/m"
	forged c "$REALM_DIR/m" "$REALM_DIR/grant.c"
	refused "it is of epoch 1, this replica is in epoch 2"
	forged a "$REALM_DIR/m"
	refused "it is of epoch 1, this replica is in epoch 2"
	forged c "$REALM_DIR/m"
	refused "signed by a key that is not"
	cp "$seal" "$REALM_DIR/seal.was"
	head -c 2000 /dev/urandom >"$seal"
	forged c "$REALM_DIR/m" "$REALM_DIR/grant.c"
	many=1 refused "it is of epoch 1, this replica is in epoch 2"
	forged a "$REALM_DIR/m"
	many=1 refused "it is of epoch 1, this replica is in epoch 2"
	# A swap to it that is lying about is none.
	cp "$REALM_DIR/state.epoch1/current" \
	    "$REALM_DIR/replica1/state/seal.next"
	snapshot -q
	[ ! -e "$REALM_DIR/replica1/state/seal.next" ]
	[ "$(sealed replica1 epoch)" = 2 ]
	verify replica1 -q
}

@test "a new epoch of the same content is a heartbeat to the replicas" {
	grant_for b --new-epoch
	install_grant
	use b
	run snapshot
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"generation 3.1: "* ]]
	[[ $output == *"replica1: sealed 3.1, heartbeat,"* ]]
	verify replica2 -q
	# The proof has followed, without a kdc-verify.
	head -c 2000 /dev/urandom >"$REALM_DIR/replica1/state/seal.tar"
	sed "s/^as-of: .*/as-of: $(utc '60 seconds')/" "$REALM_DIR/manifest.1" \
	    >"$REALM_DIR/m"
	forged c "$REALM_DIR/m" "$REALM_DIR/grant.c"
	many=1 refused "it is of epoch 1, this replica is in epoch 3"
	snapshot -q
	verify replica1 -q
}

# claim FILE MANIFEST SIG [GRANT SIG]: a hello that shows that as its seal.
claim() {
	local file=$1 sizes
	shift
	sizes=$(wc -c "$@" | sed '$d' | awk '{ printf "%s%s", s, $1; s = " " }')
	{
		printf 'kdcsync-hello: 1\nrealm: EXAMPLE.TEST\ndigest: -\n'
		printf 'free: 1\nkrb5: 1.20.1\nkdcsync: 0.1\nseal: %s\n\n' \
		    "$sizes"
		cat "$@"
	} >"$file"
}

# meets HELLO: a run that ships to somebody who says so.
meets() {
	awk '/^    replicas/ { exit } { print }' "$ETC/kdcsync.conf" \
	    >"$ETC/met.conf"
	printf '    replicas = {\n\tx = {\n\t    command = %s\n\t}\n    }\n' \
	    "sh -c 'cat $1; cat >/dev/null'" >>"$ETC/met.conf"
	run snapshot -q -c "$ETC/met.conf"
	echo "$output"
}

@test "claims that no key of ours signed are ignored" {
	local d=$REALM_DIR/claim
	mkdir "$d"
	manifest_now | sed "s/^epoch: .*/epoch: 9/" >"$d/m9"
	echo none >"$d/none"
	claim "$d/hello" "$d/m9" "$d/none"
	meets "$d/hello"
	[[ $output == *"x: no verdict"* ]]
	# Signed by the present key, which no grant opens that epoch for.
	ssh-keygen -q -Y sign -n kdcsync -f "$K/b" <"$d/m9" >"$d/m9.sig"
	claim "$d/hello" "$d/m9" "$d/m9.sig"
	meets "$d/hello"
	[[ $output == *"x: no verdict"* ]]
	# By a stranger's grant.
	sed "s/^epoch: .*/epoch: 9/" "$ETC/grant" >"$d/g9"
	sign "$d/g9" stranger
	claim "$d/hello" "$d/m9" "$d/m9.sig" "$d/g9" "$d/g9.sig"
	meets "$d/hello"
	[[ $output == *"x: no verdict"* ]]
	# By a key that is replaced, though allowed_signers has it, in an epoch
	# that is over.
	sed 's/^generation: .*/generation: 9999/' "$REALM_DIR/manifest.a" \
	    >"$d/ma"
	ssh-keygen -q -Y sign -n kdcsync -f "$K/a" <"$d/ma" >"$d/ma.sig"
	claim "$d/hello" "$d/ma" "$d/ma.sig"
	meets "$d/hello"
	[[ $output == *"x: no verdict"* ]]
	[ ! -e "$REALM_DIR/primary/state/superseded" ]
	# What is signed is not: this test can fail.
	sign "$d/g9"
	claim "$d/hello" "$d/m9" "$d/m9.sig" "$d/g9" "$d/g9.sig"
	meets "$d/hello"
	[ "$status" = 65 ]
	[[ $output == *"9.1"*"x has this signed generation, by the grant of that time, ahead of ours, 3.1"* ]]
	rm "$REALM_DIR/primary/state/superseded"
	snapshot -q
}

@test "a primary of the epoch before ships nothing and says so, until it is mended" {
	local i
	before=$(fingerprint replica1)
	mv "$REALM_DIR/primary/state" "$REALM_DIR/state.new"
	cp -a "$REALM_DIR/state.epoch1" "$REALM_DIR/primary/state"
	cp "$REALM_DIR/grant.c" "$ETC/grant"
	cp "$REALM_DIR/grant.c.sig" "$ETC/grant.sig"
	use c
	for i in 1 2 3; do
		run snapshot -q
		echo "$output"
		[ "$status" = 65 ]
		[[ $output == *"3.1 "*"ahead of ours, 1."*"superseded or restored"* ]]
		admin_local "cpw -pw x$i alice" >/dev/null
	done
	[ "$(fingerprint replica1)" = "$before" ]
	run verify primary
	[ "$status" = 2 ]
	[[ $output == *"CRITICAL - superseded"* ]]
	# As kdc-snapshot(8) says: the seal, and the key that its grant names.
	cp "$REALM_DIR/replica1/state/seal.tar" \
	    "$REALM_DIR/primary/state/current"
	run snapshot -q
	echo "$output"
	[[ $output == *"it is for epoch 1, this primary is in epoch 3 already"* ]]
	cp "$G" "$G.sig" "$ETC/" 2>/dev/null || :
	config_set primary grant
	run snapshot -q
	echo "$output"
	[[ $output == *"signing_key is $(key_of c), the grant of epoch 3 names $(key_of b)"* ]]
	use b
	snapshot -q
	verify primary -q
	verify replica1 -q
	[ "$(canonical replica1)" = "$(canonical primary)" ]
}

@test "a primary that did not see a rotation is superseded, not overtaken" {
	local i
	# Two primaries: one goes on with the key before the rotation.
	rm -rf "$REALM_DIR/state.epoch1"
	cp -a "$REALM_DIR/primary/state" "$REALM_DIR/state.before"
	grant_for c && install_grant && use c
	snapshot -q
	before=$(fingerprint replica1)
	mv "$REALM_DIR/primary/state" "$REALM_DIR/state.after"
	mv "$REALM_DIR/state.before" "$REALM_DIR/primary/state"
	config_set primary grant
	use b
	# Ahead by number, behind by its grant.
	for i in 1 2 3; do
		admin_local "cpw -pw y$i alice" >/dev/null
		snapshot -q --no-ship
	done
	run snapshot -q
	echo "$output"
	[ "$status" = 65 ]
	[[ $output == *"by the grant of that time"*"superseded or restored"* ]]
	run snapshot -q
	echo "$output"
	[ "$status" = 65 ]
	[[ $output == *"superseded or restored"* ]]
	[ "$(fingerprint replica1)" = "$before" ]
	rm -r "$REALM_DIR/primary/state"
	mv "$REALM_DIR/state.after" "$REALM_DIR/primary/state"
	use c
	config_set primary grant "$ETC/grant"
	snapshot -q
	verify replica1 -q
}

@test "held publication opens no epoch" {
	seq 30 | sed 's/.*/addprinc -pw x user&/' |
	    realm_on primary kadmin.local >/dev/null 2>&1
	snapshot -q
	seq 20 | sed 's/.*/delprinc -force user&/' |
	    realm_on primary kadmin.local >/dev/null
	grant_for d --new-epoch && install_grant && use d
	before=$(fingerprint replica1)
	run snapshot -q
	echo "$output"
	[ "$status" = 65 ]
	[[ $output == *"publication is held"* ]]
	[[ $output == *"epoch 4 does not begin before that, and nothing is shipped"* ]]
	[ "$(fingerprint replica1)" = "$before" ]
	snapshot -q --allow-shrink
	[ "$(sealed replica1 epoch)" = 4 ]
	verify replica1 -q
}
