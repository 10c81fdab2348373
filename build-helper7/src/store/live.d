build-helper7/src/store/live.o: src/store/live.c src/store/live.h \
 src/store/../format/verdict.h src/store/../format/bytes.h \
 src/store/../format/digest.h src/store/../format/dump.h \
 src/store/../format/record.h src/store/../format/manifest.h \
 src/store/config.h src/store/../format/manifest.h src/store/kdb/mkey.h \
 src/store/kdb/../../format/dump.h src/store/kdb/place.h \
 src/store/kdb/../../format/manifest.h src/store/kdb/place.h \
 src/store/seal.h src/store/../format/bytes.h src/store/state.h \
 src/store/../format/digest.h src/store/kdb/files.h \
 src/store/kdb/../../sys/lock.h src/store/../format/dump.h \
 src/store/../sys/file.h src/store/../sys/../format/bytes.h \
 src/store/../sys/../format/digest.h src/store/../sys/newfile.h \
 src/store/../sys/proc.h src/store/../sys/say.h src/store/kdb/fill.h \
 src/store/live_copy.h src/store/kdb/examine.h src/store/sign.h
src/store/live.h:
src/store/../format/verdict.h:
src/store/../format/bytes.h:
src/store/../format/digest.h:
src/store/../format/dump.h:
src/store/../format/record.h:
src/store/../format/manifest.h:
src/store/config.h:
src/store/../format/manifest.h:
src/store/kdb/mkey.h:
src/store/kdb/../../format/dump.h:
src/store/kdb/place.h:
src/store/kdb/../../format/manifest.h:
src/store/kdb/place.h:
src/store/seal.h:
src/store/../format/bytes.h:
src/store/state.h:
src/store/../format/digest.h:
src/store/kdb/files.h:
src/store/kdb/../../sys/lock.h:
src/store/../format/dump.h:
src/store/../sys/file.h:
src/store/../sys/../format/bytes.h:
src/store/../sys/../format/digest.h:
src/store/../sys/newfile.h:
src/store/../sys/proc.h:
src/store/../sys/say.h:
src/store/kdb/fill.h:
src/store/live_copy.h:
src/store/kdb/examine.h:
src/store/sign.h:
