build-helper7/src/snapshot/pack.o: src/snapshot/pack.c \
 src/snapshot/pack.h src/snapshot/../format/hello.h \
 src/snapshot/../format/bundle.h src/snapshot/../format/digest.h \
 src/snapshot/../format/manifest.h src/snapshot/../format/bytes.h \
 src/snapshot/../format/dump.h src/snapshot/../format/record.h \
 src/snapshot/../store/seal.h src/snapshot/../store/../format/bytes.h \
 src/snapshot/../store/../format/manifest.h src/snapshot/../store/state.h \
 src/snapshot/../store/../format/digest.h src/snapshot/../store/config.h \
 src/snapshot/../store/kdb/files.h \
 src/snapshot/../store/kdb/../../sys/lock.h \
 src/snapshot/../store/kdb/place.h \
 src/snapshot/../store/kdb/../../format/manifest.h \
 src/snapshot/../sys/archive.h src/snapshot/../sys/../format/bytes.h \
 src/snapshot/../sys/file.h src/snapshot/../sys/../format/digest.h \
 src/snapshot/../store/generation.h src/snapshot/../store/seal.h \
 src/snapshot/../store/state.h
src/snapshot/pack.h:
src/snapshot/../format/hello.h:
src/snapshot/../format/bundle.h:
src/snapshot/../format/digest.h:
src/snapshot/../format/manifest.h:
src/snapshot/../format/bytes.h:
src/snapshot/../format/dump.h:
src/snapshot/../format/record.h:
src/snapshot/../store/seal.h:
src/snapshot/../store/../format/bytes.h:
src/snapshot/../store/../format/manifest.h:
src/snapshot/../store/state.h:
src/snapshot/../store/../format/digest.h:
src/snapshot/../store/config.h:
src/snapshot/../store/kdb/files.h:
src/snapshot/../store/kdb/../../sys/lock.h:
src/snapshot/../store/kdb/place.h:
src/snapshot/../store/kdb/../../format/manifest.h:
src/snapshot/../sys/archive.h:
src/snapshot/../sys/../format/bytes.h:
src/snapshot/../sys/file.h:
src/snapshot/../sys/../format/digest.h:
src/snapshot/../store/generation.h:
src/snapshot/../store/seal.h:
src/snapshot/../store/state.h:
