build-helper7/unit/test_state: tests/unit/test_state.c \
 tests/unit/golden.h src/format/bytes.h tests/unit/said.h \
 tests/unit/scratch.h src/sys/say.h src/store/state.h \
 src/store/../format/digest.h src/store/config.h \
 src/store/../format/manifest.h src/store/../format/bytes.h \
 src/store/../format/digest.h src/store/../format/dump.h \
 src/store/../format/record.h src/store/kdb/files.h \
 src/store/kdb/../../sys/lock.h src/store/kdb/place.h \
 src/store/kdb/../../format/manifest.h src/sys/file.h \
 src/sys/../format/bytes.h src/sys/../format/digest.h
tests/unit/golden.h:
src/format/bytes.h:
tests/unit/said.h:
tests/unit/scratch.h:
src/sys/say.h:
src/store/state.h:
src/store/../format/digest.h:
src/store/config.h:
src/store/../format/manifest.h:
src/store/../format/bytes.h:
src/store/../format/digest.h:
src/store/../format/dump.h:
src/store/../format/record.h:
src/store/kdb/files.h:
src/store/kdb/../../sys/lock.h:
src/store/kdb/place.h:
src/store/kdb/../../format/manifest.h:
src/sys/file.h:
src/sys/../format/bytes.h:
src/sys/../format/digest.h:
