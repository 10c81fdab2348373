build-helper7/src/format/dump.o: src/format/dump.c src/format/dump.h \
 src/format/bytes.h src/format/digest.h src/format/record.h \
 src/format/number.h
src/format/dump.h:
src/format/bytes.h:
src/format/digest.h:
src/format/record.h:
src/format/number.h:
