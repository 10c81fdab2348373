# Goal of this test: the timer keeps the replicas what the primary is, and a
# network that breaks in the middle leaves them what they were.
bats_require_minimum_version 1.5.0

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
}

# logins HOST: how often its sshd let the primary in.
logins() {
	journal "$1" ssh | grep -c 'Accepted publickey for kdcsync' || :
}

# is_kept PRIMARY HOST: a connection, that its next run can use.
is_kept() {
	host_run "$1" ssh -F /etc/kdcsync/ssh_config -O check "$2.$HOSTS_DOMAIN"
}

@test "the timer ships, nobody else, by connections that are kept" {
	local host was before
	for host in kdc2 kdc3; do
		eventually is_kept kdc1 $host
		# A run that began before that.
		was=$(sealed $host as-of)
		eventually as_of_moved $host "$was"
		before=$(logins $host)
		for _ in 1 2; do
			was=$(sealed $host as-of)
			eventually as_of_moved $host "$was"
		done
		[ "$before" -gt 0 ]
		[ "$(logins $host)" = "$before" ]
	done
}

@test "a password changed on the primary logs in at both replicas" {
	admin kdc1 'addprinc -pw first alice'
	eventually login kdc2 alice first
	eventually login kdc3 alice first
	admin kdc1 'cpw -pw second alice'
	eventually login kdc2 alice second
	eventually login kdc3 alice second
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
	ships_stop kdc1
	host_slow kdc2 16kbit
	for ((i = 0; i < 6000; i++)); do
		echo "addprinc -randkey $1$i"
	done | host_run kdc1 kadmin.local >/dev/null 2>&1
	admin kdc1 "cpw -pw $1 alice"
	ships_start kdc1
	eventually arriving kdc2
	eventually login kdc3 alice "$1"
}

one_run() {
	[ "$(runs "$1" | wc -l)" = 1 ]
}

@test "a slow line to one replica: the others hear as often as ever" {
	local was i
	bulk third
	for ((i = 0; i < 3; i++)); do
		was=$(sealed kdc3 as-of)
		eventually as_of_moved kdc3 "$was"
		arriving kdc2
	done
	run ! login kdc2 alice third
	# One run is for the slow one, and those beside it end.
	eventually one_run kdc1
	host_fast kdc2
	eventually login kdc2 alice third
}

# kdc1 knows that it cannot reach one of them.
unreached() {
	host_run kdc1 kdc-status | grep -q unreached
}

@test "the network cut in mid-transfer: the old data stay, the next cycle heals" {
	local was
	was=$(sealed kdc2 generation)
	bulk fourth
	host_cut kdc2
	eventually unreached
	[ "$(sealed kdc2 generation)" = "$was" ]
	login kdc2 alice third
	run ! login kdc2 alice fourth

	host_fast kdc2
	host_join kdc2
	eventually login kdc2 alice fourth
	eventually is_level kdc2 0
	eventually is_kept kdc1 kdc2
}

# failed HOST: its runs that failed.
failed() {
	host_run "$1" systemctl list-units -q --plain --no-legend --failed \
	    'kdcsync-snapshot*'
}

only_failed() {
	[ "$(failed "$1" | awk '{ print $1 }')" = "$2" ]
}

# run_id HOST: which run it was that kdcsync-snapshot@1 was last.
run_id() {
	host_run "$1" systemctl show --value -p InvocationID kdcsync-snapshot@1
}

run_moved() {
	[ "$(run_id "$1")" != "$2" ]
}

@test "runs that fail are one line of systemctl --failed, until one succeeds" {
	local i was
	host_run kdc1 mv /etc/kdcsync/signing_key /etc/kdcsync/away
	# One run, and another.
	for ((i = 0; i < 2; i++)); do
		was=$(run_id kdc1)
		eventually run_moved kdc1 "$was"
	done
	eventually only_failed kdc1 kdcsync-snapshot@1.service
	host_run kdc1 mv /etc/kdcsync/away /etc/kdcsync/signing_key
	eventually only_failed kdc1 ''
}
