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

struct flight *run_flight(struct run *r, unsigned number)
{
	for (size_t i = 0; i < r->nflights; i++)
		if (r->flights[i]->number == number)
			return r->flights[i];
	return NULL;
}

struct flight *run_flown_by(struct run *r, const CURL *handle)
{
	for (size_t i = 0; i < r->nflights; i++)
		if (r->flights[i]->handle == handle)
			return r->flights[i];
	return NULL;
}

static bool is_aloft(const struct flight *f) { return f->handle && !f->landed; }

bool run_flies(const struct run *r)
{
	for (size_t i = 0; i < r->nflights; i++)
		if (is_aloft(r->flights[i]))
			return true;
	return false;
}

bool run_is_second(const struct flight *f)
{
	const struct run *r = f->run;

	for (size_t i = 0; i < r->nflights; i++)
		if (is_aloft(r->flights[i]) && !r->flights[i]->cancelled &&
		    r->flights[i]->number < f->number)
			return true;
	return false;
}

static bool is_own(const struct flight *f) { return f->handle == f->run->shadow->handle; }

static void count_connects(const struct flight *f)
{
	long connects = 0;

	f->run->shadow->real->easy_getinfo(f->handle, CURLINFO_NUM_CONNECTS, &connects);
	f->run->connects += connects;
}

static void take_out(struct flight *f)
{
	f->run->shadow->real->multi_remove_handle(f->run->in, f->handle);
	f->handle = NULL;
}

/* Closing may write. */
static void break_off(struct flight *f)
{
	struct run *r = f->run;
	struct sigpipe pipe;

	r->fleet->aloft--;
	count_connects(f);
	sigpipe_block(&pipe, r->shadow);
	take_out(f);
	sigpipe_restore(&pipe);
}

static void land(struct flight *f)
{
	if (is_aloft(f))
		break_off(f);
	else if (f->handle)
		take_out(f);
}

void run_land(struct run *r)
{
	for (size_t i = 0; i < r->nflights; i++)
		land(r->flights[i]);
}

static void add_flight(struct run *r, struct flight *f)
{
	f->run = r;
	us_buf_init(&f->url, 8192);
	r->flights[r->nflights++] = f;
}

/* One that does not fly; what has landed is taken out. NULL without memory. */
static struct flight *free_flight(struct run *r)
{
	struct flight *f = NULL;

	for (size_t i = r->nflights; i-- > 0;) {
		if (is_aloft(r->flights[i]))
			continue;
		f = r->flights[i];
		land(f);
	}
	if (f || r->nflights == US_COUNT(r->flights))
		return f;
	f = us_calloc(1, sizeof(*f));
	if (f)
		add_flight(r, f);
	return f;
}

/* Adds a dressed handle. False: it can't be sent. */
static bool launch(struct flight *f, CURL *handle)
{
	struct run *r = f->run;
	struct shadow *s = r->shadow;

	f->cancelled = f->landed = false;
	f->skip_head = f->skip_body = 0;
	r->refused = r->in ? s->real->multi_add_handle(r->in, handle) : CURLM_OUT_OF_MEMORY;
	if (r->refused) {
		show_error(s, "easy handle already used in multi handle");
		return false;
	}
	f->handle = handle;
	r->fleet->aloft++;
	r->fleet->launched++;
	return true;
}

static void own_ended(struct run *r, CURLcode code)
{
	r->own = code;
	r->own_end_ms = us_clock_ms(); /* not earlier: what comes after is added to its time */
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

	count_connects(f);
	f->landed = true;
	r->fleet->aloft--;
	if (is_own(f))
		own_ended(r, code);
	if (r->captures && r->capture.lost)
		us_call_unrepeatable(r->call);
	if (f->cancelled) {
		forget_error(r);
		return;
	}
	r->ended = code;
	r->latest = f;
	tell_end(f, attempt_cause(code));
}

bool run_is_mute(const struct run *r)
{
	for (size_t i = 0; i < r->nflights; i++)
		if (is_aloft(r->flights[i]) && is_own(r->flights[i]))
			return false;
	return !r->shown;
}

CURLcode run_pause(struct run *r, int bits)
{
	const struct shadow *s = r->shadow;
	CURLcode rc = CURLE_OK, one;
	bool any = false;

	for (size_t i = 0; i < r->nflights; i++) {
		if (!r->flights[i]->handle)
			continue;
		one = s->real->easy_pause(r->flights[i]->handle, bits);
		rc = rc && rc != CURLE_BAD_FUNCTION_ARGUMENT ? rc : one;
		any = true;
	}
	return any ? rc : s->real->easy_pause(s->handle, bits);
}

/* --- waiting for a connection ---------------------------------------------------------------- */

/* A multi may be told to have few connections: more attempts than that wait in it for their turn,
 * and neither that nor how long it takes is the provider's doing. libcurl does not tell when the
 * turn comes (the times of its stages include the waiting, or not, as its version has it): we look
 * now and then whether the first stage is done, and count from when it is seen to be. */
static bool may_queue(const struct run *r)
{
	const struct fleet *f = r->fleet;

	return f->slots && (f->handles - (r->shadow->member != NULL) >= f->slots ||
	                    f->aloft >= f->slots);
}

