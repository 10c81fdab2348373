#!/bin/bash
# bench-restore.sh [PRINCIPALS [RUNS]]: how long it takes until a KDC answers again
# when all that is left is an archive of so many principals (100000): kdc-restore
# --drill, and beside it, in the same run, what kdb5_util load alone takes for the
# dump in it, which proves nothing.  With real programs, on a throw-away realm; a
# minute or two.
set -eu
count=${1:-100000} runs=${2:-3}
source=$(cd "$(dirname "$0")/.." && pwd)
cd "$source"
# shellcheck source=scripts/realm.sh
. scripts/realm.sh
make -s all
dir=$(mktemp -d /tmp/kdcsync-bench.XXXXXX)
trap 'realm_remove; rm -rf "$dir"' EXIT
realm_make -d -n 0 "$dir/realm"

# seconds COMMAND...: what it takes; what it prints goes to $dir/said.
seconds() {
	local start end
	start=$(date +%s%N)
	"$@" >"$dir/said" 2>&1 || {
		cat "$dir/said" >&2
		return 1
	}
	end=$(date +%s%N)
	awk -v ns=$((end - start)) 'BEGIN { printf "%.2f\n", ns / 1e9 }'
}

admin_local 'addprinc -randkey canary' \
    "ktadd -k $dir/canary.keytab -norandkey canary" >/dev/null 2>&1
realm_on primary kdb5_util dump "$dir/small"
python3 scripts/synthetic.py "$count" 1 <"$dir/small" >"$dir/large"
realm_on primary kdb5_util load "$dir/large"
rm "$dir/small" "$dir/large"
realm_on primary kdc-snapshot -q --no-ship
age-keygen -o "$dir/age.key" 2>/dev/null
echo "$count principals, archive written in $(seconds realm_on primary \
    kdc-archive write -q --stash --recipient "$(age-keygen -y "$dir/age.key")" \
    "$dir/archive") s, $(stat -c %s "$dir/archive") bytes," \
    "dump $(stat -c %s "$REALM_DIR"/primary/state/generations/1.1/dump) bytes"
# What the primary has must be of no use.
mv "$REALM_DIR/primary/db" "$dir/was"
mkdir "$REALM_DIR/primary/db"
mv "$REALM_DIR/primary/stash" "$dir/"
for ((i = 0; i < runs; i++)); do
	all=$(seconds realm_on primary kdc-restore --drill "$dir/archive" \
	    --identity "$dir/age.key" --canary "$dir/canary.keytab")
	sed "s,$dir/,," "$dir/said"
	mkdir "$dir/load"
	load=$(seconds realm_on primary kdb5_util -d "$dir/load/principal" load \
	    "$REALM_DIR/primary/state/generations/1.1/dump")
	rm -r "$dir/load"
	echo "  all of it $all s; kdb5_util load alone $load s"
done
