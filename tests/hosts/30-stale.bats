# Goal of this test: data that are not confirmed any more are seen, and served on
# by a krb5kdc that runs, and not by one that is started.
bats_require_minimum_version 1.5.0

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
}

@test "the timer is stopped: a warning, then critical" {
	is_level kdc2 0
	host_run kdc1 systemctl stop kdcsync-snapshot.timer
	eventually 60 is_level kdc2 1
	run -1 level kdc2
	[[ $output == *age* ]]
	eventually 60 is_level kdc2 2
	run -2 level kdc2
	[[ $output == *age* ]]
	login kdc2 alice third
}

@test "a stale replica is rebooted: its krb5kdc is refused" {
	host_reboot kdc2
	unit_is kdc2 krb5-kdc failed
	journal kdc2 krb5-kdc | grep -q age
	run ! login kdc2 alice third
	# The one that was left alone answers.
	login kdc3 alice third
}

@test "the next ship starts it" {
	host_run kdc1 systemctl start kdcsync-snapshot.timer
	eventually 60 unit_is kdc2 krb5-kdc active
	eventually 10 login kdc2 alice third
	is_level kdc2 0
}
