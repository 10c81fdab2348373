build-helper7/src/sys/words.o: src/sys/words.c src/sys/words.h
src/sys/words.h:
