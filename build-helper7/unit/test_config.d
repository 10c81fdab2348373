build-helper7/unit/test_config: tests/unit/test_config.c \
 tests/unit/said.h tests/unit/scratch.h src/sys/say.h src/store/config.h \
 src/store/../format/manifest.h src/store/../format/bytes.h \
 src/store/../format/digest.h src/store/../format/dump.h \
 src/store/../format/record.h
tests/unit/said.h:
tests/unit/scratch.h:
src/sys/say.h:
src/store/config.h:
src/store/../format/manifest.h:
src/store/../format/bytes.h:
src/store/../format/digest.h:
src/store/../format/dump.h:
src/store/../format/record.h:
