# Goal of this test: the units are what systemd understands, and what they start
# may do little.  tests/hosts boots them; here systemd only reads them.
# - systemd-analyze verify says nothing; every program and option in them is there.
# - systemd-analyze security --offline=yes: at most 2.5 of 10 for each service.
# - The timers keep to the clock; the cron line beside them is as often.  A run that
#   still ships keeps no later one waiting, and there are at most eight.
# - What is not one of ours is changed only by the gates' drop-ins.
# - Whoever is to find a kept connection looks where its unit has it.

bats_require_minimum_version 1.5.0

setup_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	command -v systemd-analyze >/dev/null ||
		skip "systemd-analyze is missing: apt-get install systemd"
	# Units with the programs that were built, beside what Debian has.
	U=$BATS_FILE_TMPDIR/units
	export U
	cp -r "$FLOW_SOURCE/scripts/systemd" "$U"
	sed -i "s#/usr/sbin/kdc-#$REALM_BUILD/kdc-#" "$U"/*.service \
	    "$U"/*/10-kdcsync.conf
	for unit in krb5-kdc krb5-admin-server; do
		printf '[Unit]\nDescription=x\n[Service]\nExecStart=/bin/true\n' \
		    >"$U/$unit.service"
	done
	cp "$U/krb5-kdc.service" "$U/krb5kdc.service"
}

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	cd "$FLOW_SOURCE/scripts/systemd" || return
}

@test "systemd-analyze verify: nothing to say" {
	# Without a man page there, Documentation= would be a finding.
	run -0 systemd-analyze verify --man=no --recursive-errors=one "$U"/*.service \
	    "$U"/*.timer "$U"/*.socket
	echo "$output"
	[ -z "$output" ]
	# The test can fail.
	sed -i 's/^ExecStart=/ExecStrat=/' "$U/kdcsync-verify.service"
	run systemd-analyze verify --man=no "$U/kdcsync-verify.service"
	[ -n "$output" ]
	sed -i 's/^ExecStrat=/ExecStart=/' "$U/kdcsync-verify.service"
}

@test "systemd-analyze security: at most 2.5 for each service of ours" {
	local unit
	for unit in kdcsync-*.service; do
		run systemd-analyze security --offline=yes --threshold=25 \
		    "$U/$unit"
		echo "$unit: ${lines[-1]}"
		[ "$status" = 0 ]
	done
	# The test can fail.
	run systemd-analyze security --offline=yes --threshold=25 \
	    "$U/krb5-kdc.service"
	[ "$status" != 0 ]
}

@test "what they run is there: programs, options" {
	local line prog opt n=0
	while read -r line; do
		prog=$(grep -oE '/usr/sbin/kdc-[a-z]+' <<<"$line")
		[ -x "$REALM_BUILD/${prog##*/}" ]
		for opt in $(grep -oE -- ' --[a-z-]+' <<<"${line#*kdc-}"); do
			"$REALM_BUILD/${prog##*/}" --help | grep -qE -- "$opt( |,|$|\])"
			n=$((n + 1))
		done
	done < <(grep -hE '^Exec[A-Za-z]*=.*/usr/sbin/kdc-' -r .)
	[ $n -gt 8 ]
}

@test "the gates are outside their unit's sandbox, and have time" {
	local gate
	for gate in krb5-kdc krb5kdc; do
		grep -qx 'ExecStartPre=+/usr/sbin/kdc-verify --gate --repair' \
		    $gate.service.d/10-kdcsync.conf
		grep -qx 'TimeoutStartSec=10min' $gate.service.d/10-kdcsync.conf
	done
	# Debian's and Red Hat's are the same but for the name.
	diff <(grep -v '^#' krb5-kdc.service.d/10-kdcsync.conf) \
	    <(grep -v '^#' krb5kdc.service.d/10-kdcsync.conf)
}

