# make          build          make check    all tests      make lint
# make demo     see it work    make asan     unit tests under ASan and UBSan
# make deps     install what it needs (Debian)
# make check-hosts   three booted hosts, made by ansible-example/; as root
# make check-long   500 random cycles, 9,000 damaged databases; SEED=... and
#               EXAMINE_SEED=... for the same ones again
# make install  DESTDIR= PREFIX=
# make bench    kdcsync beside kprop, iprop and rsync: docs/benchmark.md
# make deb      packages for Debian in build/deb      make rpm   for Red Hat

# Programs go to PREFIX/sbin, where krb5kdc and kadmin.local live.

VERSION	= 0.1
PREFIX	= /usr
CC	?= cc
BUILD	= build
PKGS	= krb5 kdb libarchive libzstd libcrypto

CSTD	= -std=c11 -D_GNU_SOURCE
WARN	= -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
	  -Wmissing-prototypes -Wformat=2 -Wvla
HARDEN	= -fstack-protector-strong -fPIE -D_FORTIFY_SOURCE=2
LDHARD	= -pie -Wl,-z,relro -Wl,-z,now -Wl,--as-needed
OPT	= -O2 -g
# debian or redhat: names and paths, src/sys/units.h
FAMILY	= debian
SAN	=
WERROR	=

ALLFLAGS = $(CSTD) $(OPT) $(WARN) $(WERROR) $(if $(SAN),$(SAN),$(HARDEN)) \
	  -DKDCSYNC_VERSION='"$(VERSION)"' -DKDCSYNC_KRB5="\"$$(pkg-config --modversion krb5)\"" \
	  $$(pkg-config --cflags $(PKGS) | sed 's/-I/-isystem /g') $(if $(filter redhat,$(FAMILY)),-DFAMILY_REDHAT) $(CFLAGS)
LIBS	= $$(pkg-config --libs kdb krb5 libarchive libzstd libcrypto) \
	  -lkadm5srv_mit -lrsync -pthread

PROGRAMS = kdc-snapshot kdc-apply kdc-verify kdc-archive kdc-restore \
	  kdc-status
LIBSRC	= $(filter-out %/main.c,$(wildcard src/*/*.c src/*/*/*.c))
LIBOBJ	= $(LIBSRC:%.c=$(BUILD)/%.o)
UNITS	= $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))

all: $(PROGRAMS:%=$(BUILD)/%)

$(BUILD)/kdc-%: $(BUILD)/src/%/main.o $(BUILD)/libkdcsync.a
	$(CC) $(OPT) $(SAN) $(LDHARD) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/libkdcsync.a: $(LIBOBJ)
	rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/unit/%: tests/unit/%.c $(BUILD)/libkdcsync.a
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) -Isrc -MMD -MP -o $@ $< $(BUILD)/libkdcsync.a \
	    $(LDFLAGS) -pie -lcmocka $(LIBS)

# A story in about a minute: a primary, two replicas, what goes wrong.
demo:
	@bash scripts/deps.sh demo
	@$(MAKE) -s all
	@bash scripts/demo.sh

# All tests: rooms, units, then real KDCs, as many files at once as there are
# processors (JOBS=1: one after another).  FLOW=tests/flow/10-x.bats for one.
FLOW	= tests/flow
check:
	@bash scripts/deps.sh check
	@$(MAKE) -s -j$$(nproc) all check-unit
	@bash tests/rooms.sh
	@bash tests/at-once.sh bats --print-output-on-failure -- $(FLOW)

# Booted hosts, as root: ansible-example/ makes a primary and two replicas of three
# containers, and what an operator fears happens to them.
check-hosts:
	@bash tests/hosts/run.sh

check-long: all $(BUILD)/unit/test_examine
	@bash scripts/deps.sh check
	@EXAMINE_ROUNDS=$${EXAMINE_ROUNDS:-1000} \
	    EXAMINE_SEED=$${EXAMINE_SEED:-$$(date +%s)} \
	    $(BUILD)/unit/test_examine
	@CYCLES=$${CYCLES:-500} bats --print-output-on-failure \
	    tests/flow/97-cycles.bats

# Minutes, on a quiet machine: scripts/bench/run.sh has the settings.
bench: all $(BUILD)/bench/waits
	@bash scripts/deps.sh bench
	@scripts/bench/run.sh

$(BUILD)/bench/waits: scripts/bench/waits.c
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) -o $@ $< $(LDFLAGS) -pie -lkadm5clnt_mit \
	    $$(pkg-config --libs krb5) -lcom_err

check-unit: $(UNITS:%=$(BUILD)/unit/%)
	@bash tests/at-once.sh env -- $^

asan:
	$(MAKE) -j$$(nproc) BUILD=build/asan WERROR=-Werror OPT='-O1 -g' \
	    SAN='-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -fPIE' \
	    check-unit

SOURCES	= $(wildcard src/*/*.c src/*/*/*.c tests/unit/*.c scripts/bench/*.c)
MANUALS	= $(wildcard man/*.[58])
SCRIPTS	= $(wildcard scripts/*.sh scripts/*/*.sh scripts/*/*.bash tests/*.sh \
	  tests/flow/*.bash tests/hosts/*.sh tests/hosts/*.bash) .ci/run

lint:
	@bash scripts/deps.sh check
	clang-format --dry-run -Werror $(SOURCES)
	bash tests/lint.sh tidy $(filter src/%,$(SOURCES))
	cppcheck -q --std=c11 --error-exitcode=1 --inline-suppr \
	    --enable=warning,performance,portability \
	    --suppress=missingIncludeSystem -DKDCSYNC_VERSION='""' \
	    -DKDCSYNC_KRB5='""' src
	shellcheck -x $(SCRIPTS)
	bash tests/lint.sh man $(MANUALS)
	$(MAKE) -j$$(nproc) BUILD=build/gcc CC=gcc WERROR=-Werror all
	$(MAKE) -j$$(nproc) BUILD=build/clang CC=clang WERROR=-Werror all

# Units are installed and not enabled; the gates, below SHARE, go where an
# administrator copies them.
UNITDIR	= $(PREFIX)/lib/systemd/system
SHARE	= $(PREFIX)/share/kdcsync
COMPDIR	= $(PREFIX)/share/bash-completion/completions
GATES	= krb5-kdc.service.d krb5kdc.service.d krb5-admin-server.service.d

install: all
	install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/share/man/man5 \
	    $(DESTDIR)$(PREFIX)/share/man/man8 $(DESTDIR)$(UNITDIR)
	install -m 755 $(PROGRAMS:%=$(BUILD)/%) $(DESTDIR)$(PREFIX)/sbin
	install -m 644 $(wildcard man/*.5) $(DESTDIR)$(PREFIX)/share/man/man5
	install -m 644 $(wildcard man/*.8) $(DESTDIR)$(PREFIX)/share/man/man8
	install -D -m 644 scripts/completion/kdcsync.bash \
	    $(DESTDIR)$(COMPDIR)/kdcsync
	for p in $(PROGRAMS); do \
	    ln -sf kdcsync $(DESTDIR)$(COMPDIR)/$$p || exit 1; done
	install -m 644 $(wildcard scripts/systemd/kdcsync-*) $(DESTDIR)$(UNITDIR)
	install -D -m 644 scripts/systemd/kdcsync.sysusers \
	    $(DESTDIR)$(PREFIX)/lib/sysusers.d/kdcsync.conf
	install -D -m 644 scripts/systemd/kdcsync.tmpfiles \
	    $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/kdcsync.conf
	install -D -m 644 scripts/cron.d/kdcsync $(DESTDIR)$(SHARE)/cron.d/kdcsync
	for d in $(GATES); do install -D -m 644 scripts/systemd/$$d/10-kdcsync.conf \
	    $(DESTDIR)$(SHARE)/$$d/10-kdcsync.conf || exit 1; done
	install -D -m 644 scripts/systemd/krb5-admin-server.service.d/10-kdcsync.conf \
	    $(DESTDIR)$(SHARE)/kadmin.service.d/10-kdcsync.conf

# In a copy: nothing is left in the tree, nor is what was built here used.
deb rpm:
	@bash scripts/packaging/build.sh $@ $(VERSION) $(abspath $(BUILD)/$@)

clean:
	rm -rf build

-include $(shell find build -name '*.d' -type f 2>/dev/null)

deps:
	@bash scripts/deps.sh check

.PHONY: all bench deb deps demo check check-hosts check-long check-unit asan lint install \
	clean rpm
.SECONDARY:
