build-helper7/src/apply/apply.o: src/apply/apply.c src/apply/apply.h \
 src/apply/../format/verdict.h src/apply/../format/bytes.h \
 src/apply/../format/digest.h src/apply/../format/dump.h \
 src/apply/../format/record.h src/apply/../format/manifest.h \
 src/apply/../store/config.h src/apply/../store/../format/manifest.h \
 src/apply/../store/kdb/place.h \
 src/apply/../store/kdb/../../format/manifest.h \
 src/apply/../store/state.h src/apply/../store/../format/digest.h \
 src/apply/../store/config.h src/apply/../store/kdb/files.h \
 src/apply/../store/kdb/../../sys/lock.h src/apply/../store/kdb/place.h \
 src/apply/open.h src/apply/../format/bundle.h src/apply/../store/seal.h \
 src/apply/../store/../format/bytes.h src/apply/../sys/archive.h \
 src/apply/../sys/../format/bytes.h src/apply/patch.h \
 src/apply/../format/when.h src/apply/../sys/file.h \
 src/apply/../sys/../format/digest.h src/apply/../sys/newfile.h \
 src/apply/../sys/proc.h src/apply/../sys/say.h src/apply/../sys/words.h \
 src/apply/../store/live.h src/apply/../store/../format/verdict.h \
 src/apply/../store/kdb/mkey.h src/apply/../store/kdb/../../format/dump.h \
 src/apply/../store/kdb/place.h src/apply/../store/seal.h \
 src/apply/../store/state.h src/apply/../store/live_copy.h \
 src/apply/../store/kdb/examine.h
src/apply/apply.h:
src/apply/../format/verdict.h:
src/apply/../format/bytes.h:
src/apply/../format/digest.h:
src/apply/../format/dump.h:
src/apply/../format/record.h:
src/apply/../format/manifest.h:
src/apply/../store/config.h:
src/apply/../store/../format/manifest.h:
src/apply/../store/kdb/place.h:
src/apply/../store/kdb/../../format/manifest.h:
src/apply/../store/state.h:
src/apply/../store/../format/digest.h:
src/apply/../store/config.h:
src/apply/../store/kdb/files.h:
src/apply/../store/kdb/../../sys/lock.h:
src/apply/../store/kdb/place.h:
src/apply/open.h:
src/apply/../format/bundle.h:
src/apply/../store/seal.h:
src/apply/../store/../format/bytes.h:
src/apply/../sys/archive.h:
src/apply/../sys/../format/bytes.h:
src/apply/patch.h:
src/apply/../format/when.h:
src/apply/../sys/file.h:
src/apply/../sys/../format/digest.h:
src/apply/../sys/newfile.h:
src/apply/../sys/proc.h:
src/apply/../sys/say.h:
src/apply/../sys/words.h:
src/apply/../store/live.h:
src/apply/../store/../format/verdict.h:
src/apply/../store/kdb/mkey.h:
src/apply/../store/kdb/../../format/dump.h:
src/apply/../store/kdb/place.h:
src/apply/../store/seal.h:
src/apply/../store/state.h:
src/apply/../store/live_copy.h:
src/apply/../store/kdb/examine.h:
