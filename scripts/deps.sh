#!/bin/bash
# Installs the Debian packages kdcsync needs, from the list beside it.
#	deps.sh [build|demo|check|hosts|bench]	each of the first three includes
#	those before, the last two the first three
# Does nothing, and needs no network and no root, when all are there.
set -eu
PATH=$PATH:/usr/sbin:/sbin
list=$(dirname "$0")/packages

case ${1:-check} in
build)	groups=build ;;
demo)	groups='build|demo' ;;
check)	groups='build|demo|check' ;;
hosts)	groups='build|demo|check|hosts' ;;
bench)	groups='build|demo|check|bench' ;;
*)	echo "usage: deps.sh [build|demo|check|hosts|bench]" >&2
	exit 64 ;;
esac

# The packages of these groups, one a line.
wanted() {
	awk -v groups="^($groups)\$" \
	    '/^[^#]/ && $2 ~ groups { print $1 }' "$list"
}

# Those of them that are not installed.
missing() {
	local p
	for p in $(wanted); do
		dpkg-query -W -f='${db:Status-Status}\n' "$p" 2>/dev/null |
		    grep -qx installed || echo "$p"
	done
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		echo "deps.sh: only root can install packages; as root:" >&2
		echo "  apt-get update && apt-get install" \
		    "--no-install-recommends" "${need[@]}" >&2
		exit 77
	fi
}

if ! command -v dpkg-query >/dev/null; then
	echo "deps.sh: not Debian; see to what $list names yourself" >&2
	exit 0
fi
mapfile -t need < <(missing)
[ ${#need[@]} -gt 0 ] || exit 0

echo "installing: ${need[*]}"
for p in "${need[@]}"; do
	case $p in
	krb5-kdc|krb5-admin-server)
		echo "note: $p's own service cannot start without a realm;" \
		    "what Debian says about it is harmless" ;;
	prometheus)
		echo "note: on a host with systemd Debian starts prometheus on" \
		    "port 9090; systemctl disable --now prometheus" ;;
	openssh-server)
		echo "note: on a host with systemd Debian starts sshd on" \
		    "port 22; systemctl disable --now ssh" ;;
	esac
done
as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q
as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
    --no-install-recommends "${need[@]}"
mapfile -t need < <(missing)
if [ ${#need[@]} -gt 0 ]; then
	echo "deps.sh: still missing: ${need[*]}" >&2
	exit 1
fi
