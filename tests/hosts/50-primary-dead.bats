# Goal of this test: replicas are for the day the primary is dead.  Whoever runs
# goes on, with --enforce on; whoever was told so starts, too.
bats_require_minimum_version 1.5.0

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
}

# verdicts HOST: how many its timer gave since the boot.
verdicts() {
	journal "$1" kdcsync-verify | grep -c '^Starting' || :
}

judged() {
	[ "$(verdicts "$1")" -ge "$2" ]
}

@test "the primary is dead for a day: both replicas answer, judged all the while" {
	local host was
	eventually is_level kdc2 0
	host_end kdc1
	for host in kdc2 kdc3; do
		eventually is_level $host 2
		host_run $host systemctl cat kdcsync-verify | grep -q -- --enforce
	done
	# Three more verdicts, each critical, and nobody is stopped for it.
	for host in kdc2 kdc3; do
		was=$(verdicts $host)
		eventually judged $host $((was + 3))
		unit_is $host krb5-kdc active
		login $host alice fourth
	done
}

@test "rebooted on that day: refused where the inventory says refuse" {
	host_reboot kdc2
	unit_is kdc2 krb5-kdc failed
}

@test "... and up where it says refuse-if-primary-answers, which asks it" {
	host_run kdc3 sed -i 's/on_stale = refuse$/on_stale = refuse-if-primary-answers/' \
	    /etc/kdcsync/kdcsync.conf
	host_reboot kdc3
	eventually unit_is kdc3 krb5-kdc active
	login kdc3 alice fourth
	is_level kdc3 2
}

@test "the primary is back: all is good" {
	host_boot kdc1
	unit_is kdc1 krb5-admin-server active
	eventually unit_is kdc2 krb5-kdc active
	eventually is_level kdc2 0
	eventually is_level kdc3 0
}
