/* event_json.c - an event as a line of JSON */
#include "state/event_json.h"

#include "base/clock.h"
#include "base/utf8.h"

/* Names in the page hold no controls. One that was cut may end in the middle of a character. */
static void put_text(struct us_buf *out, const char *key, const char *text, size_t size)
{
	size_t n = strnlen(text, size), length;
	uint32_t c;

	if (!n)
		return;
	us_buf_addf(out, ",\"%s\":\"", key);
	for (size_t i = 0; i < n; i += length ? length : 1) {
		length = us_utf8(us_span(text + i, n - i), &c);
		if (text[i] == '"' || text[i] == '\\')
			us_buf_add_char(out, '\\');
		if (length)
			us_buf_add(out, text + i, length);
		else
			us_buf_add_char(out, '?');
	}
	us_buf_add_char(out, '"');
}

static void put_number(struct us_buf *out, const char *key, uint64_t n)
{
	us_buf_addf(out, ",\"%s\":%llu", key, (unsigned long long)n);
}

static void put_if(struct us_buf *out, const char *key, uint64_t n)
{
	if (n)
		put_number(out, key, n);
}

static void put_call(struct us_buf *out, const struct us_event *e)
{
	char name[US_LOWER_NAME];

	us_buf_addf(out, ",\"outcome\":\"%s\"", us_lower_name(name, us_end_name(e->how)));
	put_number(out, "attempts", e->attempt);
	put_number(out, "ms", e->ms);
	if (e->how == US_END_SERVED)
		put_number(out, "first_content_ms", e->first_ms);
	put_if(out, "input_tokens", e->tokens_in);
	put_if(out, "output_tokens", e->tokens_out);
}

static void put_rest(struct us_buf *out, const struct us_event *e)
{
	bool timed = e->kind == US_EVENT_VERDICT || e->kind == US_EVENT_WAIT;

	put_if(out, "attempt", e->attempt);
	if (e->kind == US_EVENT_BREAKER)
		us_buf_addf(out, ",\"state\":\"%s\"", us_turn_word(e->how));
	if (e->ms || timed)
		put_number(out, e->kind == US_EVENT_SPLICE ? "bytes" : "ms", e->ms);
}

int us_event_json(struct us_buf *out, const struct us_page *page, const struct us_event *e)
{
	const struct us_slot *s = us_page_numbered(page, e->slot);
	const struct us_tree *t = us_page_tree_numbered(page, e->tree);
	char at[US_CLOCK_TEXT], name[US_LOWER_NAME];

	us_clock_text(at, e->at_ms);
	us_buf_addf(out, "{\"time\":\"%s\",\"event\":\"%s\",\"pid\":%u,\"call\":%u", at,
	            us_event_word(e->kind), e->pid, e->call);
	if (t)
		put_text(out, "name", t->name, sizeof(t->name));
	if (s) {
		put_text(out, "provider", s->provider, sizeof(s->provider));
		put_text(out, "model", s->model, sizeof(s->model));
		put_text(out, "key", s->variable, sizeof(s->variable));
	}
	if (e->kind == US_EVENT_CALL)
		put_call(out, e);
	else
		put_rest(out, e);
	if (e->cause != US_CAUSE_NONE)
		us_buf_addf(out, ",\"cause\":\"%s\"",
		            us_lower_name(name, us_cause_name((enum us_cause)e->cause)));
	put_if(out, "status", e->status);
	us_buf_add_str(out, "}\n");
	return out->err;
}
