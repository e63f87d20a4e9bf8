/* responses_echo.c - what an answer of Responses repeats of its request
 *
 * Programs read these members unasked, some by generated code that demands them; so what was not
 * said is there with the value that it then has. What is repeated is repeated as it was written.
 */
#include "wire/responses_answer.h"

static const struct {
	const char *name, *otherwise;
} echoes[] = {
	{ "instructions", "null" },
	{ "max_output_tokens", "null" },
	{ "max_tool_calls", "null" },
	{ "metadata", "{}" },
	{ "parallel_tool_calls", "true" },
	{ "prompt_cache_key", "null" },
	{ "reasoning", "{\"effort\":null,\"summary\":null}" },
	{ "safety_identifier", "null" },
	{ "temperature", "1.0" },
	{ "text", "{\"format\":{\"type\":\"text\"}}" },
	{ "tool_choice", "\"auto\"" },
	{ "tools", "[]" },
	{ "top_logprobs", "0" },
	{ "top_p", "1.0" },
	{ "truncation", "\"disabled\"" },
	{ "user", "null" },
};

void us_responses_note_echo(struct us_openai_in *in, struct us_val body)
{
	for (size_t i = 0; i < US_COUNT(echoes); i++) {
		struct us_val v = us_val_get(body, echoes[i].name);
		struct us_echo *at = us_val_given(v) ? us_arena_push(in->a, &in->r->echo,
		                                                     &in->r->necho, sizeof(*at))
		                                     : NULL;

		if (at)
			*at = (struct us_echo){ echoes[i].name, us_val_raw(v) };
	}
}

static struct us_span said(const struct us_req *req, size_t row)
{
	for (size_t i = 0; i < req->necho; i++)
		if (strcmp(req->echo[i].name, echoes[row].name) == 0)
			return req->echo[i].raw;
	return us_span_of(echoes[row].otherwise);
}

/* It is not kept, whatever was asked: a program that wants to build on it has to send it back. */
void us_responses_print_echo(struct us_print *p, const struct us_req *req)
{
	for (size_t i = 0; i < US_COUNT(echoes); i++)
		us_print_member_raw(p, echoes[i].name, said(req, i));
	us_print_member_null(p, "previous_response_id");
	us_print_member_bool(p, "background", false);
	us_print_member_bool(p, "store", false);
	if (us_set(req->service_tier))
		us_print_member(p, "service_tier", US_SPAN("default"));
}
