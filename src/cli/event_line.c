/* event_line.c - an event in a line, for people */
#include "cli/event_line.h"

#include "base/clock.h"

#define LINE_MAX_BYTES 4096

static void put_status(struct us_buf *b, const struct us_event *e)
{
	if (e->status)
		us_buf_addf(b, "%sHTTP %u", b->n && b->p[b->n - 1] != ' ' ? ", " : "", e->status);
}

static void put_call(struct us_buf *b, const struct us_event *e)
{
	us_buf_addf(b, "%s after %u ms", us_end_word(e->how), e->ms);
	if (e->how == US_END_SERVED)
		us_buf_addf(b, ", first content after %u ms", e->first_ms);
	put_status(b, e);
	if (e->tokens_in || e->tokens_out)
		us_buf_addf(b, ", tokens %u in, %u out", e->tokens_in, e->tokens_out);
	if (e->attempt > 1)
		us_buf_addf(b, ", %u attempts", e->attempt);
}

static void put_cause(struct us_buf *b, const struct us_event *e)
{
	if (e->cause != US_CAUSE_STATUS) /* which the status itself says better */
		us_buf_add_str(b, us_cause_words((enum us_cause)e->cause));
	put_status(b, e);
}

static void put_turn(struct us_buf *b, const struct us_event *e)
{
	us_buf_add_str(b, us_turn_word(e->how));
	if (e->ms) {
		us_buf_add_str(b, " for ");
		us_out_time(b, e->ms);
	}
	if (e->cause != US_CAUSE_NONE) {
		us_buf_add_str(b, ": ");
		put_cause(b, e);
	}
}

static void put_details(struct us_buf *b, const struct us_event *e)
{
	switch (e->kind) {
	case US_EVENT_CALL:
		put_call(b, e);
		break;
	case US_EVENT_ATTEMPT:
		us_buf_addf(b, "number %u", e->attempt);
		break;
	case US_EVENT_VERDICT:
		us_buf_addf(b, "failed after %u ms: ", e->ms);
		put_cause(b, e);
		break;
	case US_EVENT_WAIT:
	case US_EVENT_SKIP:
		us_out_time(b, e->ms);
		break;
	case US_EVENT_HEDGE:
		us_buf_addf(b, "asked too, after %u ms", e->ms);
		break;
	case US_EVENT_SPLICE:
		us_buf_addf(b, "after %u bytes of answer", e->ms);
		break;
	case US_EVENT_CUT:
		put_cause(b, e);
		break;
	case US_EVENT_BREAKER:
		put_turn(b, e);
		break;
	default:
		break;
	}
}

/* What somebody should see at once. */
static enum us_paint paint_of(const struct us_event *e)
{
	if (e->kind == US_EVENT_CALL)
		return us_end_is_good(e->how) ? US_PAINT_GREEN : US_PAINT_RED;
	if (e->kind == US_EVENT_BREAKER)
		return e->how == US_TURN_CLOSED ? US_PAINT_GREEN : US_PAINT_RED;
	return e->kind == US_EVENT_FAILOVER || e->kind == US_EVENT_CUT ? US_PAINT_YELLOW
	                                                               : US_PAINT_NONE;
}

void us_event_line(const struct us_out *out, const struct us_page *page, const struct us_event *e)
{
	const struct us_slot *s = us_page_numbered(page, e->slot);
	const struct us_tree *t = us_page_tree_numbered(page, e->tree);
	char at[US_CLOCK_TEXT];
	struct us_buf b;

	us_buf_init(&b, LINE_MAX_BYTES);
	put_details(&b, e);
	us_clock_text(at, e->at_ms);
	us_out_add(out, US_PAINT_NONE, "%s %s%s%u:%u ", at, t ? t->name : "", t ? " " : "", e->pid,
	           e->call);
	us_out_add(out, paint_of(e), "%-8s", us_event_word(e->kind));
	us_out_add(out, US_PAINT_NONE, " %.32s%s%.96s%s%s%.64s%s%s", s ? s->provider : "?",
	           s && s->model[0] ? " (" : "", s ? s->model : "", s && s->model[0] ? ")" : "",
	           s && s->variable[0] ? " " : "", s ? s->variable : "", b.n ? "  " : "",
	           us_buf_cstr(&b));
	fputc('\n', out->to);
	us_buf_fini(&b);
}
