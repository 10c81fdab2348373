build-helper7/src/verify/gate.o: src/verify/gate.c src/verify/gate.h \
 src/verify/report.h src/verify/../format/manifest.h \
 src/verify/../format/bytes.h src/verify/../format/digest.h \
 src/verify/../format/dump.h src/verify/../format/record.h \
 src/verify/../store/config.h src/verify/../store/../format/manifest.h \
 src/verify/../store/state.h src/verify/../store/../format/digest.h \
 src/verify/../store/config.h src/verify/../store/kdb/files.h \
 src/verify/../store/kdb/../../sys/lock.h src/verify/../store/kdb/place.h \
 src/verify/../store/kdb/../../format/manifest.h src/verify/face.h \
 src/verify/../format/when.h src/verify/../sys/proc.h \
 src/verify/../sys/../format/bytes.h src/verify/../sys/say.h \
 src/verify/../sys/words.h src/verify/../store/seal.h \
 src/verify/../store/../format/bytes.h
src/verify/gate.h:
src/verify/report.h:
src/verify/../format/manifest.h:
src/verify/../format/bytes.h:
src/verify/../format/digest.h:
src/verify/../format/dump.h:
src/verify/../format/record.h:
src/verify/../store/config.h:
src/verify/../store/../format/manifest.h:
src/verify/../store/state.h:
src/verify/../store/../format/digest.h:
src/verify/../store/config.h:
src/verify/../store/kdb/files.h:
src/verify/../store/kdb/../../sys/lock.h:
src/verify/../store/kdb/place.h:
src/verify/../store/kdb/../../format/manifest.h:
src/verify/face.h:
src/verify/../format/when.h:
src/verify/../sys/proc.h:
src/verify/../sys/../format/bytes.h:
src/verify/../sys/say.h:
src/verify/../sys/words.h:
src/verify/../store/seal.h:
src/verify/../store/../format/bytes.h:
