build-helper7/src/verify/report.o: src/verify/report.c \
 src/verify/report.h src/verify/../format/manifest.h \
 src/verify/../format/bytes.h src/verify/../format/digest.h \
 src/verify/../format/dump.h src/verify/../format/record.h
src/verify/report.h:
src/verify/../format/manifest.h:
src/verify/../format/bytes.h:
src/verify/../format/digest.h:
src/verify/../format/dump.h:
src/verify/../format/record.h:
