/* openai_error.c - error documents of OpenAI and of those who speak like it
 *
 * The official form is {"error":{message,type,param,code}}. Compatible servers also send the error
 * as a bare string, with a number as its code, flat, within an array, or as FastAPI's `detail`.
 */
#include "wire/openai_error.h"

/* How OpenAI would have said it; the first row that fits. `word` is the type by which other
 * providers name the same trouble, for errors that came without a status. */
static const struct {
	unsigned low, high;
	const char *word, *type, *code;
} rows[] = {
	{ 401, 401, "authentication_error", "authentication_error", "invalid_api_key" },
	{ 403, 403, "permission_error", "permission_error", NULL },
	{ 404, 404, "not_found_error", "invalid_request_error", "model_not_found" },
	{ 413, 413, "request_too_large", "request_too_large", NULL },
	{ 429, 429, "rate_limit_error", "requests", "rate_limit_exceeded" },
	{ 400, 499, "invalid_request_error", "invalid_request_error", NULL },
	{ 504, 504, "timeout_error", "timeout_error", NULL },
	{ 0, 599, NULL, "server_error", NULL },
};

/* Strings as text, anything else as its bytes, null and nothing as unset. */
static struct us_span text_of(struct us_val v, struct us_arena *a)
{
	if (us_val_is(v, US_J_STRING))
		return us_val_str(v, a);
	return us_val_given(v) ? us_val_raw(v) : us_span(NULL, 0);
}

/* Many servers put the status in the code, as a number or a string. */
static void set_code(struct us_hub_err *out, struct us_val v, struct us_arena *a)
{
	uint64_t number;

	if (!us_val_given(v))
		return;
	out->code = text_of(v, a);
	if (us_span_u64(out->code, &number) && number >= 100 && number <= 599)
		out->status = (unsigned)number;
}

/* The members that both the nested and the flat form have. */
static void read_members(struct us_val v, struct us_arena *a, struct us_hub_err *out)
{
	struct us_val type = us_val_get(v, "type");
	struct us_val raw = us_val_get(us_val_get(v, "metadata"), "raw");

	out->message = text_of(us_val_get(v, "message"), a);
	if (us_val_is(raw, US_J_STRING)) /* OpenRouter: what the provider behind it said */
		out->message = us_val_str(raw, a);
	out->type = text_of(us_val_given(type) ? type : us_val_get(v, "status"), a);
	out->param = text_of(us_val_get(v, "param"), a);
	set_code(out, us_val_get(v, "code"), a);
}

/* Programs take any value that is true for an error; an empty object says nothing. */
bool us_openai_error_value(struct us_val error, struct us_arena *a, struct us_hub_err *out)
{
	if (us_val_is(error, US_J_OBJECT) && us_val_count(error)) {
		read_members(error, a, out);
		return true;
	}
	out->message = us_val_str(error, a);
	return out->message.n > 0;
}

/* FastAPI: a text, or a list of {loc, msg, type}. */
static bool read_detail(struct us_val detail, struct us_arena *a, struct us_hub_err *out)
{
	struct us_iter it = us_iter(detail);
	struct us_val first = detail;

	if (!us_val_given(detail))
		return false;
	if (us_val_is(detail, US_J_ARRAY) && us_iter_next(&it))
		first = it.val;
	out->message = text_of(us_val_is(first, US_J_OBJECT) ? us_val_get(first, "msg") : first, a);
	out->type = text_of(us_val_get(first, "type"), a);
	out->param = text_of(us_val_get(first, "loc"), a);
	if (!out->message.n)
		out->message = us_val_raw(detail);
	return true;
}

/* Gemini wraps the document in a list. The flat forms are believed only of documents that hold no
 * choices: an answer may well have a message. */
bool us_openai_decode_error(struct us_val body, struct us_arena *a, struct us_hub_err *out)
{
	struct us_iter it = us_iter(body);

	*out = (struct us_hub_err){ 0 };
	if (us_val_is(body, US_J_ARRAY) && us_iter_next(&it))
		body = it.val;
	if (!us_val_is(body, US_J_OBJECT))
		return false;
	if (us_openai_error_value(us_val_get(body, "error"), a, out)) {
		if (!us_set(out->code))
			set_code(out, us_val_get(body, "code"), a);
		return true;
	}
	if (us_val_given(us_val_get(body, "choices")))
		return false;
	if (us_val_is(us_val_get(body, "message"), US_J_STRING)) {
		read_members(body, a, out);
		return true;
	}
	return read_detail(us_val_get(body, "detail"), a, out);
}

/* The status decides, where there is one. */
static size_t row_of(const struct us_hub_err *e)
{
	size_t i = 0;

	for (; i + 1 < US_COUNT(rows); i++)
		if (e->status ? e->status >= rows[i].low && e->status <= rows[i].high
		              : us_span_is(e->type, rows[i].word))
			break;
	return i;
}

/* Programs switch on type and code, so these are never the foreign provider's. */
void us_openai_print_error(struct us_print *p, const struct us_hub_err *e)
{
	size_t row = row_of(e);

	us_print_key(p, "error");
	us_print_open(p, '{');
	us_print_member(p, "message", e->message.n ? e->message : US_SPAN("The provider failed."));
	us_print_member(p, "type", us_span_of(rows[row].type));
	us_print_key(p, "param");
	if (e->param.n)
		us_print_str(p, e->param);
	else
		us_print_null(p);
	us_print_key(p, "code");
	if (rows[row].code)
		us_print_str(p, us_span_of(rows[row].code));
	else
		us_print_null(p);
	us_print_close(p, '}');
}

int us_openai_encode_error(const struct us_hub_err *e, struct us_buf *out)
{
	struct us_print p = us_print(out);

	us_print_open(&p, '{');
	us_openai_print_error(&p, e);
	us_print_close(&p, '}');
	return out->err;
}
