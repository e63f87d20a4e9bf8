/* mock_json.h - JSON as a strict provider reads it
 *
 * The mock judges what our wire/ code writes, so it shares nothing with it; and cJSON, which
 * accepts `01`, raw line ends in strings and broken UTF-8, would not be a judge at all.
 */
#ifndef US_CLI_MOCK_JSON_H
#define US_CLI_MOCK_JSON_H

#include "cli/mock_text.h"

/* One bit each, so that a rule can allow several. */
enum us_mock_kind {
	US_MOCK_NULL = 1,
	US_MOCK_BOOL = 2,
	US_MOCK_INT = 4, /* a number without fraction and exponent */
	US_MOCK_NUM = 8, /* any other number */
	US_MOCK_STR = 16,
	US_MOCK_ARR = 32,
	US_MOCK_OBJ = 64
};

struct us_mock_json {
	enum us_mock_kind kind;
	struct us_span key;  /* of a member, decoded */
	struct us_span text; /* of a string, decoded (WTF-8); of all else the source bytes */
	double number;       /* good enough to compare with a limit */
	size_t count;        /* of elements or members */
	struct us_mock_json *first;
	struct us_mock_json *next;
};

struct us_mock_json_error {
	const char *what;
	size_t at;
};

/* Parses exactly one document; the tree lives in `arena`. NULL and *error on failure.
 * *lone tells whether any string holds half a surrogate pair. */
struct us_mock_json *us_mock_json_parse(struct us_arena *arena, struct us_span text, bool *lone,
                                        struct us_mock_json_error *error);

/* The member of that name, the last if there are several; NULL if there is none, if it is null
 * (which providers treat as not given), or if `object` is no object. */
const struct us_mock_json *us_mock_json_get(const struct us_mock_json *object, const char *name);

/* The same along a path of names, "a.b.c". */
const struct us_mock_json *us_mock_json_at(const struct us_mock_json *object, const char *path);

/* Is it the string s? NULL is not. */
bool us_mock_json_is(const struct us_mock_json *v, const char *s);
bool us_mock_json_true(const struct us_mock_json *v);

/* The decoded text of a string; the empty span for anything else, NULL included. */
struct us_span us_mock_json_text(const struct us_mock_json *v);

/* Appends s as a JSON string: quotes, and the escapes that are needed. */
int us_mock_json_quote(struct us_buf *b, struct us_span s);

/* The same as a C string in `arena`, for formats; as that. */
const char *us_mock_json_quoted(struct us_arena *arena, struct us_span s);

#endif
