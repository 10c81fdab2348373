# Goal of this test: the main job, over a real sshd, with real KDCs.
# - An empty replica gets the whole dump, serves logins, and verifies good.
# - A password changed with kadmin on the primary logs in at every replica after
#   one kdc-snapshot, by a delta; the old one does not.
# - A quiet cycle is a heartbeat: same generation, later as-of, no walk.
# - One replica down: the others are served, it is named, exit status 1; all
#   down: 69.
# - The replica's database equals the primary's for MIT's own tools.

setup_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	realm_make "$REALM_DIR"
	admin_local 'addprinc -pw first alice' 'addpol -minlength 2 p' >/dev/null
	kdc_start primary
	kadmind_start
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	realm_end
	rm -rf "$REALM_DIR"
}

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
}

@test "the first ship fills two empty replicas" {
	run snapshot
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"replica1: sealed 1.1, full dump"* ]]
	[[ $output == *"replica2: sealed 1.1, full dump"* ]]
	for r in replica1 replica2; do
		run verify $r
		echo "$output"
		[ "$status" = 0 ]
		[ "$(canonical $r)" = "$(current dump-sha256)" ]
		kdc_gate $r
		login $r alice first
	done
}

@test "a password changed with kadmin logs in at the replicas" {
	admin 'cpw -pw second alice' >/dev/null
	run snapshot
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"replica1: sealed 1.2, delta"* ]]
	for r in replica1 replica2; do
		login $r alice second
		not login $r alice first
	done
	[ "$(canonical primary)" = "$(canonical replica1)" ]
	[ "$(canonical primary)" = "$(canonical replica2)" ]
}

@test "additions, deletions, renames and policies arrive" {
	admin_local 'addprinc -pw x bob' 'addprinc -randkey gone' >/dev/null
	snapshot -q
	admin_local 'delprinc -force gone' 'renprinc -force bob robert' \
	    'modpol -minlength 3 p' 'addpol q' 'modprinc -policy p alice' \
	    >/dev/null
	snapshot -q
	[ "$(canonical primary)" = "$(canonical replica1)" ]
	login replica1 robert x
	not login replica1 bob x
}

@test "a quiet cycle is a heartbeat" {
	before=$(current generation) was=$(sealed replica1 as-of)
	sleep 1.1	# until the files are older than the clock's tick
	snapshot -q
	run snapshot
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"replica1: sealed "*", heartbeat"* ]]
	# No walk: nothing was copied.
	[[ $output != *"copied in"* ]]
	[ "$(current generation)" = "$before" ]
	[[ $(sealed replica1 as-of) > $was ]]
	[ ! -e "$REALM_DIR/primary/state/generations/1.$((before + 1))" ]
}

@test "a replica that is down is named, the others are served" {
	sshd_stop replica1
	admin 'cpw -pw third alice' >/dev/null
	run snapshot
	echo "$output"
	[ "$status" = 1 ]
	[[ $output == *"kdc-snapshot: replica1: "* ]]
	login replica2 alice third
	login replica1 alice second
	sshd_start replica1
	run snapshot -q
	[ "$status" = 0 ]
	login replica1 alice third
}

@test "all replicas down is exit status 69" {
	sshd_stop replica1
	sshd_stop replica2
	run snapshot -q
	echo "$output"
	[ "$status" = 69 ]
	sshd_start replica1
	sshd_start replica2
}

@test "--to, --full, --no-ship and --output" {
	run snapshot --to replica2 --full
	[ "$status" = 0 ]
	[[ $output == *"replica2: sealed "*", full dump"* ]]
	[[ $output != *replica1* ]]
	run snapshot --to nobody
	[ "$status" = 64 ]
	[[ $output == *"nobody: no replica of that name"* ]]
	run snapshot --no-ship -o "$REALM_DIR/b"
	[ "$status" = 0 ]
	[[ $output != *replica* ]]
	[ "$(stat -c %a "$REALM_DIR/b")" = 600 ]
	snapshot -q --no-ship -o - | cmp - "$REALM_DIR/b" || {
		# A second later it is another heartbeat of the same dump.
		snapshot -q --no-ship -o - | tar xO dump.zst |
		    cmp - <(tar xOf "$REALM_DIR/b" dump.zst)
	}
	run realm_on replica1 kdc-apply "$REALM_DIR/b"
	echo "$output"
	[ "$status" = 0 ]
}

@test "--dry-run names what would change, and changes nothing" {
	admin_local 'addprinc -randkey newcomer' 'cpw -pw fourth alice' \
	    >/dev/null
	snapshot -q --no-ship -o "$REALM_DIR/b"
	before=$(fingerprint replica1)
	run realm_on replica1 kdc-apply --dry-run "$REALM_DIR/b"
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"add principal newcomer@"* ]]
	[[ $output == *"change principal alice@"* ]]
	[ "$(fingerprint replica1)" = "$before" ]
	snapshot -q
}

@test "nothing secret is readable by others, and nothing is left behind" {
	run find "$REALM_DIR/primary" "$REALM_DIR/replica1" "$REALM_DIR/replica2" \
	    \( -path '*/state*' -o -path '*/db*' \) -perm /077
	echo "$output"
	[ -z "$output" ]
	run find "$REALM_DIR" \( -path '*principal.kdcsync/*' -o -name '.dump.*' \
	    -o -path '*/incoming/*' \) \
	    ! -path '*/primary/db/principal.kdcsync/snapshot*' \
	    ! -path '*/replica?/db/principal.kdcsync/last*'
	echo "$output"
	[ -z "$output" ]
}
