build-helper7/src/format/when.o: src/format/when.c src/format/when.h
src/format/when.h:
