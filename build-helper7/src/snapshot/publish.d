build-helper7/src/snapshot/publish.o: src/snapshot/publish.c \
 src/snapshot/publish.h src/snapshot/take.h \
 src/snapshot/../store/config.h \
 src/snapshot/../store/../format/manifest.h \
 src/snapshot/../store/../format/bytes.h \
 src/snapshot/../store/../format/digest.h \
 src/snapshot/../store/../format/dump.h \
 src/snapshot/../store/../format/record.h \
 src/snapshot/../store/kdb/place.h \
 src/snapshot/../store/kdb/../../format/manifest.h \
 src/snapshot/../store/seal.h src/snapshot/../store/../format/bytes.h \
 src/snapshot/../store/state.h src/snapshot/../store/../format/digest.h \
 src/snapshot/../store/config.h src/snapshot/../store/kdb/files.h \
 src/snapshot/../store/kdb/../../sys/lock.h \
 src/snapshot/../store/kdb/place.h src/snapshot/pack.h \
 src/snapshot/../format/hello.h src/snapshot/../format/bundle.h \
 src/snapshot/../format/digest.h src/snapshot/../format/manifest.h \
 src/snapshot/ship.h src/snapshot/../sys/file.h \
 src/snapshot/../sys/../format/bytes.h \
 src/snapshot/../sys/../format/digest.h src/snapshot/../sys/newfile.h \
 src/snapshot/../sys/say.h
src/snapshot/publish.h:
src/snapshot/take.h:
src/snapshot/../store/config.h:
src/snapshot/../store/../format/manifest.h:
src/snapshot/../store/../format/bytes.h:
src/snapshot/../store/../format/digest.h:
src/snapshot/../store/../format/dump.h:
src/snapshot/../store/../format/record.h:
src/snapshot/../store/kdb/place.h:
src/snapshot/../store/kdb/../../format/manifest.h:
src/snapshot/../store/seal.h:
src/snapshot/../store/../format/bytes.h:
src/snapshot/../store/state.h:
src/snapshot/../store/../format/digest.h:
src/snapshot/../store/config.h:
src/snapshot/../store/kdb/files.h:
src/snapshot/../store/kdb/../../sys/lock.h:
src/snapshot/../store/kdb/place.h:
src/snapshot/pack.h:
src/snapshot/../format/hello.h:
src/snapshot/../format/bundle.h:
src/snapshot/../format/digest.h:
src/snapshot/../format/manifest.h:
src/snapshot/ship.h:
src/snapshot/../sys/file.h:
src/snapshot/../sys/../format/bytes.h:
src/snapshot/../sys/../format/digest.h:
src/snapshot/../sys/newfile.h:
src/snapshot/../sys/say.h:
