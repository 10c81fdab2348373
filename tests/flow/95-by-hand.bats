# Goal of this test: the README's words are true.
# - The restore by hand, extracted from README.md and executed literally, with
#   stock tools alone, brings back what the primary had, from a full bundle and
#   from a full one and a delta; it stops before the database at a wrong
#   signature, digest, base or stash.
# - The failures of the stock tools that it names are shown by the commands that
#   it shows.
# - The drop-in and the cron line that it prints are the files it names.

setup_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	REALM_DIR=$(flow_dir)
	export REALM_DIR
	realm_make -d -n 1 "$REALM_DIR"
	admin_local 'addprinc -pw a alice' 'addpol p' >/dev/null
	snapshot -q --no-ship -o "$REALM_DIR/full.bundle"
	canonical primary >"$REALM_DIR/digest.1"
	admin_local 'cpw -pw b alice' 'addprinc -pw c bob' >/dev/null
	snapshot -q
	canonical primary >"$REALM_DIR/digest.2"
	(cd "$REALM_DIR/primary/state/generations/1.2" &&
	    tar -cf "$REALM_DIR/delta.bundle" manifest manifest.sig delta.*.zst)
	awk '/^<!-- by-hand-restore -->/ { here = 1; next }
	    here && /^```sh/ { on = 1; next }
	    on && /^```/ { exit }
	    on' README.md >"$REALM_DIR/by-hand"
	[ "$(wc -l <"$REALM_DIR/by-hand")" -gt 20 ]
}

teardown_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	rm -rf "$REALM_DIR"
}

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	cd "$REALM_DIR"
	# A host with a stash and another database: something to lose.
	rm -rf replica1/db
	mkdir -m 700 replica1/db
	realm_on replica1 kdb5_util create -P other >/dev/null 2>&1
	cp primary/stash replica1/stash
	lost=$(sha256sum replica1/db/principal)
	export BUNDLE=full.bundle DELTA='' SIGNER=primary@EXAMPLE.TEST
	export ALLOWED=$REALM_DIR/allowed_signers
}

stopped() {
	run realm_on replica1 sh by-hand
	echo "$output"
	[ "$status" != 0 ]
	[ "$(sha256sum replica1/db/principal)" = "$lost" ]
}

@test "from a full bundle" {
	run realm_on replica1 sh by-hand
	echo "$output"
	[ "$status" = 0 ]
	[ "$(cd "$FLOW_SOURCE" && canonical replica1)" = "$(cat digest.1)" ]
	kdc_start replica1
	login replica1 alice a
	kdc_stop replica1
}

@test "from a full bundle and a delta" {
	DELTA=delta.bundle
	run realm_on replica1 bash by-hand
	echo "$output"
	[ "$status" = 0 ]
	[ "$(cd "$FLOW_SOURCE" && canonical replica1)" = "$(cat digest.2)" ]
}

@test "stopped by a wrong signature, digest, base or stash" {
	tar xf full.bundle
	sed -i 's/^principals: ./principals: 9/' manifest
	tar cf altered manifest manifest.sig dump.zst
	BUNDLE=altered stopped
	tar xf full.bundle
	zstd -qdf dump.zst
	head -n 5 dump | zstd -qf -o dump.zst
	tar cf altered manifest manifest.sig dump.zst
	BUNDLE=altered stopped
	tar xf full.bundle
	SIGNER=somebody@else stopped
	head -c 3000 full.bundle >altered
	BUNDLE=altered stopped
	# A delta for something else.
	tar xf delta.bundle
	mv delta.*.zst "delta.$(printf %064d 0).zst"
	tar cf altered manifest manifest.sig delta.*.zst
	rm delta.*.zst
	DELTA=altered stopped
	# The stash of another realm.
	realm_on replica1 kdb5_util -d "$REALM_DIR/other" create -P wrong \
	    -s >/dev/null 2>&1
	not cmp -s primary/stash replica1/stash
	stopped
}

@test "the failures of the stock tools are as README shows them" {
	# Every sh block of that section, in one shell, with the answers that
	# stand below the commands.
	awk '/^## Why not kprop/ { here = 1 }
	    /^## The picture/ { exit }
	    here && /^```sh/ { on = 1; next }
	    /^```/ { on = 0 }
	    on' "$FLOW_SOURCE/README.md" >why
	grep '^# ' why | sed 's/^# //' >expected
	[ "$(wc -l <expected)" -gt 8 ]
	run env -i PATH="$PATH" HOME="$HOME" LC_ALL=C TMPDIR="$REALM_DIR" \
	    bash -c '. ./why 2>&1 | grep -v "^Loading\|^Initializing\|^Master\|^It is\|master key name"'
	echo "$output"
	diff expected <(printf '%s\n' "$output" | grep -E '^[0-9]+$|^kadmin.local: ')
}

@test "drop-in and cron line stand in README as in the files" {
	while IFS= read -r line; do
		[ -z "$line" ] || [[ $line == \#* ]] ||
		    grep -qF -- "$line" "$FLOW_SOURCE/README.md"
	done <"$FLOW_SOURCE/scripts/systemd/krb5-kdc.service.d/10-kdcsync.conf"
	grep -v '^#' "$FLOW_SOURCE/scripts/cron.d/kdcsync" | grep . |
	    while IFS= read -r line; do
		grep -qF -- "$line" "$FLOW_SOURCE/README.md"
	done
}