@test "timers keep to the clock, every five minutes, as cron does" {
	local next
	for timer in kdcsync-snapshot kdcsync-verify; do
		grep -q '^OnCalendar=\*:[01]/5$' $timer.timer
		grep -qx 'AccuracySec=1s' $timer.timer
		# After its own end, or the boot, is drift.
		not grep -qE '^On(UnitActive|UnitInactive|Boot|Active)Sec' \
		    $timer.timer
		not grep -q '^RandomizedDelaySec' $timer.timer
	done
	next=$(systemd-analyze calendar --iterations=3 '*:0/5' |
	    sed -n 's/.*Next elapse:\|.*Iter. #[23]://p' |
	    sed 's/.*:\(..\):.*/\1/')
	echo "$next"
	[ "$(wc -l <<<"$next")" = 3 ]
	for next in $next; do
		[ $((10#$next % 5)) = 0 ]
	done
	grep -q '^\*/5 .* --cron$' ../cron.d/kdcsync
	# How a run ended is known only of one that is waited for.
	for unit in kdcsync-snapshot kdcsync-snapshot@ kdcsync-verify; do
		grep -qx Type=oneshot $unit.service
	done
}

# started BUSY: what the timer's service does while that many runs are at work.
# Its systemctl is ours, and writes down what it was told.
started() {
	local bin=$BATS_TEST_TMPDIR/bin
	mkdir -p "$bin"
	cat >"$bin/systemctl" <<-END
	#!/bin/sh
	echo "\$*" >>"$bin/told"
	case "\$*" in
	show*)	n=\${*##*@}
		[ "\$n" -le $1 ] && echo activating || echo inactive ;;
	esac
	END
	chmod +x "$bin/systemctl"
	: >"$bin/told"
	# As systemd reads it: joined lines, $$ for $, an escaped quote.
	awk "/^ExecStart=/ { on = 1 } on { print } on && !/\\\\\$/ { exit }" \
	    kdcsync-snapshot.service |
	    sed "s/\\\\\$//; 1s/^[^']*'//; \$s/'\$//; s/[$][$]/$/g; s/\\\\'/'/g" \
	    >"$bin/script"
	PATH=$bin:$PATH sh "$bin/script"
}

@test "a run is the first of eight that is not at work" {
	run -0 started 0
	[ "$(head -n 1 "$BATS_TEST_TMPDIR/bin/told")" = \
	    "reset-failed kdcsync-snapshot@*" ]
	[ "$(tail -n 1 "$BATS_TEST_TMPDIR/bin/told")" = \
	    "start --no-block kdcsync-snapshot@1" ]
	run -0 started 7
	[ "$(tail -n 1 "$BATS_TEST_TMPDIR/bin/told")" = \
	    "start --no-block kdcsync-snapshot@8" ]
	run -1 started 8
	[[ $output == "8 runs still ship"*"list-units 'kdcsync-snapshot@*'" ]]
	not grep -q ^start "$BATS_TEST_TMPDIR/bin/told"
}

@test "nothing of ours is enabled by being there" {
	not grep -qE '^(Also|Alias|DefaultInstance|RequiredBy)=' -r .
	# Only what is to be enabled has a place to be enabled in.
	for unit in $(grep -l '^\[Install\]' kdcsync-*); do
		[[ $unit == *.timer || $unit == *.socket ||
		    $unit == kdcsync-connection@.service ]]
	done
}

@test "a kept connection is where README, role and manual look for it" {
	local path=/run/kdcsync/ssh-%C
	grep -qx 'RuntimeDirectory=kdcsync' kdcsync-connection@.service
	# Another unit's end must not take the directory away.
	for unit in $(grep -l '^RuntimeDirectory=kdcsync$' kdcsync-*); do
		grep -qx 'RuntimeDirectoryPreserve=yes' "$unit"
	done
	for file in scripts/systemd/kdcsync-connection@.service README.md \
	    man/kdcsync.conf.5 \
	    ansible-example/roles/kdcsync_primary/templates/ssh_config.j2; do
		grep -qE "ControlPath $path$" "$FLOW_SOURCE/$file"
	done
}

@test "the receiving user owns incoming/ only" {
	[ "$(awk '$1 == "d" && $4 == "kdcsync" { print $2 }' \
	    kdcsync.tmpfiles)" = \
	    /var/lib/kdcsync/incoming ]
	if command -v systemd-tmpfiles >/dev/null && [ "$(id -u)" = 0 ]; then
		local root=$BATS_TEST_TMPDIR/root
		mkdir -p "$root/etc"
		systemd-sysusers --root="$root" "$PWD/kdcsync.sysusers"
		systemd-tmpfiles --root="$root" --create "$PWD/kdcsync.tmpfiles"
		[ "$(stat -c '%a %u' "$root/var/lib/kdcsync")" = "711 0" ]
		[ "$(stat -c '%a %u' "$root/var/lib/kdcsync/.ssh")" = "755 0" ]
		[ "$(stat -c '%a' "$root/var/lib/kdcsync/incoming")" = 700 ]
		[ "$(stat -c '%u' "$root/var/lib/kdcsync/incoming")" = \
		    "$(awk -F: '$1 == "kdcsync" { print $3 }' \
		    "$root/etc/passwd")" ]
		# No password, and a shell for the forced command.
		grep -q '^kdcsync:!' "$root/etc/shadow"
		grep -q '^kdcsync:.*:/bin/sh$' "$root/etc/passwd"
	fi
}
