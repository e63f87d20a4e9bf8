/* mock_check.h - tables of what a request may contain, and the walk over them
 *
 * A dialect says in rows which members an object has; the walk compares a request with the rows
 * and refuses it for the first thing that is wrong.
 */
#ifndef US_CLI_MOCK_CHECK_H
#define US_CLI_MOCK_CHECK_H

#include "cli/mock_words.h"

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
#define US_MOCK_ONE(r)                                                                             \
	{                                                                                          \
		.variants = &(const struct us_mock_variant){ US_MOCK_RULES(r) }, .count = 1        \
	}

struct us_mock_check {
	struct us_arena *arena;
	const struct us_mock_wording *wording;
	struct us_mock_refusal *refusal; /* the first thing that is wrong */
	bool lax;                        /* unknown members pass */
};

/* 0, or US_EINVAL with the refusal filled. */
int us_mock_check_object(struct us_mock_check *c, const struct us_mock_path *at,
                         const struct us_mock_json *v, const struct us_mock_shape *shape);

/* Refuses for a reason that no table can tell; `param` may be NULL. Always US_EINVAL. */
int us_mock_check_refuse(struct us_mock_check *c, const char *code, const char *param,
                         struct us_span message);

/* "messages[0].content[1]" or "messages.0.content.1", as the dialect writes it. */
struct us_span us_mock_check_place(const struct us_mock_check *c, const struct us_mock_path *at);

/* The standard alphabet with its padding, and nothing between. */
bool us_mock_check_base64(struct us_span s);

#endif
