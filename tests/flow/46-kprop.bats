# Goal of this test: kdcsync and kprop get out of each other's way.
# - kdc-apply does nothing beside a kpropd that serves its database, however
#   that one was told which (kdc.conf, -F, iprop, a mount namespace of its own),
#   and kdc-verify warns; a kpropd of another database, or one that cannot touch
#   this one, disturbs nobody.
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
