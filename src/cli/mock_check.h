/* mock_check.h - tables of what a request may contain, and the walk over them
 *
 * A dialect says in rows which members an object has; the walk compares a request with the rows
 * and lets the dialect word the first thing that is wrong.
 */
#ifndef US_CLI_MOCK_CHECK_H
#define US_CLI_MOCK_CHECK_H

#include "cli/mock_json.h"

/* What the provider answers instead; status 0: nothing is wrong. Spans with .p NULL print null. */
struct us_mock_refusal {
	unsigned status;
	struct us_span type, code, param, message;
};

enum us_mock_chars { US_MOCK_ANY, US_MOCK_NAME, US_MOCK_PERSON, US_MOCK_BASE64, US_MOCK_HTTPS };

struct us_mock_shape;

/* One member. Limits of {0, 0} are none: of a number's value, or of an array's length. */
struct us_mock_rule {
	const char *name;
	unsigned kinds; /* enum us_mock_kind, or'ed */
	bool required;
	long long low, high;
	size_t max_len;                    /* of a string, in characters; 0: any */
	enum us_mock_chars chars;          /* of a string */
	const char *words;                 /* all the strings it may be: "a|b|c" */
	const struct us_mock_shape *shape; /* of the object, or of each element */
	unsigned elements;                 /* the kinds of an array's elements; 0: objects */
};

struct us_mock_variant {
	const char *tag; /* the value of the tag that selects it */
	const struct us_mock_rule *rules;
	size_t count;
	bool open; /* other members are allowed */
};

/* What an object looks like: one variant, or one of several selected by the member `tag`. */
struct us_mock_shape {
	const char *tag;
	const struct us_mock_variant *variants;
	size_t count;
	bool untagged; /* without the tag it is the first variant */
};

#define US_MOCK_RULES(r) .rules = (r), .count = US_COUNT(r)
#define US_MOCK_VARIANTS(v) .variants = (v), .count = US_COUNT(v)

/* A place in the request: a name, an index, or the tag of a variant. */
struct us_mock_path {
	const struct us_mock_path *up;
	struct us_span name; /* .p NULL: an index */
	size_t index;
	bool is_tag;
};

enum us_mock_wrong {
	US_MOCK_UNKNOWN,
	US_MOCK_TWICE,
	US_MOCK_MISSING,
	US_MOCK_TYPE,
	US_MOCK_WORD,
	US_MOCK_TAG,
	US_MOCK_LOW,
	US_MOCK_HIGH,
	US_MOCK_SHORT,
	US_MOCK_LONG,
	US_MOCK_TEXT_LONG,
	US_MOCK_TEXT_CHARS
};

struct us_mock_check {
	struct us_arena *arena;
	struct us_mock_refusal *refusal;
	bool lax; /* unknown members pass */
	/* Fills the refusal. `rule` may be NULL, `v` is what stands there (or the object, if it is
	 * the member itself that is missing). */
	void (*complain)(struct us_mock_check *c, enum us_mock_wrong wrong,
	                 const struct us_mock_path *at, const struct us_mock_rule *rule,
	                 const struct us_mock_json *v);
};

/* 0, or US_EINVAL with the refusal filled. */
int us_mock_check_object(struct us_mock_check *c, const struct us_mock_path *at,
                         const struct us_mock_json *v, const struct us_mock_shape *shape);

/* How many characters s has. */
size_t us_mock_characters(struct us_span s);

/* Fills the refusal unless it is filled; always US_EINVAL. */
int us_mock_refuse(struct us_mock_check *c, unsigned status, const char *type, const char *code,
                   struct us_span param, struct us_span message);

#endif
