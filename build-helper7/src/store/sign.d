build-helper7/src/store/sign.o: src/store/sign.c src/store/sign.h \
 src/store/../format/bytes.h src/store/config.h \
 src/store/../format/manifest.h src/store/../format/bytes.h \
 src/store/../format/digest.h src/store/../format/dump.h \
 src/store/../format/record.h src/store/../sys/file.h \
 src/store/../sys/../format/bytes.h src/store/../sys/../format/digest.h \
 src/store/../sys/proc.h src/store/../sys/say.h
src/store/sign.h:
src/store/../format/bytes.h:
src/store/config.h:
src/store/../format/manifest.h:
src/store/../format/bytes.h:
src/store/../format/digest.h:
src/store/../format/dump.h:
src/store/../format/record.h:
src/store/../sys/file.h:
src/store/../sys/../format/bytes.h:
src/store/../sys/../format/digest.h:
src/store/../sys/proc.h:
src/store/../sys/say.h:
