/* tool.h - HTTP endpoints that are no LLMs, and what may be done for them */
#ifndef US_CONF_TOOL_H
#define US_CONF_TOOL_H

#include "base/span.h"

/* May a request be made twice? SAFE: by its method, or because it bears an idempotency key. */
enum us_repeat { US_REPEAT_SAFE, US_REPEAT_ALWAYS, US_REPEAT_NEVER };

struct us_names {
	const char **list;
	size_t n;
};

/* An HTTP endpoint that is no LLM. */
struct us_http_tool {
	const char *name;    /* as it was written: host[:port][/path*] */
	struct us_span host; /* with :port if one was given */
	struct us_span path; /* '*' stands for any bytes; empty: any path */
	enum us_repeat retry;
	uint64_t deadline;      /* ms, of the whole call; 0 none */
	struct us_names others; /* base URLs that can take the same request */
	struct us_names pass;   /* headers of the program's that they are given */
};

struct us_http_tools {
	struct us_http_tool *list;
	size_t n;
};
typedef struct us_http_tools us_kind_TOOLS; /* a KIND of options.def */

#endif
