build-helper7/src/store/kdb/walk.o: src/store/kdb/walk.c \
 src/store/kdb/walk.h src/store/kdb/../../format/record.h \
 src/store/kdb/../../format/bytes.h src/store/kdb/place.h \
 src/store/kdb/../../format/manifest.h \
 src/store/kdb/../../format/digest.h src/store/kdb/../../format/dump.h \
 src/store/kdb/../../format/record.h src/store/kdb/entry.h
src/store/kdb/walk.h:
src/store/kdb/../../format/record.h:
src/store/kdb/../../format/bytes.h:
src/store/kdb/place.h:
src/store/kdb/../../format/manifest.h:
src/store/kdb/../../format/digest.h:
src/store/kdb/../../format/dump.h:
src/store/kdb/../../format/record.h:
src/store/kdb/entry.h:
