# Goal of this test: ansible-example/ turns three bare hosts into a primary and
# two replicas that answer, says before what it would do, and a second time does
# nothing.
bats_require_minimum_version 1.5.0

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
}

setup_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	ssh-keygen -q -t ed25519 -N '' -C operator -f "$HOSTS_DIR/operator_key"
	settings_write
	inventory_write kdc1 kdc2 kdc3
}

@test "ansible-lint has nothing to say, at its profile for production" {
	cd "$HOSTS_SOURCE/ansible-example"
	ansible-lint --profile production --offline --nocolor
}

@test "the inventory of the example is whole" {
	cd "$HOSTS_SOURCE/ansible-example"
	ansible-playbook -i inventory.yml --list-hosts site.yml |
	    grep -A3 'hosts (3)' | grep -c 'kdc[123].example.com' | grep -qx 3
}

@test "--check on bare hosts fails nowhere, and changes nothing" {
	playbook site --check >"$HOSTS_DIR/check.log" || {
		cat "$HOSTS_DIR/check.log"
		return 1
	}
	[ "$(changed "$HOSTS_DIR/check.log")" -gt 0 ]
	for host in kdc1 kdc2 kdc3; do
		run ! host_run $host test -e /etc/kdcsync
		run ! host_run $host test -e /usr/sbin/krb5kdc
	done
}

@test "site.yml makes a primary and two replicas" {
	playbook site -vvv >"$HOSTS_DIR/site.log" || {
		grep -A20 -E '^fatal|^failed' "$HOSTS_DIR/site.log"
		return 1
	}
	for host in kdc2 kdc3; do
		eventually is_level $host 0
		unit_is $host krb5-kdc active
		unit_is $host kdcsync-verify.timer active
	done
	unit_is kdc1 krb5-kdc active
	unit_is kdc1 krb5-admin-server active
	unit_is kdc1 kdcsync-snapshot.timer active
}

@test "the gates are in place" {
	host_run kdc1 systemctl cat krb5-admin-server |
	    grep -q 'kdc-verify --gate --primary'
	for host in kdc1 kdc2 kdc3; do
		host_run $host systemctl cat krb5-kdc | grep -q 'kdc-verify --gate'
	done
}

@test "the signing key is on the primary, the stash on all three, no secret elsewhere" {
	local host stash
	host_run kdc1 test -s /etc/kdcsync/signing_key
	stash=$(host_run kdc1 sha256sum /etc/krb5kdc/stash)
	for host in kdc2 kdc3; do
		run ! host_run $host test -e /etc/kdcsync/signing_key
		[ "$(host_run $host sha256sum /etc/krb5kdc/stash)" = "$stash" ]
		[ "$(host_run $host stat -c %a:%U /etc/krb5kdc/stash)" = 600:root ]
	done
	# The controller was told nothing, not even what it could not read.
	grep -q 'censored' "$HOSTS_DIR/site.log"
	run ! grep -q 'BEGIN AGE\|PRIVATE KEY' "$HOSTS_DIR/site.log"
}

@test "a second run changes nothing" {
	playbook site --diff >"$HOSTS_DIR/again.log" || {
		cat "$HOSTS_DIR/again.log"
		return 1
	}
	[ "$(changed "$HOSTS_DIR/again.log")" = 0 ] || {
		grep -B3 -A12 '^changed' "$HOSTS_DIR/again.log"
		return 1
	}
}
