# shellcheck shell=bash
# What the tests here share beside hosts.bash.
# shellcheck source=tests/hosts/hosts.bash
. "$BATS_TEST_DIRNAME/hosts.bash"
hosts_use "$HOSTS_DIR"
MAX_AGE=2m

# eventually COMMAND...: until it succeeds.  The limit is for what never comes, not
# for how fast a machine is that does other things, too.
eventually() {
	local until=$((SECONDS + 300))
	until "$@" >/dev/null 2>&1; do
		if [ $SECONDS -ge $until ]; then
			echo "not in time: $*"
			"$@"
			return
		fi
		sleep 1
	done
}

# settings: what the inventory says of all hosts.  A day is two minutes here.
settings_write() {
	cat >"$HOSTS_DIR/settings.yml" <<-END
	ansible_user: root
	kdcsync_realm: EXAMPLE.TEST
	kdcsync_debs: [$(echo "$HOSTS_SOURCE"/build/deb/*.deb | tr ' ' ,)]
	kdcsync_operators: [$(cat "$HOSTS_DIR/operator_key.pub")]
	kdcsync_interval: 10s
	kdcsync_on_calendar: "*:*:0/10"
	kdcsync_replica_max_age: $MAX_AGE
	kdcsync_replica_on_stale: refuse
	END
}

# changed LOG: how many tasks of a run changed something, or failed.
changed() {
	awk '/^kdc[0-9].* : ok=/ {
		hosts++
		for (i = 4; i <= NF; i++)
			if (split($i, n, "=") == 2 &&
			    n[1] ~ /^(changed|unreachable|failed)$/)
				sum += n[2]
	} END { print hosts ? sum : "nothing ran" }' "$1"
}

# login HOST PRINCIPAL PASSWORD: at that host's KDC.
# shellcheck disable=SC2016 # the inner shell's $1
login() {
	host_run "$1" sh -c 'printf "%s\n" "[libdefaults]" \
	    "default_realm = EXAMPLE.TEST" "[realms]" \
	    "EXAMPLE.TEST = {" "kdc = 127.0.0.1" "}" >/root/here.conf
	KRB5_CONFIG=/root/here.conf KRB5CCNAME=MEMORY: kinit "$1"' - "$2" \
	    <<<"$3"
}

# admin HOST QUERY...: kadmin.local there.
admin() {
	local host=$1
	shift
	printf '%s\n' "$@" | host_run "$host" kadmin.local
}

# sealed HOST FIELD: a line of its seal's manifest.
sealed() {
	host_run "$1" tar xOf /var/lib/kdcsync/seal.tar manifest |
	    sed -n "s/^$2: //p"
}

# is_level HOST LEVEL [WORD]: kdc-verify there says so, with that word; 0 good,
# 1 warning, 2 critical.
is_level() {
	local said rc=0
	said=$(host_run "$1" kdc-verify --quick 2>&1) || rc=$?
	echo "$said"
	[ $rc = "$2" ] && [[ $said == *"${3-}"* ]]
}

unit_is() {
	[ "$(host_run "$1" systemctl is-active "$2")" = "$3" ]
}

# Runs of the timer of primary HOST that are at work, or about to be.
runs() {
	host_run "$1" systemctl list-units -q --plain --no-legend --all \
	    --state=activating,deactivating 'kdcsync-snapshot*.service'
}

no_runs() {
	[ -z "$(runs "$1")" ]
}

# Nothing more is shipped; what is on its way arrives.
ships_stop() {
	host_run "$1" systemctl stop kdcsync-snapshot.timer
	eventually no_runs "$1"
}

ships_start() {
	host_run "$1" systemctl start kdcsync-snapshot.timer
}

# max_age HOST AGE: sets it; the host may be down.
max_age() {
	sed -i "s/max_age = .*/max_age = $2/" \
	    "$HOSTS_DIR/$1/tree/etc/kdcsync/kdcsync.conf"
}

# as_of_moved HOST AS-OF: it was confirmed anew since.
as_of_moved() {
	[ "$(sealed "$1" as-of)" != "$2" ]
}

# journal_has HOST UNIT WORDS: since it was booted.
journal_has() {
	journal "$1" "$2" | grep -F -- "$3"
}

journal() {
	host_run "$1" journalctl --no-pager -q -b -o cat -u "$2"
}

# flip_byte HOST FILE TEXT: of a host that is down, the last letter of TEXT in it.
flip_byte() {
	python3 - "$HOSTS_DIR/$1/tree$2" "$3" <<-'END'
	import sys
	with open(sys.argv[1], 'r+b') as f:
	    text = sys.argv[2].encode()
	    data = f.read()
	    at = data.index(text) + len(text) - 1
	    f.seek(at)
	    f.write(bytes([data[at] ^ 1]))
	END
}
