/* show.c - what the program is shown: released bytes, error texts, and the facts that fit them */
#include "show.h"

#include "attempt.h"
#include "base/clock.h"

#include <stdio.h>

void show_error(const struct shadow *s, const char *text)
{
	char *buffer = shadow_value(s, CURLOPT_ERRORBUFFER, NULL);

	if (buffer)
		snprintf(buffer, CURL_ERROR_SIZE, "%s", text);
}

static curl_off_t span_us(uint64_t from_ms, uint64_t to_ms)
{
	return (curl_off_t)(to_ms - from_ms) * 1000;
}

/* Of what was kept, by nobody; of another provider's answer, by our handle. NULL without memory. */
static struct result *facts_of(const struct run *r, bool by_target, struct us_span head)
{
	const struct flight *by = r->latest;
	bool recalled = us_call_recalled(r->call);
	struct result *f =
		result_new(by_target && !recalled ? by->target : NULL, r->asked.url_text);

	if (!f)
		return NULL;
	f->before_us = span_us(r->began_ms, by_target ? by->began_ms : r->own_ms);
	f->connects_before = by->connects_before;
	if (!recalled)
		return f;
	f->before_us = span_us(r->began_ms, us_clock_ms());
	f->connects_before = r->connects;
	result_of_nobody(f, r->shadow->real, r->asked.own.origin, head);
	return f;
}

/* Of a single attempt on the program's own handle libcurl's answers hold as they are. */
static void begin_facts(struct run *r, struct us_span head)
{
	struct shadow *s = r->shadow;
	const struct us_candidate *who = us_call_served_by(r->call);
	bool by_target = us_call_recalled(r->call) || (who && !who->own);

	if (s->result || (!by_target && r->attempts == 1 && !r->relay.skip_body && !r->reworded &&
	                  !r->url_changed))
		return;
	s->result = facts_of(r, by_target, head);
	if (!s->result)
		return;
	s->result->head_bytes = r->shown_head;
	s->result->body_bytes = r->shown_body;
	s->result->uploaded = (curl_off_t)r->asked.body.n;
	s->result->refused = r->relay.skip_body;
	s->result->reworded = r->reworded;
	s->result->url_changed = r->url_changed;
	if (by_target)
		result_head(s->result, head);
}

/* FAILONERROR is ours to obey: libcurl would have closed the transfer before we could read why. Of
 * several heads the last one counts. */
static void judge_head(struct run *r, struct us_span head)
{
	struct us_span line;

	if (!shadow_long(r->shadow, CURLOPT_FAILONERROR, 0))
		return;
	while (us_span_next(&head, '\n', &line)) {
		const char *blank =
			us_span_starts(line, "HTTP/") ? memchr(line.p, ' ', line.n) : NULL;
		uint64_t status;

		if (!blank || line.p + line.n - blank < 4 ||
		    !us_span_u64(us_span(blank + 1, 3), &status))
			continue;
		r->refused_status = (unsigned)status;
		r->relay.skip_body = status >= 400;
	}
}

void show_bytes(struct run *r, const struct us_order *relay)
{
	struct us_span head = relay->head, body = relay->body;
	struct flight *by = flight_find(r, relay->flight);
	struct result *result = r->shadow->result;
	bool first = !result;

	r->shown = true;
	judge_head(r, head);
	r->latest = by ? by : r->latest;
	begin_facts(r, head);
	result = r->shadow->result;
	if (first && result && result->target)
		show_error(r->shadow, ""); /* the own provider's failure has left its words */
	r->shown_head += (curl_off_t)head.n;
	r->shown_body += r->relay.skip_body ? 0 : (curl_off_t)body.n;
	if (result) {
		result->head_bytes = r->shown_head;
		result->body_bytes = r->shown_body;
	}
	relay_play(&r->relay, head, body);
}

/* Another transfer takes the program's handle: what it was told of the one that broke off is noted
 * before. */
void show_goes_on(struct run *r)
{
	struct shadow *s = r->shadow;
	long status = 0;

	if (r->goes_on)
		return;
	r->goes_on = true;
	s->real->easy_getinfo(s->handle, CURLINFO_RESPONSE_CODE, &status);
	begin_facts(r, us_span("", 0));
	if (s->result && !s->result->target)
		s->result->status = status;
}

void show_progress(struct run *r)
{
	const struct result *result = r->shadow->result;
	curl_off_t sent = (curl_off_t)r->asked.body.n;

	if (!result || !result->blank || r->relay.state == RELAY_BROKEN ||
	    !attempt_progress(r, result->length > 0 ? result->length : 0, result->body_bytes, sent,
	                      sent))
		return;
	r->relay.state = RELAY_BROKEN;
	r->relay.broke = CURLE_ABORTED_BY_CALLBACK;
	r->relay.broke_text = "Callback aborted";
}

/* The attempt that is shown need not be the last one: others may have tried after it, in vain. */
void show_end(struct run *r)
{
	struct shadow *s = r->shadow;
	long connects = 0;

	begin_facts(r, us_span("", 0));
	if (!s->result)
		return;
	s->result->spliced = us_call_spliced(r->call);
	if (!s->result->target)
		s->result->after_us = span_us(r->own_end_ms, us_clock_ms());
	if (!s->result->target && r->goes_on)
		s->result->before_us = span_us(r->began_ms, r->own_ms);
	if (s->result->blank)
		s->result->after_us = span_us(r->began_ms, us_clock_ms()) - s->result->before_us;
	s->real->easy_getinfo(result_facts(s), CURLINFO_NUM_CONNECTS, &connects);
	s->result->connects_before = r->connects - connects;
}
