# Goal of this test: kdc-restore puts a realm back, and hands it on.
# - On a primary: an older generation, by its name or a time, becomes the first
#   one of a new epoch; the replicas follow, and old passwords are good again.
# - On a host that is nothing yet: an archive, its stash included, makes a
#   primary whose replicas follow, be it newer or older than what they have.
# - A replica is promoted; the other one follows, and refuses the old primary.
# - No database is replaced under a KDC that runs, unless it is forced; what was
#   there is kept, and opens; the update log of iprop begins anew.
# - Without an operator's grant, with a wrong one, without a stash, room or such a
#   generation: one line, an exit status, and nothing has changed; --dry-run
#   changes nothing, and says it all.
# 85-restore-kill.bats kills it.

setup_file() {
	. "$BATS_TEST_DIRNAME/restore.bash"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	realm_make -d -n 3 "$REALM_DIR"
	# replica3 is the empty host, and replaces the primary.
	sed -i '/replica3 = {/,/^\t}/d' "$REALM_DIR/primary/etc/kdcsync.conf"
	rm "$REALM_DIR/replica3/stash"
	primary_of replica3 replica1 replica2
	operator_make primary replica1 replica2 replica3
	age-keygen -o "$REALM_DIR/age.key" 2>/dev/null
	age-keygen -o "$REALM_DIR/other.key" 2>/dev/null
	for n in {1..25}; do
		echo "addprinc -pw x user$n"
	done | realm_on primary kadmin.local >/dev/null 2>&1
	admin_local 'addpol p' 'addprinc -pw one alice' 'addprinc -pw b bob' \
	    >/dev/null
	canonical primary >"$REALM_DIR/digest.1"
	snapshot -q
	archive "$REALM_DIR/old.archive"
	realm_on primary kdc-archive write -q "$REALM_DIR/no-stash.archive"
	sleep 1.1
	date -u +%Y-%m-%dT%H:%M:%SZ >"$REALM_DIR/between"
	sleep 1.1
	admin_local 'cpw -pw two alice' 'delprinc -force bob' \
	    'addprinc -pw c carol' 'delpol -force p' >/dev/null
	canonical primary >"$REALM_DIR/digest.2"
	snapshot -q
	archive "$REALM_DIR/archive"
	for host in primary replica1 replica2 replica3; do
		cp -a "$REALM_DIR/$host" "$REALM_DIR/$host.start"
	done
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/restore.bash"
	realm_end
	rm -rf "$REALM_DIR"
}

setup() {
	. "$BATS_TEST_DIRNAME/restore.bash"
	for host in primary replica1 replica2 replica3; do
		fresh $host start
	done
}

teardown() {
	kadmind_stop
	for host in primary replica1 replica2 replica3; do
		kdc_stop $host
	done
	umount "$REALM_DIR"/primary/{state,db} 2>/dev/null || :
}

# archive FILE: of the primary, with its stash.
archive() {
	realm_on primary kdc-archive write -q --stash \
	    --recipient "$(age-keygen -y "$REALM_DIR/age.key")" "$1"
}

# has HOST N: its database is what the primary had in generation N.
has() {
	[ "$(canonical "$1")" = "$(<"$REALM_DIR/digest.$2")" ]
}

# follows HOST REPLICA...: they take what it has, and pass their gates.
follows() {
	local host
	realm_on "$1" kdc-snapshot -q
	for host in "${@:2}"; do
		verify "$host" -q
		[ "$(canonical "$host")" = "$(canonical "$1")" ]
	done
}

# kadmin_open HOST: a kadmin.local there that waits to be told, until kadmin_close.
kadmin_open() {
	rm -f "$REALM_DIR/queries"
	mkfifo "$REALM_DIR/queries"
	realm_on "$1" kadmin.local <"$REALM_DIR/queries" >/dev/null 2>&1 3>&- &
	exec 7>"$REALM_DIR/queries"
	sleep 0.7
}

kadmin_close() {
	exec 7>&-
	wait
}

# kept HOST: the directory with what was there before.
kept() {
	echo "$REALM_DIR/$1"/state/before-*
}

@test "a primary goes back to a generation, and its replicas follow" {
	local before
	grant primary --generation 1.1
	grep -qx "epoch: 2" "$REALM_DIR/grant"
	# Life goes on while it is being signed.
	admin_local 'cpw -pw meanwhile alice' >/dev/null
	snapshot -q
	canonical primary >"$REALM_DIR/digest.3"
	run restore primary --generation 1.1
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"generation 1.1 is live, and published as 2.1"* ]]
	[[ $output == *"  kdc-snapshot, which ships that to the replicas"* ]]
	[[ $output != *kdc-restore\ --demote* ]]
	has primary 1
	[ "$(epoch_of primary)" = 2 ]
	[ "$(role primary)" = primary ]
	# What was there opens, and is for nobody else.
	before=$(kept primary)
	[ "$(stat -c %a "$before" "$before"/* | sort -u | tr '\n' ' ')" = \
	    "600 700 " ]
	[ "$(realm_on primary kdb5_util -d "$before/principal" dump |
	    python3 tests/canon.py /dev/stdin | sha256sum | cut -d' ' -f1)" = \
	    "$(<"$REALM_DIR/digest.3")" ]
	follows primary replica1 replica2
	kdc_gate replica1
	login replica1 alice one
	not login replica1 alice two
	# The delta, not the whole, and life goes on.
	admin_local 'cpw -pw three alice' >/dev/null
	snapshot -q
	login replica1 alice three
	# The same again is no news, another one is.
	run restore primary --generation 1.2
	[ "$status" = 65 ]
	[[ $output == *"epoch 2 has begun already"* ]]
	grant primary --generation 1.2
	restore primary -q --generation 1.2
	has primary 2
	[ "$(epoch_of primary)" = 3 ]
	follows primary replica1 replica2
}

@test "... and by a time; the very same command again changes nothing" {
	local was
	grant primary --at "$(<"$REALM_DIR/between")"
	restore primary -q --at "$(<"$REALM_DIR/between")"
	has primary 1
	was=$(everything primary)
	run restore primary --at "$(<"$REALM_DIR/between")"
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"done already, by that grant"* ]]
	[ "$(everything primary)" = "$was" ]
	follows primary replica1 replica2
}

@test "to the current one: what somebody broke since is undone" {
	admin_local 'delprinc -force alice' >/dev/null
	grant primary --generation current
	restore primary -q --generation current
	has primary 2
	follows primary replica1 replica2
	# A database of which nothing opens, and one that is gone.
	head -c 5000 /dev/urandom >"$REALM_DIR/primary/db/principal"
	grant primary --generation current
	restore primary -q --generation current
	has primary 2
	rm "$REALM_DIR"/primary/db/principal{,.ok,.kadm5,.kadm5.lock}
	grant primary --generation current
	restore primary -q --generation current
	has primary 2
	[ "$(epoch_of primary)" = 4 ]
	follows primary replica1 replica2
}

@test "not under a KDC that runs, unless it is forced" {
	kdc_start primary
	kadmind_start
	# The grant can be signed before logins stop.
	grant primary --generation 1.1
	head -1 "$REALM_DIR/asked" | grep -q 'in use by krb5kdc (pid '
	refused primary 75 "in use by krb5kdc (pid $(cut -d' ' -f1 \
	    "$REALM_DIR/primary/run/kdc.pid"))" \
	    --grant "$REALM_DIR/grant" --generation 1.1
	refused primary 75 "kadmind (pid $(cut -d' ' -f1 \
	    "$REALM_DIR/primary/run/kadmind.pid"))" \
	    --grant "$REALM_DIR/grant" --generation 1.1
	grep -q 'systemctl stop krb5-kdc krb5-admin-server first, or --force' \
	    "$REALM_DIR/err"
	kdc_stop primary
	kadmind_stop
	# kadmin.local holds it, too.
	kadmin_open primary
	refused primary 75 "in use by kadmin.local (pid " \
	    --grant "$REALM_DIR/grant" --generation 1.1
	kadmin_close
	kdc_start primary
	kadmind_start
	login primary alice two
	run restore primary --force --generation 1.1
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"  systemctl restart krb5-kdc krb5-admin-server: krb5kdc (pid "*"kadmind (pid "* ]]
	login primary alice one
	admin 'cpw -pw four alice' >/dev/null
	login primary alice four
	follows primary replica1 replica2
}

# ulog FIELD: of the primary's update log, as kproplog sees it.
ulog() {
	realm_on primary kproplog -h | sed -n "s/.*$1 *: //p"
}

@test "the update log of iprop begins anew, kadmind running or not" {
	local conf=$REALM_DIR/primary/kdc.conf log=$REALM_DIR/primary/db/the.ulog
	sed -i "s,acl_file,iprop_enable = true\n\tiprop_logfile = $log\n\tiprop_port = $(($(realm_port primary kadmin) + 8))\n\tacl_file," \
	    "$conf"
	admin_local 'cpw -pw 1 alice' 'cpw -pw 2 alice' 'cpw -pw 3 alice' \
	    >/dev/null
	[ "$(ulog 'Last serial #')" -gt 2 ]
	realm_on primary kdc-restore --dry-run --generation 1.1 \
	    >"$REALM_DIR/plan"
	grep -q "update log of iprop: $log: reset" "$REALM_DIR/plan"
	[ "$(ulog 'Last serial #')" -gt 2 ]
	grant primary --generation 1.1
	restore primary -q --generation 1.1
	[ ! -e "$log" ]
	has primary 1
	rm -f "$log"
	kadmind_start
	[ "$(ulog 'Last serial #')" = 1 ]
	kdc_start primary
	admin 'cpw -pw 1 alice' 'cpw -pw 2 alice' >/dev/null
	[ "$(ulog 'Last serial #')" = 3 ]
	# kadmind goes on with the log that is there.
	grant primary --force --generation 1.2
	restore primary -q --force --generation 1.2
	has primary 2
	[ "$(ulog 'Last serial #')" = 1 ]
	admin 'cpw -pw 1 alice' >/dev/null
	[ "$(ulog 'Last serial #')" = 2 ]
	kdc_stop primary
	kadmind_stop
	[ "$(ulog 'Last serial #')" = 2 ]
}

@test "an archive on an empty host: primary of the same replicas" {
	local a=$REALM_DIR/archive
	rm -rf "$REALM_DIR/replica3/state"
	# The missing stash comes first, and what is to be typed; the grant can
	# be signed meanwhile.
	grant replica3 --archive "$a"
	head -1 "$REALM_DIR/asked" |
	    grep -q 'the stash is missing, and the archive has one: .*--identity FILE'
	refused replica3 66 "the stash is missing, and the archive has one" \
	    --archive "$a" --grant "$REALM_DIR/grant"
	grant replica3 --archive "$REALM_DIR/no-stash.archive"
	refused replica3 66 "the stash is missing, and nothing opens" \
	    --archive "$REALM_DIR/no-stash.archive" --grant "$REALM_DIR/grant"
	refused replica3 65 "--identity names the secret key of one of its" \
	    --archive "$a" --identity "$REALM_DIR/other.key"
	refused replica3 65 "no such file" --archive "$a" --identity /nowhere
	run realm_on replica3 kdc-restore --archive "$a" --dry-run
	echo "$output"
	[ "$status" = 66 ]
	[[ ${lines[1]} == "stash: $REALM_DIR/replica3/stash: MISSING: "* ]]
	grant replica3 --archive "$a" --identity "$REALM_DIR/age.key"
	[ "$(role replica3)" = "" ]
	run restore replica3 --archive "$a" --identity "$REALM_DIR/age.key"
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"admin_server"* ]]
	cmp "$REALM_DIR/replica3/stash" "$REALM_DIR/primary/stash"
	[ "$(stat -c %a "$REALM_DIR/replica3/stash")" = 600 ]
	has replica3 2
	[ "$(epoch_of replica3)" = 2 ]
	[ "$(kept replica3)" = "$REALM_DIR/replica3/state/before-*" ]
	follows replica3 replica1 replica2
	# From then on it is a primary like another.
	kdc_start replica3
	login replica3 alice two
	echo 'cpw -pw five alice' | realm_on replica3 kadmin.local >/dev/null
	follows replica3 replica1 replica2
	kdc_gate replica1
	login replica1 alice five
	# The old one is behind now, and ships nothing to them.
	run snapshot -q --to replica1
	[ "$status" = 65 ]
	[[ $output == *"superseded or restored"* ]]
}

@test "an older archive: the replicas go back with it; the stash that is there" {
	cp "$REALM_DIR/primary/stash" "$REALM_DIR/replica3/stash"
	realm_on replica3 kdc-restore --dry-run --archive "$REALM_DIR/old.archive" \
	    >"$REALM_DIR/plan"
	grep -q 'stash: .* stays' "$REALM_DIR/plan"
	grant replica3 --archive - <"$REALM_DIR/old.archive"
	restore replica3 -q --archive - <"$REALM_DIR/old.archive"
	has replica3 1
	follows replica3 replica1 replica2
	has replica2 1
}

@test "an archive on the primary itself, older, newer than it, of one name" {
	grant primary --archive "$REALM_DIR/old.archive"
	restore primary -q --archive "$REALM_DIR/old.archive"
	has primary 1
	[ "$(epoch_of primary)" = 2 ]
	follows primary replica1
	# It was put back from a backup of the time before all that, and knows.
	realm_on primary kdc-archive write -q "$REALM_DIR/epoch2.archive"
	fresh primary start
	run snapshot -q
	[ "$status" = 65 ]
	grep -q '^2\.1 ' "$REALM_DIR/primary/state/superseded"
	refused primary 78 "another host is the primary, in epoch 2" \
	    --archive "$REALM_DIR/epoch2.archive"
	rm "$REALM_DIR"/primary/state/superseded*
	# The archive knows of epoch 2: the next one is 3.
	grant primary --archive "$REALM_DIR/epoch2.archive"
	grep -qx 'epoch: 3' "$REALM_DIR/grant"
	restore primary -q --archive "$REALM_DIR/epoch2.archive"
	has primary 1
	follows primary replica1 replica2
}

@test "a primary put back from a backup goes on from the newest archive" {
	(cd "$REALM_DIR/primary/state/generations/1.1" &&
	    tar cf ../../current manifest manifest.sig)
	admin_local 'delprinc -force alice' >/dev/null
	run snapshot -q
	[ "$status" != 0 ]
	[[ $output == *"are there two primaries?"* ]]
	# As ahead.c leaves it: of the same epoch it is this primary's own past.
	echo "1.7: replica1 has this signed generation, ahead of ours, 1.2" \
	    >"$REALM_DIR/primary/state/superseded"
	run snapshot -q
	[ "$status" = 65 ]
	grant primary --archive "$REALM_DIR/archive"
	restore primary -q --archive "$REALM_DIR/archive"
	has primary 2
	[ ! -e "$REALM_DIR/primary/state/superseded" ]
	follows primary replica1 replica2
}

@test "promotion: the other replica follows, the old primary is refused" {
	local host
	primary_of replica1 replica2
	kdc_gate replica1
	login replica1 alice two
	run realm_on replica1 kdc-restore --promote --dry-run
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"database: "*"has these records already"* ]]
	[ "$(role replica1)" = replica ]
	grant replica1 --promote
	grep -q 'run this again with --grant grant; nothing was changed' \
	    "$REALM_DIR/asked"
	grep -q "^base: $(<"$REALM_DIR/digest.2")" "$REALM_DIR/grant"
	run restore replica1 --promote
	echo "$output"
	[ "$status" = 0 ]
	for host in "this host is the primary" krb5-admin-server \
	    admin_server _kerberos-adm._tcp _kerberos-master._udp \
	    "kdc-restore --demote" superseded "kdc-snapshot"; do
		[[ $output == *"$host"* ]]
	done
	# Its KDC served all the time, and the stuff of a replica is gone.
	login replica1 alice two
	[ "$(role replica1)" = primary ]
	[ "$(ls "$REALM_DIR/replica1/state" | grep -E 'seal|dump|incoming' |
	    wc -l)" = 0 ]
	verify replica1 -q
	follows replica1 replica2
	echo 'cpw -pw six alice' | realm_on replica1 kadmin.local >/dev/null
	follows replica1 replica2
	kdc_gate replica2
	login replica2 alice six
	run snapshot -q
	echo "$output"
	[ "$status" = 65 ]
	[[ $output == *"ahead of ours"* ]]
	[ "$(sealed replica2 epoch)" = 2 ]
	run verify primary -q
	[ "$status" = 2 ]
	# Once is enough.
	run restore replica1 --promote
	[ "$status" = 0 ]
	[[ $output == *"done already"* ]]
	refused replica1 78 "this host is a primary already" --promote
}

@test "a replica on which somebody wrote is promoted with what is sealed" {
	primary_of replica1 replica2
	echo 'cpw -pw wrong alice' | realm_on replica1 kadmin.local >/dev/null
	canonical replica1 >"$REALM_DIR/digest.x"
	grant replica1 --promote
	kdc_start replica1
	restore replica1 -q --promote
	has replica1 2
	login replica1 alice two
	[ -s "$(kept replica1)/principal" ]
	follows replica1 replica2
}

@test "no promotion with a kadmin that writes there, or no replicas known" {
	primary_of replica1
	grant replica1 --promote
	kadmin_open replica1
	refused replica1 75 "kadmin.local (pid " --grant "$REALM_DIR/grant" \
	    --promote
	kadmin_close
	run restore replica1 --promote
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"ssh-keygen -q -t ed25519 -N '' -C 'kdcsync transport'"* ]]
	[[ $output == *"command = ssh -F /etc/kdcsync/ssh_config NAME kdc-apply"* ]]
	[[ $output == *"authorized_keys,"*"restrict,from="* ]]
	# What it prints is a configuration.
	{
		echo "[kdcsync]"
		sed -n '/^    replicas = {/,/^    }/p' <<<"$output"
	} >"$REALM_DIR/printed.conf"
	realm_on replica1 kdc-snapshot -c "$REALM_DIR/printed.conf" \
	    --check-config | grep 'NAME'
}

@test "a dry run changes nothing, and says it all" {
	local was
	was=$(everything primary)
	kdc_start primary
	run realm_on primary kdc-restore --dry-run --generation 1.1
	echo "$output"
	[ "$status" = 75 ]
	[[ $output == *"in use by: krb5kdc (pid "* ]]
	kdc_stop primary
	realm_on primary kdc-restore --dry-run --generation 1.1 \
	    >"$REALM_DIR/plan" 2>"$REALM_DIR/err"
	cat "$REALM_DIR/plan"
	[ ! -s "$REALM_DIR/err" ]
	grep -q 'to be restored: generation 1.1, taken .*, 32 principals, 1 pol' \
	    "$REALM_DIR/plan"
	grep -q '4 differ: 2 added, 1 removed, 1 rekeyed, 0 changed' \
	    "$REALM_DIR/plan"
	grep -q 'will be kept in .*/state/before-2' "$REALM_DIR/plan"
	grep -q 'epoch: 2, when an operator has granted it' "$REALM_DIR/plan"
	# No names.
	not grep -q alice "$REALM_DIR/plan"
	grant primary --generation 1.1
	realm_on primary kdc-restore --dry-run --generation 1.1 \
	    --grant "$REALM_DIR/grant" >"$REALM_DIR/plan"
	grep -q 'epoch: 2, by the grant in' "$REALM_DIR/plan"
	[ "$(everything primary)" = "$was" ]
}

# altered SED: the grant, altered so and signed again.
altered() {
	sed "$1" "$REALM_DIR/grant" >"$REALM_DIR/altered"
	sign "$REALM_DIR/altered"
}

@test "bad input: one line, and nothing has changed" {
	local to=(--generation 1.1) by
	by=(--grant "$REALM_DIR/altered" "${to[@]}")
	grant primary "${to[@]}"
	# The grant.
	altered 's/EXAMPLE.TEST/OTHER.TEST/'
	refused primary 65 "it is for realm OTHER.TEST" "${by[@]}"
	altered 's/^epoch: .*/epoch: 1/'
	refused primary 65 "a restore opens a new one" "${by[@]}"
	altered "s,^key: .*,$(ssh-keygen -l -f "$REALM_DIR/operator.pub" |
	    sed 's/^[0-9]* \([^ ]*\).*/key: \1/'),"
	refused primary 65 "have that one granted" "${by[@]}"
	altered "s/^base: .*/base: $(<"$REALM_DIR/digest.1")/"
	refused primary 65 "starts from another generation" "${by[@]}"
	altered 's/^epoch: .*/epoch: 3/'
	printf ' ' >>"$REALM_DIR/altered"
	refused primary 65 "kdc-snapshot --print-grant makes one" "${by[@]}"
	OPERATOR=$REALM_DIR/primary/etc/signing_key sign "$REALM_DIR/grant"
	refused primary 65 "operator@EXAMPLE.TEST" --grant "$REALM_DIR/grant" \
	    "${to[@]}"
	rm "$REALM_DIR/grant.sig"
	refused primary 65 "the operator makes it: ssh-keygen -Y sign" \
	    --grant "$REALM_DIR/grant" "${to[@]}"
	refused primary 66 "--grant /nowhere: No such file" --grant /nowhere \
	    "${to[@]}"
	sign "$REALM_DIR/grant"
	# What there is not.
	refused primary 65 "9.9: no such generation here" --generation 9.9
	refused primary 65 "no generation here is that old; the oldest is 1.1" \
	    --at 2001-01-01
	refused primary 64 "not a time" --at yesterday
	refused primary 64 "not a generation" --generation one
	refused primary 66 "/nowhere: no such file" --archive /nowhere
	refused primary 65 "generation 1.9 is not in it" \
	    --archive "$REALM_DIR/archive" --generation 1.9
	refused primary 65 "no generation in it is as old" \
	    --archive "$REALM_DIR/archive" --at 2001-01-01
	refused primary 64 "there is no archive to open with it" "${to[@]}" \
	    --identity "$REALM_DIR/age.key"
	head -c 5000 "$REALM_DIR/archive" >"$REALM_DIR/cut"
	refused primary 65 "$REALM_DIR/cut: " --archive "$REALM_DIR/cut"
	# A way back that is missing in the middle.
	rm "$REALM_DIR"/primary/state/generations/1.1/back.*
	refused primary 65 "1.1" "${to[@]}"
	fresh primary start
	# Who does not sign, or has no right to.
	refused replica1 78 "this host is a replica; kdc-verify --repair" \
	    "${to[@]}"
	refused replica1 78 "signing_key: not set; a primary signs: ssh-keygen" \
	    --promote
	refused replica3 78 "nothing was sealed here" --promote
	refused replica3 65 "there is no generation here yet" "${to[@]}"
	config_set primary signing_key /nowhere/key
	refused primary 78 "/nowhere/key: cannot be read; a primary signs" \
	    "${to[@]}"
	fresh primary start
	# The stash: missing, and that of another realm.
	rm "$REALM_DIR/primary/stash"
	touch "$REALM_DIR/primary/etc/x"
	was=$(cd "$REALM_DIR/primary" && sha256sum db/principal state/current)
	one_line 66 "stash: the stash is missing" realm_on primary kdc-restore \
	    -q --grant "$REALM_DIR/grant" "${to[@]}"
	[ "$(cd "$REALM_DIR/primary" && sha256sum db/principal state/current)" = "$was" ]
	(
		REALM_DIR=$REALM_DIR/other-realm
		realm_make -d -n 0 "$REALM_DIR" EXAMPLE.TEST
	)
	cp "$REALM_DIR/other-realm/primary/stash" "$REALM_DIR/primary/stash"
	refused primary 65 "put the one of that time there" \
	    --grant "$REALM_DIR/grant" "${to[@]}"
	rm -rf "$REALM_DIR/other-realm"
	fresh primary start
	# And after all that it works.
	restore primary -q "${to[@]}"
	has primary 1
}

@test "two at once: one does it, the other finds it done" {
	local one two a=0 b=0
	grant primary --generation 1.1
	restore primary -q --generation 1.1 3>&- 2>"$REALM_DIR/err1" &
	one=$!
	restore primary -q --generation 1.1 3>&- 2>"$REALM_DIR/err2" &
	two=$!
	wait $one || a=$?
	wait $two || b=$?
	cat "$REALM_DIR/err1" "$REALM_DIR/err2"
	[ $a = 0 ]
	[ $b = 0 ]
	has primary 1
	[ "$(epoch_of primary)" = 2 ]
	# With different aims the second one needs another grant.
	grant primary --generation 1.2
	restore primary -q --generation 1.2 3>&- 2>"$REALM_DIR/err1" &
	one=$!
	restore primary -q --generation 1.1 3>&- 2>"$REALM_DIR/err2" &
	two=$!
	wait $one || a=$?
	wait $two || b=$?
	[ $((a + b)) = 65 ]
	[ "$(epoch_of primary)" = 3 ]
	follows primary replica1 replica2
	# Whose aim was what is there already had nothing to keep.
	[ "$(ls -d "$REALM_DIR"/primary/state/before-* | wc -l)" -le 2 ]
}

@test "a full disk: no room, and nothing has changed" {
	local host=$REALM_DIR/primary free rc=73 keep=0
	[ "$(id -u)" = 0 ] || skip "only root can mount a small tmpfs"
	grant primary --generation 1.1
	mkdir "$REALM_DIR/aside"
	mv "$host/state" "$host/db" "$REALM_DIR/aside/"
	mkdir "$host/state" "$host/db"
	mount -t tmpfs -o size=8m,mode=700 kdcsync "$host/state" ||
	    skip "this host does not let us mount a tmpfs"
	mount -t tmpfs -o size=8m,mode=700 kdcsync "$host/db"
	cp -a "$REALM_DIR/aside/state/." "$host/state/"
	cp -a "$REALM_DIR/aside/db/." "$host/db/"
	for dir in state db; do
		rc=73 keep=0
		while [ $rc != 0 ] && [ $keep -lt 40 ]; do
			rm -f "$host/$dir/filler"
			free=$(df --output=avail -B1024 "$host/$dir" | tail -n 1)
			head -c $(((free - keep * 100) * 1024)) /dev/zero \
			    >"$host/$dir/filler"
			was=$(everything primary)
			rc=0
			restore primary -q --generation 1.1 \
			    2>"$REALM_DIR/err" || rc=$?
			echo "$dir: ${keep}00 KiB: $rc $(cat "$REALM_DIR/err")"
			[ $rc = 0 ] || {
				[ $rc = 73 ] || [ $rc = 74 ]
				[ "$(wc -l <"$REALM_DIR/err")" = 1 ]
				[ "$(everything primary)" = "$was" ]
			}
			keep=$((keep + 4))
		done
		[ $rc = 0 ]
		rm -f "$host/$dir/filler"
		[ $dir = db ] || {
			has primary 1
			grant primary --generation 1.2
		}
	done
	umount "$host/state" "$host/db"
}

@test "on a terminal: the step under way; in a pipe: nothing" {
	grant primary --generation 1.1
	SHELL=/bin/bash TERM=xterm run script -qec "REALM_DIR=$REALM_DIR;
	    . $FLOW_SOURCE/tests/flow/restore.bash;
	    restore primary --generation 1.1" /dev/null
	echo "$output" | cat -v
	[ "$status" = 0 ]
	[[ $output == *"] 4 of 5: build the new database"* ]]
	grant primary --generation 1.2
	run restore primary --generation 1.2
	[ "$status" = 0 ]
	[[ $output != *" of 5: "* ]]
}
