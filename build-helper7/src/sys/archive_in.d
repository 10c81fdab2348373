build-helper7/src/sys/archive_in.o: src/sys/archive_in.c \
 src/sys/archive.h src/sys/../format/bytes.h src/sys/file.h \
 src/sys/../format/digest.h src/sys/say.h
src/sys/archive.h:
src/sys/../format/bytes.h:
src/sys/file.h:
src/sys/../format/digest.h:
src/sys/say.h:
