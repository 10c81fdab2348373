# Goal of this test: data that are not confirmed any more are seen, and served on
# by a krb5kdc that runs, and not by one that is started.
bats_require_minimum_version 1.5.0

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
}

@test "the timer is stopped: a warning, then critical" {
	eventually is_level kdc2 0
	ships_stop kdc1
	eventually is_level kdc2 1 age
	eventually is_level kdc2 2 age
	login kdc2 alice fourth
}

@test "a stale replica is rebooted: its krb5kdc is refused" {
	host_reboot kdc2
	unit_is kdc2 krb5-kdc failed
	eventually journal_has kdc2 krb5-kdc age
	run ! login kdc2 alice fourth
	# The one that was left alone answers.
	login kdc3 alice fourth
}

@test "the next ship starts it" {
	ships_start kdc1
	eventually unit_is kdc2 krb5-kdc active
	eventually login kdc2 alice fourth
	eventually is_level kdc2 0
}
