build-helper7/src/apply/patch.o: src/apply/patch.c src/apply/patch.h \
 src/apply/../format/verdict.h src/apply/../format/bytes.h \
 src/apply/../format/digest.h src/apply/../format/dump.h \
 src/apply/../format/record.h src/apply/../format/manifest.h \
 src/apply/../store/seal.h src/apply/../store/../format/bytes.h \
 src/apply/../store/../format/manifest.h src/apply/open.h \
 src/apply/../format/bundle.h src/apply/../store/config.h \
 src/apply/../sys/archive.h src/apply/../sys/../format/bytes.h \
 src/apply/../format/dump.h src/apply/../sys/delta.h \
 src/apply/../sys/file.h src/apply/../sys/../format/digest.h \
 src/apply/../sys/newfile.h src/apply/../sys/proc.h \
 src/apply/../sys/say.h
src/apply/patch.h:
src/apply/../format/verdict.h:
src/apply/../format/bytes.h:
src/apply/../format/digest.h:
src/apply/../format/dump.h:
src/apply/../format/record.h:
src/apply/../format/manifest.h:
src/apply/../store/seal.h:
src/apply/../store/../format/bytes.h:
src/apply/../store/../format/manifest.h:
src/apply/open.h:
src/apply/../format/bundle.h:
src/apply/../store/config.h:
src/apply/../sys/archive.h:
src/apply/../sys/../format/bytes.h:
src/apply/../format/dump.h:
src/apply/../sys/delta.h:
src/apply/../sys/file.h:
src/apply/../sys/../format/digest.h:
src/apply/../sys/newfile.h:
src/apply/../sys/proc.h:
src/apply/../sys/say.h:
