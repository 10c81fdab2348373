# Goal of this test: the timer keeps the replicas what the primary is, and a
# network that breaks in the middle leaves them what they were.
bats_require_minimum_version 1.5.0

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
}

as_of_moved() {
	[ "$(sealed "$1" as-of)" != "$2" ]
}

@test "the timer ships, nobody else" {
	local host was
	for host in kdc2 kdc3; do
		was=$(sealed $host as-of)
		eventually 40 as_of_moved $host "$was"
	done
}

@test "a password changed on the primary logs in at both replicas" {
	admin kdc1 'addprinc -pw first alice'
	eventually 40 login kdc2 alice first
	eventually 40 login kdc3 alice first
	admin kdc1 'cpw -pw second alice'
	eventually 40 login kdc2 alice second
	eventually 40 login kdc3 alice second
	run ! login kdc2 alice first
}

# arriving HOST: part of a bundle is there.
arriving() {
	host_run "$1" find /var/lib/kdcsync/incoming -type f -size +8k |
	    grep -q .
}

# bulk NAME: much to ship, and alice's password is NAME; it is on its way to kdc2,
# who is behind a slow line, and kdc3 has it.
bulk() {
	local i
	host_run kdc1 systemctl stop kdcsync-snapshot.timer
	while unit_is kdc1 kdcsync-snapshot activating; do
		sleep 1
	done
	host_slow kdc2 32kbit
	for ((i = 0; i < 2000; i++)); do
		echo "addprinc -randkey $1$i"
	done | host_run kdc1 kadmin.local >/dev/null 2>&1
	admin kdc1 "cpw -pw $1 alice"
	host_run kdc1 systemctl start kdcsync-snapshot.timer
	eventually 60 arriving kdc2
	eventually 60 login kdc3 alice "$1"
}

@test "the network cut in mid-transfer: the old data stay, the next cycle heals" {
	local was
	was=$(sealed kdc2 generation)
	bulk third
	host_cut kdc2
	sleep 3
	[ "$(sealed kdc2 generation)" = "$was" ]
	login kdc2 alice second
	run ! login kdc2 alice third

	host_fast kdc2
	host_join kdc2
	eventually 150 login kdc2 alice third
	eventually 30 is_level kdc2 0
}

@test "a slow line to one replica: the others hear as often as ever" {
	local was i
	# It is not so: kdcsync-snapshot.timer says why, and that cron can.
	skip "a run of kdcsync-snapshot.service that still ships keeps the timer from the next one"
	bulk fourth
	for ((i = 0; i < 3; i++)); do
		was=$(sealed kdc3 as-of)
		eventually 30 as_of_moved kdc3 "$was"
		run ! login kdc2 alice fourth
	done
	host_fast kdc2
	eventually 150 login kdc2 alice fourth
}
