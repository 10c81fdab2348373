build-helper7/src/format/record.o: src/format/record.c \
 src/format/record.h src/format/bytes.h src/format/field.h
src/format/record.h:
src/format/bytes.h:
src/format/field.h:
