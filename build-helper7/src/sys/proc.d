build-helper7/src/sys/proc.o: src/sys/proc.c src/sys/proc.h \
 src/sys/../format/bytes.h src/sys/child.h src/sys/say.h
src/sys/proc.h:
src/sys/../format/bytes.h:
src/sys/child.h:
src/sys/say.h:
