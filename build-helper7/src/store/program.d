build-helper7/src/store/program.o: src/store/program.c \
 src/store/program.h src/store/config.h src/store/../format/manifest.h \
 src/store/../format/bytes.h src/store/../format/digest.h \
 src/store/../format/dump.h src/store/../format/record.h \
 src/store/kdb/place.h src/store/kdb/../../format/manifest.h \
 src/store/../sys/say.h
src/store/program.h:
src/store/config.h:
src/store/../format/manifest.h:
src/store/../format/bytes.h:
src/store/../format/digest.h:
src/store/../format/dump.h:
src/store/../format/record.h:
src/store/kdb/place.h:
src/store/kdb/../../format/manifest.h:
src/store/../sys/say.h:
