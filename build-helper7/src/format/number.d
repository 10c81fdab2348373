build-helper7/src/format/number.o: src/format/number.c \
 src/format/number.h src/format/bytes.h
src/format/number.h:
src/format/bytes.h:
