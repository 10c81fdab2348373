build-helper7/src/snapshot/take.o: src/snapshot/take.c \
 src/snapshot/take.h src/snapshot/../store/config.h \
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
 src/snapshot/../store/kdb/place.h src/snapshot/../format/when.h \
 src/snapshot/../sys/file.h src/snapshot/../sys/../format/bytes.h \
 src/snapshot/../sys/../format/digest.h src/snapshot/../sys/newfile.h \
 src/snapshot/../sys/proc.h src/snapshot/../sys/say.h \
 src/snapshot/../store/generation.h src/snapshot/../store/seal.h \
 src/snapshot/../store/state.h src/snapshot/../store/live_copy.h \
 src/snapshot/../store/kdb/examine.h \
 src/snapshot/../store/kdb/../../format/dump.h \
 src/snapshot/../store/kdb/place.h src/snapshot/../store/sign.h
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
src/snapshot/../format/when.h:
src/snapshot/../sys/file.h:
src/snapshot/../sys/../format/bytes.h:
src/snapshot/../sys/../format/digest.h:
src/snapshot/../sys/newfile.h:
src/snapshot/../sys/proc.h:
src/snapshot/../sys/say.h:
src/snapshot/../store/generation.h:
src/snapshot/../store/seal.h:
src/snapshot/../store/state.h:
src/snapshot/../store/live_copy.h:
src/snapshot/../store/kdb/examine.h:
src/snapshot/../store/kdb/../../format/dump.h:
src/snapshot/../store/kdb/place.h:
src/snapshot/../store/sign.h:
