# Goal of this test: the playbook promotes a replica on an operator's word; the old
# primary, back from the dead, takes no changes any more, and another playbook
# makes a replica of it.
bats_require_minimum_version 1.5.0

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
}

run_playbook() {
	local name=$1
	shift
	playbook "$name" "$@" >"$HOSTS_DIR/$name.log" || {
		cat "$HOSTS_DIR/$name.log"
		return 1
	}
}

# connections HOST: those that it keeps, or would after a reboot.
connections() {
	{
		host_run "$1" systemctl list-units -q --plain --no-legend \
		    'kdcsync-connection@*' | awk '{ print $1 }'
		host_run "$1" ls /etc/systemd/system/multi-user.target.wants |
		    grep '^kdcsync-connection@' || :
	} | sort -u
}

@test "promote.yml makes kdc2 the primary, and site.yml what a primary needs" {
	host_end kdc1
	run_playbook promote -e replica=kdc2.example.test \
	    -e "sign='ssh-keygen -Y sign -n kdcsync-epoch -f $HOSTS_DIR/operator_key'"
	inventory_write kdc2 kdc3
	run_playbook site
	unit_is kdc2 krb5-admin-server active
	[ "$(sealed kdc3 epoch)" = 2 ]
	eventually is_level kdc3 0
	admin kdc2 'cpw -pw fifth alice'
	eventually login kdc3 alice fifth
}

@test "the old primary is rebooted as superseded: kadmind is refused" {
	host_boot kdc1
	unit_is kdc1 krb5-admin-server failed
	eventually journal_has kdc1 krb5-admin-server superseded
	is_level kdc1 2
	# Nothing of it reaches a replica.
	host_run kdc1 kadmin.local cpw -pw sixth alice
	run ! host_run kdc1 kdc-snapshot
	login kdc3 alice fifth
}

@test "replica-add.yml does not make a replica of a primary by the way" {
	inventory_write kdc2 kdc3 kdc1
	run playbook replica-add -e replica=kdc1.example.test
	[ "$status" != 0 ]
	[[ $output == *demote.yml* ]]
}

@test "demote.yml does, lists what it alone had, and keeps that" {
	run_playbook demote -e replica=kdc1.example.test
	grep -q 'rekeyed *principal alice@EXAMPLE.TEST' "$HOSTS_DIR/demote.log"
	host_run kdc1 sh -c 'cat /var/lib/kdcsync/before-*/alone' |
	    grep -q 'rekeyed *principal alice@EXAMPLE.TEST'
	for unit in krb5-admin-server.service kdcsync-snapshot.timer; do
		run ! host_run kdc1 systemctl is-enabled -q $unit
		run ! host_run kdc1 systemctl is-active -q $unit
	done
	[ -z "$(connections kdc1)" ]
	unit_is kdc1 krb5-kdc active
	eventually is_level kdc1 0
	login kdc1 alice fifth
	run ! login kdc1 alice sixth
}

@test "... and a second time changes nothing" {
	run_playbook demote -e replica=kdc1.example.test --diff
	[ "$(changed "$HOSTS_DIR/demote.log")" = 0 ] || {
		grep -B3 -A12 '^changed' "$HOSTS_DIR/demote.log"
		return 1
	}
	admin kdc2 'cpw -pw seventh alice'
	eventually login kdc1 alice seventh
}

@test "replica-remove.yml takes one out, and the realm off it" {
	run_playbook replica-remove -e replica=kdc3.example.test
	run ! host_run kdc3 sh -c 'ls -d /etc/krb5kdc/stash /etc/kdcsync \
	    /var/lib/kdcsync /var/lib/krb5kdc/principal*'
	unit_is kdc3 krb5-kdc inactive
	[ "$(connections kdc2)" = kdcsync-connection@kdc1.$HOSTS_DOMAIN.service ]
	run ! host_run kdc2 grep -r kdc3 /etc/kdcsync
	ships_stop kdc2
	host_run kdc2 kdc-snapshot
	eventually is_level kdc1 0
}
