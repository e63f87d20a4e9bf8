/* run.c - one managed transfer, while it runs */
#include "run.h"

#include "attempt.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/rand.h"
#include "show.h"
#include "sigpipe.h"

#include <stdio.h>

#define SLICE_MS 1000                /* a program's progress callback is called at least so often */
#define LATE_MAX ((size_t)256 << 20) /* what may wait behind a program's pause */

/* --- flights --------------------------------------------------------------------------------- */

static void count_connects(struct run *r)
{
	long connects = 0;

	r->shadow->real->easy_getinfo(r->flying, CURLINFO_NUM_CONNECTS, &connects);
	r->connects += connects;
}

static void take_out(struct run *r)
{
	r->shadow->real->multi_remove_handle(r->in, r->flying);
	r->flying = NULL;
}

/* Closing may write. */
static void break_off(struct run *r)
{
	struct sigpipe pipe;

	r->fleet->aloft--;
	count_connects(r);
	sigpipe_block(&pipe, r->shadow);
	take_out(r);
	sigpipe_restore(&pipe);
}

void run_land(struct run *r)
{
	if (!r->flying)
		return;
	if (r->landed)
		take_out(r);
	else
		break_off(r);
}

/* Adds a dressed handle. False: it can't be sent. */
static bool launch(struct run *r, CURL *handle)
{
	struct shadow *s = r->shadow;

	r->cancelled = r->landed = false;
	r->skip_head = r->skip_body = 0;
	r->refused = r->in ? s->real->multi_add_handle(r->in, handle) : CURLM_OUT_OF_MEMORY;
	if (r->refused) {
		show_error(s, "easy handle already used in multi handle");
		return false;
	}
	r->flying = handle;
	r->fleet->aloft++;
	r->fleet->launched++;
	return true;
}

static void own_ended(struct run *r, CURLcode code)
{
	r->own = code;
	r->own_end_ms = us_clock_ms(); /* not earlier: what comes after is added to its time */
}

void run_ended(struct run *r, CURLcode code)
{
	count_connects(r);
	r->ended = code;
	r->landed = true;
	r->fleet->aloft--;
	if (r->flying == r->shadow->handle)
		own_ended(r, code);
	if (r->captures && r->capture.lost)
		us_call_unrepeatable(r->call);
	if (!r->cancelled)
		us_call_ended(r->call, attempt_cause(code), r->fleet->now_ms);
}

bool run_is_mute(const struct run *r) { return !r->shown; }

/* --- waiting for a connection ---------------------------------------------------------------- */

/* A multi may be told to have few connections: more attempts than that wait in it for their turn,
 * and neither that nor how long it takes is the provider's doing. libcurl does not tell when the
 * turn comes (the times of its stages include the waiting, or not, as its version has it): we look
 * now and then whether the first stage is done, and count from when it is seen to be. */
static bool may_queue(const struct run *r)
{
	const struct fleet *f = r->fleet;

	return f->slots && f->handles - (r->shadow->member != NULL) >= f->slots;
}

static bool has_done(const struct run *r, CURLINFO stage)
{
	curl_off_t us = 0;

	r->shadow->real->easy_getinfo(r->flying, stage, &us);
	return us > 0;
}

static void look_at_queue(struct run *r)
{
	bool connected = has_done(r, CURLINFO_PRETRANSFER_TIME_T);

	r->queue_ms = r->fleet->now_ms;
	if (!r->turn_ms && has_done(r, CURLINFO_NAMELOOKUP_TIME_T))
		r->turn_ms = r->queue_ms;
	r->queues = !connected;
	us_call_queued(r->call, r->turn_ms ? r->turn_ms : r->queue_ms, connected);
}

/* --- orders ---------------------------------------------------------------------------------- */

static void send_order(struct run *r, const struct us_order *o)
{
	uint64_t now = r->fleet->now_ms;
	bool own = o->to->own, ready;

	run_land(r);
	r->attempts++;
	r->attempt_ms = now;
	r->connects_before = r->connects;
	r->queues = may_queue(r);
	r->queue_ms = now;
	r->turn_ms = 0;
	if (own) {
		r->own_ms = now;
		attempt_dress_own(r, o);
		ready = !r->captures || capture_rewind(&r->capture);
	} else {
		ready = attempt_dress_target(r, o) == CURLE_OK;
	}
	if (ready && launch(r, own ? r->shadow->handle : shadow_target_handle(r->shadow)))
		return;
	r->ended = CURLE_FAILED_INIT;
	if (own)
		own_ended(r, r->ended);
	us_call_ended(r->call, US_CAUSE_LOCAL, now);
}

/* As if it had timed out by itself. */
static void cancel(struct run *r)
{
	bool own = r->flying == r->shadow->handle;

	run_land(r);
	if (!own)
		return;
	own_ended(r, CURLE_OPERATION_TIMEDOUT);
	show_error(r->shadow, "Operation timed out: no answer in time");
}

static void fetch_body(struct run *r)
{
	bool whole;

	r->unread = r->joining;
	if (r->unread)
		return;
	whole = r->captures && capture_all(&r->capture);
	if (whole)
		r->asked.body = us_buf_span(&r->capture.kept);
	if (whole && !r->asked.body.p)
		r->asked.body = us_span("", 0);
	us_call_request_body(r->call, whole ? r->asked.body : us_span(NULL, 0), r->fleet->now_ms);
}

bool run_obey(struct run *r, enum us_finish *how)
{
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
			cancel(r);
			break;
		case US_ORDER_RELAY:
			show_bytes(r, o.head, o.body);
			break;
		case US_ORDER_BODY:
			fetch_body(r);
			break;
		case US_ORDER_SEND:
			send_order(r, &o);
			break;
		case US_ORDER_FINISH:
			if (us_call_recalled(r->call))
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
		if (r->flying && r->flying != s->handle)
			show_error(s, r->target_error);
		return r->ended;
	case US_FINISH_OWN:
		return r->own;
	case US_FINISH_CUT:
		show_error(s, "transfer closed with outstanding read data remaining");
		return CURLE_PARTIAL_FILE;
	default:
		return CURLE_OK;
	}
}

/* --- time ------------------------------------------------------------------------------------ */

/* Is there a progress callback that libcurl does not call, because nothing flies? */
static bool owes_progress(const struct run *r)
{
	return (!r->flying || r->landed) && !shadow_long(r->shadow, CURLOPT_NOPROGRESS, 1);
}

static bool waits_for_connection(const struct run *r)
{
	return r->queues && r->flying && !r->landed && !r->shown &&
	       us_call_due(r->call) != US_NEVER;
}

uint64_t run_due(const struct run *r)
{
	uint64_t due = r->unread ? 0 : us_call_due(r->call), slice = r->progress_ms + SLICE_MS;

	if (waits_for_connection(r))
		return r->queue_ms + SLICE_MS < due ? r->queue_ms + SLICE_MS : due;
	return owes_progress(r) && slice < due ? slice : due;
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

	if (waits_for_connection(r))
		look_at_queue(r);
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
	us_buf_init(&r->url, 8192);
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
	run_land(r);
	attempt_undress_own(r);
	attempt_undress_target(r);
	s->run = NULL;
	if (r->call)
		us_call_clear(r->call);
	s->real->slist_free_all(r->headers);
	s->real->slist_free_all(r->own_headers);
	us_buf_fini(&r->url);
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
