build-helper7/src/store/state.o: src/store/state.c src/store/state.h \
 src/store/../format/digest.h src/store/config.h \
 src/store/../format/manifest.h src/store/../format/bytes.h \
 src/store/../format/digest.h src/store/../format/dump.h \
 src/store/../format/record.h src/store/kdb/files.h \
 src/store/kdb/../../sys/lock.h src/store/kdb/place.h \
 src/store/kdb/../../format/manifest.h src/store/../format/text.h \
 src/store/../sys/file.h src/store/../sys/../format/bytes.h \
 src/store/../sys/../format/digest.h src/store/../sys/newfile.h \
 src/store/../sys/say.h
src/store/state.h:
src/store/../format/digest.h:
src/store/config.h:
src/store/../format/manifest.h:
src/store/../format/bytes.h:
src/store/../format/digest.h:
src/store/../format/dump.h:
src/store/../format/record.h:
src/store/kdb/files.h:
src/store/kdb/../../sys/lock.h:
src/store/kdb/place.h:
src/store/kdb/../../format/manifest.h:
src/store/../format/text.h:
src/store/../sys/file.h:
src/store/../sys/../format/bytes.h:
src/store/../sys/../format/digest.h:
src/store/../sys/newfile.h:
src/store/../sys/say.h:
