# shellcheck shell=bash disable=SC2034,SC2153 # WALL, CPU, KEYTAB: one program
# The hosts of a benchmark, all on this machine, with the same realm of SIZE
# principals.  Sourced by run.sh, after realm.sh and measure.sh.
#
#	primary		for kdcsync, kprop and rsync
#	replica1	kdcsync's, over ssh
#	replica2	kprop's
#	replica3	rsync's, over ssh, with a shell
#	replica4	a primary with iprop, whose replica is
#	replica5
#
#   hosts_make, hosts_end
#   ssh_warm, ssh_cold	from now on one connection is kept, or each is new
#   master_pid		of the kept one
#   change CHANGED ADDED DELETED [HOST]	on the primary, by kadmin.local
#   arrived HOST [PRIMARY]	has it what the last change made?
#   host_empty HOST	it has no database and no state any more

# port NAME: those that realm.sh knows nothing of.
port() {
	local names=(kprop iprop-kprop iprop iprop-kadmin iprop-kpasswd) i
	for i in "${!names[@]}"; do
		[ "${names[i]}" != "$1" ] || echo $((PORTS + i))
	done
}

hosts_make() {
	local r etc=$DIR/realm/primary/etc
	realm_make -n 5 "$DIR/realm"
	PORTS=$(port_block 5)
	KEYTAB=$REALM_DIR/bench.keytab
	TURN=0
	: >"$DIR/gone"
	sed -i '/^    replicas = {/,$d' "$etc/kdcsync.conf"
	replicas_list 1 false | sed 's/^\t    command/\t    deadline = 20m\n&/' \
	    >>"$etc/kdcsync.conf"
	for r in 1 3; do
		sshd_stop replica$r
		# No ~/.bashrc: what it costs is nobody's cost here.
		echo "SetEnv SHLVL=2" >>"$REALM_DIR/replica$r/etc/sshd_config"
		[ $r != 3 ] || shell_allow
		sshd_start replica$r
	done
	realm_fill
	kdc_start primary
	kadmind_start
	kpropd_make
}

# rsync wants a shell at the other end.
shell_allow() {
	local etc=$REALM_DIR/replica3/etc
	sed -i 's/^PermitRootLogin .*/PermitRootLogin prohibit-password/' \
	    "$etc/sshd_config"
	cp "$REALM_DIR/primary/etc/transport_key.pub" "$etc/authorized_keys"
}

realm_fill() {
	realm_on primary timeout 60 kadmin.local >"$DIR/said" 2>&1 <<-END
	addprinc -randkey probe
	addprinc -randkey +requires_preauth probe-pre
	addprinc -randkey probe-write
	addprinc -randkey host/$(hostname)
	addprinc -randkey kiprop/$(hostname)
	ktadd -k $KEYTAB -norandkey probe probe-pre host/$(hostname) kiprop/$(hostname)
	END
	[ -s "$KEYTAB" ] || { cat "$DIR/said" >&2; return 1; }
	realm_on primary kdb5_util dump "$DIR/small"
	python3 scripts/synthetic.py "$SIZE" "$SEED" <"$DIR/small" >"$DIR/dump"
	realm_on primary kdb5_util load "$DIR/dump"
	record realm dump-bytes "$(stat -c %s "$DIR/dump")"
	record realm database-bytes \
	    "$(stat -c %s "$REALM_DIR/primary/db/principal")"
	rm "$DIR/dump"
}

# base HOST: the primary's database as a stranger's copy, made without load.
base() {
	cp "$REALM_DIR"/primary/db/principal{,.ok,.kadm5,.kadm5.lock} \
	    "$REALM_DIR/$1/db/"
}

kpropd_make() {
	local dir=$REALM_DIR/replica2
	echo "host/$(hostname)@EXAMPLE.TEST" >"$dir/kpropd.acl"
	base replica2
	process_start replica2 kpropd "$(port kprop)" kpropd -D \
	    -P "$(port kprop)" -p /usr/sbin/kdb5_util -s "$KEYTAB" \
	    -a "$dir/kpropd.acl" -f "$dir/from_master"
	kdc_start replica2
}

hosts_end() {
	[ -d "${REALM_DIR:-}" ] || return 0
	ssh_cold 2>/dev/null || :
	realm_remove
}

# --- ssh --------------------------------------------------------------------

SSH_WARM="ControlMaster auto\nControlPath %s/primary/run/%%n.ssh\nControlPersist 30m\n"

ssh_warm() {
	local conf=$REALM_DIR/primary/etc/ssh_config
	ssh_cold
	# shellcheck disable=SC2059 # the format is the text
	{ printf "$SSH_WARM" "$REALM_DIR"; cat "$conf"; } >"$conf.new"
	mv "$conf.new" "$conf"
}

ssh_cold() {
	local conf=$REALM_DIR/primary/etc/ssh_config r
	for r in 1 3; do
		ssh -q -F "$conf" -O exit replica$r >/dev/null 2>&1 || :
	done
	sed -i '/^Control/d' "$conf"
}

master_pid() {
	ssh -F "$REALM_DIR/primary/etc/ssh_config" -O check "$1" 2>&1 |
	    sed -n 's/.*(pid=\([0-9]*\)).*/\1/p'
}

pid_of() {
	cut -d' ' -f1 "$REALM_DIR/$1/run/$2.pid"
}

# --- changes ----------------------------------------------------------------

# The first is the one that arrived looks for.
change() {
	local host=${4:-primary}
	TURN=$((TURN + 1))
	python3 scripts/bench/changes.py "$SIZE" "$SEED" $TURN "$1" "$2" "$3" \
	    "$DIR/gone" >"$DIR/queries"
	CHANGED=$(sed -n '1s/.* //p' "$DIR/queries")
	realm_on "$host" timeout 600 kadmin.local <"$DIR/queries" \
	    >"$DIR/said" 2>&1
	[ "$(grep -c '^Principal.* created\|randomized\|deleted' "$DIR/said")" \
	    = $(($1 + $2 + $3)) ] || {
		head -3 "$DIR/said" >&2
		return 1
	}
}

# change_many CHANGED: more than kadmin.local could make in this life.
change_many() {
	TURN=$((TURN + 1))
	python3 scripts/bench/changes.py -d "$SIZE" "$SEED" $TURN "$1" 0 0 \
	    "$DIR/gone" <"$DIR/small" >"$DIR/records"
	CHANGED=$(sed -n 2p "$DIR/records" | cut -f7)
	realm_on primary kdb5_util load -update "$DIR/records" >"$DIR/said" 2>&1
	rm "$DIR/records"
}

# logins_make COUNT: so many principals that can log in, each beside a synthetic
# one, which cannot: nobody knows its keys.
logins_make() {
	local i
	rm -f "$DIR/logins" "$DIR/logins.keytab"
	for ((i = 0; i < $1; i++)); do
		printf 'user%07d.l@EXAMPLE.TEST\n' $((SIZE * i / $1)) \
		    >>"$DIR/logins"
	done
	awk -v keytab="$DIR/logins.keytab" '{
		print "addprinc -randkey +requires_preauth", $1
		print "ktadd -k", keytab, "-norandkey", $1
	}' "$DIR/logins" | realm_on primary timeout 600 kadmin.local \
	    >"$DIR/said" 2>&1
	[ -s "$DIR/logins.keytab" ] || { head -3 "$DIR/said" >&2; return 1; }
}

# logins_storm: each of them logs in, and the clock goes on.
logins_storm() {
	# shellcheck disable=SC2046 # names without blanks
	realm_on primary "$REALM_BUILD/bench/waits" once \
	    "$DIR/logins.keytab" $(<"$DIR/logins") >"$DIR/said"
	if awk '$3 != 0 { exit 1 }' "$DIR/said"; then
		sleep 1.2
		return
	fi
	echo "bench: a login failed: $(awk '$3 != 0' "$DIR/said" | head -1)" >&2
	return 1
}

keys_of() {
	realm_on "$1" kadmin.local -q "getprinc $CHANGED" 2>/dev/null |
	    grep '^Last modified\|^Key'
}

arrived() {
	[ -n "$(keys_of "$1")" ] &&
	    [ "$(keys_of "$1")" = "$(keys_of "${2:-primary}")" ] && return
	echo "bench: $1 does not have what changed" >&2
	return 1
}

host_empty() {
	rm -rf "${REALM_DIR:?}/$1"/state/* "$REALM_DIR/$1"/state/.??* \
	    "$REALM_DIR/$1"/db/principal*
}
