build-helper7/src/sys/child.o: src/sys/child.c src/sys/child.h \
 src/sys/say.h
src/sys/child.h:
src/sys/say.h:
