build-helper7/src/format/text.o: src/format/text.c src/format/text.h \
 src/format/bytes.h src/format/digest.h src/format/number.h \
 src/format/when.h
src/format/text.h:
src/format/bytes.h:
src/format/digest.h:
src/format/number.h:
src/format/when.h:
