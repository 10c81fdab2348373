build-helper7/src/sys/file.o: src/sys/file.c src/sys/file.h \
 src/sys/../format/bytes.h src/sys/../format/digest.h src/sys/say.h
src/sys/file.h:
src/sys/../format/bytes.h:
src/sys/../format/digest.h:
src/sys/say.h:
