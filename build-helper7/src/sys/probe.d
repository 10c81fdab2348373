build-helper7/src/sys/probe.o: src/sys/probe.c src/sys/probe.h \
 src/sys/proc.h src/sys/../format/bytes.h src/sys/say.h
src/sys/probe.h:
src/sys/proc.h:
src/sys/../format/bytes.h:
src/sys/say.h:
