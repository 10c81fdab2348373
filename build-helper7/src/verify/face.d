build-helper7/src/verify/face.o: src/verify/face.c src/verify/face.h \
 src/verify/report.h src/verify/../format/manifest.h \
 src/verify/../format/bytes.h src/verify/../format/digest.h \
 src/verify/../format/dump.h src/verify/../format/record.h \
 src/verify/../format/when.h src/verify/../sys/file.h \
 src/verify/../sys/../format/bytes.h src/verify/../sys/../format/digest.h \
 src/verify/../sys/newfile.h src/verify/../sys/say.h
src/verify/face.h:
src/verify/report.h:
src/verify/../format/manifest.h:
src/verify/../format/bytes.h:
src/verify/../format/digest.h:
src/verify/../format/dump.h:
src/verify/../format/record.h:
src/verify/../format/when.h:
src/verify/../sys/file.h:
src/verify/../sys/../format/bytes.h:
src/verify/../sys/../format/digest.h:
src/verify/../sys/newfile.h:
src/verify/../sys/say.h:
