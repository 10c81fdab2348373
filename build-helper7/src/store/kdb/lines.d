build-helper7/src/store/kdb/lines.o: src/store/kdb/lines.c \
 src/store/kdb/lines.h src/store/kdb/../../format/dump.h \
 src/store/kdb/../../format/bytes.h src/store/kdb/../../format/digest.h \
 src/store/kdb/../../format/record.h
src/store/kdb/lines.h:
src/store/kdb/../../format/dump.h:
src/store/kdb/../../format/bytes.h:
src/store/kdb/../../format/digest.h:
src/store/kdb/../../format/record.h:
