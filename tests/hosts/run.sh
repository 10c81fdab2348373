#!/bin/bash
# run.sh [BATS-FILE...]: what `make check-hosts` does.  Boots three hosts, runs
# the tests of this directory in them, in order: each goes on where the one
# before ended; removes the hosts.  KEEP=1 leaves them, and says how to go there.
# Where hosts cannot be booted, says why, and that is all: exit status 0.
set -eu
cd "$(dirname "$0")/../.."
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C.UTF-8 HOME=${HOME:-/root}
# shellcheck source=tests/hosts/hosts.bash
. tests/hosts/hosts.bash

skip() {
	echo "check-hosts: skipped: $*"
	exit 0
}

finish() {
	if [ -n "${KEEP:-}" ]; then
		echo "The hosts are left running.  To go there, and to end them:"
		echo "  . tests/hosts/hosts.bash; hosts_use $HOSTS_DIR"
		echo "  host_run kdc2 bash"
		echo "  hosts_remove"
	else
		hosts_remove
	fi
}

[ "$(id -u)" = 0 ] || skip "needs root"
bash scripts/deps.sh hosts || skip "packages are missing, and cannot be installed"
why=$(hosts_can 2>&1) || skip "$why"
root=$(bash tests/hosts/root.sh) || {
	[ $? = 77 ] || exit 1
	skip "no Debian root"
}
why=$(hosts_can_run "$root" 2>&1) || skip "$why"
make -s deb
HOSTS_DIR=$(mktemp -d "$HOSTS_TMP.XXXXXX")
export HOSTS_DIR
trap 'exit 143' HUP INT TERM
trap finish EXIT
hosts_make "$HOSTS_DIR" "$root" kdc1 kdc2 kdc3
bats --print-output-on-failure "${@:-tests/hosts}"
