# Goal of this test: the whole story of a primary that dies in the middle of a
# ship.  A replica is promoted with a handful of commands; the other one follows;
# the old primary comes back, is refused by all, learns why, and neither krb5kdc
# nor kadmind starts there; one command lists what it alone had, by name, keeps
# it, and makes it a replica of the new one.  Nothing of its old life gets in
# anywhere, then or later.
# A grant that is not quite right is refused, each with a line that says why.

setup_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	realm_make -n 2 "$REALM_DIR"
	mkdir "$REALM_DIR/operator"
	for key in operator stranger; do
		ssh-keygen -q -t ed25519 -N '' -f "$REALM_DIR/operator/$key"
	done
	for host in primary replica1 replica2; do
		printf 'operator@EXAMPLE.TEST namespaces="kdcsync-epoch" %s\n' \
		    "$(<"$REALM_DIR/operator/operator.pub")" \
		    >>"$REALM_DIR/$host/etc/allowed_signers"
	done
	admin_local 'addprinc -pw 0 alice' 'addprinc -pw 0 bob' \
	    'addprinc -pw 0 dave' >/dev/null
	standby replica1 replica2
	standby replica2 replica1
	snapshot -q
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	realm_end
	rm -rf "$REALM_DIR"
}

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	P=$REALM_DIR/primary
	OPS=$REALM_DIR/operator
}

# standby HOST OTHER: what a replica that may be promoted one day has from the
# beginning: a signing key, a way to the others.
standby() {
	local etc=$REALM_DIR/$1/etc from=$REALM_DIR/primary/etc
	ssh-keygen -q -t ed25519 -N '' -C "$1" -f "$etc/signing_key"
	ssh-keygen -q -t ed25519 -N '' -C "$1" -f "$etc/transport_key"
	sed "s,$from,$etc," "$from/ssh_config" >"$etc/ssh_config"
	cp "$from/known_hosts" "$etc/"
	cp "$REALM_DIR/primary/kadm5.acl" "$REALM_DIR/$1/"
	echo "restrict,command=\"$(apply_command "$2")\"" \
	    "$(<"$etc/transport_key.pub")" \
	    >>"$REALM_DIR/$2/etc/authorized_keys"
	config_set "$1" signing_key "$etc/signing_key"
	config_set "$1" grant "$etc/grant"
	cat >>"$etc/kdcsync.conf" <<-END
	    replicas = {
		$2 = {
		    command = ssh -F $etc/ssh_config $2 kdc-apply
		}
		old = {
		    command = $(apply_command primary)
		}
	    }
	END
}

sign() {
	rm -f "$1.sig"
	ssh-keygen -q -Y sign -n "${3:-kdcsync-epoch}" \
	    -f "$OPS/${2:-operator}" "$1" 2>/dev/null
}

new_admin() {
	realm_on replica1 kadmin -k -p root/admin \
	    -t "$P/etc/root.keytab" -q "$1"
}

# state HOST: all that it has, in names and digests.
state() {
	(cd "$REALM_DIR/$1" && find state db -type f \
	    ! -name '*.lock' ! -name verdict ! -name refused -print0 | sort -z |
	    xargs -0 sha256sum)
}

granted_key() {
	ssh-keygen -l -f "$REALM_DIR/$1/etc/signing_key.pub" | cut -d' ' -f2
}

@test "the primary dies in the middle of a ship" {
	local command pid i
	for host in primary replica1 replica2; do
		kdc_start $host
	done
	kadmind_start
	admin 'cpw -pw one alice' >/dev/null
	snapshot -q
	snapshot -q --no-ship -o "$REALM_DIR/bundle.1.2"
	[ "$(sealed replica2 generation)" = 2 ]
	# A way to replica2 on which nothing comes through.
	cp "$P/etc/kdcsync.conf" "$REALM_DIR/conf.was"
	sed -i "s,ssh -F .* replica2 kdc-apply,sleep 60," \
	    "$P/etc/kdcsync.conf"
	admin 'cpw -pw two bob' >/dev/null
	(realm_env primary && exec kdc-snapshot -q) 3>&- &
	pid=$!
	for ((i = 0; i < 100; i++)); do
		[ "$(sealed replica1 generation)" != 3 ] || break
		sleep 0.1
	done
	[ "$(cat /proc/$pid/comm)" = kdc-snapshot ]
	kill -KILL $pid
	wait $pid || :
	cp "$REALM_DIR/conf.was" "$P/etc/kdcsync.conf"
	[ "$(sealed replica1 generation)" = 3 ]
	[ "$(sealed replica2 generation)" = 2 ]
	# What no replica ever gets, some of it in a generation of its own.
	admin 'addprinc -pw c carol' >/dev/null
	snapshot -q --no-ship -o "$REALM_DIR/bundle.1.4"
	[ "$(current generation)" = 4 ]
	admin 'delprinc -force dave' 'cpw -pw lost alice' >/dev/null
	kadmind_stop
	kdc_stop primary
	login replica1 bob two
	login replica2 bob 0
	# As they are now, for the stories that end otherwise.
	for host in primary replica1 replica2; do
		cp -a "$REALM_DIR/$host" "$REALM_DIR/$host.died"
	done
}

# What a person types, and on which host.  The grant is carried by hand.
typed() {
	cat <<-'END'
	replica1: kdc-restore --promote >grant
	operator: ssh-keygen -q -Y sign -n kdcsync-epoch -f operator grant
	replica1: kdc-restore --promote --grant grant
	replica1: systemctl enable --now krb5-admin-server
	replica1: kdc-snapshot
	END
}

# type_all: each of them; into COUNT how many, into SAID what they said.
type_all() {
	local host command rc
	COUNT=0 SAID=
	mkdir -p "$REALM_DIR/bin"
	printf '#!/bin/sh\necho "systemctl $*" >>%q\n' "$REALM_DIR/systemctl" \
	    >"$REALM_DIR/bin/systemctl"
	chmod 700 "$REALM_DIR/bin/systemctl"
	while IFS=' ' read -r host command; do
		COUNT=$((COUNT + 1))
		rc=0
		case $host in
		operator:)
			cp "$REALM_DIR/replica1/etc/grant.new" "$OPS/grant"
			SAID+=$(cd "$OPS" && bash -ec "$command" 2>&1 </dev/null)
			cp "$OPS/grant" "$OPS/grant.sig" \
			    "$REALM_DIR/replica1/etc/new/" ;;
		*)	mkdir -p "$REALM_DIR/replica1/etc/new"
			SAID+=$(cd "$REALM_DIR/replica1/etc/new" &&
			    PATH=$REALM_DIR/bin:$PATH realm_on replica1 \
			    bash -c "$command" 2>&1 </dev/null) || rc=$? ;;
		esac
		SAID+=$'\n'
		# The first one wants a grant, and says how it gets it.
		case $COUNT in
		1)	[ $rc = 77 ]
			mv "$REALM_DIR/replica1/etc/new/grant" \
			    "$REALM_DIR/replica1/etc/grant.new" ;;
		5)	[ $rc = 1 ] ;;	# the old primary is one yet
		*)	[ $rc = 0 ] ;;
		esac
	done < <(typed)
}

@test "a replica is promoted, in five commands; the other one follows" {
	type_all
	echo "$SAID"
	[ "$COUNT" = 5 ]
	[[ $SAID == *"generation 2.1: "* ]]
	[[ $SAID == *"replica2: sealed 2.1, full dump,"* ]]
	grep -qx "systemctl enable --now krb5-admin-server" \
	    "$REALM_DIR/systemctl"
	# It had 1.2, and could not know what the other one had more.
	[[ $SAID == *"replica2: kdc-apply: generation 1.2, sealed here, is not the one that epoch 2 starts from; if it is a later one,"* ]]
	verify replica1 -q --gate --primary
	verify replica2 -q
	[ "$(sealed replica2 epoch)" = 2 ]
	[ "$(canonical replica2)" = "$(canonical replica1)" ]
	login replica2 bob two
	# The old one was there, and was told by the ship.
	[[ $SAID == *"old: refused: "*"this host is a primary, too, and takes nothing; if it is not any more: kdc-restore --demote"* ]]
	rm "$P/state/superseded" "$P/state/superseded.seal"
}

@test "people go on: kadmind on the new primary, logins on the other replica" {
	process_start replica1 kadmind "$(realm_port primary kadmin)" \
	    kdc-verify -q --gate --primary -- kadmind -nofork
	new_admin 'cpw -pw four alice' >/dev/null
	new_admin 'addprinc -pw e erin' >/dev/null
	run realm_on replica1 kdc-snapshot -q
	login replica2 alice four
	login replica2 erin e
	login replica1 alice four
	rm "$P/state/superseded" "$P/state/superseded.seal"
	process_stop "$REALM_DIR/replica1/run/kadmind.pid"
}

@test "the old primary returns: refused by all, it learns, and nothing starts" {
	local was i
	was=$(fingerprint replica2)
	# By hand, too, its bundles get in nowhere.
	for host in replica2 replica1; do
		run realm_on $host kdc-apply -q "$REALM_DIR/bundle.1.4"
		echo "$output"
		[[ $output == *"it is of epoch 1, this replica is in epoch 2"* ]] ||
		    [[ $output == *"this host is a primary, not a replica"* ]]
	done
	# As its cron line would, or the drop-in of kadmind.
	run snapshot -q
	echo "$output"
	[ "$status" = 65 ]
	[[ $output == *"2."*" has this signed generation, by the grant of that time, ahead of ours, 1.5: this primary was superseded or restored; it ships nothing more, and what kadmind changes here is lost; stop kadmind, then kdc-restore --demote makes this host a replica"* ]]
	[ "$(fingerprint replica2)" = "$was" ]
	[ "$(stat -c %a "$P/state/superseded.seal")" = 600 ]
	[ "$(tar xOf "$P/state/superseded.seal" grant | sed -n 's/^key: //p')" = \
	    "$(granted_key replica1)" ]
	run verify primary
	echo "$output"
	[ "$status" = 2 ]
	[[ $output == *"CRITICAL - superseded: 2."*"what kadmind changes here is lost"*"kdc-restore --demote"* ]]
	run kdc_gate primary
	echo "$output"
	[ "$status" = 2 ]
	not kdc_up primary
	run process_start primary kadmind "$(realm_port primary kadmin)" \
	    kdc-verify -q --gate --primary -- kadmind -nofork
	echo "$output"
	[ "$status" = 2 ]
	[[ $output == *"kadmind is not started"* ]]
	not port_open "$(realm_port primary kadmin)"
	# However often it tries, and whatever is changed there.
	for ((i = 0; i < 12; i++)); do
		admin_local "cpw -pw try$i bob" >/dev/null
		run snapshot -q
		[ "$status" = 65 ]
		[[ $output == *"superseded or restored"* ]]
	done
	[ "$(current generation)" = 5 ]
	[ "$(fingerprint replica2)" = "$was" ]
	# As it was when it died.
	rm -rf "$P"/db "$P/state"
	cp -a "$P.died/db" "$P.died/state" "$P/"
}

@test "it learns from the new primary alone, where there is no other replica" {
	cp -a "$P" "$REALM_DIR/primary.kept"
	run snapshot -q -t replica1
	echo "$output"
	[ "$status" = 65 ]
	[[ $output == *"replica1 has this signed generation, by the grant of that time, ahead of ours, 1.5: this primary was superseded"* ]]
	[ -e "$P/state/superseded.seal" ]
	verify replica1 -q
	# Or because that one ships here.
	rm -rf "$P"
	mv "$REALM_DIR/primary.kept" "$P"
	run realm_on replica1 kdc-snapshot -q -t old
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"which ships here, has this signed generation"* ]]
	[ -e "$P/state/superseded.seal" ]
	run verify primary --gate -- true
	[ "$status" = 2 ]
}

# What this host alone has: of 1.3, which epoch 2 starts from.
alone() {
	cat <<-'END'
	rekeyed  principal alice@EXAMPLE.TEST: kvno 2->3
	added    principal carol@EXAMPLE.TEST
	removed  principal dave@EXAMPLE.TEST
	END
}

# lists: in $output exactly that.
lists() {
	diff <(alone) \
	    <(grep -E '^(added|removed|rekeyed|changed) ' <<<"$output")
	[[ $output == *"what this host alone has: changed since generation 1.3, taken 20"*"Z, which epoch 2 starts from:"* ]]
	[[ $output == *"3 differ: 1 added, 1 removed, 1 rekeyed, 0 changed; what is still wanted of it is done again by hand, with kadmin on the new primary"* ]]
}

@test "--demote lists what it alone had, and changes nothing when that is all" {
	local was
	was=$(state primary)
	run realm_on primary kdc-restore --demote --dry-run
	echo "$output"
	[ "$status" = 0 ]
	lists
	[ "$(state primary)" = "$was" ]
	# Not beside who may change it meanwhile.
	mkfifo "$REALM_DIR/fifo"
	realm_on primary kadmin.local <"$REALM_DIR/fifo" >/dev/null 2>&1 3>&- &
	exec 7>"$REALM_DIR/fifo"
	echo getprincs >&7
	sleep 0.5
	run realm_on primary kdc-restore --demote
	exec 7>&-
	wait
	echo "$output"
	[ "$status" = 75 ]
	[[ $output == *"in use by kadmin.local (pid "*"): what is changed from now on would be lost unseen; stop that first"*"or --force" ]]
	[ "$(state primary)" = "$was" ]
}

@test "--demote keeps it, and makes the old primary a replica" {
	local dir
	kdc_start primary	# logins may go on
	printf 'kdcsync-grant: 1\nrealm: EXAMPLE.TEST\nepoch: 1\nkey: SHA256:x\nbase: %064d\ntime: %s\n' \
	    7 "$(utc now)" >"$P/etc/grant"
	cp "$P/etc/grant" "$P/etc/grant.sig"
	config_set primary grant "$P/etc/grant"
	run realm_on primary kdc-restore --demote
	echo "$output"
	[ "$status" = 0 ]
	lists
	[[ $output == *"this host is a replica now; what it had is in "* ]]
	[[ $output == *"systemctl disable --now krb5-admin-server"* ]]
	[ "$(<"$P/state/role")" = replica ]
	dir=$(echo "$P"/state/before-*Z)
	[ "$(stat -c %a "$dir" "$dir/alone" "$dir/principal" "$dir/generations" |
	    sort -u | tr '\n' ' ')" = "600 700 " ]
	diff <(head -5 <<<"$output") "$dir/alone"
	cmp "$dir/principal" "$P.died/db/principal"
	cmp "$dir/current" <(cat "$dir/current")
	for name in current generations/1.4/manifest replicas/replica2 proof \
	    superseded superseded.seal grant grant.sig; do
		[ -e "$dir/$name" ]
		[ ! -e "$P/state/$name" ]
	done
	# A grant of the epoch that is over would be in the way of a promotion.
	[ ! -e "$P/etc/grant" ]
	kdc_up primary
	# Again: it is done.
	run realm_on primary kdc-restore --demote
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"this host is a replica already"* ]]
	run snapshot -q
	[ "$status" = 78 ]
}

@test "nothing of its old life gets in, before the first ship and after" {
	local what
	for what in before after; do
		for bundle in bundle.1.2 bundle.1.4; do
			run realm_on primary kdc-apply -q "$REALM_DIR/$bundle"
			echo "$output"
			[ "$status" = 65 ]
			[[ $output == *"it is of epoch 1, this replica is in epoch 2"* ]]
		done
		if [ $what = before ]; then
			run verify primary --gate
			echo "$output"
			[ "$status" = 2 ]
			[[ $output == *"missing: nothing was ever proved here"* ]]
			[ -e "$P/state/refused" ]
			kdc_stop primary
			kdc_hook primary
			run realm_on replica1 kdc-snapshot
			echo "$output"
			[ "$status" = 0 ]
			[[ $output == *"old: sealed 2."*", full dump"* ]]
			# krb5kdc comes back with it; kadmind does not.
			kdc_wait primary
			[ ! -e "$P/state/floor" ]
		fi
	done
	verify primary -q
	[ "$(canonical primary)" = "$(canonical replica1)" ]
	login primary alice four
	login primary bob two
	login primary dave 0
	not login primary carol c 2>/dev/null
	run verify primary --gate --primary -- true
	echo "$output"
	[ "$status" = 2 ]
	[[ $output == *"CRITICAL - role: kadmind belongs on the primary"* ]]
	# What is changed on the new primary arrives, as anywhere.
	echo 'cpw -pw five alice' | realm_on replica1 kadmin.local >/dev/null
	realm_on replica1 kdc-snapshot -q
	login primary alice five
	# And back: this one is promoted in its turn.
	run realm_on primary kdc-restore --promote
	echo "$output"
	[ "$status" = 77 ]
	[[ $output == *"epoch: 3"* ]]
}

# rewind: everything as it was when the primary died, no KDC running.
rewind() {
	local host
	for host in primary replica1 replica2; do
		kdc_stop $host
		rm -rf "${REALM_DIR:?}/$host"
		cp -a "$REALM_DIR/$host.died" "$REALM_DIR/$host"
		rm -f "$REALM_DIR/$host/run/kdc.pid"
	done
}

# promote HOST: as above, with the operator beside it.
promote() {
	local grant=$REALM_DIR/$1.grant
	realm_on "$1" kdc-restore -q --promote >"$grant" 2>/dev/null || [ $? = 77 ]
	sign "$grant"
	realm_on "$1" kdc-restore -q --promote --grant "$grant"
}

# refused WORDS GRANT: --demote says so in one line, and changes nothing.
refused() {
	local was
	was=$(state primary)
	run realm_on primary kdc-restore --demote ${2:+--grant "$2"}
	echo "$output"
	[ "$status" = "${3:-65}" ]
	[ "${#lines[@]}" = 1 ]
	[[ $output == *"$1"* ]]
	[ "$(state primary)" = "$was" ]
}

@test "--demote of a primary that nobody took over from" {
	rewind
	refused "nothing signed says that another host took over from this primary; run kdc-snapshot, which learns it from a replica, or name the grant that it did so by: --grant FILE"
	run realm_on replica1 kdc-restore --demote
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"this host is a replica already"* ]]
	rm "$P/state/role"
	refused "neither primary nor replica yet" "" 78
	echo "restore primary 1 -" >"$P/state/role"
	refused "cut short" "" 78
	# A seal that nobody signed is no reason.
	echo primary >"$P/state/role"
	cp "$REALM_DIR/replica1/state/seal.tar" "$P/state/superseded.seal"
	refused "nothing signed says"
	sed -i 's/generation: 3/generation: 9/' "$P/state/superseded.seal"
	run realm_on primary kdc-restore --demote
	echo "$output"
	[ "$status" = 65 ]
	[[ $output == *"superseded.seal: "*"nothing signed says"* ]]
}

@test "--demote by a grant: each wrong one has its line" {
	local g=$REALM_DIR/g
	rewind
	realm_on replica1 kdc-restore -q --promote >"$g" 2>/dev/null || :
	refused "g.sig: not there; the new primary has the grant and its .sig" "$g" 66
	sign "$g"
	cp "$g" "$REALM_DIR/good"
	cp "$g.sig" "$REALM_DIR/good.sig"
	refused "none: not there" "$REALM_DIR/none" 66
	sed 's/^realm: .*/realm: OTHER.TEST/' "$REALM_DIR/good" >"$g"
	sign "$g"
	refused "g: it is for realm OTHER.TEST, this host serves EXAMPLE.TEST" "$g"
	sed 's/^epoch: .*/epoch: 1/' "$REALM_DIR/good" >"$g"
	sign "$g"
	refused "g: it is for epoch 1, and this host is in epoch 1; name the grant that another host became the primary by" "$g"
	cp "$REALM_DIR/good" "$g"
	sign "$g" stranger
	refused "g: the grant is signed by a key that is not, or not any more, the one of operator@EXAMPLE.TEST" "$g"
	sign "$g" operator kdcsync
	refused "g: the grant is not signed" "$g"
	sign "$g"
	sed -i 's/^epoch: .*/epoch: 3/' "$g"
	refused "g: the grant is not signed" "$g"
	head -c 100 "$REALM_DIR/good" >"$g"
	refused "g: damaged grant" "$g"
	# The good one, though nobody was met.
	run realm_on primary kdc-restore --demote --grant "$REALM_DIR/good"
	echo "$output"
	[ "$status" = 0 ]
	lists
	run realm_on primary kdc-apply -q "$REALM_DIR/bundle.1.4"
	echo "$output"
	[ "$status" = 65 ]
	[[ $output == *"it is of epoch 1, this replica is in epoch 2"* ]]
}

@test "the replica that was behind is promoted: the other one says what it had more" {
	local dir=$REALM_DIR/replica1/state/before-epoch-2 digest
	rewind
	digest=$(sealed replica1 dump-sha256)
	promote replica2
	run realm_on replica2 kdc-snapshot -q
	echo "$output"
	[[ $output == *"replica1: kdc-apply: generation 1.3, sealed here, is later than the one that epoch 2 starts from: what it changed since, 1 records, is replaced; they are listed in $dir/alone, the dump is beside it"* ]]
	verify replica1 -q
	[ "$(canonical replica1)" = "$(canonical replica2)" ]
	[ "$(<"$dir/alone")" = "rekeyed  principal bob@EXAMPLE.TEST: kvno 1->2" ]
	[ "$(sha256sum <"$dir/dump" | cut -d' ' -f1)" = "$digest" ]
	[ "$(tar xOf "$dir/seal.tar" manifest | sed -n 's/^generation: //p')" = 3 ]
	[ "$(stat -c %a "$dir" "$dir/alone" "$dir/dump" "$dir/seal.tar" |
	    sort -u | tr '\n' ' ')" = "600 700 " ]
	# Once.
	run realm_on replica2 kdc-snapshot -q
	[[ $output != *"sealed here"* ]]
	# The old primary alone has that, too.
	snapshot -q -t replica2 || [ $? = 65 ]
	run realm_on primary kdc-restore --demote
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"changed since generation 1.2, taken "*", which epoch 2 starts from:"* ]]
	[[ $output == *"rekeyed  principal bob@EXAMPLE.TEST: kvno 1->2"* ]]
	[[ $output == *"4 differ: 1 added, 1 removed, 2 rekeyed"* ]]
}

@test "two replicas are promoted: the later grant counts, the other primary learns it" {
	rewind
	promote replica1
	sleep 1.1	# a grant's time has seconds
	promote replica2
	[ "$(<"$REALM_DIR/replica2/state/role")" = primary ]
	echo 'cpw -pw split alice' | realm_on replica1 kadmin.local >/dev/null
	run realm_on replica1 kdc-snapshot -q
	echo "$output"
	[ "$status" = 65 ]
	[[ $output == *"replica2 has this signed generation, by the grant of that time, ahead of ours, 2.2: this primary was superseded or restored"* ]]
	run realm_on replica2 kdc-snapshot -q -t replica1
	[[ $output == *"replica1: refused: "*"this host is a primary, too"* ]]
	[ ! -e "$REALM_DIR/replica2/state/superseded" ]
	run verify replica1 --gate --primary -- true
	[ "$status" = 2 ]
	run realm_on replica1 kdc-restore --demote
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"what the primary of epoch 2 started from is not kept here; changed since generation 2.1, taken "*", the nearest that can be had (older changes may have reached no other host, either):"* ]]
	[[ $output == *"rekeyed  principal alice@EXAMPLE.TEST: kvno 2->3"* ]]
	realm_on replica2 kdc-snapshot -q -t replica1
	verify replica1 -q
	[ "$(canonical replica1)" = "$(canonical replica2)" ]
}

@test "--demote of a host whose database or generations are lost" {
	local what
	for what in damaged missing generations base all; do
		rewind
		promote replica1
		# The other one may get a last bundle, if this is slow to answer.
		snapshot -q -t replica1 || [ $? = 65 ]
		case $what in
		damaged)
			head -c 6000 /dev/urandom >"$P/db/principal" ;;
		missing)
			rm "$P/db/principal" ;;
		generations)
			rm -r "$P"/state/generations/1.3 ;;
		all)
			rm -r "$P/state/generations" "$P/db/principal" \
			    "$P/state/current" ;;
		esac
		if [ $what = base ]; then
			sed "s/^base: .*/base: $(printf %064d 7)/" \
			    "$REALM_DIR/replica1.grant" >"$REALM_DIR/g"
			sign "$REALM_DIR/g"
			set -- --grant "$REALM_DIR/g"
		fi
		if [ $what = generations ]; then
			run realm_on primary kdc-restore --demote
			echo "$output"
			[ "$status" = 74 ]
			[[ $output == *"generation 1.2 cannot be given back; the nearest newer one that may be is 1.4"*"generation 1.2 is needed to list what this host alone has; mend that, or --force: "* ]]
			[ "$(<"$P/state/role")" = primary ]
			set -- --force
		fi
		run realm_on primary kdc-restore --demote "$@"
		set --
		echo "$what: $output"
		[ "$status" = 0 ]
		case $what in
		damaged)
			[[ $output == "the database here is damaged: "*"; what is listed is of its newest generation, 1.5"* ]]
			lists ;;
		missing)
			[[ $output == "the database here lacks one of its files; what is listed is of its newest generation, 1.5"* ]]
			lists ;;
		generations)
			[[ $output == *"what the primary of epoch 2 started from is not kept here; changed since generation 1.4, taken "*", the nearest that can be had (older changes may have reached no other host, either):"* ]]
			[[ $output == *"2 differ: "* ]] ;;
		base)
			[[ $output == *"what the primary of epoch 2 started from is not kept here; changed since generation 1.2, taken "*", which every replica had, or a later one:"* ]]
			[[ $output == *"4 differ: "* ]] ;;
		all)
			[[ $output == *"the database here lacks one of its files"*"there is no generation here to compare with"* ]] ;;
		esac
		[ "$(<"$P/state/role")" = replica ]
		# Of that grant there is no primary.
		[ $what != base ] || continue
		realm_on replica1 kdc-snapshot -q -t old
		verify primary -q
	done
}
