build-helper7/src/format/field.o: src/format/field.c src/format/field.h \
 src/format/bytes.h src/format/hex.h src/format/number.h
src/format/field.h:
src/format/bytes.h:
src/format/hex.h:
src/format/number.h:
