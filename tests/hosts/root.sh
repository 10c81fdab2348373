#!/bin/bash
# root.sh: a bare Debian 12 that boots, in the cache; prints its directory.
# The first time it takes some minutes and Debian's mirror, then nothing.
# In it: systemd, sshd, python3 for ansible, and, downloaded but not installed,
# what the playbook installs, so that hosts without a network can run it.
#
# The cache is KDCSYNC_CACHE, else XDG_CACHE_HOME/kdcsync, else ~/.cache/kdcsync.
# Exit status 77, with the reason on stderr, where it cannot be made.
set -eu
PATH=$PATH:/usr/sbin:/sbin
umask 022
SUITE=bookworm
INSTALLED=systemd,systemd-sysv,dbus,python3,python3-apt,openssh-server,iproute2
DOWNLOADED=(krb5-kdc krb5-admin-server krb5-user age openssh-client
	libarchive13 librsync2 libzstd1 adduser)

cache=${KDCSYNC_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/kdcsync}
# Another list or another way of making it is another root.
root=$cache/root-$SUITE-$(grep -v '^[[:space:]]*#' "$0" | sha256sum | cut -c 1-12)
log=$cache/root.log

cannot() {
	echo "root.sh: $*" >&2
	exit 77
}

# The mirror that this machine's own apt uses: the only one it may reach.
# shellcheck disable=SC2016 # words of apt's, not of the shell's
mirror() {
	apt-get indextargets --format '$(SITE) $(RELEASE)' 'Created-By: Packages' |
	    awk -v suite=$SUITE '$2 == suite { print $1; exit }'
}

# The same mirrors inside, security too, without those of other projects.
# shellcheck disable=SC2016
sources() {
	apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' \
	    'Created-By: Packages' |
	    awk -v suite=$SUITE '$3 == "main" && index($2, suite) == 1 {
		print "deb", $1, $2, $3 }' | sort -u
}

if [ -e "$root/made" ]; then
	echo "$root/tree"
	exit
fi
[ "$(id -u)" = 0 ] || cannot "only root can make a root"
command -v debootstrap >/dev/null || cannot "no debootstrap"
site=$(mirror)
[ -n "$site" ] || cannot "apt knows no mirror of $SUITE"

mkdir -p "$cache" || cannot "no place for it; KDCSYNC_CACHE names another"
echo "root.sh: making $root: some minutes, log in $log" >&2
work=$(mktemp -d "$cache/making.XXXXXX") || cannot "$cache: cannot write there"
trap 'rm -rf "$work"' EXIT
tree=$work/tree
in_tree() {
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
	    DEBIAN_FRONTEND=noninteractive chroot "$tree" "$@" </dev/null
}
if ! {
	debootstrap --variant=minbase --include=$INSTALLED $SUITE "$tree" "$site" &&
	echo force-unsafe-io >"$tree/etc/dpkg/dpkg.cfg.d/unsafe-io" &&
	sources >"$tree/etc/apt/sources.list" &&
	cp /etc/resolv.conf "$tree/etc/resolv.conf" &&
	in_tree apt-get update -q &&
	in_tree apt-get upgrade -q -y &&
	in_tree apt-get clean &&
	in_tree apt-get install -q -y --no-install-recommends --download-only \
	    "${DOWNLOADED[@]}"
} >"$log" 2>&1; then
	tail -n 5 "$log" >&2
	cannot "debootstrap or apt failed; $log has the rest"
fi
# Each host makes keys and names of its own.
rm -f "$tree"/etc/ssh/ssh_host_* "$tree/etc/hostname" "$tree/etc/resolv.conf"
: >"$tree/etc/machine-id"
: >"$work/made"
# Those that nobody has mounted.
for old in "$cache"/root-*/; do
	grep -qF "lowerdir=${old}tree," /proc/mounts || rm -rf "$old"
done
# Another run may have been faster.
mv -T "$work" "$root" 2>/dev/null || [ -e "$root/made" ]
echo "$root/tree"
