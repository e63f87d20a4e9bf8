/* flight.c - an attempt of a run, while it flies in the multi */
#include "flight.h"

#include "attempt.h"
#include "base/clock.h"
#include "base/mem.h"
#include "show.h"
#include "sigpipe.h"

struct flight *flight_find(struct run *r, unsigned number)
{
	for (size_t i = 0; i < r->nflights; i++)
		if (r->flights[i]->number == number)
			return r->flights[i];
	return NULL;
}

struct flight *flight_by(struct run *r, const CURL *handle)
{
	for (size_t i = 0; i < r->nflights; i++)
		if (r->flights[i]->handle == handle)
			return r->flights[i];
	return NULL;
}

bool flight_any(const struct run *r)
{
	for (size_t i = 0; i < r->nflights; i++)
		if (flight_is_aloft(r->flights[i]))
			return true;
	return false;
}

bool flight_is_second(const struct flight *f)
{
	const struct run *r = f->run;

	for (size_t i = 0; i < r->nflights; i++)
		if (flight_is_aloft(r->flights[i]) && !r->flights[i]->cancelled &&
		    r->flights[i]->number < f->number)
			return true;
	return false;
}

bool flight_is_own(const struct flight *f) { return f->handle == f->run->shadow->handle; }

long flight_connects(const struct flight *f)
{
	long connects = 0;

	f->run->shadow->real->easy_getinfo(f->handle, CURLINFO_NUM_CONNECTS, &connects);
	return connects;
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
	f->run->connects += flight_connects(f);
	sigpipe_block(&pipe, r->shadow);
	take_out(f);
	sigpipe_restore(&pipe);
}

void flight_end(struct flight *f)
{
	if (flight_is_aloft(f))
		break_off(f);
	else if (f->handle)
		take_out(f);
}

void flight_end_all(struct run *r)
{
	for (size_t i = 0; i < r->nflights; i++)
		flight_end(r->flights[i]);
}

void flight_add(struct run *r, struct flight *f)
{
	f->run = r;
	us_buf_init(&f->url, 8192);
	r->flights[r->nflights++] = f;
}

struct flight *flight_free(struct run *r)
{
	struct flight *f = NULL;

	for (size_t i = r->nflights; i-- > 0;) {
		if (flight_is_aloft(r->flights[i]))
			continue;
		f = r->flights[i];
		flight_end(f);
	}
	if (f || r->nflights == US_COUNT(r->flights))
		return f;
	f = us_calloc(1, sizeof(*f));
	if (f)
		flight_add(r, f);
	return f;
}

bool flight_launch(struct flight *f, CURL *handle)
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

void flight_landed(struct flight *f)
{
	f->run->connects += flight_connects(f);
	f->landed = true;
	f->run->fleet->aloft--;
}

CURLcode flight_pause_all(struct run *r, int bits)
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

void flight_drop_all(struct run *r)
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

/* --- waiting for a connection ---------------------------------------------------------------- */

/* A multi may be told to have few connections: more attempts than that wait in it for their turn,
 * and neither that nor how long it takes is the provider's doing. libcurl does not tell when the
 * turn comes (the times of its stages include the waiting, or not, as its version has it): we look
 * now and then whether the first stage is done, and count from when it is seen to be. */
bool flight_may_queue(const struct run *r)
{
	const struct fleet *f = r->fleet;

	return f->slots &&
	       (f->handles - (r->shadow->member != NULL) >= f->slots || f->aloft >= f->slots);
}

static bool has_done(const struct flight *f, CURLINFO stage)
{
	curl_off_t us = 0;

	f->run->shadow->real->easy_getinfo(f->handle, stage, &us);
	return us > 0;
}

bool flight_waits(const struct flight *f)
{
	return f->queues && flight_is_aloft(f) && !f->run->shown &&
	       us_call_due(f->run->call) != US_NEVER;
}

void flight_look_at_queue(struct flight *f)
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
