# Goal of this test: docs/runbook.md is true.  A realm is broken in each way
# that it has a heading for, kdc-verify or kdc-snapshot says what the heading
# quotes, and the lines under it, typed as they stand but for paths, make it
# good again.
bats_require_minimum_version 1.5.0

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	realm_make -d -n 2 "$REALM_DIR"
	DESK=$REALM_DIR/desk
	mkdir "$DESK" "$REALM_DIR"/{primary,replica1,replica2}/cron.d
	# Nobody is there to type a passphrase.
	ssh-keygen -q -t ed25519 -N '' -f "$DESK/operator_key"
	for host in primary replica1 replica2; do
		echo "operator@EXAMPLE.TEST namespaces=\"kdcsync-epoch\"" \
		    "$(<"$DESK/operator_key.pub")" \
		    >>"$REALM_DIR/$host/etc/allowed_signers"
		ssh-keygen -q -t ed25519 -N '' -f "$REALM_DIR/$host/etc/host_key"
		: >"$REALM_DIR/$host/cron.d/kdcsync"
	done
	admin_local 'addprinc -pw a alice' 'addprinc -pw b bob' >/dev/null
	snapshot -q
	for host in replica1 replica2; do
		kdc_gate $host
	done
	TYPED=0
}

teardown() {
	realm_end
	rm -rf "$REALM_DIR"
}

# page MARK: the lines of that block.
page() {
	awk -v mark="<!-- $1 -->" '
	$0 == mark { here = 1; next }
	here && /^```/ { here = 0; on = 1; next }
	/^```/ { on = 0 }
	on' docs/runbook.md
}

host_of() {
	case $1 in
	kdc1) echo primary ;;
	kdc2) echo replica1 ;;
	kdc3) echo replica2 ;;
	esac
}

# Whose systemd this is: the host's that the line is typed on.
systemctl() {
	local unit verb=$1
	shift
	[ "${1-}" != --now ] || shift
	for unit in "$@"; do
		case $verb:$unit in
		stop:krb5-kdc)	kdc_stop "$HOST" ;;
		start:krb5-kdc | restart:krb5-kdc)
			kdc_stop "$HOST" && kdc_gate "$HOST" || return ;;
		stop:krb5-admin-server | disable:krb5-admin-server)
			process_stop "$REALM_DIR/$HOST/run/kadmind.pid" ;;
		start:krb5-admin-server | enable:krb5-admin-server)
			process_start "$HOST" kadmind \
			    "$(realm_port primary kadmin)" \
			    kdc-verify -q --gate -- kadmind -nofork || return ;;
		*)	echo "systemctl $verb $unit: not understood"; return 1 ;;
		esac
	done
}

# type_line "kdc2# COMMAND": on that host, whose files have other places.  Its
# words are in $DESK/said.
type_line() {
	local prompt=${1%%[#$] *} line=${1#*[#$] } dir rc=0
	HOST=$(host_of "$prompt")
	dir=$REALM_DIR/$HOST
	line=$(sed "s|/etc/kdcsync|$dir/etc|g
	    s|/etc/ssh/ssh_host_ed25519_key|$dir/etc/host_key|g
	    s|/etc/krb5kdc|$dir|g
	    s|-C /etc |-C $dir |
	    s|/etc/cron.d|$dir/cron.d|g
	    s|/var/lib/kdcsync|$dir/state|g
	    s|kdc\([12]\)\.example\.com|\1|; s|--to 1|--to primary|
	    s|--to 2|--to replica1|
	    s|/root/yesterday|$DESK/yesterday|g
	    s|/var/backups/kdcsync|$dir/backups|g
	    s|/var/lib/prometheus/node-exporter|$DESK|g
	    s|1\.41|${GENERATION:-1.1}|
	    s|EXAMPLE\.COM|EXAMPLE.TEST|
	    s|scripts/|$FLOW_SOURCE/scripts/|" <<<"$line")
	echo "$1"
	case $1 in
	operator*) (cd "$DESK" && eval "$line") </dev/null ;;
	*)	(cd "$DESK" && realm_env "$HOST" && eval "$line") </dev/null ;;
	esac >"$DESK/said" 2>&1 3>&- || rc=$?
	cat "$DESK/said"
	TYPED=$((TYPED + 1))
	# What only looks tells by its status what it saw, and what prints a
	# grant that nothing was done.
	case $1 in
	*'kdc-archive diff'*)	[ $rc -le 1 ] ;;
	*'# kdc-verify' | *'kdc-verify -d')	[ $rc -le 2 ] ;;
	*'> grant')	[ $rc = 77 ] ;;
	*)	[ $rc = 0 ] ;;
	esac || {
		echo "exit status $rc"
		return 1
	}
}

# type_block MARK: every line of it.
type_block() {
	local line n=0
	while IFS= read -r line; do
		type_line "$line" || return
		n=$((n + 1))
	done < <(page "$1")
	[ $n -gt 0 ]
}

said() {
	grep -qE -- "$1" "$DESK/said"
}

good() {
	realm_on "$1" kdc-verify -q
}

# quoted WORDS: does the page say so, in a line that may be broken?
quoted() {
	tr '\n' ' ' <docs/runbook.md | grep -qF -- "$1"
}

@test "the data are old" {
	local age='the data are'
	config_set replica1 max_age 1s
	sleep 2
	run -2 verify replica1
	[[ $output == *"CRITICAL - age: $age "* ]]
	quoted "CRITICAL - age: $age "
	type_block age-override
	kdc_up replica1
	run -1 verify replica1
	[[ $output == *"kdc1 is down, ticket 4711"* ]]
	config_set replica1 max_age
	type_block age
	said 'kdcsync OK'
	good replica1
}

@test "the database is altered" {
	realm_on replica1 kadmin.local -q 'cpw -pw evil alice' >/dev/null 2>&1
	run -2 verify replica1
	[[ $output == *"the live database is altered: 1 record is not what was signed; kdc-verify --repair rebuilds it (-d names them)"* ]]
	quoted 'the live database is altered: 1 record is not what was signed; kdc-verify --repair rebuilds it (-d names them)'
	kdc_stop replica1
	run -2 kdc_gate replica1
	type_block altered
	kdc_up replica1
	login replica1 alice a
	good replica1
	# Nothing to rebuild it from.
	rm "$REALM_DIR"/replica1/state/dump.*
	realm_on replica1 kadmin.local -q 'cpw -pw evil alice' >/dev/null 2>&1
	kdc_stop replica1
	type_block altered-full
	kdc_up replica1
	login replica1 alice a
	good replica1
}

@test "the stash is wrong or gone" {
	local line
	rm "$REALM_DIR/replica1/stash"
	kdc_stop replica1
	run -2 kdc_gate replica1
	[[ $output == *"CRITICAL - stash: "*"copy the primary's stash file here"* ]]
	while IFS= read -r line; do
		type_line "$line"
		# As a person copies it.
		[[ $line != *host_ed25519_key.pub ]] ||
		    cp "$DESK/said" "$DESK/kdc2_host_key.pub"
	done < <(page stash)
	kdc_up replica1
	login replica1 alice a
	good replica1
	[ "$(stat -c %a "$REALM_DIR/replica1/stash")" = 600 ]
	cmp "$REALM_DIR/primary/stash" "$REALM_DIR/replica1/stash"
}

# delete_many: more than max_shrink.
delete_many() {
	local i
	for i in {1..40}; do echo "addprinc -randkey many$i"; done |
	    realm_on primary kadmin.local >/dev/null 2>&1
	snapshot -q
	GENERATION=$(current epoch).$(current generation)
	for i in {1..30}; do echo "delprinc -force many$i"; done |
	    realm_on primary kadmin.local >/dev/null 2>&1
	run -65 snapshot
	[[ $output == *"publication is held: "*"more than max_shrink are gone"* ]]
}

@test "publication is held, and it is meant" {
	delete_many
	run -1 verify replica1
	[[ $output == *"WARNING - held: "* ]]
	type_line "$(page held | head -1)"
	said 'removed  principal many17@EXAMPLE.TEST'
	said '30 differ: 0 added, 30 removed, 0 rekeyed, 0 changed'
	type_block held
	good replica1
	[ "$(canonical replica1)" = "$(canonical primary)" ]
}

@test "back to an earlier state" {
	local line
	kdc_start primary
	kadmind_start
	delete_many
	while IFS= read -r line; do
		type_line "$line"
	done < <(page back)
	said 'replica2: sealed 2\.1, '
	realm_on primary kadmin.local -q 'getprinc many17' 2>&1 |
	    grep -q '^Principal: many17@'
	kdc_up primary
	good primary
	good replica1
	good replica2
	[ "$(canonical replica1)" = "$(canonical primary)" ]
}

# replicas_of HOST REPLICA...: its kdcsync.conf, by hand.
replicas_of() {
	local conf=$REALM_DIR/$1/etc/kdcsync.conf r
	shift
	sed -i '/^    replicas = {/,/^    }/d' "$conf"
	{
		echo '    replicas = {'
		for r in "$@"; do
			printf '\t%s = {\n\t    command = %s\n\t}\n' "$r" \
			    "$(apply_command "$r")"
		done
		echo '    }'
	} >>"$conf"
}

@test "the primary is lost, and comes back superseded" {
	local line
	kdc_start primary
	kadmind_start
	admin_local 'cpw -pw a2 alice' >/dev/null
	snapshot -q
	kdc_stop primary
	kadmind_stop

	type_block lost-look
	TYPED=0
	type_block lost
	replicas_of replica1 replica2
	cp "$REALM_DIR/primary/kadm5.acl" "$DESK/"
	type_block lost-ship
	echo "$TYPED lines, and the configuration, make a replica the primary"
	login replica2 alice a2
	# kadmin is where it was, in another host's hands.
	realm_on replica1 kadmin -k -t "$REALM_DIR/primary/etc/root.keytab" \
	    -p root/admin -q 'cpw -pw a3 alice' >/dev/null
	realm_on replica1 kdc-snapshot -q
	login replica2 alice a3

	# It is back, and somebody changes something there.
	admin_local 'cpw -pw lost bob' >/dev/null
	run -65 snapshot
	run -2 verify primary
	[[ $output == *"CRITICAL - superseded: "*"has this signed generation, by the grant of that time, ahead of ours"* ]]
	quoted 'has this signed generation, by the grant of that time, ahead of ours'
	run -2 kdc_gate primary
	while IFS= read -r line; do
		type_line "$line"
		[[ $line != *--dry-run ]] ||
		    said 'rekeyed  principal bob@EXAMPLE.TEST'
	done < <(page superseded)
	replicas_of replica1 replica2 primary
	type_block superseded-ship
	said 'kdcsync OK'
	kdc_gate primary
	login primary alice a3
	login primary bob b
	[ "$(canonical primary)" = "$(canonical replica1)" ]
}

@test "all is lost but an archive" {
	local host line
	age-keygen -o "$DESK/key.txt" 2>/dev/null
	realm_on primary kdc-archive write -q --all --stash --recipient \
	    "$(age-keygen -y "$DESK/key.txt")" "$DESK/realm.archive"
	cp "$REALM_DIR/primary/etc/allowed_signers" "$DESK/"
	for host in primary replica1 replica2; do
		kdc_stop $host
		rm -rf "${REALM_DIR:?}/$host"
	done
	mkdir -p "$REALM_DIR"/primary/{db,log,run,tmp,etc}
	env_write primary
	while IFS= read -r line; do
		type_line "${line/KEY/$DESK/key.txt}"
		[[ $line != *printf* ]] ||
		    printf ' %s\n' "state_dir = $REALM_DIR/primary/state" \
		    "allowed_signers = $REALM_DIR/primary/etc/allowed_signers" \
		    >>"$REALM_DIR/primary/etc/kdcsync.conf"
	done < <(page archive)
	kdc_up primary
	login primary alice a
	good primary
	# And on, with a new replica.
	replica_make replica1 EXAMPLE.TEST true
	cp "$DESK/allowed_signers" "$REALM_DIR/replica1/etc/"
	replicas_of primary replica1
	run -0 snapshot
	[[ $output == *"replica1: sealed 2.1, full dump"* ]]
	kdc_gate replica1
	login replica1 bob b
}

@test "one principal was deleted" {
	kdc_start primary
	GENERATION=$(current epoch).$(current generation)
	admin_local 'delprinc -force bob' >/dev/null
	snapshot -q
	type_block one
	login primary bob b
	snapshot -q
	login replica1 bob b
	[ "$(canonical replica1)" = "$(canonical primary)" ]
}

# drill_fails STAGE: and the metrics have it.
drill_fails() {
	not type_block drill
	said "^drill failed: could not $1, from "
	quoted "could not $1"
	grep -q '^kdcsync_drill_success{realm="EXAMPLE.TEST"} 0$' \
	    "$DESK/kdcsync_drill.prom"
}

drill_good() {
	type_block drill
	said '^drill good: '
	grep -q '^kdcsync_drill_success{realm="EXAMPLE.TEST"} 1$' \
	    "$DESK/kdcsync_drill.prom"
}

@test "the restore drill failed" {
	mkdir "$REALM_DIR/primary/backups"
	age-keygen -o "$DESK/key.txt" 2>/dev/null
	age-keygen -y "$DESK/key.txt" >"$REALM_DIR/primary/etc/recipients"
	admin_local 'addprinc -randkey canary' >/dev/null
	type_block drill-canary
	drill_good
	# A key that the keytab has not got.
	admin_local 'cpw -randkey canary' >/dev/null
	snapshot -q
	type_block drill-archive
	drill_fails 'log in'
	type_block drill-canary
	drill_good
	# Half an archive.
	truncate -s 4k "$REALM_DIR/primary/backups/realm.archive"
	drill_fails 'read archive and keys'
	type_block drill-archive
	drill_good
}
