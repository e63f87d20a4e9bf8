/* file.h - the config file: JSON with comments
 *
 * It is read once, before the settings are judged: a setting that the environment makes is never
 * looked at here, and so never complained about twice.
 */
#ifndef US_CONF_FILE_H
#define US_CONF_FILE_H

#include "conf/value.h"

struct cJSON;

struct us_file {
	const char *path;
	struct cJSON *doc;  /* NULL: no file, or none that could be read, which has been told */
	struct us_buf text; /* for the lines */
	struct {
		const struct cJSON *item; /* NULL: not in the file */
		unsigned line;
	} given[US_OPTIONS];
};

/* Reads the file, tells what is wrong with it, and takes its providers into the configuration. */
void us_file_open(struct us_file *f, struct us_loader *l, const char *path);
void us_file_close(struct us_file *f);

struct us_where us_file_where(const struct us_file *f, enum us_option_index i);

/* Appends the value of a given option, as the environment would say it. US_EINVAL: it has a type
 * that no setting has. */
int us_file_scalar(const struct us_file *f, enum us_option_index i, struct us_buf *out);

/* Adds the entries of a given list. */
void us_file_list(const struct us_file *f, struct us_loader *l, enum us_option_index i,
                  const struct us_kind *kind, struct us_limit in);

#endif
