/* gemini_error.c - error documents of Google's APIs
 *
 * google.rpc.Status as JSON: a code that is an HTTP status, a status word, and details of which
 * ErrorInfo says the reason and RetryInfo how long to wait. A stream that is an array has it as its
 * only element.
 */
#include "wire/gemini.h"

static const struct {
	unsigned status;
	const char *word;
} errors[] = {
#define X(status, word) { status, word },
	US_GEMINI_ERRORS(X)
#undef X
};

/* "34.074824224s", in milliseconds. */
static uint64_t duration(struct us_span s)
{
	uint64_t ms = 0, unit = 1000;
	bool fraction = false;

	for (size_t i = 0; i < s.n && ms < UINT32_MAX; i++) {
		char c = s.p[i];

		if (c == 's' && i + 1 == s.n)
			return ms;
		if (c == '.' && !fraction)
			fraction = true;
		else if (c < '0' || c > '9')
			return 0;
		else if (fraction)
			ms += (uint64_t)(c - '0') * (unit /= 10);
		else
			ms = ms * 10 + (uint64_t)(c - '0') * 1000;
	}
	return 0;
}

static void read_details(struct us_val details, struct us_arena *a, struct us_hub_err *out)
{
	for (struct us_iter it = us_iter(details); us_iter_next(&it);) {
		struct us_span type = us_gemini_str(it.val, "@type", a);

		if (us_span_ends(type, "google.rpc.ErrorInfo"))
			out->code = us_gemini_str(it.val, "reason", a);
		else if (us_span_ends(type, "google.rpc.RetryInfo"))
			out->retry_ms = duration(us_gemini_str(it.val, "retryDelay", a));
	}
}

/* The number counts; a gateway may leave it out. */
static unsigned status_of(struct us_val error, struct us_span word)
{
	uint64_t code;

	if (us_val_u64(us_val_get(error, "code"), &code) && code >= 100 && code <= 599)
		return (unsigned)code;
	for (size_t i = 0; i < US_COUNT(errors); i++)
		if (us_span_is(word, errors[i].word))
			return errors[i].status;
	return 0;
}

bool us_gemini_decode_error(struct us_val body, struct us_arena *a, struct us_hub_err *out)
{
	struct us_iter it = us_iter(body);
	struct us_val e;

	*out = (struct us_hub_err){ 0 };
	if (us_val_is(body, US_J_ARRAY) && us_iter_next(&it))
		body = it.val;
	e = us_val_get(body, "error");
	if (!us_val_is(e, US_J_OBJECT))
		return false;
	out->type = us_gemini_str(e, "status", a);
	out->message = us_gemini_str(e, "message", a);
	out->status = status_of(e, out->type);
	read_details(us_val_get(e, "details"), a, out);
	return true;
}

static const char *word_of(unsigned status)
{
	for (size_t i = 0; i < US_COUNT(errors); i++)
		if (errors[i].status == status)
			return errors[i].word;
	if (status == 529)
		return "UNAVAILABLE";
	return status >= 400 && status < 500 ? "FAILED_PRECONDITION" : "INTERNAL";
}

/* 529 is Anthropic's: programs of Google's know 503. */
void us_gemini_put_error(struct us_print *p, const struct us_hub_err *e)
{
	unsigned status = !e->status ? 500 : e->status == 529 ? 503 : e->status;

	us_print_key(p, "error");
	us_print_open(p, '{');
	us_print_member_u64(p, "code", status);
	us_print_member(p, "message", e->message.n ? e->message : US_SPAN("The provider failed."));
	us_print_member(p, "status", us_span_of(word_of(status)));
	us_print_close(p, '}');
}

int us_gemini_encode_error(const struct us_hub_err *e, struct us_buf *out)
{
	struct us_print p = us_print(out);

	us_print_open(&p, '{');
	us_gemini_put_error(&p, e);
	us_print_close(&p, '}');
	return out->err;
}
