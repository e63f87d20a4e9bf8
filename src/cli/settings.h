/* settings.h - the settings as a program that is started here would find them */
#ifndef US_CLI_SETTINGS_H
#define US_CLI_SETTINGS_H

#include "conf/conf.h"

/* Reads them. What is wrong with them goes to stderr, as words of that command. */
void us_settings_load(struct us_conf *c, const char *command);

/* Appends the directory of the shared state. */
int us_settings_state_dir(const struct us_conf *c, struct us_buf *out);

#endif
