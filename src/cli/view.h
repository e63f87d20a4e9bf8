/* view.h - what the commands that show the page have in common: status, events, metrics, top
 *
 * The page is only read, and not made if it is not there. Whoever writes it goes on writing
 * meanwhile: each figure is right, the sum of two may be off by one. It is opened anew for each
 * look, for it may be removed and made again while we watch.
 */
#ifndef US_CLI_VIEW_H
#define US_CLI_VIEW_H

#include "cli/out.h"
#include "conf/conf.h"
#include "state/page.h"

#include <getopt.h>

struct us_view {
	const char *command;
	struct us_out out;
	struct us_buf dir;              /* from --state, or in the end from the settings */
	struct us_health_policy policy; /* as the settings have it */
	uint64_t budget;                /* likewise */
	bool help;
};

/* The options that all of them have; their letters are 's' and 'h'. */
#define US_VIEW_OPTIONS                                                                            \
	{ "state", required_argument, NULL, 's' }, { "help", no_argument, NULL, 'h' },             \
	{                                                                                          \
		NULL, 0, NULL, 0                                                                   \
	}

/* `v` is the first member of what a command knows of its options. */
struct us_view_command {
	const char *name, *letters;
	const struct option *options; /* US_VIEW_OPTIONS are among them */
	int (*take)(struct us_view *v, int letter, const char *value);
	const char *help;
	int (*show)(struct us_view *v);
};

/* Reads the options, then shows. The exit status. */
int us_view_main(struct us_view *v, const struct us_view_command *command, int argc, char **argv);

/* One of these options, or a wrong one. 0, or the exit status. */
int us_view_take(struct us_view *v, int letter, const char *value);
/* Says what is wrong with `what`. The exit status. */
int us_view_refuse(const struct us_view *v, const char *what, const char *why);
/* Reads the settings: once, before the first look. */
void us_view_settle(struct us_view *v);
/* Opens the page; its `file` is NULL when nobody has made one. 1 when it can't be read, which is
 * said. us_page_close in any case. */
int us_view_look(struct us_view *v, struct us_page *page);

/* A name in the page, wherever it ends. */
#define US_NAME_OF(array) us_span((array), strnlen((array), sizeof(array)))

#endif
