# make          build          make check    all tests      make lint
# make demo     see it work    make asan     unit tests under ASan and UBSan
# make deps     install what it needs (Debian)
# make install  DESTDIR= PREFIX=

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
SAN	=
WERROR	=

ALLFLAGS = $(CSTD) $(OPT) $(WARN) $(WERROR) $(if $(SAN),$(SAN),$(HARDEN)) \
	  -DKDCSYNC_VERSION='"$(VERSION)"' -DKDCSYNC_KRB5="\"$$(pkg-config --modversion krb5)\"" \
	  $$(pkg-config --cflags $(PKGS) | sed 's/-I/-isystem /g') $(CFLAGS)
LIBS	= $$(pkg-config --libs kdb krb5 libarchive libzstd libcrypto) \
	  -lkadm5srv_mit -lrsync

PROGRAMS = kdc-snapshot kdc-apply kdc-verify
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

check-unit: $(UNITS:%=$(BUILD)/unit/%)
	@for t in $^; do echo "== $$t"; ./$$t || exit 1; done

asan:
	$(MAKE) BUILD=build/asan WERROR=-Werror OPT='-O1 -g' \
	    SAN='-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -fPIE' \
	    check-unit

clean:
	rm -rf build

-include $(shell find build -name '*.d' 2>/dev/null)

.PHONY: all check-unit asan clean
.SECONDARY:
