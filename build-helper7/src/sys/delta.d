build-helper7/src/sys/delta.o: src/sys/delta.c src/sys/delta.h \
 src/sys/file.h src/sys/../format/bytes.h src/sys/../format/digest.h \
 src/sys/say.h
src/sys/delta.h:
src/sys/file.h:
src/sys/../format/bytes.h:
src/sys/../format/digest.h:
src/sys/say.h:
