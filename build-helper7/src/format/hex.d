build-helper7/src/format/hex.o: src/format/hex.c src/format/hex.h
src/format/hex.h:
