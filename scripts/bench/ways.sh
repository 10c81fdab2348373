# shellcheck shell=bash disable=SC2034,SC2153 # WALL, CPU, KEYTAB: one program
# The ways a change takes to a replica.  Sourced by run.sh.  Each ship_WAY is one
# cycle, and records what it took.

snapshot() {
	realm_on primary kdc-snapshot -t replica1 "$@"
}

# said_ms WORD: the number before "ms" after that word, of what was printed.
said_ms() {
	sed -n "s/.*$1[^0-9,]* \([0-9.]*\) ms.*/\1/p" "$DIR/said" | head -1
}

# record_said WAY WHAT VALUE: unless it said nothing.
record_said() {
	[ -z "$3" ] || record "$1" "$2" "$3"
}

# ship_ours WAY [OPTION...]
ship_ours() {
	local way=$1 bytes there master used=0
	shift
	master=$(master_pid replica1)
	[ -z "$master" ] || used=$(cpu_now "$master")
	there=$(cpu_now "$(pid_of replica1 sshd)")
	bytes=$(bytes_now)
	timed snapshot "$@"
	record "$way" bytes $(($(bytes_now) - bytes))
	record "$way" ms "$WALL"
	record "$way" sealed "$(until_sealed replica1)"
	[ -z "$master" ] || used=$(($(cpu_now "$master") - used))
	record "$way" cpu-primary "$(awk "BEGIN { print $CPU + $used }")"
	record "$way" cpu-replica \
	    $(($(cpu_now "$(pid_of replica1 sshd)") - there))
	record_said "$way" copied "$(said_ms copied)"
	record_said "$way" examined "$(said_ms proved)"
	record_said "$way" compared "$(said_ms compared)"
}

# dump: as every cron script makes it.
dump() {
	realm_on primary kdb5_util dump "$DIR/dump"
}

kprop_send() {
	realm_on primary kprop -f "$DIR/dump" -s "$KEYTAB" -P "$(port kprop)" \
	    "$(hostname)"
}

ship_kprop() {
	local bytes there wall cpu
	bytes=$(bytes_now)
	there=$(cpu_now "$(pid_of replica2 kpropd)")
	timed dump
	wall=$WALL cpu=$CPU
	record dump ms "$WALL"
	timed kprop_send
	record kprop ms "$(awk "BEGIN { print $wall + $WALL }")"
	record kprop cpu-primary "$(awk "BEGIN { print $cpu + $CPU }")"
	record kprop bytes $(($(bytes_now) - bytes))
	record kprop cpu-replica \
	    $(($(cpu_now "$(pid_of replica2 kpropd)") - there))
}

rsync_ssh() {
	ssh -F "$REALM_DIR/primary/etc/ssh_config" replica3 "$@"
}

rsync_send() {
	rsync -I -e "ssh -F $REALM_DIR/primary/etc/ssh_config" "$DIR/dump" \
	    "replica3:$REALM_DIR/replica3/dump"
}

rsync_load() {
	rsync_ssh ". $REALM_DIR/replica3/env &&
	    kdb5_util load $REALM_DIR/replica3/dump"
}

rsync_all() {
	dump
	rsync_send
	rsync_load
}

ship_rsync() {
	local bytes there master used
	master=$(master_pid replica3)
	used=$(cpu_now "$master")
	bytes=$(bytes_now)
	there=$(cpu_now "$(pid_of replica3 sshd)")
	timed rsync_all
	record rsync ms "$WALL"
	record rsync bytes $(($(bytes_now) - bytes))
	record rsync cpu-primary "$(awk \
	    "BEGIN { print $CPU + $(cpu_now "$master") - $used }")"
	record rsync cpu-replica \
	    $(($(cpu_now "$(pid_of replica3 sshd)") - there))
}

# --- iprop ------------------------------------------------------------------

iprop_conf() {
	sed -i "s|^\t*  *database_name = .*|&\n\
        iprop_enable = true\n\
        iprop_port = $(port iprop)\n\
        iprop_listen = 127.0.0.1:$(port iprop)\n\
        iprop_replica_poll = 2s\n\
        iprop_ulogsize = 2500\n\
        iprop_logfile = $REALM_DIR/$1/db/principal.ulog|
	    s|kadmind_listen = .*|kadmind_listen = 127.0.0.1:$(port iprop-kadmin)|
	    s|kpasswd_listen = .*|kpasswd_listen = 127.0.0.1:$(port iprop-kpasswd)|" \
	    "$REALM_DIR/$1/kdc.conf"
	# Both ask the primary's KDC, and its kadmind.
	sed -i "s|kdc = .*|kdc = 127.0.0.1:$(realm_port replica4 kdc)|
	    s|admin_server = .*|admin_server = $(hostname):$(port iprop-kadmin)|" \
	    "$REALM_DIR/$1/krb5.conf"
}

iprop_serial() {
	realm_on "$1" kproplog -h 2>/dev/null |
	    sed -n 's/.*Last serial # : *//p'
}

# iprop_wait SERIAL: until the replica has come so far, two minutes at the most.
iprop_wait() {
	local i
	for ((i = 0; i < 12000; i++)); do
		[ "$(iprop_serial replica5)" != "$1" ] || return 0
		sleep 0.01
	done
	cat "$REALM_DIR"/replica5/log/kpropd.out >&2
	return 1
}

# iprop_loaded: its first database stands where it belongs, ten minutes at the most.
# Until then its log says the number that the primary's begins with.
iprop_loaded() {
	local db=$REALM_DIR/replica5/db/principal i
	for ((i = 0; i < 60000; i++)); do
		if [ -s "$db" ] && [ ! -e "$db~" ]; then
			return
		fi
		sleep 0.01
	done
	cat "$REALM_DIR"/replica5/log/kpropd.out >&2
	return 1
}

# iprop_begin: a primary, and a replica that asks it for everything.
iprop_begin() {
	local p=$REALM_DIR/replica4 r=$REALM_DIR/replica5 start
	iprop_conf replica4
	iprop_conf replica5
	base replica4
	echo "*/admin@EXAMPLE.TEST *
kiprop/*@EXAMPLE.TEST p" >"$p/kadm5.acl"
	echo "host/$(hostname)@EXAMPLE.TEST" >"$r/kpropd.acl"
	kdc_start replica4
	sed -i "2i export KRB5_KTNAME=FILE:$KEYTAB" "$p/env" "$r/env"
	process_start replica4 kadmind "$(port iprop)" kadmind -nofork \
	    -p /usr/sbin/kdb5_util -K /usr/sbin/kprop \
	    -k "$(port iprop-kprop)" -F "$DIR/iprop.dump"
	start=$(us_now)
	process_start replica5 kpropd "$(port iprop-kprop)" kpropd -D \
	    -P "$(port iprop-kprop)" -A "$(hostname)" -f "$r/from_master" \
	    -p /usr/sbin/kdb5_util -a "$r/kpropd.acl" -s "$KEYTAB"
	iprop_loaded
	iprop_wait "$(iprop_serial replica4)"
	record iprop-resync ms $((($(us_now) - start) / 1000))
}

# ship_iprop WAY CHANGED ADDED DELETED: makes these changes; the time is from when
# the last of them is committed until the replica has it.  Bytes and processor time
# are of all that happened meanwhile, for the replica may ask in the midst of it.
ship_iprop() {
	local way=$1 bytes here there start
	here=$(cpu_now "$(pid_of replica4 kadmind)")
	there=$(cpu_now "$(pid_of replica5 kpropd)")
	bytes=$(bytes_now)
	change "$2" "$3" "$4" replica4
	start=$(us_now)
	iprop_wait "$(iprop_serial replica4)"
	record "$way" ms $((($(us_now) - start) / 1000))
	record "$way" bytes $(($(bytes_now) - bytes))
	record "$way" cpu-primary \
	    $(($(cpu_now "$(pid_of replica4 kadmind)") - here))
	record "$way" cpu-replica \
	    $(($(cpu_now "$(pid_of replica5 kpropd)") - there))
	arrived replica5 replica4
}

iprop_end() {
	process_stop "$REALM_DIR/replica5/run/kpropd.pid"
	process_stop "$REALM_DIR/replica4/run/kadmind.pid"
	kdc_stop replica4
	rm -f "$REALM_DIR"/replica[45]/db/* "$REALM_DIR/replica5/from_master" \
	    "$DIR"/iprop.dump*
}
