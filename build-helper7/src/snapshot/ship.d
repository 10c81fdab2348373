build-helper7/src/snapshot/ship.o: src/snapshot/ship.c \
 src/snapshot/ship.h src/snapshot/../store/config.h \
 src/snapshot/../store/../format/manifest.h \
 src/snapshot/../store/../format/bytes.h \
 src/snapshot/../store/../format/digest.h \
 src/snapshot/../store/../format/dump.h \
 src/snapshot/../store/../format/record.h src/snapshot/../store/seal.h \
 src/snapshot/../store/../format/bytes.h src/snapshot/../store/state.h \
 src/snapshot/../store/../format/digest.h src/snapshot/../store/config.h \
 src/snapshot/../store/kdb/files.h \
 src/snapshot/../store/kdb/../../sys/lock.h \
 src/snapshot/../store/kdb/place.h \
 src/snapshot/../store/kdb/../../format/manifest.h src/snapshot/ahead.h \
 src/snapshot/../format/hello.h src/snapshot/../format/bundle.h \
 src/snapshot/../format/digest.h src/snapshot/../format/manifest.h \
 src/snapshot/pack.h src/snapshot/../format/verdict.h \
 src/snapshot/../format/bytes.h src/snapshot/../format/dump.h \
 src/snapshot/../sys/newfile.h src/snapshot/../sys/proc.h \
 src/snapshot/../sys/../format/bytes.h src/snapshot/../sys/say.h \
 src/snapshot/../sys/words.h
src/snapshot/ship.h:
src/snapshot/../store/config.h:
src/snapshot/../store/../format/manifest.h:
src/snapshot/../store/../format/bytes.h:
src/snapshot/../store/../format/digest.h:
src/snapshot/../store/../format/dump.h:
src/snapshot/../store/../format/record.h:
src/snapshot/../store/seal.h:
src/snapshot/../store/../format/bytes.h:
src/snapshot/../store/state.h:
src/snapshot/../store/../format/digest.h:
src/snapshot/../store/config.h:
src/snapshot/../store/kdb/files.h:
src/snapshot/../store/kdb/../../sys/lock.h:
src/snapshot/../store/kdb/place.h:
src/snapshot/../store/kdb/../../format/manifest.h:
src/snapshot/ahead.h:
src/snapshot/../format/hello.h:
src/snapshot/../format/bundle.h:
src/snapshot/../format/digest.h:
src/snapshot/../format/manifest.h:
src/snapshot/pack.h:
src/snapshot/../format/verdict.h:
src/snapshot/../format/bytes.h:
src/snapshot/../format/dump.h:
src/snapshot/../sys/newfile.h:
src/snapshot/../sys/proc.h:
src/snapshot/../sys/../format/bytes.h:
src/snapshot/../sys/say.h:
src/snapshot/../sys/words.h:
