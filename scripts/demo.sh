#!/bin/bash
# kdcsync at work on a throw-away realm: one primary, two replicas, real
# daemons, real commands, real output.  Each step checks what it claims; the
# exit status is 0 when all of it came true.
#
#	demo.sh		(make demo)	KEEP=1 leaves the realm to play with
#
# Needs no root, changes nothing outside its temporary directory, listens on
# loopback only, ends what it started.
set -eu
umask 077
unset KRB5_TRACE KRB5CCNAME KRB5_CONFIG KRB5_KDC_PROFILE KDCSYNC_CONFIG
# shellcheck source-path=SCRIPTDIR source=realm.sh
. "$(dirname "$0")/realm.sh"

USERS=300
step=0
top=
done=false

finish() {
	trap '' INT TERM HUP
	[ -n "$top" ] || return 0
	realm_use "$top"
	if $done && [ -n "${KEEP:-}" ]; then
		keep
	else
		realm_remove
	fi
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

fail() {
	echo "demo: step $step: $*" >&2
	exit 1
}

title() {
	step=$((step + 1))
	printf '%d. %s\n' $step "$1"
}

text() {
	sed 's/^/  /'
	echo
}

# run HOST STATUS COMMAND: shows it, runs it there, shows what it says.  Its
# exit status must be STATUS.
run() {
	local rc=0
	echo "  $1\$ ${3//$'\n'/$'\n'            }"
	(cd "$top/$1" && realm_env "$1" &&
	    exec timeout 60 bash -c "$3") \
	    >"$top/said" 2>&1 </dev/null || rc=$?
	sed 's/^/    /' "$top/said"
	[ $rc = 0 ] || echo "    [exit status $rc]"
	[ "$2" = $rc ] || fail "exit status $rc; it should be $2"
}

# It must have said that.
said() {
	grep -Eq -- "$1" "$top/said" || fail "it should say: $1"
}

# The login works there, or (1) does not.
run_login() {
	run "$1" "${3:-0}" "echo $2 | kinit alice >/dev/null"
}

run_gate() {
	echo "  $1\$ kdc-verify -q --gate -- krb5kdc -n &"
	kdc_gate "$1" || fail "krb5kdc did not start"
	sed 's/^/    /' "$top/$1/log/kdc.out"
}

# wait_status HOST STATUS: until kdc-verify answers so.
wait_status() {
	local i rc
	for ((i = 0; i < 150; i++)); do
		rc=0
		realm_on "$1" kdc-verify -q --quick >/dev/null 2>&1 || rc=$?
		[ $rc != "$2" ] || return 0
		sleep 0.1
	done
	fail "kdc-verify on $1 answers $rc; it should answer $2"
}

# --- the story --------------------------------------------------------------

prepare() {
	local n
	for n in kdc-snapshot kdc-apply kdc-verify kdc-archive kdc-restore; do
		[ -x "$REALM_BUILD/$n" ] || fail "no $REALM_BUILD/$n; run make"
	done
	top=$(mktemp -d "${TMPDIR:-/tmp}/kdcsync.XXXXXX")
	realm_make "$top"
	operator_make
	{
		echo 'addprinc -pw spring alice'
		for ((n = 1; n <= USERS; n++)); do
			echo "addprinc -randkey user$n"
		done
	} | realm_on primary timeout 60 kadmin.local >/dev/null 2>&1
	kdc_start primary
	kadmind_start
	text <<-END
	A realm in $top: a primary with its krb5kdc, its kadmind and
	some $USERS principals, and two replicas, each with its own sshd, its own
	configuration, a copy of the stash, and no database.  In sshd the primary's
	key may run one command, kdc-apply.
	END
}

step_first() {
	title "The first ship"
	text <<-END
	kdc-snapshot copies the primary's database under MIT's own locks, proves the
	copy, signs it and ships it.  Each kdc-apply builds a database beside the
	place of the live one, proves it equal to what was signed, record by record,
	and only then swaps it in.
	END
	run primary 0 "kdc-snapshot"
	said 'replica1: sealed 1\.1, full'
	said 'replica2: sealed 1\.1, full'
	run_gate replica1
	run_gate replica2
	run_login replica1 spring
	run_login replica2 spring
	run replica2 0 "klist | tail -1"
	said 'krbtgt/EXAMPLE.TEST@'
	echo
}

step_change() {
	local sent whole
	title "A password is changed"
	text <<-END
	Only what changed travels: compare the bytes sent with those of the dump.
	The KDCs go on serving meanwhile.
	END
	run primary 0 "kadmin -k -t etc/root.keytab -p root/admin \
-q 'cpw -pw autumn alice'"
	run primary 0 "kdc-snapshot"
	said 'replica1: sealed 1\.2, delta'
	said 'replica2: sealed 1\.2, delta'
	whole=$(sed -n 's/.* \([0-9]*\) bytes$/\1/p' "$top/said")
	sent=$(sed -n 's/.*replica1: .* \([0-9]*\) bytes sent.*/\1/p' \
	    "$top/said")
	[ "$sent" -lt $((whole / 5)) ] || fail "$sent of $whole bytes were sent"
	run_login replica1 autumn
	run_login replica2 autumn
	run_login replica2 spring 1
	echo
}

step_quiet() {
	title "A quiet cycle"
	text <<-END
	Nothing changed.  The same generation is signed again: a heartbeat, by which
	a replica knows that it is not behind but up to date.
	END
	run primary 0 "kdc-snapshot"
	said 'replica1: sealed 1\.2, heartbeat'
	run replica1 0 "kdc-verify"
	echo
}

# A database of its own for what the stock tools are going to do to it.
scratch_make() {
	mkdir -p "$top"/scratch/{db,tmp,log}
	cp "$top/replica2/stash" "$top/scratch/"
	for f in env krb5.conf kdc.conf; do
		sed "s,$top/replica2,$top/scratch,g" "$top/replica2/$f" \
		    >"$top/scratch/$f"
	done
}

step_half() {
	local all half
	title "Half a dump"
	text <<-END
	A full disk or a lost connection cuts a dump short.  MIT's dump has no end
	mark, so the stock tools cannot tell:
	END
	scratch_make
	all=$(realm_on primary kadmin.local listprincs | wc -l)
	run primary 0 "kdb5_util dump whole && wc -l <whole"
	half=$(($(<"$top/said") / 2))
	run scratch 0 "head -n $half ../primary/whole >half
kdb5_util load half; echo \"exit status \$?\"
kadmin.local listprincs | wc -l"
	said 'exit status 0'
	[ "$(tail -1 "$top/said")" -lt "$all" ] ||
	    fail "the whole realm was loaded from half a dump"
	echo
	text <<-END
	$(tail -1 "$top/said") principals of $all, exit status 0, and a KDC would serve that.  Now ours:
	first a bundle that ends too early, then a whole one around half a dump.
	END
	run primary 0 "kdc-snapshot -q --no-ship -o bundle.tar"
	run replica1 65 "head -c 9000 ../primary/bundle.tar >cut.tar
kdc-apply cut.tar"
	run replica1 65 "tar xf ../primary/bundle.tar
zstd -dq dump.zst
head -n $half dump | zstd -qf -o dump.zst
tar --format=pax -cf half.tar manifest manifest.sig dump.zst
kdc-apply half.tar"
	run replica1 0 "kdc-verify"
	echo
}

# Where in replica1's database does a byte of some user's key stand?  Prints
# offset, the byte, and the byte with one bit turned over.
key_byte() {
	realm_on replica1 kdb5_util dump "$top/tmp.dump"
	python3 - "$top/tmp.dump" "$top/replica1/db/principal" <<-'END'
	import re, sys
	live = open(sys.argv[2], 'rb').read()
	for line in open(sys.argv[1]):
	    name = line.split('\t')[6:7]
	    if not name or not name[0].startswith('user'):
	        continue
	    # The longest field of hex digits is the first key.
	    key = bytes.fromhex(max(re.findall(r'\t([0-9a-f]{40,})(?=\t|;)',
	        line), key=len))
	    # Twice: one is a left-over in a page's free space.
	    if live.count(key) == 1:
	        at = live.index(key) + len(key) // 2
	        print(at, '%02x' % live[at], '%02x' % (live[at] ^ 1))
	        break
	END
	rm -f "$top"/tmp.dump*
}

step_flip() {
	local at old new
	title "A flipped bit"
	read -r at old new < <(key_byte) || fail "no key was found in the file"
	text <<-END
	While replica1 is down, its disk turns over one bit in the middle of a key:
	byte $at of its database was $old.  To kdb5_util it is a good database.
	END
	kdc_stop replica1
	run replica1 0 "printf '\\x$new' |
dd of=db/principal bs=1 seek=$at conv=notrunc status=none"
	run replica1 0 "kadmin.local listprincs | wc -l"
	run replica1 2 "kdc-verify"
	said 'CRITICAL.*content'
	run replica1 2 "kdc-verify -q --gate -- krb5kdc -n"
	! kdc_up replica1 || fail "krb5kdc runs on altered data"
	echo
	text <<-END
	It does not start.  The replica keeps the proved dump: it can heal itself.
	END
	run replica1 0 "kdc-verify --repair"
	run_gate replica1
	run_login replica1 autumn
	echo
}

step_stale() {
	title "Time passes"
	text <<-END
	Stale data are wrong data: a locked account that still opens, an old password
	that still works.  In this step the primary promises a snapshot each second,
	and replica1 may serve nothing older than 8 seconds.  Then the primary falls
	silent.
	END
	config_set primary interval 1s
	config_set replica1 interval 1s
	config_set replica1 max_age 8s
	kdc_hook replica1
	run primary 0 "kdc-snapshot -q"
	wait_status replica1 1
	run replica1 1 "kdc-verify"
	wait_status replica1 2
	run replica1 2 "kdc-verify"
	said 'CRITICAL.*age'
	echo
	text <<-END
	A running KDC is left alone; one that starts now, after a reboot, say, is
	refused.  The next ship starts it again, by the command on_sealed.
	END
	kdc_stop replica1
	run replica1 2 "kdc-verify -q --gate -- krb5kdc -n"
	run primary 0 "kdc-snapshot"
	kdc_wait replica1 || fail "on_sealed did not start krb5kdc"
	run_login replica1 autumn
	config_set primary interval
	config_set replica1 interval
	config_set replica1 max_age
	realm_on primary kdc-snapshot -q
}

step_drill() {
	title "An archive, and whether it is worth anything"
	text <<-END
	One file, for a safe place far away: generations, configuration, and the stash,
	encrypted to the people who may have it.  The drill restores it into a
	temporary place, starts a krb5kdc there, and logs in.
	END
	age-keygen -o "$top/person.key" 2>/dev/null
	run primary 0 "kdc-archive write --all --stash \
--recipient $(age-keygen -y "$top/person.key") realm.archive"
	run primary 0 "kdc-restore --drill realm.archive \
--canary etc/root.keytab --identity $top/person.key"
	said '^drill good: '
	echo
}

step_promote() {
	title "The primary burns down"
	text <<-END
	A replica takes its place.  No host can decide that alone: an operator signs
	a grant, with a key that is on no KDC.
	END
	kadmind_stop
	kdc_stop primary
	mv "$top/primary" "$top/ashes"
	run replica1 0 "ssh-keygen -q -t ed25519 -N '' -f etc/signing_key"
	config_set replica1 signing_key "$top/replica1/etc/signing_key"
	run replica1 77 "kdc-restore --promote 2>/dev/null >grant; \
rc=\$?; cat grant; exit \$rc"
	cp "$top/replica1/grant" "$top/operator/"
	run operator 0 "ssh-keygen -q -Y sign -n kdcsync-epoch \
-f operator_key grant"
	cp "$top/operator/grant.sig" "$top/replica1/"
	run replica1 0 "kdc-restore -q --promote --grant grant"
	printf '    replicas = {\n\treplica2 = {\n\t    command = %s\n\t}\n    }\n' \
	    "$(apply_command replica2)" >>"$top/replica1/etc/kdcsync.conf"
	run replica1 0 "kadmin.local -q 'cpw -pw winter alice'"
	run replica1 0 "kdc-snapshot"
	said 'replica2: sealed 2\.2, '
	run_login replica2 winter
	run replica2 0 "kdc-verify"
}

# The operator's key, which every host knows.
operator_make() {
	local host
	mkdir "$top/operator"
	echo ":" >"$top/operator/env"
	ssh-keygen -q -t ed25519 -N '' -C operator -f "$top/operator/operator_key"
	for host in primary replica1 replica2; do
		echo "operator@EXAMPLE.TEST namespaces=\"kdcsync-epoch\"" \
		    "$(<"$top/operator/operator_key.pub")" \
		    >>"$top/$host/etc/allowed_signers"
	done
}

keep() {
	cat >"$top/end" <<-END
	#!/bin/bash
	. $(printf %q "$REALM_SOURCE")/scripts/realm.sh
	realm_use $top
	realm_remove
	END
	chmod 700 "$top/end"
	echo
	text <<-END
	The realm stays, in $top.  In a shell for each host:
	  . $top/replica1/env	then	kdc-snapshot, kadmin.local
	  . $top/replica2/env	then	kdc-verify, kinit alice (winter)
	End it with
	  $top/end
	END
}

prepare
step_first
step_change
step_quiet
step_half
step_flip
step_stale
step_drill
step_promote
printf '\nAll of it came true.\n'
done=true
