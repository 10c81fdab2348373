build-helper7/src/format/manifest.o: src/format/manifest.c \
 src/format/manifest.h src/format/bytes.h src/format/digest.h \
 src/format/dump.h src/format/record.h src/format/text.h \
 src/format/when.h
src/format/manifest.h:
src/format/bytes.h:
src/format/digest.h:
src/format/dump.h:
src/format/record.h:
src/format/text.h:
src/format/when.h:
