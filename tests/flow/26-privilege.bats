# Goal of this test: whoever becomes the user that receives bundles on a replica
# has nothing.  He reads no key, no dump and no database, writes incoming/ and
# nothing else, and what he does there, or says to the half that applies, changes
# no replica: it takes what the primary signed, or says no.  And the primary has
# the verdict in the same session as ever.
# - The user is nobody, by setpriv; accept.py stands for kdcsync-apply.socket.
# - His own words to the socket: forged, cut, swapped, endless bundles.
# - While bundles arrive, meddle.py truncates, renames, overwrites and links what
#   is in incoming/, as fast as it can.

bats_require_minimum_version 1.5.0

setup_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	[ "$(id -u)" = 0 ] || skip "only root has another user to be"
	command -v setpriv >/dev/null || skip "setpriv is missing: util-linux"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	realm_make -d -n 1 "$REALM_DIR"
	divide
	for i in {1..20}; do
		echo "addprinc -pw a$i user$i"
	done | realm_on primary kadmin.local >/dev/null 2>&1
	serve_start
	snapshot -q
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	[ -n "${REALM_DIR:-}" ] || return 0
	realm_end
	rm -rf "$REALM_DIR"
}

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	dir=$REALM_DIR/replica1
}

# As the packages lay it out: what is public, and what is the user's.
divide() {
	local dir=$REALM_DIR/replica1
	chmod 711 "$REALM_DIR" "$dir" "$dir/etc" "$dir/state"
	chmod 644 "$dir/etc/kdcsync.conf" "$dir/etc/allowed_signers"
	install -d -m 755 "$dir/socket" "$dir/bin"
	# A clone may be where he cannot go.
	install -m 755 "$REALM_BUILD/kdc-apply" tests/flow/meddle.py "$dir/bin"
	install -d -m 700 -o nobody -g nogroup "$dir/state/incoming"
	config_set replica1 apply_socket "$dir/socket/apply"
	cat >"$dir/bin/receive" <<-END
	#!/bin/sh
	exec setpriv --reuid=nobody --regid=nogroup --clear-groups \\
	    env -i PATH=/usr/bin:/bin HOME=/nonexistent \\
	    KDCSYNC_CONFIG=$dir/etc/kdcsync.conf $dir/bin/kdc-apply --receive
	END
	chmod 755 "$dir/bin/receive"
	sed -i "s#command = .*#command = $dir/bin/receive#" \
	    "$REALM_DIR/primary/etc/kdcsync.conf"
}

serve_start() {
	local dir=$REALM_DIR/replica1
	rm -f "$dir/socket/apply"
	(
		. "$dir/env"
		exec setsid python3 "$FLOW_SOURCE/tests/flow/accept.py" \
		    "$dir/socket/apply" nogroup kdc-apply --serve \
		    </dev/null >>"$dir/log/serve.out" 2>&1 3>&-
	) &
	echo "$! $(cut -d' ' -f22 /proc/$!/stat)" >"$dir/run/serve.pid"
	disown
	for ((i = 0; i < 100; i++)); do
		[ ! -S "$dir/socket/apply" ] || return 0
		sleep 0.05
	done
	return 1
}

# user COMMAND...: as the receiving user
user() {
	setpriv --reuid=nobody --regid=nogroup --clear-groups \
	    env -i PATH=/usr/bin:/bin "$@"
}

# say_to_socket FILE: as the user, past kdc-apply --receive; what comes back
say_to_socket() {
	user python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(60)
s.connect(sys.argv[1])
data = sys.stdin.buffer.read()
try:
    s.sendall(data)
    s.shutdown(socket.SHUT_WR)
except OSError:
    pass
while True:
    try:
        got = s.recv(65536)
    except ConnectionResetError:
        break
    if not got:
        break
    sys.stdout.buffer.write(got)
' "$dir/socket/apply" <"$1" | tr -d '\0' | tail -n 14
}

@test "a cycle: full, delta, heartbeat; the verdict comes in the session" {
	run -0 snapshot
	[[ $output == *"replica1: sealed 1.1, heartbeat"* ]]
	admin_local 'cpw -pw new user1' >/dev/null
	run -0 snapshot
	[[ $output == *"replica1: sealed 1.2, delta"* ]]
	verify replica1 -q
	[ "$(canonical replica1)" = "$(sealed replica1 dump-sha256)" ]
	[ -z "$(ls -A "$dir/state/incoming" "$dir/state/handed" |
	    grep -v :)" ]
	# What the primary keeps of it is as whole as ever.
	grep -q '^stash-kvno: 1$' "$REALM_DIR/primary/state/replicas/replica1"
}

@test "the user reads no key and writes nothing but incoming/" {
	local f
	for f in "$dir"/db/* "$dir/stash" "$dir"/state/*; do
		[ "$f" != "$dir/state/incoming" ] || continue
		run -1 user test -r "$f"
		run -1 user test -w "$f"
	done
	for f in "$dir/stash" "$dir"/state/dump.* "$dir/state/seal.tar"; do
		run user cat "$f"
		[ "$status" != 0 ]
	done
	run user ls "$dir/state"
	[ "$status" != 0 ]
	[ "$(user find "$dir/state" "$dir/socket" "$dir/etc" "$dir/bin" \
	    -writable ! -type l ! -type s 2>/dev/null)" = \
	    "" ]
	user test -w "$dir/state/incoming"
	run user touch "$dir/state/x" "$dir/x" "$dir/etc/x" "$dir/socket/x"
	[ "$(echo "$output" | grep -c 'Permission denied')" = 4 ]
	# Nor does kdc-apply itself do more for him.
	run user env KDCSYNC_CONFIG="$dir/etc/kdcsync.conf" \
	    KRB5_CONFIG="$dir/krb5.conf" KRB5_KDC_PROFILE="$dir/kdc.conf" \
	    "$dir/bin/kdc-apply" /dev/null
	[ "$status" != 0 ]
}

@test "a delta that does not fit: the whole dump, in the same session" {
	local f
	for f in "$dir"/state/dump.*; do
		sed -i '2,$s/[a-f]/x/g' "$f"
	done
	admin_local 'cpw -pw newer user2' >/dev/null
	run -0 snapshot
	echo "$output"
	[[ $output == *"replica1: sealed 1.3, full dump"* ]]
	verify replica1 -q
}

@test "a bundle that is not signed ends with who receives; the verdict is whole" {
	local text
	manifest_now >"$BATS_TEST_TMPDIR/m"
	ssh-keygen -q -t ed25519 -N '' -f "$BATS_TEST_TMPDIR/other"
	KEY=$BATS_TEST_TMPDIR/other forge "$BATS_TEST_TMPDIR/b" \
	    "$BATS_TEST_TMPDIR/m"
	before=$(fingerprint replica1)
	run -65 --separate-stderr "$dir/bin/receive" <"$BATS_TEST_TMPDIR/b"
	text=$(tail -n 14 <<<"$output")
	echo "$text"
	[[ $stderr == *"bundle: signed by a key that is not"*"; refused" ]]
	[[ $text == *"outcome: refused"* ]]
	[[ $text == *"why: bundle: signed by a key that is not"* ]]
	[[ $text == *"generation: 1.3"* ]]
	[[ $text == *"stash-kvno: 1"* ]]
	[ "$(fingerprint replica1)" = "$before" ]
	[ -z "$(ls -A "$dir/state/incoming")" ]
}

@test "nothing comes: exit 65, and nothing is left" {
	run -65 "$dir/bin/receive" </dev/null
	[ -z "$(ls -A "$dir/state/incoming")" ]
}

@test "whatever the user says to the socket himself, only what is signed is taken" {
	local full=$BATS_TEST_TMPDIR/full b=$BATS_TEST_TMPDIR/b before i size
	snapshot -q --no-ship --output "$full"
	before=$(fingerprint replica1)
	size=$(stat -c %s "$full")
	# Cut
	for i in 1 511 512 3000 $((size / 2)) $((size - 1100)); do
		head -c "$i" "$full" >"$b"
		say_to_socket "$b" | grep '^outcome: refused'
	done
	# Altered, in the middle of the dump
	cp "$full" "$b"
	printf x | dd of="$b" bs=1 seek=$((size - 2000)) conv=notrunc status=none
	say_to_socket "$b" | grep -E '^outcome: (refused|need-full)'
	# Signed by himself
	manifest_now | sed 's/^generation: .*/generation: 9/' \
	    >"$BATS_TEST_TMPDIR/m"
	ssh-keygen -q -t ed25519 -N '' -f "$BATS_TEST_TMPDIR/own"
	KEY=$BATS_TEST_TMPDIR/own forge "$b" "$BATS_TEST_TMPDIR/m"
	say_to_socket "$b" | grep '^outcome: refused'
	# Endless
	{ cat "$full"; head -c 100000000 /dev/zero | tr '\0' x; } >"$b"
	say_to_socket "$b" | grep '^outcome: refused'
	# No bundle at all
	head -c 100000 /dev/urandom >"$b"
	say_to_socket "$b" | grep '^outcome: refused'
	[ "$(fingerprint replica1)" = "$before" ]
	[ -z "$(ls -A "$dir/state/handed")" ]
	# The test can fail: the whole one is taken.
	say_to_socket "$full" | grep '^outcome: sealed'
}

@test "an older bundle, kept by the user, is refused" {
	local old=$BATS_TEST_TMPDIR/old
	snapshot -q --no-ship --output "$old"
	admin_local 'cpw -pw newest user3' >/dev/null
	snapshot -q
	say_to_socket "$old" | grep '^why: .*is older than what is sealed here'
	verify replica1 -q
}

@test "what arrives is meddled with: taken as signed, or refused, never else" {
	local i pid taken=0
	# Not by user(): its pid would be a shell's.
	setpriv --reuid=nobody --regid=nogroup --clear-groups \
	    env -i PATH=/usr/bin:/bin python3 "$dir/bin/meddle.py" \
	    "$dir/state/incoming" "$dir/stash" 3>&- &
	pid=$!
	for i in {1..20}; do
		admin_local "cpw -pw meddle$i user4" >/dev/null
		if snapshot -q --full; then
			taken=$((taken + 1))
		fi
		verify replica1 --deep | grep -v CRITICAL
		[ "$(canonical replica1)" = "$(sealed replica1 dump-sha256)" ]
	done
	kill "$pid"
	wait "$pid" || :
	echo "$taken of 20 were taken"
	[ "$taken" -lt 20 ]
	rm -rf "$dir"/state/incoming/*
	snapshot -q
	verify replica1 -q
}

@test "nobody behind the socket: one line, with the line to type" {
	mv "$dir/socket/apply" "$dir/socket/away"
	run -69 "$dir/bin/receive" </dev/null
	mv "$dir/socket/away" "$dir/socket/apply"
	[[ $output == "kdc-apply: $dir/socket/apply: No such file or directory;\
 systemctl enable --now kdcsync-apply.socket"* ]]
	snapshot -q
}

@test "a session as root stores beside incoming/, which is not its own" {
	realm_on primary kdc-snapshot -q --no-ship --output "$BATS_TEST_TMPDIR/b"
	run -0 realm_on replica1 kdc-apply <"$BATS_TEST_TMPDIR/b"
	[ "$(stat -c %U "$dir/state/handed" "$dir/state/incoming" |
	    tr '\n' ' ')" = "root nobody " ]
	[ -z "$(ls -A "$dir/state/handed")" ]
}

@test "another primary ships to a primary: it learns that it is superseded" {
	# The replica's host is a primary, too, in an older generation.
	cp -a "$dir/state" "$REALM_DIR/was"
	cp "$dir/state/seal.tar" "$dir/state/current"
	echo primary >"$dir/state/role"
	# More than a socket holds: it goes away in the middle.
	seq 3000 | sed 's/.*/addprinc -randkey many&/' |
	    realm_on primary kadmin.local >/dev/null 2>&1
	run snapshot --full
	echo "$output"
	[ "$status" != 0 ]
	[[ $output == *"this host is a primary, too, and takes nothing"* ]]
	[[ $output != *"onnection reset"* ]]
	[ -s "$dir/state/superseded" ]
	rm -rf "$dir/state"
	mv "$REALM_DIR/was" "$dir/state"
	snapshot -q
}
