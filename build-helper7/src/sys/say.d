build-helper7/src/sys/say.o: src/sys/say.c src/sys/say.h
src/sys/say.h:
