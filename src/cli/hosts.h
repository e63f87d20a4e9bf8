/* hosts.h - interpreters and shells: programs whose requests are not in the program itself */
#ifndef US_CLI_HOSTS_H
#define US_CLI_HOSTS_H

#include "base/arena.h"

enum us_host_kind { US_HOST_STARTS, US_HOST_HELPER, US_HOST_BRINGS, US_HOST_OWN };

struct us_host {
	const char *names; /* "php|php-fpm" */
	enum us_host_kind kind;
	const char *brings; /* the extension that brings libcurl */
	const char *places; /* where that is installed */
	const char *opens;  /* the libcurl that it opens by name; "": it is linked to one */
	const char *door;   /* how its calls come to the preload */
	const char *help;   /* what to install */
};

/* The row after `after` (NULL: the first) for the program at `path`; NULL when there is none. */
const struct us_host *us_host_next(const struct us_host *after, struct us_span path);

/* The file of the extension, as it is installed for the program at `path`; empty: not found. */
struct us_span us_host_extension(const struct us_host *host, struct us_span path,
                                 struct us_arena *a);

#endif
