/* value.h - the KINDs of options.def: how a value is read, described and shown */
#ifndef US_CONF_VALUE_H
#define US_CONF_VALUE_H

#include "conf/load.h"

struct us_limit {
	uint64_t low, high;
};

/* A KIND has either `parse` or, being a list, `add`. */
struct us_kind {
	/* Into *out, which is of the KIND's type and is left alone on failure. US_EINVAL for a
	 * wrong value, US_ENOMEM when the arena is exhausted. */
	int (*parse)(struct us_span text, struct us_limit in, struct us_arena *a, void *out);
	/* What would have been right: "a whole number from 1 to 20". */
	void (*expect)(struct us_limit in, struct us_buf *out);
	/* One entry of the list; what is wrong with it is told. False: no more, the list is full.
	 */
	bool (*add)(struct us_loader *l, const struct us_where *at, struct us_limit in,
	            struct us_span entry);
	/* As the user would write it. */
	void (*show)(const struct us_conf *c, const void *value, struct us_buf *out);
};

extern const struct us_kind us_value_FLAG, us_value_COUNT, us_value_TIME, us_value_SIZE,
	us_value_RANGE, us_value_RATE, us_value_WORD, us_value_AUTO, us_value_PATH, us_value_NAME,
	us_value_LOG, us_value_CHAIN, us_value_ROUTES, us_value_TOOLS, us_value_TEXT,
	us_value_SECRET, us_value_DURABLE, us_value_ECHO, us_value_HEDGE, us_value_CHOICE,
	us_value_KEYS;

/* The index of `text` in words[n], n if it is none of them; and "x, y or z": words.c. */
size_t us_words_find(struct us_span text, const char *const *words, size_t n);
void us_words_expect(const char *const *words, size_t n, struct us_buf *out);

/* Adds the entries of a list written in one text, with commas between them. */
void us_value_split(struct us_loader *l, const struct us_where *at, const struct us_kind *kind,
                    struct us_limit in, struct us_span text);

/* Is a list of `have` entries full? Then it is told that `entry` has no room. */
bool us_value_full(struct us_loader *l, const struct us_where *at, struct us_limit in, size_t have,
                   struct us_span entry);

#endif
