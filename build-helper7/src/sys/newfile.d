build-helper7/src/sys/newfile.o: src/sys/newfile.c src/sys/newfile.h \
 src/sys/file.h src/sys/../format/bytes.h src/sys/../format/digest.h \
 src/sys/say.h
src/sys/newfile.h:
src/sys/file.h:
src/sys/../format/bytes.h:
src/sys/../format/digest.h:
src/sys/say.h:
