build-helper7/src/format/digest.o: src/format/digest.c \
 src/format/digest.h src/format/hex.h
src/format/digest.h:
src/format/hex.h:
