/* scan.h - JSON read where it lies
 *
 * A wire body is parsed once into a tape of tokens over the source bytes. Nothing is copied and
 * nothing is converted: numbers stay text, keys keep their order and their duplicates, and the
 * exact bytes of any value can be had by us_val_raw. Strict RFC 8259, except that bytes from 0x80
 * on pass unchecked inside strings: text that is not ours is not ours to refuse.
 */
#ifndef US_WIRE_SCAN_H
#define US_WIRE_SCAN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

#define US_JSON_DEPTH 128

enum us_json_type {
	US_J_NONE, /* not there */
	US_J_NULL,
	US_J_FALSE,
	US_J_TRUE,
	US_J_NUMBER,
	US_J_STRING,
	US_J_ARRAY,
	US_J_OBJECT
};

struct us_tok {
	uint32_t start, end; /* in the source; a string with its quotes */
	uint32_t next;       /* index of the token after this value and all within it */
	uint8_t type;
	uint8_t escaped; /* a string that holds a backslash */
};

/* Zero-initialise; may be parsed into again and again; freed by us_doc_fini. */
struct us_doc {
	struct us_span src;
	struct us_tok *tok;
	size_t n, cap;
	size_t bad_at; /* after US_ESYNTAX: the offset of the first byte that does not fit */
};

/* `src` must outlive the document. 0, US_ESYNTAX, US_EDEPTH, US_E2BIG (4 GiB, or more tokens than
 * there is use for) or US_ENOMEM. */
US_MUST_CHECK int us_doc_parse(struct us_doc *d, struct us_span src);
void us_doc_fini(struct us_doc *d);

/* A value in a document; {0} is "not there" and every function takes it. */
struct us_val {
	const struct us_doc *doc;
	const struct us_tok *tok;
};

struct us_val us_doc_root(const struct us_doc *d);

static inline enum us_json_type us_val_type(struct us_val v)
{
	return v.tok ? (enum us_json_type)v.tok->type : US_J_NONE;
}

static inline bool us_val_is(struct us_val v, enum us_json_type t) { return us_val_type(v) == t; }

/* There, and not null: how an optional member counts as given. */
static inline bool us_val_given(struct us_val v) { return us_val_type(v) > US_J_NULL; }

/* The member of an object; of duplicates the last, as every peer reads it. Inline, so that a
 * literal's length is known. */
struct us_val us_val_named(struct us_val object, struct us_span key); /* which ends in NUL */
static inline struct us_val us_val_get(struct us_val object, const char *key)
{
	return us_val_named(object, us_span_of(key));
}

/* Walks the members of an object or the elements of an array:
 *     for (struct us_iter it = us_iter(v); us_iter_next(&it);) ... it.key, it.val */
struct us_iter {
	struct us_val in;
	uint32_t at, end;
	struct us_val key; /* a string; not there in an array */
	struct us_val val;
};
struct us_iter us_iter(struct us_val container);
bool us_iter_next(struct us_iter *it);
size_t us_val_count(struct us_val container);

/* The exact bytes of the value in the source. */
struct us_span us_val_raw(struct us_val v);

/* A string, decoded: from the source itself where nothing is escaped, else from the arena. Lone
 * surrogates come as WTF-8 (three bytes each). Other types give the empty span. */
struct us_span us_val_str(struct us_val v, struct us_arena *a);
bool us_val_str_is(struct us_val v, const char *s);

/* An integer without sign, fraction or exponent that fits. */
bool us_val_u64(struct us_val v, uint64_t *out);
/* For comparisons only (never printed): locale does not matter. 0 for other types. */
double us_val_double(struct us_val v);

#endif
