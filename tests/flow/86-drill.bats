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
	cp -a primary/stash stash
	mkdir odd
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	realm_remove
}

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	cd "$REALM_DIR"
	cp -a stash primary/stash
	rm -rf look odd/krb5kdc
}

teardown() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	realm_end
	: >"$REALM_DIR/running"
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
	# What a replica has sealed, if nothing else is asked for.
	rm -rf look
	realm_on replica1 kdc-restore --into look >out
	grep -q '^# generation 1\.2, taken ' out
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

@test "the recipe, when the realm has another master key by now" {
	cp -a primary later
	sed -i "s,primary,later,g" later/etc/kdcsync.conf later/kdc.conf \
	    later/krb5.conf later/env later/etc/daemon
	(
		realm_env later
		printf 'm\nm\n' | kdb5_util add_mkey -s
		sleep 1.1
		kdb5_util use_mkey 2
		kdb5_util update_princ_encryption -f
		kdb5_util purge_mkeys -f
		kdb5_util stash
	) >/dev/null 2>&1
	# This host's stash is of no use for what was then; the archive's is.
	one_line 65 "later/stash: does not fit generation 1.1" \
	    realm_on later kdc-restore --into look --archive realm.archive \
	    --generation 1.1
	restore -q --into look --archive realm.archive --generation 1.1 \
	    --identity age.key
	there kdb5_util dump -mkey_convert \
	    -new_mkey_file "$REALM_DIR/later/stash" "$REALM_DIR/bob" \
	    bob@EXAMPLE.TEST
	[ "$(wc -l <bob)" = 2 ]
	realm_on later kdb5_util load -update "$REALM_DIR/bob"
	kdc_port=$(realm_port primary kdc)
	process_start later kdc "$kdc_port" krb5kdc -n
	login later bob old
	process_stop later/run/kdc.pid
	rm -rf later
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

@test "into: asked to stop at any flush, it is as it was" {
	strace -o /dev/null true 2>/dev/null ||
		skip "this host does not let us trace"
	local n rc stopped=0
	for n in 1 2 3 4 5 6 7 8; do
		rc=0
		realm_on primary strace -o /dev/null -e trace=fsync \
		    -e inject=fsync:signal=SIGTERM:when=$n \
		    kdc-restore -q --into look --generation 1.1 \
		    >out 2>err || rc=$?
		echo "$n: $rc $(cat err)"
		if [ $rc = 0 ]; then
			[ "$(looked)" = "$(cat digest1)" ]
			rm -rf look
			continue
		fi
		stopped=$((stopped + 1))
		[ $rc = 143 ]
		[ "$(grep -c '^kdc-restore: ' err)" = 1 ]
		grep -q 'stopped by signal 15' err
		[ ! -e look ] || [ "$(looked)" = "$(cat digest1)" ]
		rm -rf look
	done
	[ $stopped -gt 3 ]
	clean
}

# --- drill ------------------------------------------------------------------

# rehearse ARG...: kdc-restore on the primary, with the krb5kdc that odd made, if
# it did; by another CLOCK, in faketime's words.
rehearse() {
	(
		realm_env primary
		[ ! -e odd/krb5kdc ] || PATH=$REALM_DIR/odd:$PATH
		${CLOCK:+faketime -f "$CLOCK"} kdc-restore "$@"
	)
}

# drill ARCHIVE ARG...: as the canary.
drill() {
	rehearse --canary "$REALM_DIR/canary.keytab" --drill "$@"
}

# failed STATUS STEP TEXT COMMAND...: one line on stdout says which step, one on
# stderr why.
failed() {
	local status=$1 step=$2 text=$3 rc=0
	shift 3
	"$@" >out 2>err || rc=$?
	echo "$rc: $(cat out err)"
	[ "$rc" = "$status" ]
	[ "$(wc -l <out)" = 1 ]
	grep -q "^drill failed: could not $step, from .*, after [0-9.]* s$" out
	[ "$(wc -l <err)" = 1 ]
	grep -qF -- "$text" err
	gone
}

# Nothing is left of a drill.
gone() {
	clean
	not pgrep -f "$REALM_DIR/primary/state/drill"
	[ -z "$(drill_kdcs)" ]
}

# The krb5kdcs that have the environment of a drill of this realm.
drill_kdcs() {
	grep -lsz "^KRB5_CONFIG=$REALM_DIR/primary/state/drill/krb5.conf$" \
	    /proc/[0-9]*/environ || :
}

# odd: the script on stdin is krb5kdc from now on; REAL is the real one, DRILL
# the drill's directory.
odd() {
	{
		echo '#!/bin/bash'
		echo "REAL=$(PATH=/usr/sbin:$PATH command -v krb5kdc)"
		echo "REALM_DIR=$REALM_DIR"
		echo "DRILL=$REALM_DIR/primary/state/drill"
		cat
	} >odd/krb5kdc
	chmod 700 odd/krb5kdc
}

# metric NAME: its value.
metric() {
	sed -n "s/^kdcsync_drill_$1{realm=\"EXAMPLE.TEST\"} //p" metrics
}

@test "drill: a login at a krb5kdc that has only the archive; a line, a metric" {
	local start
	start=$(date +%s)
	drill realm.archive --metrics metrics >out 2>err
	cat out err
	[ ! -s err ]
	[ "$(wc -l <out)" = 1 ]
	grep -qE "^drill good: generation 1\.2 as of 20[-0-9T:]*Z from realm.archive, 47 principals, recovered in [0-9.]+ s \(read [0-9.]+, built [0-9.]+, proved [0-9.]+, KDC up [0-9.]+, login [0-9.]+\)$" out
	gone
	[ "$(stat -c %a metrics)" = 644 ]
	[ "$(metric success)" = 1 ]
	[ "$(metric principals)" = 47 ]
	[ "$(metric timestamp_seconds)" -ge "$start" ]
	[ "$(metric success_timestamp_seconds)" = "$(metric timestamp_seconds)" ]
	[ "$(metric as_of_timestamp_seconds)" = \
	    "$(date -d "$(sed 's/.* as of \([^ ]*\) .*/\1/' out)" +%s)" ]
	[[ $(metric duration_seconds) =~ ^[0-9]+\.[0-9]{3}$ ]]
	[ "$(grep -c '^# TYPE .* gauge$' metrics)" = 6 ]
	# On a host that has no stash, nor a realm that answers.
	rm primary/stash
	drill realm.archive -q --identity age.key --principal canary |
	    not grep .
	# The live database and the state directory are as they were.
	[ "$(cd "$FLOW_SOURCE" && canonical primary)" = "$(cat digest2)" ]
	gone
}

@test "drill: of a directory, the newest of this realm; what it is not is named" {
	rm -rf all
	mkdir all all/sub
	echo "about these" >all/README
	cp realm.archive all/.incoming
	(
		REALM_DIR=$REALM_DIR/second
		realm_make -d -n 0 "$REALM_DIR" OTHER.TEST
		snapshot -q --no-ship
		realm_on primary kdc-archive write -q "$REALM_DIR/../all/foreign"
	)
	failed 66 "read archive and keys" "all: no archive of EXAMPLE.TEST in it" \
	    drill all -q
	cp realm.archive all/b
	realm_on primary kdc-archive write -q --generation 1.1 all/a
	ln -s "$REALM_DIR/nowhere" all/link
	touch -d '1 day ago' all/a
	# By its own time, not by the file's.
	drill all >out 2>err
	cat out err
	grep -q '^drill good: generation 1\.1 as of .* from all/a, 48 princ' out
	grep -q 'all/README: not an archive; passed over$' err
	grep -q 'all/foreign: an archive of OTHER.TEST; passed over$' err
	[ "$(wc -l <err)" = 2 ]
	# The newest is what must be good.
	cp all/a all/c
	python3 - <<-'END'
	f = open("all/a", "r+b")
	f.seek(600)
	f.write(b"?")
	END
	failed 65 "read archive and keys" "all/a: index: " drill all -q
	rm all/a
	head -c 9000 all/c >all/d
	rm all/c
	failed 65 "read archive and keys" "all/d: " drill all -q
	failed 66 "read archive and keys" "nothing: no such file" drill nothing
}

@test "drill: no other KDC is asked, and none is taken for its own" {
	# One of the same realm that runs, where the canary has a new key.
	admin_local 'cpw -randkey canary' >/dev/null 2>&1
	kdc_start primary
	not realm_on primary kinit -k -t canary.keytab canary
	cp primary/log/krb5.log before 2>/dev/null || : >before
	drill realm.archive >out 2>err
	grep -q '^drill good' out
	not grep -c 'AS_REQ' <(comm -13 <(sort before) <(sort primary/log/krb5.log))
	# It answers in place of the drill's own: the same realm, a good key.
	rm -f live.keytab
	admin_local "ktadd -k $REALM_DIR/live.keytab -norandkey canary" \
	    >/dev/null 2>&1
	odd <<-'END'
	port=$(sed -n 's/.*kdc_listen = 127.0.0.1://p' "$KRB5_KDC_PROFILE")
	sed "s/listen = 127.0.0.1:.*/listen = 127.0.0.1:$port/" \
	    "$REALM_DIR/primary/kdc.conf" >"$REALM_DIR/odd/kdc.conf"
	echo "x krb5kdc[$$](info): commencing operation" >"$DRILL/krb5kdc.log"
	KRB5_CONFIG=$REALM_DIR/primary/krb5.conf \
	    KRB5_KDC_PROFILE=$REALM_DIR/odd/kdc.conf exec "$REAL" -n
	END
	failed 69 "log in" "a ticket came, and the krb5kdc of this rehearsal has not issued it" \
	    rehearse --drill realm.archive \
	    --canary live.keytab
	kdc_stop primary
}

@test "drill: whoever cannot log in" {
	failed 66 "read archive and keys" "nobody: no such file" \
	    realm_on primary kdc-restore --drill realm.archive --canary nobody
	failed 66 "read archive and keys" "age.key: not a keytab" \
	    realm_on primary kdc-restore --drill realm.archive --canary age.key
	failed 66 "read archive and keys" "canary.keytab: has no key of alice" \
	    drill realm.archive --principal alice
	failed 66 "read archive and keys" "has no key of canary@OTHER.TEST" \
	    drill realm.archive --principal canary@OTHER.TEST
	# One that the archive has not, and one whose key is another by now.
	cp canary.keytab odd.keytab
	admin_local 'addprinc -randkey late' 'cpw -randkey canary' \
	    "ktadd -k $REALM_DIR/odd.keytab -norandkey late" >/dev/null 2>&1
	failed 69 "log in" "login as late@EXAMPLE.TEST: kinit: Client 'late@EXAMPLE.TEST' not found" \
	    realm_on primary kdc-restore --drill realm.archive \
	    --canary odd.keytab --principal late
	rm odd.keytab
	admin_local "ktadd -k $REALM_DIR/odd.keytab -norandkey canary" \
	    >/dev/null 2>&1
	failed 69 "log in" "does the keytab have the key it had when" \
	    realm_on primary kdc-restore --drill realm.archive \
	    --canary odd.keytab
	# No stash, a wrong one, the wrong key.
	failed 65 "read archive and keys" "no identity matched" \
	    drill realm.archive --identity other.key
	rm primary/stash
	failed 66 "read archive and keys" "--identity opens the stash" \
	    drill realm.archive
	head -c 40 stash >primary/stash
	failed 65 "prove it" "primary/stash: does not fit generation 1.2" \
	    drill realm.archive
}

@test "drill: a failure keeps what the last good one left in the metrics" {
	rm -f metrics
	failed 66 "read archive and keys" "nothing: no such file" \
	    drill nothing --metrics metrics
	[ "$(metric success)" = 0 ]
	[ "$(metric success_timestamp_seconds)" = 0 ]
	drill realm.archive -q --metrics metrics
	local succeeded duration as_of
	succeeded=$(metric success_timestamp_seconds)
	duration=$(metric duration_seconds)
	as_of=$(metric as_of_timestamp_seconds)
	[ "$succeeded" -gt 0 ]
	sleep 1.1
	failed 66 "read archive and keys" "nothing: no such file" \
	    drill nothing --metrics metrics
	[ "$(metric success)" = 0 ]
	[ "$(metric timestamp_seconds)" -gt "$succeeded" ]
	[ "$(metric success_timestamp_seconds)" = "$succeeded" ]
	[ "$(metric duration_seconds)" = "$duration" ]
	[ "$(metric as_of_timestamp_seconds)" = "$as_of" ]
	# Metrics that nobody gets are a failure, too.
	one_line 73 "gone/metrics: " drill realm.archive -q \
	    --metrics gone/metrics
}

@test "drill: no krb5kdc, one that does not start, one that never answers" {
	odd <<-'END'
	echo "a reason of its own" >&2
	exit 1
	END
	failed 69 "start krb5kdc" "does not start on what was restored: a reason of its own; look" \
	    drill realm.archive
	odd <<-'END'
	sed -i 's/database_name = /&\/gone/' "$KRB5_KDC_PROFILE"
	exec "$REAL" -n
	END
	failed 69 "start krb5kdc" "krb5kdc: does not start on what was restored: " \
	    drill realm.archive
	odd <<-'END'
	exec sleep 600
	END
	CLOCK='+0 x10' failed 69 "start krb5kdc" "within 30 s" \
	    drill realm.archive
	rm odd/krb5kdc
	[ "$(id -u)" = 0 ] || return 0
	# Nor in /usr/sbin.
	mkdir -p nothing.d
	unshare -m true 2>/dev/null || return 0
	failed 69 "start krb5kdc" "krb5kdc: not in PATH, nor in /usr/sbin; install" \
	    unshare -m bash -c "mount --bind $REALM_DIR/nothing.d /usr/sbin &&
	    . $FLOW_SOURCE/scripts/realm.sh && REALM_DIR=$REALM_DIR &&
	    realm_on primary kdc-restore --drill realm.archive \
	    --canary canary.keytab"
}

@test "drill: a port that another took meanwhile" {
	rm -f odd/taken
	odd <<-'END'
	port=$(sed -n 's/.*kdc_listen = 127.0.0.1://p' "$KRB5_KDC_PROFILE")
	if [ ! -e "$REALM_DIR/odd/taken" ]; then
		python3 -c 'import os, socket, sys, time
	s = socket.socket()
	s.bind(("127.0.0.1", int(sys.argv[1])))
	s.listen(8)
	open(sys.argv[2], "w").write(str(os.getpid()))
	time.sleep(30)' $port "$REALM_DIR/odd/taken" >/dev/null 2>&1 3>&- &
		while [ ! -s "$REALM_DIR/odd/taken" ]; do sleep 0.05; done
	fi
	echo $port >>"$REALM_DIR/odd/ports"
	exec "$REAL" -n
	END
	drill realm.archive >out 2>err
	cat out err
	kill "$(cat odd/taken)"
	grep -q '^drill good' out
	[ ! -s err ]
	[ "$(sort -u odd/ports | wc -l)" = 2 ]
	# Again and again.
	odd <<-'END'
	echo "Address already in use" >&2
	exit 1
	END
	failed 69 "start krb5kdc" "5 ports of 127.0.0.1 were taken" \
	    drill realm.archive
}

@test "drill: asked to stop, or killed: nothing runs on, nothing stays" {
	local signal pid i rc
	odd <<-'END'
	echo $$ >"$REALM_DIR/odd/pid"
	exec sleep 600
	END
	for signal in TERM INT KILL; do
		rm -f odd/pid metrics
		drill realm.archive --metrics metrics \
		    >out 2>err 3>&- &
		for ((i = 0; i < 200; i++)); do
			[ ! -s odd/pid ] || break
			sleep 0.05
		done
		[ -e primary/state/drill/stash ]
		# Another one waits for none, and takes nothing away.
		one_line 75 "drill.lock: " drill realm.archive
		[ -e primary/state/drill/stash ]
		[ -n "$(drill_kdcs)" ]
		pid=$(pgrep -f "kdc-restore --canary $REALM_DIR" | head -n 1)
		# Background jobs of a shell ignore SIGINT; nohup's are like that.
		[ $signal != INT ] || signal=HUP
		kill -$signal "$pid"
		rc=0
		wait $! || rc=$?
		echo "$signal: $rc $(cat out err)"
		[ $rc -gt 128 ]
		[ ! -s out ]
		for ((i = 0; i < 100; i++)); do
			[ -n "$(drill_kdcs)" ] || break
			sleep 0.05
		done
		[ -z "$(drill_kdcs)" ]
		not readlink "/proc/$(cat odd/pid)/exe"
		[ ! -e metrics ]
		if [ $signal = KILL ]; then
			[ -e primary/state/drill/stash ]
			[ "$(stat -c %a primary/state/drill)" = 700 ]
		else
			gone
			grep -q 'stopped by signal' err
		fi
	done
	# The next one sweeps.
	rm odd/krb5kdc
	drill realm.archive -q
	gone
}

@test "drill: on a terminal a line says which step it is at; in a pipe none does" {
	local say=". $FLOW_SOURCE/scripts/realm.sh; REALM_DIR=$REALM_DIR;
	    TERM=xterm realm_on primary kdc-restore"
	SHELL=/bin/bash run script -qec \
	    "$say --drill realm.archive --canary canary.keytab" /dev/null
	printf '%q\n' "${lines[@]}"
	[ "$status" = 0 ]
	[[ $output == *"[####....................................] 1 of 5: read archive and keys, 0 s"* ]]
	[[ $output == *"] 5 of 5: log in, 0 s"* ]]
	# And is taken away again.
	[[ ${lines[-1]} == *$'\033[J'"drill good: "* ]]
	SHELL=/bin/bash run script -qec "$say --into look --generation 1.1" \
	    /dev/null
	[ "$status" = 0 ]
	[[ $output == *"] 3 of 3: prove, 0 s"* ]]
	drill realm.archive 2>&1 | cat >out
	[ "$(wc -l <out)" = 1 ]
	not grep -q $'\033' out
}

@test "drill: its timer's unit is sound, and needs no network but its own" {
	if command -v systemd-analyze >/dev/null; then
		mkdir -p units
		sed "s,/usr/sbin/kdc-restore,$REALM_BUILD/kdc-restore," \
		    "$FLOW_SOURCE/scripts/systemd/kdcsync-drill.service" \
		    >units/kdcsync-drill.service
		cp "$FLOW_SOURCE/scripts/systemd/kdcsync-drill.timer" units/
		run systemd-analyze verify --man=no units/kdcsync-drill.service \
		    units/kdcsync-drill.timer
		echo "$output"
		[ "$status" = 0 ]
		[ -z "$output" ]
	fi
	unshare -n true 2>/dev/null ||
		skip "this host does not let us have a network of our own"
	realm_on primary unshare -n sh -c "ip link set lo up &&
	    kdc-restore --drill realm.archive --canary canary.keytab"
}
