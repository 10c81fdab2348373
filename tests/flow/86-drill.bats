# Goal of this test: what was kept can be looked at, and a rehearsal of the worst
# day says how long it takes -- and neither touches, or asks, a KDC that lives.
# - kdc-restore --into: any generation, of this host or an archive, in a directory
#   of its own, where MIT's programs work on it and on nothing else; the recipe of
#   the manual brings one deleted principal back, with his old password.
# - What cannot be (a directory that is not empty, a full disk, a damaged archive,
#   no stash, a wrong one, the wrong key) is said in one line, and the directory is
#   as it was, missing or empty; so it is after a kill at any write, at the latest
#   when the same is run again.
# - kdc-restore --drill: a login at a krb5kdc that has only the newest archive; one
#   line and a metric say how it went.  It leaves nothing, killed or not, and never
#   takes another KDC for its own.
# STEP=1 kills at each point, not at some.

setup_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	realm_make -d -n 1 "$REALM_DIR"
	cd "$REALM_DIR"
	cc -O1 -o faultat "$FLOW_SOURCE/tests/fault/faultat.c"
	admin_local 'addpol p' 'addprinc -pw old -policy p bob' \
	    'addprinc -pw a alice' 'addprinc -randkey canary' \
	    "ktadd -k $REALM_DIR/canary.keytab -norandkey canary" \
	    >/dev/null 2>&1
	for i in $(seq 40); do echo "addprinc -nokey u$i"; done |
	    realm_on primary kadmin.local >/dev/null 2>&1
	snapshot -q
	(cd "$FLOW_SOURCE" && canonical primary) >digest1
	sleep 1
	utc now >between
	sleep 1
	admin_local 'modpol -minlength 9 p' 'cpw -pw other alice' \
	    'delprinc -force bob' >/dev/null 2>&1
	snapshot -q
	(cd "$FLOW_SOURCE" && canonical primary) >digest2
	age-keygen -o age.key 2>/dev/null
	age-keygen -o other.key 2>/dev/null
	realm_on primary kdc-archive write -q --all --stash \
	    --recipient "$(age-keygen -y age.key)" realm.archive
	realm_on primary kdc-archive write -q no-stash.archive
	# The state that a test finds: krb5kdc's and kadmind's port are free.
	cp -a primary/stash stash
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	realm_remove
}

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	cd "$REALM_DIR"
	cp -a stash primary/stash
	rm -rf look
}

restore() {
	realm_on primary kdc-restore "$@"
}

# there COMMAND...: as the lines that --into printed have it, and with nothing
# else of this realm.
there() {
	(
		PATH=$REALM_BUILD:/usr/sbin:/sbin:$PATH
		export KRB5_CONFIG=$REALM_DIR/look/krb5.conf
		export KRB5_KDC_PROFILE=$REALM_DIR/look/kdc.conf
		"$@"
	)
}

# one_line STATUS TEXT COMMAND...: it fails like that, with one line that has
# that text, and prints nothing.
one_line() {
	local status=$1 text=$2 rc=0
	shift 2
	"$@" >out 2>err || rc=$?
	echo "$rc: $(cat err)"
	[ "$rc" = "$status" ]
	[ "$(wc -l <err)" = 1 ]
	grep -qF -- "$text" err
	[ ! -s out ]
}

# refused STATUS TEXT ARG...: --into look says that, and look is missing; then the
# same with an empty directory, which stays as it was.
refused() {
	local status=$1 text=$2
	shift 2
	rm -rf look
	one_line "$status" "$text" restore --into look "$@"
	[ ! -e look ]
	mkdir -m 750 look
	one_line "$status" "$text" restore --into look "$@"
	[ "$(stat -c %a look)" = 750 ]
	[ -z "$(ls -A look)" ]
	clean
}

# Nothing of ours in the state directory that should have gone.
clean() {
	[ -z "$(find primary/state -name '.?*')" ]
	[ ! -e primary/state/drill ]
}

# looked: the digest of what is in look, by MIT's own dump.
looked() {
	there kdb5_util dump "$REALM_DIR/dump" >/dev/null
	python3 "$FLOW_SOURCE/tests/canon.py" dump | sha256sum | cut -d' ' -f1
}

# --- into -------------------------------------------------------------------

@test "into: by name, by time, from an archive; private, whole, looked at" {
	restore --into look --generation 1.1 >out
	cat out
	[ "$(looked)" = "$(cat digest1)" ]
	[ "$(stat -c %a look)" = 700 ]
	[ -z "$(find look -type f ! -perm 600)" ]
	[ ! -e look/.kdc-restore ]
	grep -q '^# generation 1\.1, taken 20.*: 48 principals, 1 policies$' out
	# The lines are for a shell, and the comments are comments to it.
	(
		. ./out
		PATH=$PATH:/usr/sbin
		[ "$KRB5_CONFIG" = "$REALM_DIR/look/krb5.conf" ]
		[ "$KRB5_KDC_PROFILE" = "$REALM_DIR/look/kdc.conf" ]
		kadmin.local getprinc bob 2>/dev/null | grep '^Policy: p'
		kdb5_util list_mkeys </dev/null
		kadmin.local cpw -pw x alice 2>/dev/null
		# krb5kdc and kinit have nowhere to listen, nobody to ask.
		not timeout 10 krb5kdc -n
		echo old | not kinit -c FILE:cc bob
	)
	[ "$(cd "$FLOW_SOURCE" && canonical primary)" = "$(cat digest2)" ]
	rm -rf look
	restore -q --into look --at "$(cat between)" | not grep .
	[ "$(looked)" = "$(cat digest1)" ]
	rm -rf look
	mkdir -m 755 look
	restore -q --into look/ --archive realm.archive --identity age.key
	[ "$(stat -c %a look)" = 700 ]
	[ "$(looked)" = "$(cat digest2)" ]
	cmp look/stash stash
	rm -rf look
	rm primary/stash
	restore -q --into look --archive - --identity age.key \
	    --generation 1.1 <realm.archive
	[ "$(looked)" = "$(cat digest1)" ]
	cmp look/stash stash
	cp stash primary/stash
	# On another host of the realm, by that host's stash.
	rm -rf look
	realm_on replica1 kdc-restore -q --into look --archive realm.archive
	[ "$(looked)" = "$(cat digest2)" ]
	clean
}

@test "the recipe: one deleted principal comes back, with his old password" {
	kdc_start primary
	kadmind_start
	not login primary bob old
	restore -q --into look --generation 1.1
	# As the manual has it.
	there kdb5_util dump "$REALM_DIR/bob" bob@EXAMPLE.TEST
	[ "$(wc -l <bob)" = 2 ]
	kadmind_stop
	kdc_stop primary
	realm_on primary kdb5_util load -update "$REALM_DIR/bob"
	kdc_start primary
	kadmind_start
	login primary bob old
	login primary alice other
	not login primary alice a
	# Policies are as they are now, and kadmind still works.
	admin_local 'getpol p' 2>/dev/null | grep '^Minimum password length: 9'
	admin 'modprinc +requires_preauth bob'
	login primary bob old
	snapshot -q
	run realm_on primary kdc-archive diff 1.1 current
	echo "$output"
	[[ $output == *"3 differ: 0 added, 0 removed,"* ]]
	admin_local 'delprinc -force bob' >/dev/null 2>&1
	kadmind_stop
	kdc_stop primary
}

@test "into: a directory that will not do is not touched" {
	mkdir look
	echo mine >look/file
	one_line 73 "look: not empty; name a directory that is" \
	    restore --into look --generation 1.1
	[ "$(ls -A look)" = file ]
	[ "$(cat look/file)" = mine ]
	one_line 73 "look/file: not a directory" \
	    restore --into look/file --generation 1.1
	one_line 73 "gone/look: its directory: No such file" \
	    restore --into gone/look --generation 1.1
	one_line 73 "two words: its name has other characters" \
	    restore --into "two words" --generation 1.1
	[ ! -e "two words" ]
	rm look/file
	chmod 777 look
	one_line 73 "writable by nobody else" \
	    restore --into look --generation 1.1
	[ "$(stat -c %a look)" = 777 ]
	chmod 700 look
	restore -q --into look --generation 1.1
	one_line 73 "look: not empty" restore --into look --generation 1.1
	# Somebody fills it at the same time.
	rm -rf look
	mkdir look
	: >look/.kdc-restore
	python3 -c 'import fcntl, os, struct, time
fd = os.open("look/.kdc-restore", os.O_RDWR)
fcntl.fcntl(fd, 37, struct.pack("hhlli", fcntl.F_WRLCK, 0, 0, 0, 0))
print("held", flush=True)
time.sleep(20)' >held 3>&- &
	local other=$!
	for _ in $(seq 100); do
		[ ! -s held ] || break
		sleep 0.1
	done
	one_line 75 "look/.kdc-restore: " restore --into look --generation 1.1
	kill $other
	wait $other || :
	restore -q --into look --generation 1.1
	if [ "$(id -u)" != 0 ]; then
		mkdir -p locked
		chmod 500 locked
		one_line 73 "Permission denied" \
		    restore --into locked/look --generation 1.1
		chmod 700 locked
	fi
}

@test "into: no such source, damaged, the wrong key: one line, nothing left" {
	refused 65 "9.9: no such generation here" --generation 9.9
	refused 65 "2020-01-01: no generation here is that old" --at 2020-01-01
	refused 66 "nothing: no such file" --archive nothing
	refused 65 "age.key: not an archive" --archive age.key
	refused 65 "realm.archive: generation 1.7 is not in it" \
	    --archive realm.archive --generation 1.7
	refused 65 "no identity matched any of the recipients; nothing was decrypted" \
	    --archive realm.archive --identity other.key
	refused 65 "--identity nobody: no such file" \
	    --archive realm.archive --identity nobody
	refused 65 "no-stash.archive: has no stash for --identity to open" \
	    --archive no-stash.archive --identity age.key
	# Cut and flipped: 83-archive.bats does it everywhere.
	local size at
	size=$(stat -c %s realm.archive)
	for at in 0 1 511 512 4096 $((size / 2)) $((size - 1025)); do
		head -c "$at" realm.archive >damaged
		refused 65 "damaged: " --archive damaged
	done
	for at in 600 5000 $((size / 3)) $((size * 2 / 3)); do
		cp realm.archive damaged
		python3 - "$at" <<-'END'
		import sys
		f = open("damaged", "r+b")
		f.seek(int(sys.argv[1]))
		c = f.read(1)[0]
		f.seek(int(sys.argv[1]))
		f.write(bytes([c ^ 4]))
		END
		refused 65 "damaged: " --archive damaged
	done
}

@test "into: no stash: said first, and there is still much to be seen" {
	rm primary/stash
	restore --into look --archive realm.archive >out 2>err
	cat out err
	[ "$(wc -l <err)" = 1 ]
	grep -q 'stash: no such file, .*; --identity opens the stash that the archive has$' err
	grep -q '; no stash, so no keys$' out
	[ ! -e look/stash ]
	# kdb5_util's own exit status says 1 then; the dump is whole.
	there kdb5_util dump "$REALM_DIR/dump" 2>/dev/null || :
	[ "$(python3 "$FLOW_SOURCE/tests/canon.py" dump | sha256sum |
	    cut -d' ' -f1)" = "$(cat digest2)" ]
	rm -rf look
	restore -q --into look --archive no-stash.archive 2>err
	grep -q 'stash: no such file, .*; put the realm' err
	# One that does not fit.
	head -c 40 stash >primary/stash
	refused 65 "primary/stash: does not fit generation 1.2" --generation 1.2
	(
		REALM_DIR=$REALM_DIR/other-realm
		realm_make -d -n 0 "$REALM_DIR"
	)
	cp other-realm/primary/stash primary/stash
	refused 65 "the stash does not open K/M; put the stash of that time there" \
	    --generation 1.2
	refused 65 "the stash does not open K/M; --identity opens the stash" \
	    --archive realm.archive
	restore -q --into look --archive realm.archive --identity age.key
}

@test "into: a disk that fills up: one line, and it is empty again" {
	[ "$(id -u)" = 0 ] || skip "only root can mount a small tmpfs"
	local size rc=1
	mkdir look
	for size in 8 12 16 20 24 28 32 36 40 48 56 64 128; do
		mount -t tmpfs -o size=${size}k,mode=700 kdcsync look ||
		    skip "this host does not let us mount a tmpfs"
		rc=0
		restore -q --into look --generation 1.1 >out 2>err || rc=$?
		echo "$size: $rc $(cat err)"
		ls -A look >left
		umount look
		[ $rc != 0 ] || break
		{ [ $rc = 73 ] || [ $rc = 74 ]; }
		[ "$(wc -l <err)" = 1 ]
		grep -q 'No space left\|is the disk full' err
		[ ! -s left ]
	done
	[ $rc = 0 ]
	[ $size -gt 20 ]
	clean
}

@test "into: killed at any write, the next one ends well" {
	local n last rc step
	restore -q --into look --generation 1.1 &&
	    rm -rf look
	realm_on primary ./faultat -c count "$REALM_DIR" \
	    kdc-restore -q --into look --generation 1.1 || {
		rc=$?
		[ $rc != 77 ] || skip "this host does not let us trace"
		return $rc
	}
	last=$(wc -l <count)
	step=${STEP:-5}
	for ((n = 1; n <= last; n += step)); do
		rm -rf look
		rc=0
		realm_on primary ./faultat -n $n -c call "$REALM_DIR" \
		    kdc-restore -q --into look --generation 1.1 2>err || rc=$?
		echo "$n: $rc $(cat call) $(ls -A look 2>/dev/null | tr '\n' ' ')"
		[ $rc != 0 ] || [ $n -gt $((last - 2)) ]
		# Without the mark it is whole.
		if [ -e look/.kdc-restore ] || [ ! -e look ] ||
		    [ -z "$(ls -A look)" ]; then
			restore -q --into look --generation 1.1
		fi
		[ "$(looked)" = "$(cat digest1)" ]
		[ ! -e look/.kdc-restore ]
		# A full disk instead.
		rm -rf look
		rc=0
		realm_on primary ./faultat -e ENOSPC -n $n "$REALM_DIR" \
		    kdc-restore -q --into look --generation 1.1 2>err || rc=$?
		[ $rc != 0 ] || [ "$(looked)" = "$(cat digest1)" ]
		echo "    $rc $(cat err)"
	done
	echo "# $last points, every ${step}th" >&3
}
