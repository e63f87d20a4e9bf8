/* run.c - one managed transfer, while it runs */
#include "run.h"

#include "attempt.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/rand.h"
#include "show.h"

#include <stdio.h>

#define SLICE_MS 1000                /* a program's progress callback is called at least so often */
#define CURL_RETRIES 5               /* libcurl's own: CONN_MAX_RETRIES */
#define LATE_MAX ((size_t)256 << 20) /* what may wait behind a program's pause */

/* --- how attempts end ------------------------------------------------------------------------ */

/* `now_ms` is no earlier: what comes after is added to its time. */
static void own_ended(struct run *r, CURLcode code, uint64_t now_ms)
{
	if (!r->goes_on)
		r->own = code;
	r->own_end_ms = now_ms;
}

/* A stream that is refused, or a connection that dies before it bears anything: libcurl asks again
 * by itself. When it has done so as often as it ever does, it is not we who should begin anew. */
static enum us_cause cause_of(const struct flight *f, CURLcode code)
{
	enum us_cause cause = attempt_cause(code);

	return cause == US_CAUSE_RESET && flight_connects(f) > CURL_RETRIES ? US_CAUSE_CONNECT
	                                                                    : cause;
}

/* What became of one that was outrun is no word about the call. */
static void forget_error(struct run *r)
{
	if (r->shown)
		show_error(r->shadow, "");
}

static void tell_end(struct flight *f, enum us_cause cause)
{
	struct us_call *call = f->run->call;

	if (us_call_about(call, f->number))
		us_call_ended(call, cause, f->run->fleet->now_ms);
}

void run_ended(struct flight *f, CURLcode code)
{
	struct run *r = f->run;

	r->fleet->now_ms = us_clock_ms(); /* it may have taken long: the next begins now */
	flight_landed(f);
	if (flight_is_own(f))
		own_ended(r, code, r->fleet->now_ms);
	if (r->captures && r->capture.lost)
		us_call_unrepeatable(r->call);
	if (f->cancelled) {
		forget_error(r);
		return;
	}
	r->ended = code;
	r->latest = f;
	tell_end(f, cause_of(f, code));
}

bool run_is_mute(const struct run *r) { return !r->shown; }

/* --- orders ---------------------------------------------------------------------------------- */

static bool dress(struct flight *f, const struct us_order *o)
{
	struct run *r = f->run;

	if (!o->to->own)
		return attempt_dress_target(f, o) == CURLE_OK;
	if (r->shown)
		show_goes_on(r);
	r->own_ms = f->began_ms;
	return attempt_dress_own(f, o) && (!r->captures || capture_rewind(&r->capture));
}

static void send_order(struct run *r, const struct us_order *o)
{
	struct flight *f = flight_free(r);
	bool own = o->to->own;

	r->attempts++;
	if (f) {
		f->number = o->flight;
		f->began_ms = f->queue_ms = r->fleet->now_ms;
		f->connects_before = r->connects;
		f->queues = flight_may_queue(r);
		f->turn_ms = 0;
		r->latest = flight_any(r) ? r->latest : f;
		if (dress(f, o) && flight_launch(f, own ? r->shadow->handle : f->target))
			return;
	}
	r->ended = CURLE_FAILED_INIT;
	if (own)
		own_ended(r, r->ended, us_clock_ms());
	if (us_call_about(r->call, o->flight))
		us_call_ended(r->call, US_CAUSE_LOCAL, r->fleet->now_ms);
}

/* The program's handle is taken out before its end, of which libcurl would tell the program's
 * progress callback. */
static void stop_own(struct flight *f)
{
	const struct shadow *s = f->run->shadow;
	bool tells = !shadow_long(s, CURLOPT_NOPROGRESS, 1);

	if (tells)
		s->real->easy_setopt(s->handle, CURLOPT_NOPROGRESS, 1L);
	flight_end(f);
	if (tells)
		s->real->easy_setopt(s->handle, CURLOPT_NOPROGRESS, 0L);
	own_ended(f->run, CURLE_OPERATION_TIMEDOUT, us_clock_ms());
}

/* As if it had timed out by itself. True: on the program's handle. */
static bool stop(struct flight *f)
{
	bool own = flight_is_own(f);

	if (own)
		stop_own(f);
	else
		flight_end(f);
	return own;
}

static void cancel(struct flight *f)
{
	if (f && f->handle && stop(f) && !f->run->goes_on)
		show_error(f->run->shadow, "Operation timed out: no answer in time");
}

static void stop_outrun(struct run *r)
{
	for (size_t i = 0; i < r->nflights; i++)
		if (flight_is_outrun(r->flights[i]))
			stop(r->flights[i]);
}

static void fetch_body(struct run *r)
{
	bool whole;

	r->unread = r->joining;
	if (r->unread)
		return;
	whole = r->captures &&
	        (flight_any(r) ? capture_is_whole(&r->capture) : capture_all(&r->capture));
	if (whole)
		r->asked.body = us_buf_span(&r->capture.kept);
	if (whole && !r->asked.body.p)
		r->asked.body = us_span("", 0);
	us_call_request_body(r->call, whole ? r->asked.body : us_span(NULL, 0), r->fleet->now_ms);
}

bool run_obey(struct run *r, enum us_finish *how)
{
	stop_outrun(r);
	if (r->unread)
		fetch_body(r);
	for (;;) {
		struct us_order o;

		if (r->joining && us_call_urgent(r->call))
			return false; /* a kept answer: when the loop goes on */
		o = us_call_next(r->call);

		switch (o.kind) {
		case US_ORDER_NONE:
			return false;
		case US_ORDER_CANCEL:
			cancel(flight_find(r, o.flight));
			break;
		case US_ORDER_RELAY:
			show_bytes(r, &o);
			break;
		case US_ORDER_BODY:
			fetch_body(r);
			break;
		case US_ORDER_SEND:
			send_order(r, &o);
			break;
		case US_ORDER_FINISH:
			show_progress(r);
			r->over = true;
			*how = o.finish;
			return true;
		}
	}
}

CURLcode run_result(struct run *r, enum us_finish how)
{
	const struct shadow *s = r->shadow;

	if (r->relay.state == RELAY_BROKEN) {
		show_error(s, r->relay.broke_text);
		return r->relay.broke;
	}
	if (r->relay.skip_body && how != US_FINISH_CUT) {
		char text[64];

		snprintf(text, sizeof(text), "The requested URL returned error: %u",
		         r->refused_status);
		show_error(s, text);
		return CURLE_HTTP_RETURNED_ERROR;
	}
	switch (how) {
	case US_FINISH_AS_ENDED:
		if (r->latest->handle && !flight_is_own(r->latest))
			show_error(s, r->latest->error);
		return r->ended;
	case US_FINISH_OWN:
		return r->own;
	case US_FINISH_CUT:
		show_error(s, "transfer closed with outstanding read data remaining");
		return CURLE_PARTIAL_FILE;
	default:
		if (us_call_spliced(r->call))
			show_error(s, ""); /* what broke off has left its words */
		return CURLE_OK;
	}
}

/* --- time ------------------------------------------------------------------------------------ */

/* Is there a progress callback that libcurl does not call, because nothing flies? */
static bool owes_progress(const struct run *r)
{
	return !flight_any(r) && !shadow_long(r->shadow, CURLOPT_NOPROGRESS, 1);
}

uint64_t run_due(const struct run *r)
{
	uint64_t due = r->unread ? 0 : us_call_due(r->call);

	for (size_t i = 0; i < r->nflights; i++) {
		if (flight_is_outrun(r->flights[i]))
			due = 0;
		if (flight_waits(r->flights[i]))
			due = us_sooner(due, r->flights[i]->queue_ms + SLICE_MS);
	}
	return owes_progress(r) ? us_sooner(due, r->progress_ms + SLICE_MS) : due;
}

void run_heard(struct run *r)
{
	uint64_t due = r->multi ? run_due(r) : US_NEVER; /* a blocking call asks by itself */

	if (due < r->fleet->bound)
		r->fleet->bound = due;
}

void run_time(struct run *r)
{
	uint64_t now = r->fleet->now_ms;

	for (size_t i = 0; i < r->nflights; i++)
		if (flight_waits(r->flights[i]))
			flight_look_at_queue(r->flights[i]);
	if (r->relay.state == RELAY_PAUSED)
		us_call_paused(r->call, now);
	else
		us_call_timer(r->call, now);
}

bool run_idle(struct run *r)
{
	if (!owes_progress(r))
		return false;
	r->progress_ms = us_clock_ms();
	return attempt_progress(r, 0, 0, 0, 0);
}

/* --- birth and death ------------------------------------------------------------------------- */

/* Zeroed, but for a spare call. */
static struct run *memory(struct shadow *s)
{
	struct run *r = s->spare;

	s->spare = NULL;
	return r ? r : us_calloc(1, sizeof(*r));
}

struct run *run_new(struct shadow *s, struct world *w, struct asked *asked, CURLM *in,
                    struct fleet *fleet)
{
	struct run *r = world_open() ? memory(s) : NULL;

	if (!r) {
		asked_fini(asked);
		return NULL;
	}
	asked_find_slot(asked, s, &w->page);
	r->asked = *asked;
	r->shadow = s;
	r->world = w;
	r->in = in;
	r->fleet = fleet ? fleet : &r->alone;
	r->began_ms = r->progress_ms = r->fleet->now_ms = us_clock_ms();
	r->captures = !r->asked.body.p;
	flight_add(r, &r->first);
	r->latest = &r->first;
	relay_init(&r->relay, s, LATE_MAX);
	capture_init(&r->capture, s, w->conf.body_max);
	result_forget(s);
	s->run = r;
	r->call = us_call_new(r->call, &w->env, &r->asked.own, r->asked.body, world_next_call(),
	                      us_rand_seed(), r->began_ms);
	if (r->call)
		return r;
	run_finish(r);
	return NULL;
}

void run_finish(struct run *r)
{
	struct shadow *s = r->shadow;

	/* Whoever leaves in the middle takes no provider's permit along. */
	if (r->call && !r->over)
		us_call_ended(r->call, US_CAUSE_PROGRAM, us_clock_ms());
	flight_end_all(r);
	attempt_undress_own(r);
	s->run = NULL;
	if (r->call)
		us_call_clear(r->call);
	flight_drop_all(r);
	s->real->slist_free_all(r->own_headers);
	s->real->slist_free_all(r->key_headers);
	relay_fini(&r->relay);
	capture_fini(&r->capture);
	asked_fini(&r->asked);
	shadow_let_go(s);
	*r = (struct run){ .call = r->call };
	s->spare = r;
}

void run_free(struct run *spare)
{
	if (!spare)
		return;
	us_call_free(spare->call);
	us_free(spare);
}
