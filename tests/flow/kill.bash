# shellcheck shell=bash
# Kills at every point, and what has to hold after each: for the tests with kill
# in their names.  REALM_DIR holds the bundles and states that these name.
# shellcheck source=tests/flow/lib.bash
. "$(dirname "${BASH_SOURCE[0]}")/lib.bash"

# kill_dir: makes REALM_DIR and, in it, FAULTAT, which counts and kills.  1: one
# process may not trace another here.
kill_dir() {
	REALM_DIR=$(flow_dir)
	FAULTAT=$REALM_DIR/faultat
	export REALM_DIR FAULTAT
	cc -O1 -o "$FAULTAT" tests/fault/faultat.c || exit
	"$FAULTAT" "$REALM_DIR" true
}

kill_or_skip() {
	"$FAULTAT" "$REALM_DIR" true ||
	    skip "this host does not let one process trace another"
}

# look HOST: into HOST.parts the digests of the principals and of the policies
# of its live database, into HOST.digest that of all: by MIT's own dump of a
# copy and an oracle that shares no code with us.
look() {
	local to=$REALM_DIR/$1 dir
	dir=$(mktemp -d "$REALM_DIR/tmp.XXXXXX")
	cp "$to"/db/principal* "$dir/" 2>/dev/null || :
	: >"$dir/principal.ok"
	: >"$dir/principal.kadm5.lock"
	realm_on "$1" kdb5_util -d "$dir/principal" dump "$dir/dump" \
	    >/dev/null 2>&1
	python3 tests/canon.py "$dir/dump" >"$dir/canon" || :
	{
		grep -av '^policy' "$dir/canon" | sha256sum
		grep -a '^policy' "$dir/canon" | sha256sum
	} >"$to.parts"
	sha256sum <"$dir/canon" | cut -d' ' -f1 >"$to.digest"
	rm -rf "$dir"
}

# content HOST OLD: what it is of two states: "new new", "old new", "? old".
content() {
	local part n=0 line from=$2
	look "$1"
	while read -r part; do
		n=$((n + 1))
		line="?"
		[ "$part" != "$(sed -n ${n}p "$from")" ] || line=old
		[ "$part" != "$(sed -n ${n}p "$REALM_DIR/new")" ] || line=new
		printf '%s ' "$line"
	done <"$REALM_DIR/$1.parts" | sed 's/ $//'
}

# is_sealed HOST [next]: is what was looked at what its seal says?
is_sealed() {
	[ "$(<"$REALM_DIR/$1.digest")" = \
	    "$(digest_in "$REALM_DIR/$1/state/seal.${2:-tar}")" ]
}

digest_in() {
	tar xOf "$1" manifest 2>/dev/null | sed -n 's/^dump-sha256: //p'
}

# One line and an end of the test.
wrong() {
	echo "WRONG: $*"
	return 1
}

# Nothing of ours that should have gone.  A small temporary file is swept when
# it is a day old: whoever made it may be at work.
clean() {
	local left
	left=$(find "$REALM_DIR/$1/state" -name '.?*' -size -4)
	if [ -n "$left" ]; then
		# shellcheck disable=SC2086 # names without blanks
		touch -d '2 days ago' $left
		realm_on "$1" kdc-apply -q "$REALM_DIR/heartbeat" 2>/dev/null || :
	fi
	left=$(cd "$REALM_DIR/$1" && find db state \( -name '.?*' -o \
	    -path 'db/principal.kdcsync/*' -o -name 'seal.next' \) \
	    ! -path 'db/principal.kdcsync/last*' -print)
	[ -z "$left" ] || wrong "left behind: $left"
}

# The two replicas are tested at the same time; the primary is one.
ship_alone() {
	(flock 8 && realm_on primary kdc-snapshot -q -t "$1" 8>&-) \
	    8>"$REALM_DIR/lock"
}

