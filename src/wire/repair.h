/* repair.h - a request that a target refused, changed by what the target said
 *
 * Tables know what servers refuse, but servers change. When one names a member that can do without
 * (optional.def), or a smaller number, the request is sent once more without it, or with that.
 */
#ifndef US_WIRE_REPAIR_H
#define US_WIRE_REPAIR_H

#include "wire/dialect.h"

enum us_repair_how {
	US_REPAIR_NONE, /* nothing that may be done */
	US_REPAIR_DROP,
	US_REPAIR_RENAME, /* to `becomes` */
	US_REPAIR_LOWER   /* a number, to `most` */
};

struct us_repair {
	enum us_repair_how how;
	const char *member; /* a path from the top, "generationConfig.seed" */
	const char *becomes;
	uint64_t most;
	enum us_loss loss; /* what is lost by it */
	const char *code;
};

/* What the error, which came with an HTTP status, asks for of the body that was sent. */
struct us_repair us_repair_find(const struct us_dialect *dialect, unsigned status,
                                const struct us_hub_err *err, struct us_span body);

/* Appends the body so changed. 0; US_ENOENT: it has no such member; US_ENOMEM, US_E2BIG. */
US_MUST_CHECK int us_repair_apply(const struct us_repair *r, struct us_span body,
                                  struct us_buf *out);

#endif
