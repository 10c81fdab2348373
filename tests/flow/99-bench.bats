# Goal of this test: "make bench" runs to its end on a small realm, measures each of
# its ways, and writes its page and its plot; not what they say.  rsync and gnuplot
# are for "make bench" only: without them it says so.
bats_require_minimum_version 1.5.0

setup() {
	export PYTHONDONTWRITEBYTECODE=1
	. "$BATS_TEST_DIRNAME/lib.bash"
	getent hosts "$(hostname)" >/dev/null || [ "$(id -u)" = 0 ] ||
	    skip "kprop wants the address of $(hostname), which nobody knows"
	make -s all build/bench/waits
	DIR=$(flow_dir)
}

teardown() {
	rm -rf "${DIR:?}"
}

# One point is no line; two sizes are, and what nobody measured is left out.
panels() {
	mkdir "$DIR/less"
	grep -v sweep "$DIR/out/300.tsv" >"$DIR/less/300.tsv"
	run -0 python3 scripts/bench/tables.py "$DIR/less" "$DIR/less/page.md"
	grep -q '^No plot: one size' "$DIR/less/page.md"
	grep -v 'sweep\|rsync' "$DIR/out/300.tsv" | sed 's/^300/600/' \
	    >"$DIR/less/600.tsv"
	sed -i '/rsync/d' "$DIR/less/300.tsv"
	run -0 python3 scripts/bench/tables.py "$DIR/less" "$DIR/less/page.md"
	[[ $output != *arning* ]]
	grep -q '</svg>' "$DIR/less/benchmark.svg"
	rm -r "$DIR/less"
}

@test "a benchmark of 300 principals writes its tables" {
	export SIZES=300 REPEAT=1 SWEEP=300 FLEET="300 3" BENCH_TMP=$DIR
	export OUT=$DIR/out PAGE=$DIR/page.md
	run -0 scripts/bench/run.sh
	echo "$output"
	[ -s "$DIR/out/300.tsv" ]
	local ways="first ours cold kprop iprop quiet logins load apply-full
	    sweep-ours sweep-kprop sweep-iprop fleet fleet-quiet"
	! command -v rsync || ways="$ways rsync sweep-rsync"
	for way in $ways; do
		cut -f 3,4 "$DIR/out/300.tsv" | grep -qx "$way	ms"
	done
	# The replica has it before the command ends.
	for way in first ours cold quiet logins sweep-ours; do
		awk -v way="$way" '$3 == way && $4 == "ms" { ms += $5 }
		    $3 == way && $4 == "sealed" { sealed += $5 }
		    END { exit !(sealed > 0 && sealed <= ms + 1) }' \
		    "$DIR/out/300.tsv"
	done
	# As the programs print it.
	for what in copied examined bytes sealed; do
		cut -f 3,4 "$DIR/out/300.tsv" | grep -qx "ours	$what"
	done
	cut -f 3,4 "$DIR/out/300.tsv" | grep -qx "logins	compared"
	cut -f 3,4 "$DIR/out/300.tsv" | grep -qx "apply-full	filled"
	cut -f 3,4 "$DIR/out/300.tsv" | grep -qx "apply-full	proved"
	# What no line of a table may lack.
	for title in "The machine" "What it is to reach" "Who waits" \
	    "Bytes on the wire" "Processor time" "Memory" \
	    "Cost against change" "Many replicas"; do
		grep -qx "## $title" "$DIR/page.md"
	done
	[[ $output != *arning* ]]
	if command -v gnuplot; then
		grep -q '</svg>' "$DIR/benchmark.svg"
		panels
	else
		grep -q '^No plot' "$DIR/page.md"
		: >"$DIR/benchmark.svg"
	fi
	# Nothing stays but what was asked for.
	[ "$(ls "$DIR")" = "benchmark.svg
out
page.md" ]
}

@test "a change leaves alone what an earlier one deleted" {
	cd scripts/bench
	: >"$DIR/gone"
	for turn in 1 2 3 4; do
		python3 changes.py 40 7 $turn 5 1 8 "$DIR/gone"
	done >"$DIR/queries"
	[ "$(sort -u "$DIR/gone" | wc -l)" = 32 ]
	# deleted in one turn, touched in a later one?
	awk '$1 == "delprinc" { gone[$3]; next }
	    $NF in gone { print; bad = 1 }
	    END { exit bad }' "$DIR/queries"
	run -1 python3 changes.py 40 7 5 9 0 0 "$DIR/gone"
	[[ $output == *"not so many are left"* ]]
}

@test "how long a lock was held is read from strace" {
	printf '%s\n' \
	    '7 1.000000 fcntl(3</x/ok>, F_OFD_SETLKW, {l_type=F_RDLCK} <unfinished ...>' \
	    '8 1.100000 fcntl(4</y/ok>, F_OFD_SETLKW, {l_type=F_RDLCK}) = 0 <0.1>' \
	    '7 1.500000 <... fcntl resumed>) = 0 <0.500000>' \
	    '7 1.600000 close(9</x/other>) = 0 <0.000010>' \
	    '7 1.750000 fcntl(3</x/ok>, F_OFD_SETLKW, {l_type=F_UNLCK}) = 0 <0.000000>' \
	    '7 2.000000 fcntl(3</x/ok>, F_OFD_SETLK, {l_type=F_RDLCK}) = 0 <0.000000>' \
	    '7 2.100000 close(3</x/ok>) = 0 <0.000000>' >"$DIR/strace"
	run -0 python3 scripts/bench/locked.py /x/ok <"$DIR/strace"
	[ "$output" = 250.000 ]
	run -1 python3 scripts/bench/locked.py /z/ok <"$DIR/strace"
}