# A replica after a kill: truth, then health.  HOST N OLD BUNDLE
after() {
	local what status=0 gate=0
	what=$(content "$1" "$3")
	verify "$1" >"$REALM_DIR/$1.said" 2>&1 || status=$?
	realm_on "$1" kdc-verify -q --gate -- true \
	    >"$REALM_DIR/$1.gate" 2>&1 || gate=$?
	echo "$2: $what, verify $status, gate $gate," \
	    "$(cut -d' ' -f2- "$REALM_DIR/$1.call"): $(tr '\n' '|' \
	    <"$REALM_DIR/$1.said")"
	case $what in
	*"?"*)	wrong "a file is neither old nor new" ;;
	esac
	if [ $status -lt 2 ] || [ $gate = 0 ]; then
		is_sealed "$1" || is_sealed "$1" next ||
		    wrong "passed, but is not what is sealed"
	fi
	if [ $(($2 % 2)) = 0 ]; then
		verify "$1" -q --repair || wrong "--repair: $?"
		look "$1"
		is_sealed "$1" || wrong "--repair: not what is sealed"
		realm_on "$1" kdc-apply -q "$4" || wrong "kdc-apply: $?"
	else
		ship_alone "$1" || wrong "kdc-snapshot: $?"
	fi
	verify "$1" -q || wrong "not good after the next cycle: $?"
	[ "$(content "$1" "$3")" = "$NEW" ] || wrong "not the new generation"
	is_sealed "$1" || wrong "not what is sealed"
	also "$1"
	clean "$1"
}

# also HOST: what else holds then; a test may say.
also() {
	:
}

# count FROM BUNDLE: the points of that apply.
count() {
	fresh replica1 "$1"
	at_rest replica1
	realm_on replica1 "$FAULTAT" -c "$REALM_DIR/count" "$REALM_DIR" \
	    kdc-apply -q "$2"
	wc -l <"$REALM_DIR/count"
}

fresh() {
	rm -rf "${REALM_DIR:?}/$1"
	cp -a "$REALM_DIR/$1.$2" "$REALM_DIR/$1"
}

# every HOST FIRST STEP LAST FROM BUNDLE OPTION...: a kill at each of the points.
every() {
	local host=$1 n step=$3 last=$4 from=$5 bundle=$6 rc old=$REALM_DIR/old
	[ "$from" != altered ] || old=$REALM_DIR/$host.was
	for ((n = $2; n <= last; n += step)); do
		fresh "$host" "$from"
		rc=0
		realm_on "$host" "$FAULTAT" "${@:7}" -n $n \
		    -c "$REALM_DIR/$host.call" "$REALM_DIR" \
		    kdc-apply -q "$bundle" >"$REALM_DIR/$host.said" 2>&1 ||
		    rc=$?
		# The last few may be the ends of what is done already.
		[ $rc != 0 ] || [ $n -gt $((last - 5)) ] || [ $# -gt 6 ] ||
		    wrong "$n of $last: not killed"
		after "$host" $n "$old" "$bundle"
	done
}

# both STEP LAST FROM BUNDLE OPTION...: the same, half of them on each replica.
both() {
	local step=$(($1 * ${KILL_STEP:-1})) one two rc=0
	every replica1 1 $((2 * step)) "${@:2}" >"$REALM_DIR/log1" 2>&1 3>&- &
	one=$!
	every replica2 $((1 + step)) $((2 * step)) "${@:2}" \
	    >"$REALM_DIR/log2" 2>&1 3>&- &
	two=$!
	wait $one || rc=1
	wait $two || rc=1
	cat "$REALM_DIR/log1" "$REALM_DIR/log2"
	echo "# $(cat "$REALM_DIR/log1" "$REALM_DIR/log2" | grep -c ': .*verify') of $2 points" >&3
	return $rc
}

# published: what the primary's current says is there, signed and whole.
published() {
	local state=$REALM_DIR/primary/state dir=$REALM_DIR/current id
	rm -rf "$dir"
	mkdir "$dir"
	tar xmf "$state/current" -C "$dir"
	ssh-keygen -q -Y verify -n kdcsync -f "$REALM_DIR/allowed_signers" \
	    -I primary@EXAMPLE.TEST -s "$dir/manifest.sig" <"$dir/manifest" \
	    >/dev/null || wrong "current is not signed"
	id=$(sed -n 's/^epoch: //p' "$dir/manifest").$(sed -n \
	    's/^generation: //p' "$dir/manifest")
	sed -n 's/^dump-sha256: //p' "$dir/manifest" >"$dir/sha256"
	sha256sum <"$state/generations/$id/dump" | cut -d' ' -f1 |
	    cmp - "$dir/sha256" || wrong "the dump of $id is not what current says"
	echo "$id"
}
