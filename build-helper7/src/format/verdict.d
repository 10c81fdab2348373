build-helper7/src/format/verdict.o: src/format/verdict.c \
 src/format/verdict.h src/format/bytes.h src/format/digest.h \
 src/format/dump.h src/format/record.h src/format/manifest.h \
 src/format/number.h src/format/text.h
src/format/verdict.h:
src/format/bytes.h:
src/format/digest.h:
src/format/dump.h:
src/format/record.h:
src/format/manifest.h:
src/format/number.h:
src/format/text.h:
