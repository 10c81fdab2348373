build-helper7/src/apply/open.o: src/apply/open.c src/apply/open.h \
 src/apply/../format/bundle.h src/apply/../format/digest.h \
 src/apply/../format/verdict.h src/apply/../format/bytes.h \
 src/apply/../format/dump.h src/apply/../format/record.h \
 src/apply/../format/manifest.h src/apply/../store/config.h \
 src/apply/../store/../format/manifest.h src/apply/../store/seal.h \
 src/apply/../store/../format/bytes.h src/apply/../sys/archive.h \
 src/apply/../sys/../format/bytes.h src/apply/../sys/say.h \
 src/apply/../store/sign.h src/apply/../store/config.h
src/apply/open.h:
src/apply/../format/bundle.h:
src/apply/../format/digest.h:
src/apply/../format/verdict.h:
src/apply/../format/bytes.h:
src/apply/../format/dump.h:
src/apply/../format/record.h:
src/apply/../format/manifest.h:
src/apply/../store/config.h:
src/apply/../store/../format/manifest.h:
src/apply/../store/seal.h:
src/apply/../store/../format/bytes.h:
src/apply/../sys/archive.h:
src/apply/../sys/../format/bytes.h:
src/apply/../sys/say.h:
src/apply/../store/sign.h:
src/apply/../store/config.h:
