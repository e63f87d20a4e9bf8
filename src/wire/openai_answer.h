/* openai_answer.h - what whole answers and streams of OpenAI's languages have in common */
#ifndef US_WIRE_OPENAI_ANSWER_H
#define US_WIRE_OPENAI_ANSWER_H

#include "wire/openai.h"
#include "wire/print.h"

/* `spoke`: the answer holds text or a refusal. Agrees with what the answer holds, whatever the
 * provider said. */
struct us_span us_openai_finish_reason(const struct us_req *req, enum us_stop stop, unsigned calls,
                                       bool spoke);

/* May an answer that has `calls` hold one more? */
bool us_openai_takes_call(const struct us_req *req, unsigned calls);

/* Is this a free-form tool of the program, which the provider knew in a wrapped form? */
bool us_openai_is_custom(const struct us_req *req, struct us_span name);

#define US_OPENAI_CALL_ID 24 /* characters of an id behind its prefix */

/* The text within {"input": text}; anything else as it is. */
void us_openai_print_unwrapped(struct us_print *p, struct us_span args);

/* Members: the id of the n-th call, from 1; all before the choices and their bracket; usage, where
 * `bytes` of output are counted if the provider did not. */
void us_openai_print_call_id(struct us_print *p, const struct us_look *look, unsigned n);
void us_openai_print_head(struct us_print *p, const struct us_look *look, const char *object);
void us_openai_print_usage(struct us_print *p, const struct us_look *look, const struct us_usage *u,
                           uint64_t bytes);

#endif
