build-helper7/src/sys/lock.o: src/sys/lock.c src/sys/lock.h \
 src/sys/proc.h src/sys/../format/bytes.h src/sys/say.h
src/sys/lock.h:
src/sys/proc.h:
src/sys/../format/bytes.h:
src/sys/say.h:
