# Goal of this test: a realm is more than its users.
# - Cross-realm trusts, in and out, arrive as other records do: a user of the
#   other realm gets a service ticket from the replica's KDC, and a local user,
#   with a TGT of the replica, one of the other realm.
# - A master key is rolled over.  Whoever types the lines that kdc-verify prints,
#   in the order in which it prints them, gets to the end, and the replica's KDC
#   answers and starts behind the gate at every step.  A replica whose stash
#   stays old goes on, warned; the purge that would lock it out is refused there
#   before anything changes.  A KDC that cannot know the new key is named.
# - iprop's update log is nobody's business of ours: snapshots, walks, applies
#   and repairs neither write nor make one.
bats_require_minimum_version 1.5.0

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
}

teardown() {
	realm_end
	! [ -d "$REALM_DIR/other" ] || (REALM_DIR=$REALM_DIR/other realm_end)
	rm -rf "$REALM_DIR"
}

# --- cross-realm --------------------------------------------------------------

# there COMMAND...: in the other realm, OTHER.TEST.
there() {
	(REALM_DIR=$REALM_DIR/other && "$@")
}

# client USER PASSWORD SERVICE: from nothing to that service ticket, with the
# replica as the only KDC that is known of EXAMPLE.TEST.
client() {
	(
		export KRB5_CONFIG=$REALM_DIR/client.conf
		export KRB5CCNAME=FILE:$REALM_DIR/client.cc
		rm -f "$REALM_DIR/client.cc"
		printf '%s\n' "$2" | kinit "$1" >/dev/null
		kvno "$3"
	)
}

@test "trusts arrive, and tickets go both ways through the replica" {
	local log=$REALM_DIR/replica1/log/krb5.log was
	realm_make -d -n 1 "$REALM_DIR"
	# It takes the next free ports: ours must be in use.
	kdc_start primary
	(realm_make -d -n 0 "$REALM_DIR/other" OTHER.TEST)
	kdc_stop primary
	admin_local 'addprinc -pw a alice' 'addprinc -randkey host/here' \
	    'addprinc -pw in krbtgt/EXAMPLE.TEST@OTHER.TEST' \
	    'addprinc -pw out krbtgt/OTHER.TEST@EXAMPLE.TEST' >/dev/null 2>&1
	there admin_local 'addprinc -pw b bob' 'addprinc -randkey host/there' \
	    'addprinc -pw in krbtgt/EXAMPLE.TEST@OTHER.TEST' \
	    'addprinc -pw out krbtgt/OTHER.TEST@EXAMPLE.TEST' >/dev/null 2>&1
	snapshot
	[ "$(sealed replica1 principals)" = "$(realm_on primary kadmin.local \
	    -q listprincs 2>/dev/null | grep -cv '^Authenticating')" ]
	kdc_gate replica1
	there kdc_start primary
	cat >"$REALM_DIR/client.conf" <<-END
	[libdefaults]
	    default_realm = EXAMPLE.TEST
	    dns_lookup_kdc = false
	    dns_canonicalize_hostname = false
	    udp_preference_limit = 1
	[realms]
	    EXAMPLE.TEST = {
	        kdc = 127.0.0.1:$(realm_port replica1 kdc)
	    }
	    OTHER.TEST = {
	        kdc = 127.0.0.1:$(there realm_port primary kdc)
	    }
	END
	not kdc_up primary
	client bob@OTHER.TEST b host/here@EXAMPLE.TEST
	grep -q 'ISSUE.*bob@OTHER.TEST for host/here@EXAMPLE.TEST' "$log"
	client alice@EXAMPLE.TEST a host/there@OTHER.TEST
	grep -q 'ISSUE.*alice@EXAMPLE.TEST for krbtgt/OTHER.TEST@EXAMPLE.TEST' \
	    "$log"

	# The trust's key is changed on one side: through the replica the ticket
	# stops with the next ship, not before, and our own krbtgt is no other.
	was=$(sealed replica1 krbtgt-kvno)
	admin_local 'cpw -pw changed krbtgt/EXAMPLE.TEST@OTHER.TEST' >/dev/null
	client bob@OTHER.TEST b host/here@EXAMPLE.TEST
	snapshot
	[ "$(sealed replica1 krbtgt-kvno)" = "$was" ]
	run ! client bob@OTHER.TEST b host/here@EXAMPLE.TEST
	client alice@EXAMPLE.TEST a host/there@OTHER.TEST
	there admin_local 'cpw -pw changed krbtgt/EXAMPLE.TEST@OTHER.TEST' \
	    >/dev/null
	client bob@OTHER.TEST b host/here@EXAMPLE.TEST
	verify replica1
	[ "$(canonical replica1)" = "$(canonical primary)" ]
}

# --- the master key -----------------------------------------------------------

# rollover_realm REPLICAS
rollover_realm() {
	realm_make -d -n "$1" "$REALM_DIR"
	admin_local 'addprinc -pw a alice' >/dev/null
	snapshot -q
	kdc_start replica1
}

# told HOST: the line that kdc-verify there tells to type, if any.
told() {
	{ verify "$1" || :; } | tee /dev/fd/3 |
	    sed -n 's/.*type \(here\|next\).*: \(kdb5_util .*\)/\2/p' 3>&-
}

# typed HOST LINE: literally, and yes to what it asks.
typed() {
	echo "$1# $2"
	yes yes | realm_on "$1" sh -c "$2"
}

# add_mkey [OPTION]: what no verdict can tell to do.
add_mkey() {
	printf 'm2\nm2\n' | realm_on primary kdb5_util add_mkey "$@" >/dev/null
}

# answers: the replica's KDC, as it runs and as it starts.
answers() {
	login replica1 alice a
	kdc_stop replica1
	answers_at_start
}

answers_at_start() {
	kdc_gate replica1
	login replica1 alice a
}

# state HOST: the status of its kdc-verify.
state() {
	run verify "$1"
	echo "$output"
	return "$status"
}

stash_kvnos() {
	realm_on "$1" klist -kt "FILE:$REALM_DIR/$1/stash" |
	    awk '/K\/M@/ { print $1 }' | sort -n | xargs
}

@test "a rollover, typing what kdc-verify says, in that order" {
	local line said='' host i
	rollover_realm 2
	kdc_start replica2
	add_mkey
	for i in 1 2 3 4 5 6; do
		snapshot
		answers
		# One KDC sees it all in one life.
		login replica2 alice a
		# The replicas' word goes before the primary's next step.
		for host in replica1 replica2 primary; do
			line=$(told $host 3>>"$REALM_DIR/said")
			[ -n "$line" ] || continue
			run state $host
			[ "$status" = 1 ]
			typed $host "$line"
			said+="$host: $line"$'\n'
		done
		login replica1 alice a
		login replica2 alice a
	done
	cat "$REALM_DIR/said"
	diff - <(printf %s "$said") <<-END
	replica1: kdb5_util -r EXAMPLE.TEST stash
	replica2: kdb5_util -r EXAMPLE.TEST stash
	primary: kdb5_util -r EXAMPLE.TEST stash
	primary: kdb5_util -r EXAMPLE.TEST use_mkey 2
	primary: kdb5_util -r EXAMPLE.TEST update_princ_encryption
	primary: kdb5_util -r EXAMPLE.TEST purge_mkeys
	END
	verify primary
	verify replica1
	verify replica2
	[ "$(sealed replica1 mkey-kvnos)" = 2 ]
	[ "$(canonical replica1)" = "$(canonical primary)" ]
	# A stash that holds nothing but the new key will do as well.
	cp "$REALM_DIR/replica1/stash" "$REALM_DIR/both"
	realm_on replica1 kdb5_util stash -f "$REALM_DIR/new" >/dev/null
	mv "$REALM_DIR/new" "$REALM_DIR/replica1/stash"
	answers
}

@test "a stash that stays old is warned of, and the purge refused in time" {
	local before line step
	rollover_realm 1
	add_mkey -s
	for step in : 'use_mkey 2' 'update_princ_encryption -f'; do
		# shellcheck disable=SC2086 # words
		[ "$step" = : ] || realm_on primary kdb5_util $step >/dev/null
		snapshot
		run state replica1
		[ "$status" = 1 ]
		[[ $output == *"WARNING - stash: "*"(2, the stash has 1)"* ]]
		answers
	done
	# Whoever asks the primary before purging is told of the replicas.
	run state primary
	[ "$status" = 1 ]
	[[ $output == *"WARNING - mkey: every principal is under master key 2"* ]]
	[[ $output == *"before that the stash of replica1 must be renewed; type next: kdc-snapshot; there: kdb5_util -r EXAMPLE.TEST stash; here again: kdc-snapshot" ]]
	realm_on primary kdb5_util purge_mkeys -f >/dev/null
	before=$(fingerprint replica1)
	run -1 snapshot
	echo "$output"
	[[ $output == *"replica1: refused: "*"the stash does not open K/M; "* ]]
	[ "$(fingerprint replica1)" = "$before" ]
	answers
	# The line that the refusal ends with is the way out.
	line=$(sed -n 's/.*refused: .*type here: \(kdb5_util [^;]*\);.*/\1/p' \
	    <<<"$output")
	[ "$line" = 'kdb5_util -r EXAMPLE.TEST stash' ]
	typed replica1 "$line"
	answers
	snapshot
	verify replica1
	answers
	[ "$(sealed replica1 mkey-kvnos)" = 2 ]
}

@test "a replica that slept through a rollover wants the primary's stash, then a ship" {
	local before
	rollover_realm 1
	add_mkey -s
	realm_on primary kdb5_util use_mkey 2 >/dev/null
	realm_on primary kdb5_util update_princ_encryption -f >/dev/null
	realm_on primary kdb5_util purge_mkeys -f >/dev/null
	before=$(fingerprint replica1)
	run -1 snapshot
	echo "$output"
	[[ $output == *"replica1: refused: "*"copy the primary's stash file here" ]]
	[ "$(fingerprint replica1)" = "$before" ]
	# Its own stash fits what it has.
	verify replica1
	answers
	# Now it is the other way round, until the ship; who runs, runs.
	cp "$REALM_DIR/primary/stash" "$REALM_DIR/replica1/stash"
	run state replica1
	[ "$status" = 2 ]
	[[ $output == *"CRITICAL - stash: "*"is newer than "*"(2, the database has 1)"*kdc-snapshot* ]]
	login replica1 alice a
	run -0 snapshot
	echo "$output"
	verify replica1
	# The KDC has no way to learn of the new key but its start.
	[[ $output == *"kdc-apply: generation 1.2 is under other master keys than 1.1: "*"restart krb5-kdc"* ]]
	run ! login replica1 alice a
	kdc_stop replica1
	answers_at_start
}

@test "a KDC that met the new key in no login is to be restarted after the purge" {
	rollover_realm 1
	add_mkey -s
	snapshot -q
	typed replica1 'kdb5_util stash'
	# All the rest between two ships.
	realm_on primary kdb5_util use_mkey 2 >/dev/null
	realm_on primary kdb5_util update_princ_encryption -f >/dev/null
	realm_on primary kdb5_util purge_mkeys -f >/dev/null
	run -0 snapshot
	echo "$output"
	[[ $output == *"kdc-apply: a master key was purged with generation 1.3: "*"restart krb5-kdc"* ]]
	run ! login replica1 alice a
	kdc_stop replica1
	answers_at_start
	# It is said once.
	run -0 snapshot
	[[ $output != *"was purged"* ]]
}

@test "a key that comes into use on a day to come is not pressed for" {
	rollover_realm 1
	add_mkey -s
	realm_on primary kdb5_util use_mkey 2 \
	    '2 days' >/dev/null
	verify primary
	run realm_on primary faketime -f +3d kdc-verify
	echo "$output"
	[[ $output == *"mkey: "*"update_princ_encryption"* ]]
}

# --- iprop --------------------------------------------------------------------

# iprop_on HOST [LINE...]: in its kdc.conf.  A log that is named is that of every
# database that anybody works on there: the worst case.
iprop_on() {
	local file=$REALM_DIR/$1/kdc.conf line
	local log="iprop_logfile = $REALM_DIR/$1/db/principal.ulog"
	shift
	for line in "$@" "$log" 'iprop_enable = true'; do
		sed -i "s|^ *database_name = .*|&\n        $line|" "$file"
	done
}

# iprop_realm: with a kadmind that serves iprop.
iprop_realm() {
	local port
	realm_make -d -n 1 "$REALM_DIR"
	admin_local "addprinc -randkey kiprop/$(hostname)" \
	    'addprinc -pw a alice' >/dev/null 2>&1
	kdc_start primary
	port=$(port_block 1)
	iprop_on primary "iprop_port = $port" "iprop_listen = 127.0.0.1:$port"
	kadmind_start
	port_open "$port"
	admin 'addprinc -pw b bob' >/dev/null
}

# ulog HOST: its header as MIT shows it, and all its bytes.
ulog() {
	realm_on "$1" kproplog -h | grep -E 'serial|entries|time'
	sha256sum "$REALM_DIR/$1/db/principal.ulog"
}

serial() {
	realm_on primary kproplog -h | sed -n 's/.*Last serial # : //p'
}

@test "a snapshot leaves the update log of an iprop primary alone" {
	local was n
	iprop_realm
	n=$(serial)
	[ "$n" -gt 1 ]
	was=$(ulog primary)
	run -0 snapshot
	[[ $output == *"generation 1.1"* ]]
	[ "$(ulog primary)" = "$was" ]
	# A heartbeat, a forced walk of what did not change, the daily one.
	snapshot -q
	touch "$REALM_DIR"/primary/db/principal{,.kadm5}
	run -0 snapshot --full
	[[ $output == *"copied in"* ]]
	realm_on primary faketime -f +25h kdc-snapshot -q --no-ship
	verify primary --deep
	[ "$(ulog primary)" = "$was" ]
	# kadmind goes on writing where it was.
	admin 'cpw -pw c bob' >/dev/null
	[ "$(serial)" -eq $((n + 1)) ]
	was=$(ulog primary)
	realm_on primary faketime -f +26h kdc-snapshot -q --no-ship
	[ "$(ulog primary)" = "$was" ]
	[ "$(current dump-sha256)" = "$(canonical primary)" ]
	# And it would show: a load far away from the database resets the log.
	was=$(ulog primary)
	mkdir "$REALM_DIR/far"
	realm_on primary kdb5_util dump "$REALM_DIR/far/dump"
	realm_on primary kdb5_util -d "$REALM_DIR/far/principal" load \
	    "$REALM_DIR/far/dump"
	[ "$(ulog primary)" != "$was" ]
}

@test "settings of iprop on a replica neither make nor reset an update log" {
	local db was
	realm_make -d -n 1 "$REALM_DIR"
	db=$REALM_DIR/replica1/db
	admin_local 'addprinc -pw a alice' 'addpol p' >/dev/null 2>&1
	iprop_on replica1
	snapshot
	admin_local 'cpw -pw b alice' 'addpol q' >/dev/null
	snapshot
	kdc_gate replica1
	login replica1 alice b
	rm "$db/principal.kadm5"
	verify replica1 --repair -q
	not ls "$db"/*.ulog "$db"/*/*.ulog

	# One of its time as an iprop replica.
	realm_on replica1 kproplog -R
	[ -s "$db/principal.ulog" ]
	was=$(ulog replica1)
	admin_local 'cpw -pw c alice' 'modpol -minlength 3 q' >/dev/null
	snapshot
	snapshot --full
	rm "$db/principal"
	verify replica1 --repair -q
	login replica1 alice c
	[ "$(ulog replica1)" = "$was" ]
}
