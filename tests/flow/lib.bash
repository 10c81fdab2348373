# shellcheck shell=bash
# What the flow tests share beside scripts/realm.sh.
FLOW_SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$FLOW_SOURCE" || exit 1
# shellcheck source=scripts/realm.sh
. scripts/realm.sh

# A short path: sockets and MIT's own buffers have limits.
flow_dir() {
	mktemp -d /tmp/kdcsync-test.XXXXXX
}

# snapshot ARG...: kdc-snapshot on the primary.
snapshot() {
	realm_on primary kdc-snapshot "$@"
}

# verify HOST ARG...
verify() {
	local host=$1
	shift
	realm_on "$host" kdc-verify "$@"
}

# canonical HOST: the digest of a host's live database as MIT's own dump and an
# oracle that shares no code with us see it.
canonical() {
	local dir
	dir=$(mktemp -d "$REALM_DIR/tmp.XXXXXX")
	cp "$REALM_DIR/$1"/db/principal{,.ok,.kadm5,.kadm5.lock} "$dir/"
	realm_on "$1" kdb5_util -d "$dir/principal" dump "$dir/dump" >/dev/null
	python3 "$FLOW_SOURCE/tests/canon.py" "$dir/dump" | sha256sum | cut -d' ' -f1
	rm -rf "$dir"
}

# sealed HOST FIELD: a line of the seal's manifest.
sealed() {
	tar xOf "$REALM_DIR/$1/state/seal.tar" manifest | sed -n "s/^$2: //p"
}

# current FIELD: the same of the primary.
current() {
	tar xOf "$REALM_DIR/primary/state/current" manifest |
	    sed -n "s/^$1: //p"
}

# Everything of a replica that must not move when it refuses.
fingerprint() {
	(cd "$REALM_DIR/$1" && sha256sum db/principal db/principal.kadm5 \
	    state/seal.tar state/dump.* && ls db state state/incoming)
}

# forge OUT MANIFEST [PAYLOAD]: a bundle of that manifest, signed with KEY
# (default: the primary's).
forge() {
	local dir
	dir=$(mktemp -d "$REALM_DIR/tmp.XXXXXX")
	cp "$2" "$dir/manifest"
	ssh-keygen -q -Y sign -n kdcsync \
	    -f "${KEY:-$REALM_DIR/primary/etc/signing_key}" \
	    <"$dir/manifest" >"$dir/manifest.sig"
	if [ $# -gt 2 ]; then
		cp "$3" "$dir/"
	fi
	tar cf "$1" -C "$dir" manifest manifest.sig ${3:+"$(basename "$3")"}
	rm -rf "$dir"
}

# manifest_now: the primary's current manifest, to be edited and forged.
manifest_now() {
	tar xOf "$REALM_DIR/primary/state/current" manifest
}

utc() {
	date -u -d "$1" +%Y-%m-%dT%H:%M:%SZ
}

# mit_dump HOST: the canonical form of what kdb5_util dumps of its live
# database, by the same oracle.
mit_dump() {
	realm_on "$1" kdb5_util dump >"$BATS_TEST_TMPDIR/mit_dump" &&
	    python3 "$FLOW_SOURCE/tests/canon.py" "$BATS_TEST_TMPDIR/mit_dump"
}

# our_dump EPOCH.N: the dump of that generation, on the primary.
our_dump() {
	cat "$REALM_DIR/primary/state/generations/$1/dump"
}

# not COMMAND...: bash's own "!" does not end a test that should fail.
not() {
	! "$@"
}

# at_rest HOST: its database was written over a second ago, so that what comes next
# makes the same system calls each time: one that is younger is looked at twice.
at_rest() {
	while [ -n "$(find "$REALM_DIR/$1/db" -maxdepth 1 -type f \
	    ! -name '*.ok' -newermt '2 seconds ago')" ]; do
		sleep 0.1
	done
}
