build-helper7/src/store/kdb/examine.o: src/store/kdb/examine.c \
 src/store/kdb/examine.h src/store/kdb/../../format/dump.h \
 src/store/kdb/../../format/bytes.h src/store/kdb/../../format/digest.h \
 src/store/kdb/../../format/record.h src/store/kdb/place.h \
 src/store/kdb/../../format/manifest.h src/store/kdb/../../format/dump.h \
 src/store/kdb/../../sys/file.h src/store/kdb/../../sys/../format/bytes.h \
 src/store/kdb/../../sys/../format/digest.h \
 src/store/kdb/../../sys/proc.h src/store/kdb/entry.h \
 src/store/kdb/../../format/record.h src/store/kdb/lines.h \
 src/store/kdb/walk.h
src/store/kdb/examine.h:
src/store/kdb/../../format/dump.h:
src/store/kdb/../../format/bytes.h:
src/store/kdb/../../format/digest.h:
src/store/kdb/../../format/record.h:
src/store/kdb/place.h:
src/store/kdb/../../format/manifest.h:
src/store/kdb/../../format/dump.h:
src/store/kdb/../../sys/file.h:
src/store/kdb/../../sys/../format/bytes.h:
src/store/kdb/../../sys/../format/digest.h:
src/store/kdb/../../sys/proc.h:
src/store/kdb/entry.h:
src/store/kdb/../../format/record.h:
src/store/kdb/lines.h:
src/store/kdb/walk.h:
