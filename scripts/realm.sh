# shellcheck shell=bash
# A throw-away realm on this machine: one primary and some replicas, each with
# its own database, configuration and daemons, on loopback ports, in one
# directory, as any user.  Source it; it works under set -eu and in bats.
#
#   realm_make [-d] [-n COUNT] DIR [REALM]
#	Makes primary, replica1 ... replicaCOUNT (2) in the new directory DIR
#	and starts the replicas' sshds; with -d there are none, and the primary
#	runs kdc-apply directly.  The primary's database holds what kdb5_util
#	and kadmin need and root/admin; a replica has the stash and no database.
#   realm_use DIR	works on a realm that another process made
#   realm_end		ends every process started here and waits for it
#   realm_remove	that, and removes DIR
#   realm_on HOST COMMAND...	runs it as on that host
#   realm_env HOST	makes this shell's environment that host's
#   realm_port HOST kdc|kadmin|kpasswd|ssh
#
#   kdc_start HOST	krb5kdc as Debian starts it, ungated
#   kdc_gate HOST	through kdc-verify --gate; on refusal the gate's words
#			and exit status
#   kdc_hook HOST	sets on_sealed: start the KDC through the gate
#   kdc_up HOST		does it run and listen?
#   kdc_wait HOST [SECONDS]	until it does (10)
#   kdc_stop HOST
#   kadmind_start, kadmind_stop, sshd_start HOST, sshd_stop HOST
#
#   login HOST PRINCIPAL PASSWORD	kinit, at that host's KDC only
#   admin QUERY...	kadmin over the network, as root/admin
#   admin_local QUERY...	kadmin.local on the primary
#   config_set HOST NAME [VALUE]	a setting in its kdcsync.conf; no VALUE:
#			away with it
#
# DIR/HOST has krb5.conf, kdc.conf, stash, env (to be sourced), db/principal,
# state/, etc/, log/NAME.out, run/NAME.pid (pid and start time), tmp/.
# REALM_BUILD names the directory of the programs; default: build/ of this tree.

REALM_SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
: "${REALM_BUILD:=$REALM_SOURCE/build}"

realm_fail() {
	echo "realm.sh: $*" >&2
	return 1
}

# --- ports ------------------------------------------------------------------

port_open() {
	(exec 9<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# port_block COUNT: the first of so many free ports, below the ephemeral ones,
# which any client's end may take.  Realms of the same minute may choose before
# either listens: tests/at-once.sh gives each its share, PORTS_PLACE of
# PORTS_PLACES.
port_block() {
	local base i try place=${PORTS_PLACE:-0} places=${PORTS_PLACES:-1}
	for ((try = 0; try < 50; try++)); do
		i=$(((RANDOM * 32768 + RANDOM) % (750 / places)))
		base=$((20000 + (i * places + place) * 16))
		for ((i = 0; i < $1; i++)); do
			! port_open $((base + i)) || continue 2
		done
		echo $base
		return
	done
	realm_fail "no $1 free ports in a row between 20000 and 32000"
}

realm_port() {
	local base n=${1#replica}
	base=$(<"$REALM_DIR/ports")
	case $1:$2 in
	primary:kdc)		echo $((base)) ;;
	primary:kadmin)		echo $((base + 1)) ;;
	primary:kpasswd)	echo $((base + 2)) ;;
	replica*:kdc)		echo $((base + 1 + 2 * n)) ;;
	replica*:ssh)		echo $((base + 2 + 2 * n)) ;;
	*)			realm_fail "$1 has no port for $2" ;;
	esac
}

# --- processes --------------------------------------------------------------

# process_alive PIDFILE: is that very process running?  Its pid may be another's
# by now: the start time tells.  A zombie has ended.
process_alive() {
	local pid start stat
	read -r pid start 2>/dev/null <"$1" || return 1
	read -r stat 2>/dev/null <"/proc/$pid/stat" || return 1
	# shellcheck disable=SC2086 # the fields after "pid (name) "
	set -- ${stat##*) }
	[ "$1" != Z ] && [ "${20}" = "$start" ]
}

# process_stop PIDFILE: TERM, after 3 s KILL, and waits.
process_stop() {
	local pid i
	for ((i = 0; i < 100; i++)); do
		if ! process_alive "$1"; then
			rm -f "$1"
			return
		fi
		read -r pid _ <"$1"
		case $i in
		0)	kill "$pid" 2>/dev/null || : ;;
		60)	kill -KILL "$pid" 2>/dev/null || : ;;
		esac
		sleep 0.05
	done
	realm_fail "$1: process $pid does not end"
}

# process_start HOST NAME PORT COMMAND...: in the background, until it listens.
# If it ends instead: shows what it printed, answers its exit status.
process_start() {
	local dir=$REALM_DIR/$1 name=$2 port=$3 child i rc=0
	shift 3
	! port_open "$port" || realm_fail "$dir: $name: port $port is taken"
	rm -f "$dir/run/$name.pid" "$dir/log/$name.out"
	: >"$dir/run/$name.starting"
	# bats reads descriptor 3 until nobody has it any more.
	setsid --wait "$dir/etc/daemon" "$name" "$@" 3>&- &
	child=$!
	for ((i = 0; i < 400; i++)); do
		if port_open "$port" && process_alive "$dir/run/$name.pid"; then
			disown "$child" 2>/dev/null || :
			return
		fi
		if [ -e "$dir/run/$name.pid" ] &&
		    ! process_alive "$dir/run/$name.pid"; then
			wait "$child" || rc=$?
			rm -f "$dir/run/$name.pid"
			cat "$dir/log/$name.out" >&2
			return $((rc == 0 ? 1 : rc))
		fi
		sleep 0.05
	done
	realm_fail "$dir: $name does not listen on port $port"
}

# --- one host ---------------------------------------------------------------

realm_env() {
	# shellcheck source=/dev/null
	. "$REALM_DIR/$1/env"
}

realm_on() {
	(realm_env "$1" && shift && "$@")
}

env_write() {
	local dir=$REALM_DIR/$1
	cat >"$dir/env" <<-END
	export KRB5_CONFIG=$dir/krb5.conf
	export KRB5_KDC_PROFILE=$dir/kdc.conf
	export KDCSYNC_CONFIG=$dir/etc/kdcsync.conf
	export KRB5RCACHEDIR=$dir/tmp
	export KRB5CCNAME=FILE:$dir/tmp/cc
	case :\$PATH: in
	*:$(printf %q "$REALM_BUILD"):*) ;;
	*) export PATH=$(printf %q "$REALM_BUILD"):/usr/sbin:/sbin:\$PATH ;;
	esac
	END
	# Its pid is there before it looks at "running", which realm_end takes
	# away before it looks for pids.
	cat >"$dir/etc/daemon" <<-END
	#!/bin/sh
	# daemon NAME COMMAND...: becomes it, its pid and start time remembered.
	set -e
	. $dir/env
	name=\$1; shift
	exec </dev/null >>$dir/log/\$name.out 2>&1
	start=\$(cut -d' ' -f22 /proc/\$\$/stat)
	echo "\$\$ \$start" >$dir/run/\$name.new
	mv $dir/run/\$name.new $dir/run/\$name.pid
	rm -f $dir/run/\$name.starting
	test -e $REALM_DIR/running
	exec "\$@"
	END
	chmod 700 "$dir/etc/daemon"
}

krb5_write() {
	local dir=$REALM_DIR/$1 realm=$2
	cat >"$dir/krb5.conf" <<-END
	[libdefaults]
	    default_realm = $realm
	    dns_lookup_kdc = false
	    dns_lookup_realm = false
	    dns_canonicalize_hostname = false
	    rdns = false
	    udp_preference_limit = 1
	[realms]
	    $realm = {
	        kdc = 127.0.0.1:$(realm_port "$1" kdc)
	        admin_server = 127.0.0.1:$(realm_port primary kadmin)
	    }
	END
	cat >"$dir/kdc.conf" <<-END
	[kdcdefaults]
	    kdc_listen = 127.0.0.1:$(realm_port "$1" kdc)
	    kdc_tcp_listen = 127.0.0.1:$(realm_port "$1" kdc)
	[realms]
	    $realm = {
	        database_name = $dir/db/principal
	        key_stash_file = $dir/stash
	        acl_file = $dir/kadm5.acl
	        kadmind_listen = 127.0.0.1:$(realm_port primary kadmin)
	        kpasswd_listen = 127.0.0.1:$(realm_port primary kpasswd)
	    }
	[logging]
	    default = FILE:$dir/log/krb5.log
	END
}

kdcsync_write() {
	local dir=$REALM_DIR/$1 realm=$2
	cp "$REALM_DIR/allowed_signers" "$dir/etc/"
	cat >"$dir/etc/kdcsync.conf" <<-END
	[kdcsync]
	    realm = $realm
	    state_dir = $dir/state
	    allowed_signers = $dir/etc/allowed_signers
	END
}

# Those of the section itself: what stands in replicas = { ... } stays.
config_set() {
	local file=$REALM_DIR/$1/etc/kdcsync.conf
	name=$2 value=${3-} awk '
	function enter() {
		if (ENVIRON["value"] != "")
			print "    " ENVIRON["name"] " = " ENVIRON["value"]
	}
	{ key = $1; sub(/=.*/, "", key) }
	depth == 0 && key == ENVIRON["name"] { next }
	{ print }
	/^\[kdcsync\]/ { enter() }
	/\{[ \t]*$/ { depth++ }
	/^[ \t]*\}/ { depth-- }' "$file" >"$file.new"
	mv "$file.new" "$file"
}

# --- the daemons ------------------------------------------------------------

kdc_start() {
	process_start "$1" kdc "$(realm_port "$1" kdc)" krb5kdc -n
}

kdc_gate() {
	process_start "$1" kdc "$(realm_port "$1" kdc)" \
	    kdc-verify -q --gate -- krb5kdc -n
}

kdc_hook() {
	config_set "$1" on_sealed "setsid -f $REALM_DIR/$1/etc/daemon kdc \
kdc-verify -q --gate -- krb5kdc -n"
}

kdc_up() {
	process_alive "$REALM_DIR/$1/run/kdc.pid" &&
	    port_open "$(realm_port "$1" kdc)"
}

kdc_wait() {
	local i
	for ((i = 0; i < ${2:-10} * 10; i++)); do
		! kdc_up "$1" || return 0
		sleep 0.1
	done
	realm_fail "$1: krb5kdc does not listen"
}

kdc_stop() {
	process_stop "$REALM_DIR/$1/run/kdc.pid"
}

kadmind_start() {
	process_start primary kadmind "$(realm_port primary kadmin)" \
	    kadmind -nofork
}

kadmind_stop() {
	process_stop "$REALM_DIR/primary/run/kadmind.pid"
}

sshd_start() {
	# sshd wants to be called by its whole name, to run itself again.
	process_start "$1" sshd "$(realm_port "$1" ssh)" \
	    "$(PATH=$PATH:/usr/sbin command -v sshd)" -D -e \
	    -f "$REALM_DIR/$1/etc/sshd_config"
}

sshd_stop() {
	process_stop "$REALM_DIR/$1/run/sshd.pid"
}

# --- ssh --------------------------------------------------------------------

# What the primary runs to reach kdc-apply on a replica.
apply_command() {
	local dir=$REALM_DIR/$1
	echo "/usr/bin/env KRB5_CONFIG=$dir/krb5.conf" \
	    "KRB5_KDC_PROFILE=$dir/kdc.conf" \
	    "KDCSYNC_CONFIG=$dir/etc/kdcsync.conf" \
	    "$(printf %q "$REALM_BUILD/kdc-apply") -q"
}

sshd_write() {
	local etc=$REALM_DIR/$1/etc pam=no
	# Without PAM sshd refuses an account whose password is locked, as
	# root's is on many hosts.
	if [ "$(id -u)" = 0 ]; then
		mkdir -p /run/sshd
		! passwd -S root | grep -q '^root L' || pam=yes
	fi
	ssh-keygen -q -t ed25519 -N '' -C "$1" -f "$etc/host_key"
	cat >"$etc/sshd_config" <<-END
	ListenAddress 127.0.0.1:$(realm_port "$1" ssh)
	HostKey $etc/host_key
	AuthorizedKeysFile $etc/authorized_keys
	AuthenticationMethods publickey
	PermitRootLogin forced-commands-only
	PermitUserRC no
	StrictModes no
	UsePAM $pam
	PidFile none
	END
	echo "restrict,command=\"$(apply_command "$1")\"" \
	    "$(<"$REALM_DIR/primary/etc/transport_key.pub")" \
	    >"$etc/authorized_keys"
}

# ssh_write COUNT: the primary's side.
ssh_write() {
	local etc=$REALM_DIR/primary/etc r
	cat >"$etc/ssh_config" <<-END
	Host *
	    HostName 127.0.0.1
	    User $(id -un)
	    IdentityFile $etc/transport_key
	    IdentitiesOnly yes
	    IdentityAgent none
	    UserKnownHostsFile $etc/known_hosts
	    GlobalKnownHostsFile /dev/null
	    StrictHostKeyChecking yes
	    UpdateHostKeys no
	    BatchMode yes
	    ConnectTimeout 10
	    ServerAliveInterval 15
	    ClearAllForwardings yes
	    LogLevel ERROR
	END
	for ((r = 1; r <= $1; r++)); do
		printf 'Host %s\n    HostKeyAlias %s\n    Port %d\n' \
		    replica$r replica$r "$(realm_port replica$r ssh)" \
		    >>"$etc/ssh_config"
		echo "replica$r $(<"$REALM_DIR/replica$r/etc/host_key.pub")" \
		    >>"$etc/known_hosts"
	done
}

# --- the realm --------------------------------------------------------------

realm_use() {
	REALM_DIR=$1
}

# host_make HOST REALM
host_make() {
	mkdir -p "$REALM_DIR/$1"/{db,state,etc,log,run,tmp}
	env_write "$1"
	krb5_write "$1" "$2"
	kdcsync_write "$1" "$2"
}

# The primary's signing key, which all hosts know, and its transport key.
keys_make() {
	local etc=$REALM_DIR/primary/etc
	mkdir -p "$etc"
	ssh-keygen -q -t ed25519 -N '' -C "primary@$1" -f "$etc/signing_key"
	ssh-keygen -q -t ed25519 -N '' -C transport -f "$etc/transport_key"
	echo "primary@$1 namespaces=\"kdcsync\" $(<"$etc/signing_key.pub")" \
	    >"$REALM_DIR/allowed_signers"
}

primary_make() {
	local dir=$REALM_DIR/primary master
	host_make primary "$1"
	echo "*/admin@$1 *" >"$dir/kadm5.acl"
	config_set primary signing_key "$dir/etc/signing_key"
	master=$(od -An -N16 -tx1 /dev/urandom | tr -d ' ')
	printf '%s\n%s\n' "$master" "$master" |
	    realm_on primary kdb5_util -r "$1" create -s >/dev/null 2>&1 ||
	    realm_fail "kdb5_util create: exit status $?"
	# timeout: out of the terminal's way, whose ^C makes kadmin.local hang.
	realm_on primary timeout 60 kadmin.local >/dev/null 2>&1 <<-END
	addprinc -randkey root/admin
	ktadd -k $dir/etc/root.keytab -norandkey root/admin
	END
}

# replica_make HOST REALM DIRECT
replica_make() {
	host_make "$1" "$2"
	cp "$REALM_DIR/primary/stash" "$REALM_DIR/$1/stash"
	if ! $3; then
		sshd_write "$1"
	fi
}

# replicas_list COUNT DIRECT: the primary's kdcsync.conf goes on.
replicas_list() {
	local r command
	echo "    replicas = {"
	for ((r = 1; r <= $1; r++)); do
		command="ssh -F $REALM_DIR/primary/etc/ssh_config replica$r \
kdc-apply"
		! $2 || command=$(apply_command replica$r)
		printf '\t%s = {\n\t    command = %s\n\t}\n' replica$r \
		    "$command"
	done
	echo "    }"
}

realm_make() {
	local direct=false count=2 opt r realm umask
	OPTIND=1
	while getopts dn: opt; do
		case $opt in
		d)	direct=true ;;
		n)	count=$OPTARG ;;
		*)	return 64 ;;
		esac
	done
	shift $((OPTIND - 1))
	realm=${2:-EXAMPLE.TEST}
	case $1 in
	*[!A-Za-z0-9/._-]*|[!/]*)
		realm_fail "$1: not an absolute path of plain characters"
		return ;;
	esac
	umask=$(umask)
	umask 077
	mkdir -p "$1"
	REALM_DIR=$1
	: >"$REALM_DIR/running"
	port_block $((3 + 2 * count)) >"$REALM_DIR/ports"
	keys_make "$realm"
	primary_make "$realm"
	for ((r = 1; r <= count; r++)); do
		replica_make replica$r "$realm" $direct
	done
	replicas_list "$count" $direct >>"$REALM_DIR/primary/etc/kdcsync.conf"
	if ! $direct; then
		ssh_write "$count"
		for ((r = 1; r <= count; r++)); do
			sshd_start replica$r
		done
	fi
	umask "$umask"
}

realm_end() {
	local f i
	[ -d "${REALM_DIR:-}" ] || return 0
	rm -f "$REALM_DIR/running"
	for f in "$REALM_DIR"/*/run/*.starting; do
		for ((i = 0; i < 40; i++)); do
			[ -e "$f" ] || break
			sleep 0.05
		done
	done
	for f in "$REALM_DIR"/*/run/*.pid; do
		[ ! -e "$f" ] || process_stop "$f" || :
	done
}

realm_remove() {
	local i
	realm_end
	# on_sealed may be starting a KDC, which is about to see the end.
	for ((i = 0; i < 20; i++)); do
		! rm -rf "$REALM_DIR" 2>/dev/null || return 0
		sleep 0.1
	done
	realm_fail "$REALM_DIR: cannot be removed"
}

# --- people -----------------------------------------------------------------

login() {
	(
		realm_env "$1"
		export KRB5CCNAME=MEMORY:
		printf '%s\n' "$3" | kinit "$2" >/dev/null
	)
}

admin() {
	local query
	for query; do
		realm_on primary kadmin -k -p root/admin \
		    -t "$REALM_DIR/primary/etc/root.keytab" -q "$query"
	done
}

admin_local() {
	printf '%s\n' "$@" | realm_on primary kadmin.local
}
