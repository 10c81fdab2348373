build-helper7/src/format/hello.o: src/format/hello.c src/format/hello.h \
 src/format/bundle.h src/format/digest.h src/format/manifest.h \
 src/format/bytes.h src/format/dump.h src/format/record.h \
 src/format/number.h src/format/text.h
src/format/hello.h:
src/format/bundle.h:
src/format/digest.h:
src/format/manifest.h:
src/format/bytes.h:
src/format/dump.h:
src/format/record.h:
src/format/number.h:
src/format/text.h:
