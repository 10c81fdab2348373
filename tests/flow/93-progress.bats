# Goal of this test: whoever waits at a terminal for a long walk sees how many records
# are done, of how many, how many a second, and the time left; nobody else sees any of
# it: not a pipe, not with --quiet, not who waits less than a second.
bats_require_minimum_version 1.5.0

setup_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	realm_make -d -n 1 "$REALM_DIR"
	realm_on primary kdb5_util dump "$REALM_DIR/small"
	python3 scripts/synthetic.py 5000 1 <"$REALM_DIR/small" \
	    >"$REALM_DIR/large"
	realm_on primary kdb5_util load "$REALM_DIR/large"
	snapshot -q
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	realm_end
	rm -rf "$REALM_DIR"
}

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	# The disk is slow: a quarter of a second for each write of the dump.
	SLOW="strace -f -qq -o $REALM_DIR/trace -e trace=write,pwrite64"
	SLOW="$SLOW -e inject=write,pwrite64:delay_enter=250000:when=1..8"
	LINE='proved: [0-9]+ of 500[0-9] records, [0-9]+ a second, [0-9]+ s left'
}

# terminal HOST COMMAND...: as at a terminal.
terminal() {
	local host=$1
	shift
	SHELL=/bin/bash TERM=xterm realm_on "$host" script -qec "$*" /dev/null
}

@test "kdc-verify, kdc-snapshot and a rehearsal tell at a terminal how far they are" {
	run -0 terminal replica1 "$SLOW kdc-verify"
	[[ $output =~ $LINE ]]
	[[ $output == *"kdcsync OK"* ]]
	admin_local 'addprinc -pw a alice' >/dev/null
	run -0 terminal primary "$SLOW kdc-snapshot --no-ship"
	[[ $output =~ $LINE ]]
	run -0 terminal primary "$SLOW kdc-restore --into $REALM_DIR/look" \
	    "--generation 1.1"
	echo "$output"
	[[ $output =~ ${LINE/proved/built} ]]
	[[ $output =~ \[[#.]+\]\ 3\ of\ 3:\ prove,\ [0-9]+\ s.?.?$LINE ]]
}

@test "not with --quiet, not in a pipe, not for a moment's work" {
	run -0 terminal replica1 "$SLOW kdc-verify -q"
	[[ $output != *records* ]]
	run -0 realm_on replica1 $SLOW kdc-verify
	[[ $output != *records* ]]
	run -0 terminal primary "$SLOW kdc-snapshot --no-ship --cron"
	[[ $output != *records* ]]
}
