# Goal of this test: kdcsync and kprop get out of each other's way.
# - kdc-apply does nothing beside a kpropd that serves its database, however
#   that one was told which (kdc.conf, -F, iprop, a mount namespace of its own),
#   and kdc-verify warns; a kpropd of another database, or one that cannot touch
#   this one, disturbs nobody.
# - docs/from-kprop.md, executed line by line: a replica comes from kprop, its
#   KDC answering all the time, counters kept; and goes back, to kprop or iprop,
#   losing no more than the page says.
bats_require_minimum_version 1.5.0

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	HOST=$(hostname)
	getent hosts "$HOST" >/dev/null ||
	    skip "kprop wants the address of $HOST, which nobody knows"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
}

teardown() {
	[ -d "${REALM_DIR:-}" ] || return 0
	realm_end
	rm -rf "$REALM_DIR"
}

# kprop_realm OPTION...: a realm whose replica kprop can serve.
kprop_realm() {
	realm_make "$@" -n 1 "$REALM_DIR"
	# The realm has 16 ports and needs fewer.
	KPROP_PORT=$(($(<"$REALM_DIR/ports") + 15))
	IPROP_PORT=$((KPROP_PORT - 1))
	KEYTAB=$REALM_DIR/host.keytab
	admin_local 'addpol -maxfailure 3 strict' \
	    'addprinc -pw a -policy strict +requires_preauth alice' \
	    'addprinc -pw b bob' "addprinc -randkey host/$HOST" \
	    "addprinc -randkey kiprop/$HOST" \
	    "ktadd -k $KEYTAB -norandkey host/$HOST kiprop/$HOST" \
	    >/dev/null 2>&1
	echo "host/$HOST@EXAMPLE.TEST" >"$REALM_DIR/replica1/kpropd.acl"
}

# kpropd_run [COMMAND... --] OPTION...: on the replica, by that command.
kpropd_run() {
	local wrap=()
	if [[ " $* " == *" -- "* ]]; then
		while [ "$1" != -- ]; do
			wrap+=("$1")
			shift
		done
		shift
	fi
	process_start replica1 kpropd "$KPROP_PORT" "${wrap[@]}" kpropd -D \
	    -P "$KPROP_PORT" -p /usr/sbin/kdb5_util -s "$KEYTAB" \
	    -a "$REALM_DIR/replica1/kpropd.acl" \
	    -f "$REALM_DIR/replica1/from_master" "$@"
}

kpropd_end() {
	process_stop "$REALM_DIR/replica1/run/kpropd.pid"
}

# propagate: dump and kprop, as the cron line of every manual does.
propagate() {
	realm_on primary kdb5_util dump "$REALM_DIR/trans" &&
	    realm_on primary kprop -f "$REALM_DIR/trans" -s "$KEYTAB" \
	    -P "$KPROP_PORT" "$HOST"
}

# refused: by whom, and nothing moved.
refused() {
	local pid before
	pid=$(cut -d' ' -f1 "$REALM_DIR/replica1/run/kpropd.pid")
	before=$(fingerprint replica1)
	run -1 snapshot
	echo "$output"
	[[ $output == *"replica1: failed: kpropd (pid $pid) serves this database; stop it: systemctl disable --now krb5-kpropd"* ]]
	[ "$(fingerprint replica1)" = "$before" ]
	run -1 verify replica1
	echo "$output"
	[[ $output == *"WARNING - kpropd: kpropd (pid $pid) serves this database"* ]]
}

welcome() {
	run -0 snapshot
	run -0 verify replica1
	echo "$output"
}

needs_root() {
	[ "$(id -u)" = 0 ] || skip "$1 is for root only"
}

@test "a kpropd on the same database stops kdc-apply, however it was told" {
	kprop_realm -d
	# There is no database yet: kpropd would make one.
	kpropd_run
	run snapshot
	[ "$status" = 1 ]
	[[ $output == *"replica1: failed: kpropd (pid "* ]]
	run -2 verify replica1
	[[ $output == *"WARNING - kpropd: "* ]]
	kpropd_end
	welcome

	kpropd_run
	refused
	# By hand, too; what changes nothing may look.
	snapshot -q --no-ship -o "$REALM_DIR/b"
	run -74 realm_on replica1 kdc-apply "$REALM_DIR/b"
	[[ $output == *"kdc-apply: kpropd (pid "* ]]
	realm_on replica1 kdc-apply --dry-run "$REALM_DIR/b"
	# And it does what it is there for.
	kdc_start primary
	admin_local 'cpw -pw c bob' >/dev/null
	propagate
	kpropd_end
	run -0 snapshot
	echo "$output"
	welcome

	# -F goes before kdc.conf; a relative one is seen from where it runs.
	kpropd_run env KRB5_KDC_PROFILE=/nonexistent \
	    sh -c 'cd "$0" && exec "$@"' "$REALM_DIR/replica1" -- \
	    -r EXAMPLE.TEST -Fdb/principal
	refused
	kpropd_end
	# The realm of -r, not the default one.
	sed 's/default_realm = .*/default_realm = ELSEWHERE/' \
	    "$REALM_DIR/replica1/krb5.conf" >"$REALM_DIR/krb5.conf"
	kpropd_run env KRB5_CONFIG="$REALM_DIR/krb5.conf" -- -r EXAMPLE.TEST
	refused
	kpropd_end
	welcome
}

@test "a kpropd of another database disturbs nobody" {
	kprop_realm -d
	snapshot -q
	mkdir "$REALM_DIR/elsewhere"
	kpropd_run -F "$REALM_DIR/elsewhere/principal"
	welcome
	kpropd_end
	sed "s|database_name = .*|database_name = $REALM_DIR/elsewhere/principal|" \
	    "$REALM_DIR/replica1/kdc.conf" >"$REALM_DIR/kdc.conf"
	kpropd_run env KRB5_KDC_PROFILE="$REALM_DIR/kdc.conf" --
	welcome
	kpropd_end
	# Another of the same directory.
	kpropd_run -F "$REALM_DIR/replica1/db/other"
	welcome
	kpropd_end
	# Whose configuration cannot be read: it is not for us to guess.
	kpropd_run env KRB5_KDC_PROFILE="$REALM_DIR/no.such" -- -r NOWHERE
	welcome
	kpropd_end
}

@test "a kpropd in a mount namespace of its own, as in Debian's unit, is seen" {
	needs_root "a mount namespace"
	kprop_realm -d
	snapshot -q
	kpropd_run unshare -m --propagation slave --
	[ "$(readlink /proc/self/ns/mnt)" != "$(readlink "/proc/$(cut -d' ' \
	    -f1 "$REALM_DIR/replica1/run/kpropd.pid")/ns/mnt")" ]
	refused
	kpropd_end
	# There the same name may be another directory.
	mkdir "$REALM_DIR/elsewhere"
	kpropd_run unshare -m --propagation slave \
	    sh -c 'mount --bind "$0" "$1" && shift && exec "$@"' \
	    "$REALM_DIR/elsewhere" "$REALM_DIR/replica1/db" --
	welcome
	kpropd_end
}

@test "nobody stops kdc-apply by calling himself kpropd" {
	needs_root "another user"
	kprop_realm -d
	snapshot -q
	cp "$(command -v sleep)" "$REALM_DIR/kpropd"
	chmod 755 "$REALM_DIR" "$REALM_DIR/kpropd"
	(
		realm_env replica1
		exec setpriv --reuid 65534 --regid 65534 --clear-groups \
		    "$REALM_DIR/kpropd" 60 3>&-
	) &
	until [ "$(cat /proc/$!/comm)" = kpropd ]; do sleep 0.05; done
	welcome
	# As root it would.
	kill $!
	wait $! || :
	(
		realm_env replica1
		exec "$REALM_DIR/kpropd" 60 3>&-
	) &
	until [ "$(cat /proc/$!/comm)" = kpropd ]; do sleep 0.05; done
	run -1 verify replica1
	[[ $output == *"kpropd (pid $!)"* ]]
	kill $!
}

# --- docs/from-kprop.md -------------------------------------------------------

# page MARK: the lines of the blocks with that mark.
page() {
	awk -v mark="<!-- $1 -->" '
	$0 == mark { here = 1; next }
	here && /^```/ { here = 0; on = 1; next }
	/^```/ { on = 0 }
	on' docs/from-kprop.md
}

# type_line "kdc2# COMMAND": literally, on that host, whose files have other
# places, and whose systemd and port of kprop are these:
type_line() {
	local host=primary dir line=${1#kdc[12]# }
	[[ $1 != kdc2* ]] || host=replica1
	dir=$REALM_DIR/$host
	line=$(sed "s|/etc/systemd/system|$dir/systemd|g
	    s|/etc/cron.d|$dir/cron.d|g
	    s|/root/.ssh/authorized_keys|$dir/etc/authorized_keys|g
	    s|/var/lib/krb5kdc|$dir/db|g
	    s|/var/lib/kdcsync|$dir/state|g
	    s|kdc2.example.com|$HOST|" <<<"$line")
	echo "$1"
	(realm_env $host && eval "$line")
}

# type_page MARK: all of them, until one fails.
type_page() {
	local line
	while IFS= read -r line; do
		case $line in *restart*) probe_end || return ;; esac
		type_line "$line" || return
	done < <(page "$1")
}

systemctl() {
	local gate=$REALM_DIR/replica1/systemd/krb5-kdc.service.d/10-kdcsync.conf
	case $* in
	'disable --now krb5-kpropd')	kpropd_end ;;
	# shellcheck disable=SC2086 # words
	'enable --now krb5-kpropd')	kpropd_run ${KPROPD_ARGS:-} ;;
	daemon-reload)			;;
	'restart krb5-kdc')
		kdc_stop replica1
		if [ -e "$gate" ]; then
			# shellcheck disable=SC2046 # words
			realm_on replica1 $(sed -n \
			    's|^ExecStartPre=+/usr/sbin/||p' "$gate") || return
			echo "gate passed"
		fi
		kdc_start replica1 ;;
	*)	echo "systemctl $*: not understood"; return 1 ;;
	esac
}

kprop() {
	command kprop -s "$KEYTAB" -P "$KPROP_PORT" "$@"
}

# probe_begin, probe_end: bob logs in at the replica over and over, and never
# in vain.
probe_begin() {
	rm -f "$REALM_DIR/calm" "$REALM_DIR/in-vain"
	: >"$REALM_DIR/logins"
	(
		until [ -e "$REALM_DIR/calm" ]; do
			login replica1 bob b || login replica1 bob b2 ||
			    echo "in vain" >>"$REALM_DIR/in-vain"
			echo >>"$REALM_DIR/logins"
		done
	) >/dev/null 2>&1 3>&- &
	PROBE=$!
}

probe_end() {
	: >"$REALM_DIR/calm"
	wait "$PROBE"
	[ "$(wc -l <"$REALM_DIR/logins")" -gt 3 ] &&
	    [ ! -e "$REALM_DIR/in-vain" ]
}

# fail_login HOST PRINCIPAL TIMES
fail_login() {
	local i
	for ((i = 0; i < $3; i++)); do
		not login "$1" "$2" wrong 2>/dev/null
	done
}

counter() {
	realm_on "$1" kadmin.local -q "getprinc $2" 2>/dev/null |
	    sed -n 's/^Failed password attempts: //p'
}

locked() {
	run ! login "$1" "$2" a
	[[ $output == *"credentials have been revoked"* ]]
}

@test "from kprop, and back, as the page says" {
	local said=$BATS_TEST_TMPDIR/said was
	kprop_realm
	admin_local 'addprinc -pw a -policy strict +requires_preauth carol' \
	    >/dev/null 2>&1
	mkdir "$REALM_DIR"/{primary,replica1}/cron.d
	: >"$REALM_DIR/primary/cron.d/kprop"
	cp "$REALM_DIR/replica1/etc/authorized_keys" "$REALM_DIR/keys"
	kdc_start primary
	kpropd_run
	propagate
	mv "$REALM_DIR"/trans "$REALM_DIR/primary/db/replica_datatrans"
	kdc_start replica1
	fail_login replica1 alice 2
	# What no kprop has brought yet.
	admin_local 'addprinc -pw d dave' 'cpw -pw b2 bob' >/dev/null 2>&1
	probe_begin
	type_page come >"$said" 2>&1 || { cat "$said"; false; }
	cat "$said"
	[ "$(grep -c '^kdc[12]#' "$said")" -ge 10 ]
	grep -q 'it replaced a database from elsewhere: 1 added, 0 removed, 1 changed; login' \
	    "$said"
	# The page shows that line, of other numbers.
	[ "$(sed -n '/^kdc-snapshot: .*kdc-apply: /,/^```/p' docs/from-kprop.md |
	    grep -v '^`' | xargs |
	    sed 's|/var/lib/krb5kdc/||; s/kdc2.example.com/replica1/; s/ [0-9]* / N /g')" = \
	    "$(grep '^kdc-snapshot: replica1: kdc-apply: ' "$said" |
	    sed "s|$REALM_DIR/replica1/db/||; s/ [0-9]* / N /g")" ]
	grep -q '^kdcsync OK - generation 1.1, ' "$said"
	grep -qx 'gate passed' "$said"
	[ "$(counter replica1 alice)" = 2 ]
	login replica1 bob b2
	login replica1 dave d
	not ls "$REALM_DIR"/*/db/*trans* "$REALM_DIR"/*/db/from_master*
	[ -s "$REALM_DIR/primary/cron.d/kdcsync" ]
	admin_local 'addprinc -pw e eve' >/dev/null 2>&1
	snapshot
	login replica1 eve e

	# One more than was shipped, somebody locked out here, another there.
	admin_local 'addprinc -pw f frank' >/dev/null 2>&1
	fail_login replica1 alice 3
	locked replica1 alice
	fail_login primary carol 3
	locked primary carol
	login replica1 carol a
	was=$(realm_on replica1 kdc-verify --json)
	[[ $was == *'"status":0'* ]]
	probe_begin
	type_page back >"$said" 2>&1 || { cat "$said"; false; }
	probe_end
	cat "$said"
	[ "$(grep -c '^kdc[12]#' "$said")" -ge 9 ]
	grep -q SUCCEEDED "$said"
	login replica1 frank f
	login replica1 alice a
	locked replica1 carol
	# No file of ours is left where MIT's are, and it starts without us.
	[ ! -e "$REALM_DIR/replica1/state" ]
	[ "$(ls -A "$REALM_DIR/replica1/db" | grep -v '^from_master' | xargs)" = \
	    'principal principal.kadm5 principal.kadm5.lock principal.ok' ]
	systemctl restart krb5-kdc >"$said"
	not grep gate "$said"
	login replica1 frank f
	# And again.
	admin_local 'cpw -pw f2 frank' >/dev/null
	propagate
	login replica1 frank f2
	# Whoever still ships is not let in.
	run -69 snapshot

	# The way is open in both directions.
	cp "$REALM_DIR/keys" "$REALM_DIR/replica1/etc/authorized_keys"
	systemctl disable --now krb5-kpropd
	snapshot
	verify replica1
	admin_local 'cpw -pw f3 frank' >/dev/null
	snapshot
	# But a primary that has forgotten is no primary.
	rm -r "$REALM_DIR/primary/state"
	was=$(fingerprint replica1)
	run ! snapshot
	echo "$output"
	[ "$(fingerprint replica1)" = "$was" ]
}

# iprop_realm: kadmind on the primary serves iprop, the replica wants it.
iprop_realm() {
	local host line
	kprop_realm -d
	for host in primary replica1; do
		for line in 'iprop_enable = true' 'iprop_replica_poll = 1s' \
		    "iprop_port = $IPROP_PORT" \
		    "iprop_listen = 127.0.0.1:$IPROP_PORT"; do
			sed -i "s|^ *database_name = .*|&\n        $line|" \
			    "$REALM_DIR/$host/kdc.conf"
		done
	done
	# kadmind is kadmin/HOST, and there are no tickets without a KDC.
	sed -i "s| kdc = .*| kdc = 127.0.0.1:$(realm_port primary kdc)|" \
	    "$REALM_DIR/replica1/krb5.conf"
	echo 'kiprop/*@EXAMPLE.TEST p' >>"$REALM_DIR/primary/kadm5.acl"
	kdc_start primary
	process_start primary kadmind "$(realm_port primary kadmin)" \
	    env KRB5_KTNAME="FILE:$KEYTAB" kadmind -nofork \
	    -p /usr/sbin/kdb5_util -K /usr/sbin/kprop -k "$KPROP_PORT" \
	    -F "$REALM_DIR/resync"
	KPROPD_ARGS="-d -A $HOST"
}

# in_step: until the replica's kpropd has brought everything.
in_step() {
	local i want
	want=$(canonical primary)
	for ((i = 0; i < 60; i++)); do
		[ ! -e "$REALM_DIR/replica1/db/principal" ] ||
		    [ "$(canonical replica1)" != "$want" ] || return 0
		sleep 0.2
	done
	tail -n 20 "$REALM_DIR/replica1/log/kpropd.out"
	return 1
}

@test "from iprop, and back" {
	local ulog log=$REALM_DIR/replica1/log/kpropd.out was
	iprop_realm
	kpropd_run $KPROPD_ARGS
	in_step
	admin 'cpw -pw b2 bob' >/dev/null
	in_step
	run -1 snapshot
	[[ $output == *"replica1: failed: kpropd (pid "* ]]
	kpropd_end
	snapshot
	ulog=$(sha256sum "$REALM_DIR"/*/db/principal.ulog)
	snapshot --full
	verify replica1
	[ "$(sha256sum "$REALM_DIR"/*/db/principal.ulog)" = "$ulog" ]
	admin 'cpw -pw b3 bob' 'addprinc -pw d dave' 'delprinc -force alice' \
	    >/dev/null
	snapshot
	admin 'cpw -pw d2 dave' >/dev/null
	# Going back, kpropd asks for the whole.
	type_page iprop-back
	in_step
	grep -q 'Full resync needed' "$log"
	admin 'cpw -pw d3 dave' >/dev/null
	in_step
	kdc_start replica1
	kpropd_end
	sed -i "s| kdc = .*| kdc = 127.0.0.1:$(realm_port replica1 kdc)|" \
	    "$REALM_DIR/replica1/krb5.conf"
	login replica1 dave d3
}
