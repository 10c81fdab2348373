# shellcheck shell=bash
# What the tests of kdc-restore share: an operator, his grants, hosts that begin
# anew.
# shellcheck source=tests/flow/kill.bash
. "$(dirname "${BASH_SOURCE[0]}")/kill.bash"

# operator_make HOST...: one whom these hosts know.
operator_make() {
	local host
	ssh-keygen -q -t ed25519 -N '' -C operator -f "$REALM_DIR/operator"
	for host; do
		echo "operator@EXAMPLE.TEST namespaces=\"kdcsync-epoch\"" \
		    "$(<"$REALM_DIR/operator.pub")" \
		    >>"$REALM_DIR/$host/etc/allowed_signers"
	done
}

# sign GRANT
sign() {
	rm -f "$1.sig"
	ssh-keygen -q -Y sign -n kdcsync-epoch -f "${OPERATOR:-$REALM_DIR/operator}" \
	    "$1" 2>/dev/null
}

# grant HOST ARG...: what kdc-restore asks for, signed, in REALM_DIR/grant.
grant() {
	local rc=0
	realm_on "$1" kdc-restore -q "${@:2}" >"$REALM_DIR/grant" \
	    2>"$REALM_DIR/asked" || rc=$?
	[ $rc = 77 ] || {
		cat "$REALM_DIR/asked"
		return 1
	}
	sign "$REALM_DIR/grant"
}

# restore HOST ARG...: by that grant.
restore() {
	realm_on "$1" kdc-restore --grant "$REALM_DIR/grant" "${@:2}"
}

# primary_of HOST REPLICA...: its configuration as a primary of these, with a
# signing key of its own.
primary_of() {
	local etc=$REALM_DIR/$1/etc host
	ssh-keygen -q -t ed25519 -N '' -C "$1" -f "$etc/signing_key"
	config_set "$1" signing_key "$etc/signing_key"
	{
		echo "    replicas = {"
		for host in "${@:2}"; do
			printf '\t%s = {\n\t    command = %s\n\t}\n' "$host" \
			    "$(apply_command "$host")"
		done
		echo "    }"
	} >>"$etc/kdcsync.conf"
}

# everything HOST: all that a restore that is refused must leave as it was.  Lock
# files are made, and stay; the copies that stay beside a database are made anew by
# who misses them.
everything() {
	local copies=db/principal.kdcsync
	# shellcheck disable=SC2046 # one word or none
	(cd "$REALM_DIR/$1" && find db state etc $(ls -d stash 2>/dev/null || :) -type f \
	    ! -name '*.lock' ! -name principal.ok ! -path "$copies/last/*" \
	    ! -path "$copies/snapshot/*" -print0 |
	    sort -z | xargs -0 -r sha256sum
	find db state etc ! -name '*.lock' ! -name principal.ok ! -name '.scratch*' \
	    ! -name principal.kdcsync ! -path "$copies/last*" \
	    ! -path "$copies/snapshot*" -printf '%p %m %y\n' | sort)
}

# epoch_of HOST
epoch_of() {
	tar xOf "$REALM_DIR/$1/state/current" manifest 2>/dev/null |
	    sed -n 's/^epoch: //p'
}

# role HOST
role() {
	cat "$REALM_DIR/$1/state/role" 2>/dev/null || :
}

# state_of HOST: the digest of its live database.
state_of() {
	canonical "$1"
}

# one_line STATUS TEXT COMMAND...: it fails like that, with one line that has
# TEXT.
one_line() {
	local want=$1 text=$2 rc=0
	shift 2
	"$@" >"$REALM_DIR/out" 2>"$REALM_DIR/err" || rc=$?
	if [ $rc = "$want" ] && [ "$(wc -l <"$REALM_DIR/err")" = 1 ] &&
	    grep -qF -- "$text" "$REALM_DIR/err"; then
		return 0
	fi
	echo "exit status $rc, not $want with '$text':"
	cat "$REALM_DIR/out" "$REALM_DIR/err"
	return 1
}

# refused HOST STATUS TEXT ARG...: kdc-restore says that in one line, and nothing
# has changed.
refused() {
	local was
	was=$(everything "$1")
	one_line "$2" "$3" realm_on "$1" kdc-restore -q "${@:4}"
	[ "$(everything "$1")" = "$was" ] || {
		diff <(echo "$was") <(everything "$1") || :
		wrong "changed"
	}
}
