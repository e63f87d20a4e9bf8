/* goldens.h - the files of tests/golden, as fuzz targets take them */
#ifndef US_TESTS_GOLDENS_H
#define US_TESTS_GOLDENS_H

#include "fuzz.h"

/* Each file, and one golden of no kind at the end. False: the directory can't be read. */
bool fuzz_goldens(void (*take)(void *self, const struct fuzz_golden *g), void *self);

/* A file's bytes appended. False: it can't be read. */
bool fuzz_read_file(struct us_buf *out, const char *path);

#endif
