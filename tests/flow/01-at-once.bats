# Goal of this test: files that run at once are told apart in what is printed, each
# is judged, none outlives the one who is told to stop, and realms made at the
# same moment share no port.
bats_require_minimum_version 1.5.0

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	cd "$BATS_TEST_TMPDIR"
}

# job NAME <COMMANDS: in f/, a file to be run with sh.
job() {
	mkdir -p f
	cat >"f/$1.bats"
}

at_once() {
	"$FLOW_SOURCE/tests/at-once.sh" sh -- "$@"
}

@test "one that fails is named, with its lines whole, and the rest run" {
	# Each sees the other at work, so that their lines would mix.
	job one <<-'END'
	: >one; echo begin one
	until [ -e two ]; do sleep 0.05; done; echo end one
	END
	job two <<-'END'
	: >two; echo begin two
	until [ -e one ]; do sleep 0.05; done; echo not ok two; exit 3
	END
	job three <<<'echo three'
	JOBS=2 run -1 at_once f/three.bats f
	[ "$(grep -c '^== f/' <<<"$output")" = 3 ]
	[[ $output =~ f/one.bats:\ [0-9]+\ s$'\n'begin\ one$'\n'end\ one ]]
	[[ $output =~ f/two.bats:\ [0-9]+\ s:\ exit\ status\ 3$'\n'begin\ two$'\n'not\ ok\ two ]]
	[ "${lines[-1]}" = "== 1 of 3 failed: f/two.bats" ]
	rm f/two.bats one
	: >two
	JOBS=2 run -0 at_once f
	[[ $output != *failed* ]]
}

@test "no more than JOBS at once, in the order in which they are named" {
	local n
	for n in 1 2 3 4 5; do
		job $n <<-'END'
		mkdir "busy$PORTS_PLACE" || exit
		echo "${0##*/}" >>order
		sleep 0.2
		rmdir "busy$PORTS_PLACE"
		ls -d busy* 2>/dev/null | wc -l
		END
	done
	JOBS=1 run -0 at_once f/4.bats f
	[ "$(tr -d '\n' <order)" = 4.bats1.bats2.bats3.bats5.bats ]
	not grep -qx '[1-9]' <<<"$output"
	JOBS=3 run -0 at_once f
	not grep -qx '[3-9]' <<<"$output"
}

@test "one file alone has our input, output and exit status" {
	job one <<<'cat; exit 7'
	run -7 at_once f <<<"as typed"
	[ "$output" = "as typed" ]
}

@test "signals that we ignore are not ignored by what we run" {
	job one <<<'kill -HUP $$; echo lives'
	job two <<<'kill -INT $$; echo lives'
	(trap '' HUP INT
	run -1 at_once f
	echo "$output" >out)
	cat out
	not grep lives out
	grep -q '^== 2 of 2 failed' out
}

@test "no file, a wrong number of jobs: usage" {
	run -64 at_once
	job one <<<:
	JOBS=0 run -64 at_once f
	JOBS=x run -64 at_once f
}

@test "told to stop: so are all, and they clean up" {
	local n signal pid rc
	for n in one two; do
		job $n <<-'END'
		trap 'kill $!; wait; rm -f "$0.lives"; exit 1' INT
		: >"$0.lives"
		sleep 600 &
		echo $! >"$0.pid"
		wait
		END
	done
	for signal in INT TERM HUP; do
		rc=0
		# A shell's job in the background never sees an INT.
		env --default-signal=INT JOBS=2 \
		    "$FLOW_SOURCE/tests/at-once.sh" sh -- f >out 2>&1 3>&- &
		pid=$!
		until [ -s f/one.bats.pid ] && [ -s f/two.bats.pid ]; do
			sleep 0.05
		done
		kill -$signal $pid
		wait $pid || rc=$?
		[ $rc = $([ $signal = INT ] && echo 130 || echo 143) ]
		[ "$(tail -n 1 out)" = "== stopped by SIG$signal" ]
		[ ! -e f/one.bats.lives ]
		[ ! -e f/two.bats.lives ]
		for n in one two; do
			not kill -0 "$(<f/$n.bats.pid)"
			rm "f/$n.bats.pid"
		done
	done
}

@test "realms of two places never choose the same ports" {
	local n
	for n in 1 2 3 4 5 6 7 8; do
		PORTS_PLACE=0 PORTS_PLACES=2 port_block 16
	done >first
	for n in 1 2 3 4 5 6 7 8; do
		PORTS_PLACE=1 PORTS_PLACES=2 port_block 16
	done >second
	# Blocks of 16: the even ones are the one's.
	awk '($1 - 20000) / 16 % 2 != 0 || $1 > 31984 { exit 1 }' first
	awk '($1 - 20000) / 16 % 2 != 1 || $1 > 31984 { exit 1 }' second
}
