build-helper7/src/format/bundle.o: src/format/bundle.c \
 src/format/bundle.h src/format/digest.h src/format/grant.h \
 src/format/bytes.h src/format/manifest.h src/format/dump.h \
 src/format/record.h
src/format/bundle.h:
src/format/digest.h:
src/format/grant.h:
src/format/bytes.h:
src/format/manifest.h:
src/format/dump.h:
src/format/record.h:
