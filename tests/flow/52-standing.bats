#!/usr/bin/env bats
# Goal of this test: the primary keeps its copy of the database, and a run writes
# into it only what moved.  Where that is nothing but login counters there is no walk
# and no generation; but whatever else moved, in the database or in the copy, behind
# our back too, is seen.
bats_require_minimum_version 1.5.0

setup_file() {
	load lib.bash
	local i
	export REALM_DIR
	REALM_DIR=$(flow_dir)
	realm_make -d -n 1 "$REALM_DIR"
	for i in {1..60}; do
		echo "addprinc -pw secret +requires_preauth user$i"
	done >"$REALM_DIR/queries"
	echo 'addpol -maxlife 9d strict' >>"$REALM_DIR/queries"
	realm_on primary kadmin.local <"$REALM_DIR/queries" >/dev/null 2>&1
	kdc_start primary
	snapshot -q
}

setup() {
	load lib.bash
	DB=$REALM_DIR/primary/db/principal
	COPY=$DB.kdcsync/snapshot/principal
	STATE=$REALM_DIR/primary/state
	# One that nobody wrote to after the last run.
	snapshot -q
	WAS=$(current generation)
}

teardown_file() {
	load lib.bash
	realm_end
	rm -rf "$REALM_DIR"
}

logins() {
	local i
	for i in 3 17 42 58; do
		login primary user$i secret
	done
	login primary user5 wrong 2>/dev/null || :
	not cmp -s "$DB" "$COPY"
}

counted() {
	run snapshot
	echo "$output"
	[ "$status" = 0 ]
	grep -q 'nothing but login counters moved' <<<"$output"
	[ "$(current generation)" = "$WAS" ]
}

# walked NEXT: no shortcut, the truth is signed, and the copy is right again.
walked() {
	run snapshot
	echo "$output"
	[ "$status" = 0 ]
	not grep -q 'nothing but login counters moved' <<<"$output"
	grep -q ', \(walked\|read\) and proved in' <<<"$output"
	[ "$(current generation)" = "$1" ]
	[ "$(current dump-sha256)" = "$(canonical primary)" ]
	[ "$(canonical replica1)" = "$(canonical primary)" ]
	cmp "$DB" "$COPY"
	cmp "$DB.kadm5" "$COPY.kadm5"
}

# flip FILE NAME OFFSET: the lowest bit of the byte there, from the name in each record
# of that name; libdb2 leaves old ones in what is free of a page.
flip() {
	python3 - "$@" <<-'END'
	import re, sys
	path, name, at = sys.argv[1], sys.argv[2].encode(), int(sys.argv[3])
	with open(path, 'r+b') as f:
	    text = bytearray(f.read())
	    found = [m.end() for m in re.finditer(
	        rb'\x26\0.{36}..(?=' + name + b')', text, re.S)]
	    assert found
	    for i in found:
	        text[i + at] ^= 1
	    f.seek(0)
	    f.write(text)
	END
}

@test "logins alone: a comparison, no walk, no generation" {
	local as_of
	as_of=$(current as-of)
	logins
	counted
	[ "$(current as-of)" != "$as_of" ]
	cmp "$DB" "$COPY"
	# And again from there, and a change after it.
	logins
	counted
	admin_local 'cpw -pw other user4' >/dev/null
	walked $((WAS + 1))
	verify replica1 -q
}

@test "nothing at all: not even that" {
	at_rest primary
	snapshot -q
	run snapshot
	[ "$status" = 0 ]
	not grep -q 'login counters\|walked' <<<"$output"
}

@test "a change among many logins" {
	logins
	admin_local 'modprinc -maxlife 3h user20' >/dev/null
	logins
	walked $((WAS + 1))
}

@test "a policy alone" {
	admin_local 'modpol -maxlife 10d strict' >/dev/null
	logins
	walked $((WAS + 1))
}

@test "a new principal, and one less" {
	admin_local 'addprinc -randkey fresh' >/dev/null 2>&1
	walked $((WAS + 1))
	admin_local 'delprinc -force fresh' >/dev/null
	walked $((WAS + 2))
}

@test "another file under that name" {
	realm_on primary kdb5_util dump "$REALM_DIR/dump"
	realm_on primary kdb5_util load "$REALM_DIR/dump"
	walked "$WAS"
}

# 40 bytes in front of its name begins a record: length, attributes, lives, ...,
# counters from 22 to 34, ...
@test "a byte of a record that is no counter, behind our back" {
	logins
	flip "$DB" user30@ $((-40 + 3))
	walked $((WAS + 1))
	flip "$DB" user30@ $((-40 + 21))
	walked $((WAS + 2))
	flip "$DB" user30@ $((-40 + 22))
	WAS=$((WAS + 2))
	counted
	flip "$DB" user30@ $((-40 + 33))
	counted
	# tl_data: the modification's time
	flip "$DB" user30@ $((20 + 9))
	walked $((WAS + 1))
}

@test "a byte of the copy, its times put back or not" {
	local times
	for times in as-they-were new; do
		touch -r "$COPY" "$REALM_DIR/times"
		flip "$COPY" user31@ $((-40 + 3))
		[ $times = new ] || touch -r "$REALM_DIR/times" "$COPY"
		logins
		walked "$WAS"
	done
	# Of counters the copy is not the judge.
	touch -r "$COPY" "$REALM_DIR/times"
	flip "$COPY" user31@ $((-40 + 24))
	touch -r "$REALM_DIR/times" "$COPY"
	logins
	counted
	cmp "$DB" "$COPY"
}

@test "a copy that is not what it was is made anew, or mended" {
	local what
	for what in "rm $COPY" "rm $COPY.ok" "rm $COPY.kadm5" "truncate -s 8192 $COPY" \
	    "truncate -s +4096 $COPY" "truncate -s 5000 $COPY" "truncate -s 0 $COPY.kadm5" \
	    "chmod 644 $COPY" "ln $COPY $REALM_DIR/second" "ln -sfT $DB $COPY" \
	    "rm -r ${COPY%/*}" "chmod 755 ${COPY%/*}" "rm $STATE/copy" \
	    "truncate -s 30 $STATE/copy" "truncate -s 0 $STATE/copy"; do
		echo "$what"
		$what
		logins || :
		walked "$WAS"
		[ "$(stat -c '%a %h %F' "$COPY")" = "600 1 regular file" ]
		[ "$(stat -c %a "${COPY%/*}")" = 700 ]
		[ "$(stat -c '%h %F' "$DB")" = "1 regular file" ]
		rm -f "$REALM_DIR/second"
	done
	# Directories are not ours to remove.
	rm "$COPY"
	mkdir "$COPY"
	run snapshot
	[ "$status" = 74 ]
	grep -q "snapshot/principal: remove: Is a directory" <<<"$output"
	rmdir "$COPY"
	walked "$WAS"
}

# What was not flushed may be gone then, and the times still right.
@test "after another boot the copy is no proof" {
	sed -i 's/^boot: ./&f/; s/^\(boot: .*\).$/\1/' "$STATE/copy"
	logins
	walked "$WAS"
	logins
	counted
}

@test "a day after the last walk there is one" {
	sed -i "s/^time: .*/time: $(utc '25 hours ago')/" "$STATE/proof"
	logins
	walked "$WAS"
	logins
	counted
	# Which was no walk, so that the day goes on.
	sed -i "s/^time: .*/time: $(utc '23 hours ago')/" "$STATE/proof"
	logins
	counted
	grep -q "^time: $(utc '23 hours ago' | cut -c1-13)" "$STATE/proof"
}

# However busy the days are, and however often the pages alone are read.
@test "once a day libkdb5 walks the database itself" {
	logins
	counted
	sed -i "s/^time: .*/time: $(utc '25 hours ago')/" "$STATE/deep"
	logins
	walked "$WAS"
	grep -q ', walked and proved in' <<<"$output"
	not grep -q "^time: $(utc '25 hours ago' | cut -c1-13)" "$STATE/deep"
	rm "$STATE/deep"
	walked "$WAS"
	grep -q '^kdcsync-deep: 1$' "$STATE/deep"
	# A walk that reads the pages is none of libkdb5's.
	sed -i "s/^time: .*/time: $(utc '23 hours ago')/" "$STATE/deep"
	admin_local 'modprinc -maxlife 7h user9' >/dev/null
	walked "$((WAS + 1))"
	grep -q ', read and proved in' <<<"$output"
	grep -q "^time: $(utc '23 hours ago' | cut -c1-13)" "$STATE/deep"
}

# n [QUERY]: killed before call n of a run that has logins to count, and QUERY.
killed_at() {
	logins
	[ -z "${2-}" ] || admin_local "$2" >/dev/null
	realm_on primary "$FAULTAT" -n "$1" -c "$REALM_DIR/call" "$REALM_DIR" \
	    kdc-snapshot -q --no-ship || [ $? = 137 ]
	snapshot -q
	[ "$(current dump-sha256)" = "$(canonical primary)" ]
	cmp "$DB" "$COPY"
}

@test "killed at any call the copy is not taken for more than it is" {
	local n last
	FAULTAT=$REALM_DIR/faultat
	cc -O1 -o "$FAULTAT" tests/fault/faultat.c
	"$FAULTAT" "$REALM_DIR" true ||
	    skip "this host does not let one process trace another"
	logins
	realm_on primary "$FAULTAT" -c "$REALM_DIR/count" "$REALM_DIR" \
	    kdc-snapshot -q --no-ship
	last=$(wc -l <"$REALM_DIR/count")
	for ((n = 1; n <= last; n++)); do
		killed_at $n
	done
	[ "$(current generation)" = "$WAS" ]
	for ((n = 1; n <= last; n += 3)); do
		killed_at $n "modprinc -maxlife ${n}h user7"
	done
	[ "$(current generation)" -gt "$WAS" ]
	echo "# $last points" >&3
}

@test "a hash database has no such pages: each login is a walk" {
	realm_on primary kdb5_util dump "$REALM_DIR/dump"
	realm_on primary kdb5_util load -hash "$REALM_DIR/dump"
	walked "$WAS"
	login primary user9 secret
	walked "$WAS"
}
