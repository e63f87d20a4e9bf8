/* print.h - writes JSON into a buffer, commas included
 *
 * For wire documents only: values that are not ours are spliced in as the bytes that came. Errors
 * stick in the buffer; ask it once at the end.
 */
#ifndef US_WIRE_PRINT_H
#define US_WIRE_PRINT_H

#include "base/buf.h"

struct us_print {
	struct us_buf *out;
	bool comma; /* something stands before, at this level */
};

static inline struct us_print us_print(struct us_buf *out)
{
	return (struct us_print){ out, false };
}

/* '{' or '[', and their ends. */
void us_print_open(struct us_print *p, char bracket);
void us_print_close(struct us_print *p, char bracket);

/* The name of the next value; never escaped, so ours only. */
void us_print_key(struct us_print *p, const char *name);

void us_print_raw(struct us_print *p, struct us_span json);
void us_print_str(struct us_print *p, struct us_span text);
/* What was put together in `text`, which is empty then. Its error, which emptying it would forget,
 * becomes the output's. */
void us_print_gathered(struct us_print *p, struct us_buf *text);
void us_print_u64(struct us_print *p, uint64_t v);
void us_print_bool(struct us_print *p, bool v);
void us_print_null(struct us_print *p);

/* A member in one call. */
void us_print_member(struct us_print *p, const char *name, struct us_span text);
void us_print_member_raw(struct us_print *p, const char *name, struct us_span json);
void us_print_member_u64(struct us_print *p, const char *name, uint64_t v);
void us_print_member_bool(struct us_print *p, const char *name, bool v);
void us_print_member_null(struct us_print *p, const char *name);

#endif
