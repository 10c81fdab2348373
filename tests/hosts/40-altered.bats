# Goal of this test: what the disk did to a database while the host was down is
# not served: it is repaired, and where that cannot be, refused until the next
# ship.
bats_require_minimum_version 1.5.0

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
}

# Nothing is shipped until we looked, and that takes as long as it takes.
setup_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	eventually is_level kdc2 0
	ships_stop kdc1
	max_age kdc2 1h
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	max_age kdc2 $MAX_AGE
}

@test "a byte flipped, a reboot: repaired, and up" {
	host_end kdc2
	flip_byte kdc2 /var/lib/krb5kdc/principal alice@EXAMPLE.TEST
	host_boot kdc2
	eventually journal_has kdc2 krb5-kdc 'rebuilt from the sealed dump'
	unit_is kdc2 krb5-kdc active
	login kdc2 alice fourth
}

@test "a byte flipped there and in the sealed dump: refused; the next ship, and it is up" {
	local dump
	host_end kdc2
	dump=$(tar xOf "$HOSTS_DIR/kdc2/tree/var/lib/kdcsync/seal.tar" manifest |
	    sed -n 's/^dump-sha256: //p')
	flip_byte kdc2 /var/lib/krb5kdc/principal alice@EXAMPLE.TEST
	flip_byte kdc2 "/var/lib/kdcsync/dump.$dump" third7@EXAMPLE.TEST
	host_boot kdc2
	unit_is kdc2 krb5-kdc failed
	host_run kdc2 test -e /var/lib/kdcsync/refused
	ships_start kdc1
	eventually unit_is kdc2 krb5-kdc active
	eventually login kdc2 alice fourth
}