static bool has_done(const struct flight *f, CURLINFO stage)
{
	curl_off_t us = 0;

	f->run->shadow->real->easy_getinfo(f->handle, stage, &us);
	return us > 0;
}

static bool waits_for_connection(const struct flight *f)
{
	return f->queues && is_aloft(f) && !f->run->shown && us_call_due(f->run->call) != US_NEVER;
}

static void look_at_queue(struct flight *f)
{
	bool connected = has_done(f, CURLINFO_PRETRANSFER_TIME_T);
	struct us_call *call = f->run->call;

	f->queue_ms = f->run->fleet->now_ms;
	if (!f->turn_ms && has_done(f, CURLINFO_NAMELOOKUP_TIME_T))
		f->turn_ms = f->queue_ms;
	f->queues = !connected;
	if (us_call_about(call, f->number))
		us_call_queued(call, f->turn_ms ? f->turn_ms : f->queue_ms, connected);
}

/* --- orders ---------------------------------------------------------------------------------- */

static bool dress(struct flight *f, const struct us_order *o)
{
	struct run *r = f->run;

	if (!o->to->own)
		return attempt_dress_target(f, o) == CURLE_OK;
	r->own_ms = f->began_ms;
	attempt_dress_own(f, o);
	return !r->captures || capture_rewind(&r->capture);
}

static void send_order(struct run *r, const struct us_order *o)
{
	struct flight *f = free_flight(r);
	bool own = o->to->own;

	r->attempts++;
	if (f) {
		f->number = o->flight;
		f->began_ms = f->queue_ms = r->fleet->now_ms;
		f->connects_before = r->connects;
		f->queues = may_queue(r);
		f->turn_ms = 0;
		r->latest = run_flies(r) ? r->latest : f;
		if (dress(f, o) && launch(f, own ? r->shadow->handle : f->target))
			return;
	}
	r->ended = CURLE_FAILED_INIT;
	if (own)
		own_ended(r, r->ended);
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
	land(f);
	if (tells)
		s->real->easy_setopt(s->handle, CURLOPT_NOPROGRESS, 0L);
	own_ended(f->run, CURLE_OPERATION_TIMEDOUT);
}

/* As if it had timed out by itself. True: on the program's handle. */
static bool stop(struct flight *f)
{
	bool own = is_own(f);

	if (own)
		stop_own(f);
	else
		land(f);
	return own;
}

static void cancel(struct flight *f)
{
	if (f && f->handle && stop(f))
		show_error(f->run->shadow, "Operation timed out: no answer in time");
}

/* They were outrun within a callback, where nothing can be taken out of a multi. */
static bool is_outrun(const struct flight *f) { return f->cancelled && is_aloft(f); }

static void stop_outrun(struct run *r)
{
	for (size_t i = 0; i < r->nflights; i++)
		if (is_outrun(r->flights[i]))
			stop(r->flights[i]);
}

static void fetch_body(struct run *r)
{
	bool whole;

	r->unread = r->joining;
	if (r->unread)
		return;
	whole = r->captures &&
	        (run_flies(r) ? capture_is_whole(&r->capture) : capture_all(&r->capture));
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
		struct us_order o = us_call_next(r->call);

		switch (o.kind) {
		case US_ORDER_NONE:
			return false;
		case US_ORDER_CANCEL:
			cancel(run_flight(r, o.flight));
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
		if (r->latest->handle && !is_own(r->latest))
			show_error(s, r->latest->error);
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
	return !run_flies(r) && !shadow_long(r->shadow, CURLOPT_NOPROGRESS, 1);
}

static uint64_t sooner(uint64_t a, uint64_t b) { return a < b ? a : b; }

uint64_t run_due(const struct run *r)
{
	uint64_t due = r->unread ? 0 : us_call_due(r->call);

	for (size_t i = 0; i < r->nflights; i++) {
		if (is_outrun(r->flights[i]))
			due = 0;
		if (waits_for_connection(r->flights[i]))
			due = sooner(due, r->flights[i]->queue_ms + SLICE_MS);
	}
	return owes_progress(r) ? sooner(due, r->progress_ms + SLICE_MS) : due;
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
		if (waits_for_connection(r->flights[i]))
			look_at_queue(r->flights[i]);
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
	add_flight(r, &r->first);
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

static void drop_flights(struct run *r)
{
	for (size_t i = 0; i < r->nflights; i++) {
		struct flight *f = r->flights[i];

		attempt_undress_target(f);
		r->shadow->real->slist_free_all(f->headers);
		us_buf_fini(&f->url);
		if (f != &r->first)
			us_free(f);
	}
}

void run_finish(struct run *r)
{
	struct shadow *s = r->shadow;

	/* Whoever leaves in the middle takes no provider's permit along. */
	if (r->call && !r->over)
		us_call_ended(r->call, US_CAUSE_PROGRAM, us_clock_ms());
	run_land(r);
	attempt_undress_own(r);
	s->run = NULL;
	if (r->call)
		us_call_clear(r->call);
	drop_flights(r);
	s->real->slist_free_all(r->own_headers);
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
