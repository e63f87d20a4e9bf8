/* openai_error.h - the errors of OpenAI, which are the same in both of its languages */
#ifndef US_WIRE_OPENAI_ERROR_H
#define US_WIRE_OPENAI_ERROR_H

#include "wire/dialect.h"
#include "wire/print.h"

bool us_openai_decode_error(struct us_val body, struct us_arena *a, struct us_hub_err *out);
int us_openai_encode_error(const struct us_hub_err *e, struct us_buf *out);

/* The value of an `error` member. False: it says that there is none. */
bool us_openai_error_value(struct us_val error, struct us_arena *a, struct us_hub_err *out);

/* The member `error`. */
void us_openai_print_error(struct us_print *p, const struct us_hub_err *e);

#endif
