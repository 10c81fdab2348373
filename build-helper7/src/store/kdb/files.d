build-helper7/src/store/kdb/files.o: src/store/kdb/files.c \
 src/store/kdb/files.h src/store/kdb/../../sys/lock.h \
 src/store/kdb/place.h src/store/kdb/../../format/manifest.h \
 src/store/kdb/../../format/bytes.h src/store/kdb/../../format/digest.h \
 src/store/kdb/../../format/dump.h src/store/kdb/../../format/record.h \
 src/store/kdb/../../sys/file.h src/store/kdb/../../sys/../format/bytes.h \
 src/store/kdb/../../sys/../format/digest.h \
 src/store/kdb/../../sys/newfile.h src/store/kdb/../../sys/proc.h \
 src/store/kdb/../../sys/say.h
src/store/kdb/files.h:
src/store/kdb/../../sys/lock.h:
src/store/kdb/place.h:
src/store/kdb/../../format/manifest.h:
src/store/kdb/../../format/bytes.h:
src/store/kdb/../../format/digest.h:
src/store/kdb/../../format/dump.h:
src/store/kdb/../../format/record.h:
src/store/kdb/../../sys/file.h:
src/store/kdb/../../sys/../format/bytes.h:
src/store/kdb/../../sys/../format/digest.h:
src/store/kdb/../../sys/newfile.h:
src/store/kdb/../../sys/proc.h:
src/store/kdb/../../sys/say.h:
