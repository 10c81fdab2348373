build-helper7/src/format/bytes.o: src/format/bytes.c src/format/bytes.h
src/format/bytes.h:
