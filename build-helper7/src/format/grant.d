build-helper7/src/format/grant.o: src/format/grant.c src/format/grant.h \
 src/format/bytes.h src/format/digest.h src/format/manifest.h \
 src/format/dump.h src/format/record.h src/format/text.h
src/format/grant.h:
src/format/bytes.h:
src/format/digest.h:
src/format/manifest.h:
src/format/dump.h:
src/format/record.h:
src/format/text.h:
