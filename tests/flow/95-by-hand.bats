# Goal of this test: the README's words are true.
# - The restore by hand, extracted from README.md and executed literally, with
#   stock tools alone, brings back what the primary had, from a full bundle and
#   from a full one and a delta, in an epoch with a grant and in one without, and
#   going back from the newest generation to an older one; it
#   stops before the database at a wrong signature, grant, digest, base or stash.
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
	# A second epoch, under a grant.
	for key in operator granted; do
		ssh-keygen -q -t ed25519 -N '' -f "$REALM_DIR/$key"
	done
	printf 'operator@EXAMPLE.TEST namespaces="kdcsync-epoch" %s\n' \
	    "$(<"$REALM_DIR/operator.pub")" |
	    tee -a "$REALM_DIR/primary/etc/allowed_signers" \
		"$REALM_DIR/replica1/etc/allowed_signers" \
		>>"$REALM_DIR/allowed_signers"
	snapshot -q --print-grant "$REALM_DIR/granted.pub" --new-epoch \
	    >"$REALM_DIR/primary/etc/grant"
	ssh-keygen -q -Y sign -n kdcsync-epoch -f "$REALM_DIR/operator" \
	    "$REALM_DIR/primary/etc/grant" 2>/dev/null
	config_set primary grant "$REALM_DIR/primary/etc/grant"
	config_set primary signing_key "$REALM_DIR/granted"
	snapshot -q -o "$REALM_DIR/granted.bundle"
	admin_local 'cpw -pw d alice' >/dev/null
	snapshot -q
	canonical primary >"$REALM_DIR/digest.3"
	(cd "$REALM_DIR/primary/state/generations/2.2" &&
	    tar -cf "$REALM_DIR/granted.delta" manifest manifest.sig \
		grant grant.sig delta.*.zst)
	page by-hand-restore >"$REALM_DIR/by-hand"
	page by-hand-back >"$REALM_DIR/back"
	grep -q ' 1.40 ' "$REALM_DIR/back"
	[ "$(wc -l <"$REALM_DIR/by-hand")" -gt 20 ]
}

# page MARK: the shell block behind that mark in README.md.
page() {
	awk -v mark="<!-- $1 -->" '$0 == mark { here = 1; next }
	    here && /^```sh/ { on = 1; next }
	    on && /^```/ { exit }
	    on' README.md
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
	export OPERATOR=operator@EXAMPLE.TEST
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

@test "of an epoch with a grant, from a full bundle, a delta, a replica's seal" {
	BUNDLE=granted.bundle
	run realm_on replica1 sh by-hand
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *'Good "kdcsync-epoch" signature for operator@EXAMPLE.TEST'* ]]
	[ "$(cd "$FLOW_SOURCE" && canonical replica1)" = "$(cat digest.2)" ]
	DELTA=granted.delta
	run realm_on replica1 sh by-hand
	echo "$output"
	[ "$status" = 0 ]
	[ "$(cd "$FLOW_SOURCE" && canonical replica1)" = "$(cat digest.3)" ]
	# From the epoch before to this one.
	(cd primary/state/generations/2.2 && zstd -qf dump -o "$REALM_DIR/dump.zst")
	rm -rf seal
	mkdir seal
	tar xf replica1/state/seal.tar -C seal
	tar cf sealed -C seal manifest manifest.sig grant grant.sig \
	    -C "$REALM_DIR" dump.zst
	BUNDLE=sealed DELTA='' realm_on replica1 sh by-hand
	[ "$(cd "$FLOW_SOURCE" && canonical replica1)" = "$(cat digest.3)" ]
}

@test "an older generation: back from the newest, over the beginning of its epoch" {
	local n id
	n=1
	for id in 1.1 1.2; do
		# The newest is 2.2; 2.1 has the dump of 1.2.
		(cd primary/state/generations/2.2 && zstd -qf dump -o dump.zst &&
		    tar cf "$REALM_DIR/newest.bundle" manifest* grant* dump.zst)
		export BUNDLE=newest.bundle DELTA=
		sed "s/ 1\.40 / $id /" back >back.$id
		cd primary/state/generations
		# shellcheck source=/dev/null
		HOME=$REALM_DIR . "$REALM_DIR/back.$id"
		cd "$REALM_DIR"
		echo "$DELTA"
		[ "$(wc -w <<<"$DELTA")" = $((4 - n)) ]
		run realm_on replica1 sh by-hand
		echo "$output"
		[ "$status" = 0 ]
		[ "$(cd "$FLOW_SOURCE" && canonical replica1)" = "$(cat digest.$n)" ]
		[[ $output == *"generation: ${id#*.}"* ]]
		n=$((n + 1))
	done
	# What leads nowhere stops it.
	rm -rf replica1/db
	mkdir -m 700 replica1/db
	realm_on replica1 kdb5_util create -P other >/dev/null 2>&1
	cp primary/stash replica1/stash
	lost=$(sha256sum replica1/db/principal)
	DELTA=$(cut -d' ' -f3- <<<"$DELTA")
	[ -n "$DELTA" ]
	stopped
}

@test "of an epoch with a grant: stopped by a grant that does not fit" {
	rm -rf g
	mkdir g
	tar xf granted.bundle -C g
	BUNDLE=altered
	# Without it, and with half of it.
	tar cf altered -C g manifest manifest.sig dump.zst
	stopped
	tar cf altered -C g manifest manifest.sig grant dump.zst
	stopped
	# Another operator, another's word.
	tar cf altered -C g manifest manifest.sig grant grant.sig dump.zst
	OPERATOR=primary@EXAMPLE.TEST stopped
	cp g/grant grant
	sed 's/^time: .*/time: 2026-01-01T00:00:00Z/' grant >g/grant
	tar cf altered -C g manifest manifest.sig grant grant.sig dump.zst
	stopped
	# Well signed, for something else.
	for edit in 's/^realm: .*/realm: OTHER.TEST/' 's/^epoch: .*/epoch: 3/' \
	    's/^key: SHA256:./key: SHA256:_/'; do
		sed "$edit" grant >g/grant
		rm g/grant.sig
		ssh-keygen -q -Y sign -n kdcsync-epoch -f operator g/grant
		tar cf altered -C g manifest manifest.sig grant grant.sig \
		    dump.zst
		stopped
	done
	# A manifest of the key before.
	tar xf granted.bundle -C g
	rm g/manifest.sig
	ssh-keygen -q -Y sign -n kdcsync -f primary/etc/signing_key g/manifest
	tar cf altered -C g manifest manifest.sig grant grant.sig dump.zst
	stopped
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

@test "drop-ins and cron line stand in README as in the files" {
	cat "$FLOW_SOURCE"/scripts/systemd/*/10-kdcsync.conf |
	    grep -v '^#' | grep . | while IFS= read -r line; do
		grep -qF -- "$line" "$FLOW_SOURCE/README.md"
	done
	grep -v '^#' "$FLOW_SOURCE/scripts/cron.d/kdcsync" | grep . |
	    while IFS= read -r line; do
		grep -qF -- "$line" "$FLOW_SOURCE/README.md"
	done
}
