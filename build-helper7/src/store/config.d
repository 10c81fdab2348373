build-helper7/src/store/config.o: src/store/config.c src/store/config.h \
 src/store/../format/manifest.h src/store/../format/bytes.h \
 src/store/../format/digest.h src/store/../format/dump.h \
 src/store/../format/record.h src/store/../sys/file.h \
 src/store/../sys/../format/bytes.h src/store/../sys/../format/digest.h \
 src/store/../sys/say.h src/store/../sys/words.h
src/store/config.h:
src/store/../format/manifest.h:
src/store/../format/bytes.h:
src/store/../format/digest.h:
src/store/../format/dump.h:
src/store/../format/record.h:
src/store/../sys/file.h:
src/store/../sys/../format/bytes.h:
src/store/../sys/../format/digest.h:
src/store/../sys/say.h:
src/store/../sys/words.h:
