# Goal of this test: the packages build, hold what they should, and do to a KDC
# what an administrator asks for, nothing else.
# - make deb: three packages, lintian says nothing; make rpm: three, with Red
#   Hat's paths and names.
# - Installed into a copy of this machine (an overlay, chroot): nothing is enabled,
#   no gate, a user who owns incoming/; the gate by one command.
# - Purge leaves the state directory, unless told.

bats_require_minimum_version 1.5.0

setup_file() {
	. "$BATS_TEST_DIRNAME/lib.bash"
	P=$BATS_FILE_TMPDIR
	export P
	[ "$(id -u)" = 0 ] || return 0
	M=/run/kdcsync-test.$$
	export M
}

teardown_file() {
	if [ -n "${M:-}" ] && [ -d "$M" ]; then
		umount -l "$M"
		rmdir "$M"
	fi
}

setup() {
	. "$BATS_TEST_DIRNAME/lib.bash"
}

needs() {
	command -v "$1" >/dev/null || skip "$1 is missing: apt-get install $2"
}

# In the copy.
inside() {
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
	    DEBIAN_FRONTEND=noninteractive HOME=/root \
	    unshare -m --propagation private sh -c \
	    'mount -t proc proc "$0/proc"; cd /; exec chroot "$0" "$@"' \
	    "$M/tree" "$@" </dev/null
}

needs_copy() {
	[ -n "${M:-}" ] || skip "only root can chroot"
	[ -e "$P/deb/kdcsync-common"*.deb ] || skip "make deb did not"
	[ ! -e "$P/no-copy" ] || skip "no overlay of /: $(<"$P/no-copy")"
	[ ! -d "$M/tree/proc" ] || return 0
	mkdir "$M"
	mount -t tmpfs -o mode=755 kdcsync-test "$M"
	mkdir "$M"/{upper,work,tree}
	mount -t overlay kdcsync-test "$M/tree" 2>"$P/no-copy" \
	    -o "lowerdir=/,upperdir=$M/upper,workdir=$M/work" ||
		skip "no overlay of /: $(<"$P/no-copy")"
	rm "$P/no-copy"
	mkdir -p "$M/tree/root/deb"
	cp "$P"/deb/*.deb "$M/tree/root/deb/"
	rm -rf "$M/tree"/{etc,var/lib}/kdcsync
}

@test "make deb: three packages" {
	needs dh debhelper
	needs dpkg-buildpackage dpkg-dev
	run -0 make -s deb BUILD="$P"
	echo "$output"
	[ "$(cd "$P/deb" && echo *.deb)" = "$(echo kdcsync-{common,primary,\
replica}_0.1_"$(dpkg --print-architecture)".deb)" ]
	# The tree is as it was.
	[ -z "$(git status --porcelain debian)" ]
}

@test "each program, page, unit and completion is in one package, in its place" {
	local d prog
	[ -d "$P/deb" ] || skip "make deb did not"
	for d in "$P"/deb/*.deb; do
		dpkg-deb -c "$d" | awk '$1 !~ /^d/ { print $6 }'
	done | grep -v /usr/share/doc/ >"$P/list"
	[ -z "$(sort "$P/list" | uniq -d)" ]
	for prog in $(sed -n '/^PROGRAMS *=/,/[^\\]$/p' Makefile |
	    grep -oE 'kdc-[a-z]+'); do
		grep -qx "./usr/sbin/$prog" "$P/list"
		grep -qx "./usr/share/man/man8/$prog.8.gz" "$P/list"
		grep -qx "./usr/share/bash-completion/completions/$prog" "$P/list"
	done
	for unit in $(cd scripts/systemd && ls -d kdcsync-*); do
		grep -qx "./lib/systemd/system/$unit" "$P/list"
	done
	# Nothing that is at work without being asked.
	not grep -E '^./etc/|systemd/system/.*/' "$P/list"
	dpkg-deb -c "$P"/deb/kdcsync-primary* | grep -q /usr/sbin/kdc-snapshot
	dpkg-deb -c "$P"/deb/kdcsync-replica* | grep -q /usr/sbin/kdc-apply
}

@test "lintian: nothing to say" {
	[ -d "$P/deb" ] || skip "make deb did not"
	needs lintian lintian
	run lintian --allow-root --fail-on error,warning,info \
	    --info "$P"/deb/*.changes
	echo "$output"
	[ "$status" = 0 ]
	[ "$(grep -c '^[EWI]:' <<<"$output")" = 0 ]
}

@test "installed: a user and his directory; nothing enabled, no gate" {
	needs_copy
	run -0 inside sh -c 'dpkg -i /root/deb/*.deb'
	echo "$output"
	[[ $(inside kdc-verify --version) == "kdc-verify 0.1, krb5 "* ]]
	[ "$(inside stat -c '%U %a' /var/lib/kdcsync /var/lib/kdcsync/.ssh \
	    /var/lib/kdcsync/incoming | tr '\n' ' ')" = \
	    "root 711 root 755 kdcsync 700 " ]
	[[ $(inside getent passwd kdcsync) == \
	    kdcsync:*:/var/lib/kdcsync:/bin/sh ]]
	[ -z "$(inside find /etc/systemd/system -name '*kdcsync*')" ]
	[ -z "$(inside find /etc -name kdcsync -path '*cron*')" ]
	# A second time, an upgrade: the same.
	run -0 inside sh -c 'dpkg -i /root/deb/*.deb'
	[ -z "$(inside find /etc/systemd/system -name '*kdcsync*')" ]
}

@test "the gate: the one command that README.Debian says; removal warns of it" {
	needs_copy
	local line
	line=$(sed -n 's/^    \(cp -r .*krb5-kdc.service.d .*\)/\1/p' \
	    scripts/packaging/debian/kdcsync-common.README.Debian)
	[ -n "$line" ]
	inside mkdir -p /etc/systemd/system
	inside sh -c "$line"
	inside grep -q -- --gate \
	    /etc/systemd/system/krb5-kdc.service.d/10-kdcsync.conf
	run -0 inside dpkg -r kdcsync-primary kdcsync-replica kdcsync-common
	echo "$output"
	[[ $output == *"krb5-kdc.service.d/10-kdcsync.conf: still there; \
without kdc-verify that unit does not start"* ]]
	inside rm -r /etc/systemd/system/krb5-kdc.service.d
}

@test "purge leaves the state directory and what is in /etc/kdcsync, unless told" {
	needs_copy
	inside touch /var/lib/kdcsync/dump.x
	inside sh -c 'mkdir -p /etc/kdcsync; : >/etc/kdcsync/signing_key'
	inside sh -c 'dpkg -i /root/deb/kdcsync-common*.deb' >/dev/null
	run -0 inside dpkg -P kdcsync-primary kdcsync-replica kdcsync-common
	echo "$output"
	[[ $output == *"/var/lib/kdcsync stays; it holds the realm's keys"* ]]
	inside test -e /var/lib/kdcsync/dump.x
	inside test -e /etc/kdcsync/signing_key
	inside sh -c 'dpkg -i /root/deb/kdcsync-common*.deb' >/dev/null
	inside touch /etc/kdcsync/purge-state
	run -0 inside dpkg -P kdcsync-common
	inside test ! -e /var/lib/kdcsync
	inside test ! -e /etc/kdcsync/purge-state
	inside test -e /etc/kdcsync/signing_key
}

@test "make rpm: three packages, with Red Hat's paths and names" {
	needs rpmbuild rpm
	run -0 make -s rpm BUILD="$P"
	echo "$output"
	cd "$P/rpm"
	[ "$(find . -name '*.rpm' | wc -l)" = 3 ]
	rpm -qpl ./*/kdcsync-common*.rpm >"$P/rpm.list"
	grep -qx /usr/share/kdcsync/krb5kdc.service.d/10-kdcsync.conf "$P/rpm.list"
	grep -qx /usr/share/kdcsync/kadmin.service.d/10-kdcsync.conf "$P/rpm.list"
	not grep -q krb5-kdc "$P/rpm.list"
	rpm -qpl ./*/kdcsync-replica*.rpm | grep -qx /usr/sbin/kdc-apply
	rpm -qp --requires ./*/kdcsync-common*.rpm | grep -qx krb5-server
	# Nothing is enabled or started.
	for r in ./*/*.rpm; do
		not grep -E 'systemctl (enable|start|preset|restart)' \
		    < <(rpm -qp --scripts "$r")
	done
	# The names that it prints.
	rpm2archive - <"$(echo ./*/kdcsync-replica*.rpm)" |
	    tar xzO ./usr/sbin/kdc-apply >"$P/kdc-apply"
	grep -aq 'systemctl stop krb5kdc' "$P/kdc-apply"
	grep -aq '/var/kerberos/krb5kdc/kdc.conf' "$P/kdc-apply"
}
