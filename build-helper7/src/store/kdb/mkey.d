build-helper7/src/store/kdb/mkey.o: src/store/kdb/mkey.c \
 src/store/kdb/mkey.h src/store/kdb/../../format/dump.h \
 src/store/kdb/../../format/bytes.h src/store/kdb/../../format/digest.h \
 src/store/kdb/../../format/record.h src/store/kdb/place.h \
 src/store/kdb/../../format/manifest.h src/store/kdb/../../format/dump.h \
 src/store/kdb/../../sys/proc.h src/store/kdb/../../sys/../format/bytes.h \
 src/store/kdb/entry.h src/store/kdb/../../format/record.h
src/store/kdb/mkey.h:
src/store/kdb/../../format/dump.h:
src/store/kdb/../../format/bytes.h:
src/store/kdb/../../format/digest.h:
src/store/kdb/../../format/record.h:
src/store/kdb/place.h:
src/store/kdb/../../format/manifest.h:
src/store/kdb/../../format/dump.h:
src/store/kdb/../../sys/proc.h:
src/store/kdb/../../sys/../format/bytes.h:
src/store/kdb/entry.h:
src/store/kdb/../../format/record.h:
