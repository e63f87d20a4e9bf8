/* load.h - inside conf: what its files share while a configuration is read
 *
 * A complaint is one sentence: where the value stands, the value, what is wrong with it and what is
 * used instead. Whoever finds the fault tells it, so that each is told once.
 */
#ifndef US_CONF_LOAD_H
#define US_CONF_LOAD_H

#include "conf/conf.h"

enum us_option_index {
#define X(field, kind, def, low, high, env, help) US_OPTION_##field,
#include "conf/options.def"
#undef X
	US_OPTIONS
};

struct us_loader {
	struct us_conf *c;
	const struct us_conf_source *from;
	struct us_buf words; /* the complaint being made */
	bool starved;        /* memory ran out: some setting kept its default */
};

/* Where a value stands. */
struct us_where {
	const char *name; /* the variable, or the member of the file; NULL: the file as a whole */
	const char *of;   /* the provider whose member it is, or NULL */
	const char *file; /* NULL: the environment */
	unsigned line;    /* 0: not known */
};

/* The value of a variable without blanks around; p is NULL when it is not set. */
struct us_span us_load_env(struct us_loader *l, const char *name);

/* Begins a complaint with the place; the caller goes on in the buffer, then calls end. */
struct us_buf *us_complain_begin(struct us_loader *l, const struct us_where *at);
/* In quotes, cut, controls escaped. What could be user-info or a query is left out. */
void us_complain_quote(struct us_buf *out, struct us_span value);
/* Adds the full stop and tells it. */
void us_complain_end(struct us_loader *l);

/* The usual sentences: the value `what` ("is skipped"), all that stands there is ignored, or one of
 * the entries there is skipped; and why. */
void us_complain_value(struct us_loader *l, const struct us_where *at, struct us_span value,
                       const char *what, const char *why);
void us_complain_ignored(struct us_loader *l, const struct us_where *at, const char *why);
void us_complain_entry(struct us_loader *l, const struct us_where *at, const char *why);

#endif
