build-helper7/unit/test_sign: tests/unit/test_sign.c tests/unit/golden.h \
 src/format/bytes.h tests/unit/said.h tests/unit/scratch.h src/sys/say.h \
 src/store/sign.h src/store/../format/bytes.h src/store/config.h \
 src/store/../format/manifest.h src/store/../format/bytes.h \
 src/store/../format/digest.h src/store/../format/dump.h \
 src/store/../format/record.h src/sys/file.h src/sys/../format/bytes.h \
 src/sys/../format/digest.h src/sys/proc.h
tests/unit/golden.h:
src/format/bytes.h:
tests/unit/said.h:
tests/unit/scratch.h:
src/sys/say.h:
src/store/sign.h:
src/store/../format/bytes.h:
src/store/config.h:
src/store/../format/manifest.h:
src/store/../format/bytes.h:
src/store/../format/digest.h:
src/store/../format/dump.h:
src/store/../format/record.h:
src/sys/file.h:
src/sys/../format/bytes.h:
src/sys/../format/digest.h:
src/sys/proc.h:
