build-helper7/src/store/seal.o: src/store/seal.c src/store/seal.h \
 src/store/../format/bytes.h src/store/../format/manifest.h \
 src/store/../format/bytes.h src/store/../format/digest.h \
 src/store/../format/dump.h src/store/../format/record.h \
 src/store/../format/bundle.h src/store/../sys/archive.h \
 src/store/../sys/../format/bytes.h src/store/../sys/file.h \
 src/store/../sys/../format/digest.h src/store/../sys/newfile.h \
 src/store/../sys/say.h
src/store/seal.h:
src/store/../format/bytes.h:
src/store/../format/manifest.h:
src/store/../format/bytes.h:
src/store/../format/digest.h:
src/store/../format/dump.h:
src/store/../format/record.h:
src/store/../format/bundle.h:
src/store/../sys/archive.h:
src/store/../sys/../format/bytes.h:
src/store/../sys/file.h:
src/store/../sys/../format/digest.h:
src/store/../sys/newfile.h:
src/store/../sys/say.h:
