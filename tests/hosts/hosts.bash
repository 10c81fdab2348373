# shellcheck shell=bash
# Booted hosts on this machine: systemd-nspawn containers, each in a network
# namespace of its own, on one bridge in another, where the controller is.
# Nothing of them touches this machine's own network.  Needs root.
#
#   hosts_can		can this machine do that?  Else says why not
#   hosts_can_run ROOT	the same, when there is a root: runs something in it
#   hosts_make DIR ROOT NAME...	makes them, from the tree ROOT (root.sh), in
#			the new directory DIR, boots them, waits for their sshds
#   hosts_use DIR	works on hosts that another process made
#   hosts_remove	ends all that was started here, and removes DIR
#
#   host_boot NAME, host_end NAME, host_reboot NAME
#   host_run NAME COMMAND...	runs it in there, as root
#   host_cut NAME, host_join NAME	its network cable
#   host_slow NAME RATE, host_fast NAME	what it can be sent, as tc-tbf(8)
#   host_address NAME	its IPv4 address
#   controller COMMAND...	runs it where ssh reaches the hosts
#
# DIR/NAME has tree/ (what it sees as /), upper/ (what it changed), console, pid.

HOSTS_SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
HOSTS_TMP=/var/tmp/kdcsync-hosts
HOSTS_DOMAIN=example.test
HOSTS_NET=198.51.100	# TEST-NET-2: nobody's
HOSTS_PATIENCE=300	# seconds; a machine may do other things, too

hosts_fail() {
	echo "hosts: $*" >&2
	return 1
}

hosts_can() {
	local why='' probe=kdcsync-$$-probe
	if ! command -v systemd-nspawn >/dev/null; then
		why="no systemd-nspawn"
	elif ! ip netns add $probe 2>/dev/null; then
		why="no network namespaces"
	elif ! ip -n $probe link add br0 type bridge 2>/dev/null; then
		why="no bridges"
	elif ! grep -qw overlay /proc/filesystems; then
		why="no overlay file systems"
	fi
	ip netns del $probe 2>/dev/null || :
	[ -z "$why" ] || hosts_fail "$why"
}

# Some machines that are containers themselves have all that, and may not use it.
hosts_can_run() {
	local dir why=''
	dir=$(mktemp -d "$HOSTS_TMP.probe.XXXXXX")
	mkdir "$dir"/{tree,upper,work}
	if ! why=$(mount -t overlay kdcsync-probe "$dir/tree" \
	    -o "lowerdir=$1,upperdir=$dir/upper,workdir=$dir/work" 2>&1); then
		:
	elif why=$(systemd-nspawn -q -D "$dir/tree" -M "kdcsync-$$-probe" \
	    --register=no --keep-unit --pipe /bin/true </dev/null 2>&1); then
		why=''
	fi
	umount -l "$dir/tree" 2>/dev/null || :
	rm -rf "$dir"
	[ -z "$why" ] || hosts_fail "$why"
}

hosts_use() {
	HOSTS_DIR=$1
	HOSTS_NS=$(<"$HOSTS_DIR/namespace")
}

# --- network ----------------------------------------------------------------

host_address() {
	echo "$HOSTS_NET.$(<"$HOSTS_DIR/$1/number")"
}

controller() {
	ip netns exec "$HOSTS_NS-lan" "$@"
}

lan_make() {
	ip netns add "$HOSTS_NS-lan"
	ip -n "$HOSTS_NS-lan" link set lo up
	ip -n "$HOSTS_NS-lan" link add lan type bridge
	ip -n "$HOSTS_NS-lan" addr add $HOSTS_NET.254/24 dev lan
	ip -n "$HOSTS_NS-lan" link set lan up
}

# cable_make NAME: one end is host0 in there, the other a port of the bridge.
cable_make() {
	local ns=$HOSTS_NS-$1
	ip netns add "$ns"
	ip -n "$ns" link set lo up
	ip -n "$HOSTS_NS-lan" link add "$1" type veth peer name host0 netns "$ns"
	ip -n "$HOSTS_NS-lan" link set "$1" master lan up
	ip -n "$ns" addr add "$(host_address "$1")/24" dev host0
	ip -n "$ns" link set host0 up
	ip -n "$ns" route add default via $HOSTS_NET.254
}

host_cut() {
	ip -n "$HOSTS_NS-lan" link set "$1" nomaster
}

host_join() {
	ip -n "$HOSTS_NS-lan" link set "$1" master lan
}

host_slow() {
	controller tc qdisc replace dev "$1" root tbf rate "$2" \
	    burst 3000 limit 20000
}

host_fast() {
	controller tc qdisc del dev "$1" root
}

# --- one host ---------------------------------------------------------------

# Its name, everybody's address, whom its sshd lets in.  Its network is made
# from outside, so nothing in there has to.
host_write() {
	local dir=$HOSTS_DIR/$1 tree=$HOSTS_DIR/$1/tree
	mkdir -p "$dir"/{tree,upper,work}
	host_mount "$1"
	echo "$1.$HOSTS_DOMAIN" >"$tree/etc/hostname"
	cp "$HOSTS_DIR/names" "$tree/etc/hosts"
	install -d -m 700 "$tree/root/.ssh"
	cp "$HOSTS_DIR/key.pub" "$tree/root/.ssh/authorized_keys"
	ssh-keygen -q -t ed25519 -N '' -f "$tree/etc/ssh/ssh_host_ed25519_key"
	echo "$1.$HOSTS_DOMAIN,$(host_address "$1")" \
	    "$(<"$tree/etc/ssh/ssh_host_ed25519_key.pub")" \
	    >>"$HOSTS_DIR/known_hosts"
	# apt believes its lists for a day, and the mirror is out of reach.
	touch "$tree/var/lib/apt/lists"
}

host_mount() {
	local dir=$HOSTS_DIR/$1
	mount -t overlay "$HOSTS_NS-$1" -o "lowerdir=$(<"$HOSTS_DIR/root"),\
upperdir=$dir/upper,workdir=$dir/work" "$dir/tree"
}

# The pid of its systemd: what nspawn started.
host_init() {
	local pid children
	read -r pid <"$HOSTS_DIR/$1/pid" || return 1
	children=$(cat "/proc/$pid/task/$pid/children" 2>/dev/null) || return 1
	[ -n "$children" ] || return 1
	echo "${children%% *}"
}

host_alive() {
	local pid
	read -r pid 2>/dev/null <"$HOSTS_DIR/$1/pid" || return 1
	[ "$(cat "/proc/$pid/comm" 2>/dev/null)" = systemd-nspawn ]
}

host_run() {
	local init
	init=$(host_init "$1") || hosts_fail "$1 does not run" || return
	shift
	nsenter -t "$init" -m -u -i -n -p -C --wdns=/root env -i \
	    PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "$@"
}

# Its console is a file; bats reads descriptor 3 until nobody has it any more.
host_start() {
	local dir=$HOSTS_DIR/$1
	systemd-nspawn -q -D "$dir/tree" -M "$HOSTS_NS-$1" \
	    --hostname="$1.$HOSTS_DOMAIN" --register=no --keep-unit \
	    --network-namespace-path="/run/netns/$HOSTS_NS-$1" \
	    --console=read-only --resolv-conf=off --timezone=off \
	    --link-journal=no -b </dev/null >>"$dir/console" 2>&1 3>&- &
	echo $! >"$dir/pid"
	disown $!
}

# Until all that starts with it has, or has failed.  What timers begin meanwhile may
# never leave systemd idle.
host_wait() {
	local until=$((SECONDS + HOSTS_PATIENCE)) state=''
	while [ $SECONDS -lt $until ]; do
		state=$(host_run "$1" systemctl is-active multi-user.target \
		    2>/dev/null) || :
		[ "$state" != active ] || return 0
		host_alive "$1" || break
		sleep 0.2
	done
	tail -n 20 "$HOSTS_DIR/$1/console" >&2
	hosts_fail "$1 does not boot (${state:-no systemd})"
}

host_boot() {
	host_start "$1"
	host_wait "$1"
}

host_gone() {
	local until=$((SECONDS + HOSTS_PATIENCE))
	while [ $SECONDS -lt $until ]; do
		host_alive "$1" || return 0
		sleep 0.1
	done
	return 1
}

# TERM is a power button for nspawn; then, the cable.
host_end() {
	local pid
	host_alive "$1" || return 0
	read -r pid <"$HOSTS_DIR/$1/pid"
	kill "$pid"
	host_gone "$1" || kill -KILL "$pid"
	host_gone "$1" || hosts_fail "$1: systemd-nspawn $pid does not end" || return
	rm -f "$HOSTS_DIR/$1/pid"
}

host_reboot() {
	host_end "$1"
	host_boot "$1"
}

# --- all of them ------------------------------------------------------------

hosts_make() {
	local root=$2 name n=0
	mkdir -p "$1"
	HOSTS_DIR=$1
	HOSTS_NS=kdcsync-$$
	shift 2
	echo "$HOSTS_NS" >"$HOSTS_DIR/namespace"
	echo "$root" >"$HOSTS_DIR/root"
	ssh-keygen -q -t ed25519 -N '' -C controller -f "$HOSTS_DIR/key"
	echo "127.0.0.1 localhost" >"$HOSTS_DIR/names"
	lan_make
	for name; do
		n=$((n + 1))
		mkdir "$HOSTS_DIR/$name"
		echo $n >"$HOSTS_DIR/$name/number"
		echo "$HOSTS_NET.$n $name.$HOSTS_DOMAIN $name" >>"$HOSTS_DIR/names"
	done
	for name; do
		cable_make "$name"
		host_write "$name"
		host_start "$name"
	done
	for name; do
		host_wait "$name"
	done
}

hosts_remove() {
	local dir name
	for dir in "$HOSTS_DIR"/*/number; do
		name=$(basename "$(dirname "$dir")")
		kill "$(cat "$HOSTS_DIR/$name/pid" 2>/dev/null)" 2>/dev/null || :
	done
	for dir in "$HOSTS_DIR"/*/number; do
		name=$(basename "$(dirname "$dir")")
		host_end "$name"
		umount -l "$HOSTS_DIR/$name/tree"
		ip netns del "$HOSTS_NS-$name"
	done
	ip netns del "$HOSTS_NS-lan"
	rm -rf "$HOSTS_DIR"
}

# --- the playbooks ----------------------------------------------------------

# inventory PRIMARY REPLICA...: that of ansible-example, for hosts made here.
# More of it is in DIR/settings.yml.
inventory_write() {
	local name
	{
		echo "kdcsync:"
		echo "  children:"
		echo "    kdcsync_primary: { hosts: { $1.$HOSTS_DOMAIN: } }"
		shift
		echo "    kdcsync_replicas:"
		echo "      hosts:"
		for name; do
			echo "        $name.$HOSTS_DOMAIN:"
		done
		echo "  vars:"
		sed 's/^/    /' "$HOSTS_DIR/settings.yml"
	} >"$HOSTS_DIR/inventory.yml"
	mkdir -p "$HOSTS_DIR/host_vars"
	for name in "$HOSTS_DIR"/*/number; do
		name=$(basename "$(dirname "$name")")
		echo "ansible_host: $(host_address "$name")" \
		    >"$HOSTS_DIR/host_vars/$name.$HOSTS_DOMAIN.yml"
	done
}

# playbook NAME ARGUMENT...: one of ansible-example, on them.
playbook() {
	local name=$1
	shift
	(
		cd "$HOSTS_SOURCE/ansible-example" || exit
		export ANSIBLE_CONFIG=$PWD/ansible.cfg ANSIBLE_HOME=$HOSTS_DIR/ansible
		# Connections are kept by address; all hosts made by this have the same.
		export ANSIBLE_SSH_CONTROL_PATH_DIR=$HOSTS_DIR/ansible/cp
		export ANSIBLE_PRIVATE_KEY_FILE=$HOSTS_DIR/key ANSIBLE_NOCOLOR=1
		export ANSIBLE_SSH_ARGS="-o ControlMaster=auto -o ControlPersist=60s \
-o UserKnownHostsFile=$HOSTS_DIR/known_hosts"
		export HOME=${HOME:-/root} LC_ALL=C.UTF-8
		controller ansible-playbook -i "$HOSTS_DIR/inventory.yml" \
		    "$name.yml" "$@" </dev/null 3>&-
	)
}
