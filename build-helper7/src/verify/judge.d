build-helper7/src/verify/judge.o: src/verify/judge.c src/verify/judge.h \
 src/verify/report.h src/verify/../format/manifest.h \
 src/verify/../format/bytes.h src/verify/../format/digest.h \
 src/verify/../format/dump.h src/verify/../format/record.h \
 src/verify/../store/config.h src/verify/../store/../format/manifest.h \
 src/verify/../store/kdb/place.h \
 src/verify/../store/kdb/../../format/manifest.h \
 src/verify/../store/state.h src/verify/../store/../format/digest.h \
 src/verify/../store/config.h src/verify/../store/kdb/files.h \
 src/verify/../store/kdb/../../sys/lock.h src/verify/../store/kdb/place.h \
 src/verify/content.h src/verify/../store/seal.h \
 src/verify/../store/../format/bytes.h src/verify/../format/when.h \
 src/verify/../sys/file.h src/verify/../sys/../format/bytes.h \
 src/verify/../sys/../format/digest.h src/verify/../sys/lock.h \
 src/verify/../sys/probe.h src/verify/../sys/say.h \
 src/verify/../store/live.h src/verify/../store/../format/verdict.h \
 src/verify/../store/../format/bytes.h \
 src/verify/../store/../format/digest.h \
 src/verify/../store/../format/dump.h \
 src/verify/../store/../format/manifest.h src/verify/../store/kdb/mkey.h \
 src/verify/../store/kdb/../../format/dump.h \
 src/verify/../store/kdb/place.h src/verify/../store/seal.h \
 src/verify/../store/state.h src/verify/../store/sign.h
src/verify/judge.h:
src/verify/report.h:
src/verify/../format/manifest.h:
src/verify/../format/bytes.h:
src/verify/../format/digest.h:
src/verify/../format/dump.h:
src/verify/../format/record.h:
src/verify/../store/config.h:
src/verify/../store/../format/manifest.h:
src/verify/../store/kdb/place.h:
src/verify/../store/kdb/../../format/manifest.h:
src/verify/../store/state.h:
src/verify/../store/../format/digest.h:
src/verify/../store/config.h:
src/verify/../store/kdb/files.h:
src/verify/../store/kdb/../../sys/lock.h:
src/verify/../store/kdb/place.h:
src/verify/content.h:
src/verify/../store/seal.h:
src/verify/../store/../format/bytes.h:
src/verify/../format/when.h:
src/verify/../sys/file.h:
src/verify/../sys/../format/bytes.h:
src/verify/../sys/../format/digest.h:
src/verify/../sys/lock.h:
src/verify/../sys/probe.h:
src/verify/../sys/say.h:
src/verify/../store/live.h:
src/verify/../store/../format/verdict.h:
src/verify/../store/../format/bytes.h:
src/verify/../store/../format/digest.h:
src/verify/../store/../format/dump.h:
src/verify/../store/../format/manifest.h:
src/verify/../store/kdb/mkey.h:
src/verify/../store/kdb/../../format/dump.h:
src/verify/../store/kdb/place.h:
src/verify/../store/seal.h:
src/verify/../store/state.h:
src/verify/../store/sign.h:
