/* preload.h - where libunderstudy-preload.so lies */
#ifndef US_CLI_PRELOAD_H
#define US_CLI_PRELOAD_H

#include "base/buf.h"

/* $UNDERSTUDY_PRELOAD, or else beside this command (the build tree), or where `make install` puts
 * it. US_ENOENT: it is in none of these places, and `path` lists them. US_ENOTSUP: its name, in
 * `path`, holds a blank or a colon, which LD_PRELOAD takes for the end of a name. */
int us_preload_find(struct us_buf *path);

/* What LD_PRELOAD is to be: ours, then what was there (`old`, or NULL), as it was. */
int us_preload_list(struct us_buf *list, const char *path, const char *old);

#endif
