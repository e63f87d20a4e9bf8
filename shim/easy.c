/* easy.c - the driver of a blocking call
 *
 * The loop asks the call what to do, does it, and waits: on sockets while an attempt is in flight,
 * on nothing while the call waits for the next one. Bytes do not pass through here: they go from
 * libcurl's callbacks to the program's within one call (attempt.c, relay.c).
 */
#include "easy.h"

#include "attempt.h"
#include "base/clock.h"
#include "multi.h"
#include "show.h"
#include "sigpipe.h"

#include <errno.h>

#define SLICE_MS 1000 /* as libcurl's own curl_easy_perform polls */

static CURLM *own_multi(struct shadow *s)
{
	const struct real *real = s->real;

	if (!s->multi)
		s->multi = real->multi_init();
	if (s->multi) /* as libcurl's own curl_easy_perform does */
		real->multi_setopt(s->multi, CURLMOPT_MAXCONNECTS,
		                   shadow_long(s, CURLOPT_MAXCONNECTS, 5));
	return s->multi;
}

/* --- waiting --------------------------------------------------------------------------------- */

static int slice(uint64_t due, uint64_t now)
{
	if (due <= now)
		return 0;
	return due - now < SLICE_MS ? (int)(due - now) : SLICE_MS;
}

static void ended(struct run *r, const CURLMsg *msg)
{
	struct flight *f = flight_by(r, msg->easy_handle);

	if (f && msg->msg == CURLMSG_DONE)
		run_ended(f, msg->data.result);
}

/* Lets the attempt in flight go on. Not CURLM_OK: libcurl is in trouble. */
static CURLMcode fly(struct run *r, int wait_ms)
{
	const struct real *real = r->shadow->real;
	int running = 0, left;
	CURLMcode rc = real->multi_poll(r->in, NULL, 0, wait_ms, NULL);
	CURLMsg *msg;

	r->fleet->now_ms = us_clock_ms();
	if (!rc)
		rc = real->multi_perform(r->in, &running);
	if (!rc && (size_t)running < r->fleet->aloft)
		while ((msg = real->multi_info_read(r->in, &left)))
			ended(r, msg);
	return rc;
}

/* Nothing is in flight. True: the program wants to stop. */
static bool idle(struct run *r, int wait_ms)
{
	if (r->in)
		r->shadow->real->multi_poll(r->in, NULL, 0, wait_ms, NULL);
	r->fleet->now_ms = us_clock_ms();
	return run_idle(r);
}

/* What is shown after its transfer has ended may be paused too. */
static bool wait_for_program(struct run *r)
{
	bool stop = false;

	while (!stop && r->relay.state == RELAY_PAUSED)
		stop = idle(r, 100);
	return stop;
}

/* --- a call from its beginning to its end ---------------------------------------------------- */

static CURLcode stopped(const struct run *r)
{
	show_error(r->shadow, "Callback aborted");
	return CURLE_ABORTED_BY_CALLBACK;
}

static CURLcode loop(struct run *r)
{
	enum us_finish how = US_FINISH_OK;
	CURLMcode trouble = CURLM_OK;

	while (!run_obey(r, &how)) {
		int wait = slice(us_call_due(r->call), r->fleet->now_ms);

		if (flight_any(r))
			trouble = fly(r, wait);
		else if (idle(r, wait))
			return stopped(r);
		if (trouble)
			return trouble == CURLM_OUT_OF_MEMORY ? CURLE_OUT_OF_MEMORY
			                                      : CURLE_BAD_FUNCTION_ARGUMENT;
		run_time(r);
	}
	return wait_for_program(r) ? stopped(r) : run_result(r, how);
}

static CURLcode managed(struct run *r)
{
	CURLcode rc;

	show_error(r->shadow, "");
	rc = loop(r);
	flight_end_all(r);
	show_end(r);
	run_finish(r);
	return rc;
}

/* Not ours, but earlier ones were: the connections are in our multi, and libcurl's own
 * curl_easy_perform would begin with none. This is what it does. */
static CURLcode in_our_multi(struct shadow *s)
{
	const struct real *real = s->real;
	CURLMcode rc = real->multi_add_handle(own_multi(s), s->handle);
	CURLcode code = CURLE_OK;
	struct sigpipe pipe;
	int running, left;
	CURLMsg *msg = NULL;

	if (rc)
		return rc == CURLM_OUT_OF_MEMORY ? CURLE_OUT_OF_MEMORY : CURLE_FAILED_INIT;
	while (!rc && !msg) {
		rc = real->multi_poll(s->multi, NULL, 0, 1000, NULL);
		if (!rc)
			rc = real->multi_perform(s->multi, &running);
		msg = rc || running ? NULL : real->multi_info_read(s->multi, &left);
	}
	if (msg)
		code = msg->data.result;
	sigpipe_block(&pipe, s);
	real->multi_remove_handle(s->multi, s->handle);
	sigpipe_restore(&pipe);
	return rc ? CURLE_BAD_FUNCTION_ARGUMENT : code;
}

static CURLcode unmanaged(struct shadow *s)
{
	result_forget(s);
	if (s->multi && !shadow_long(s, CURLOPT_CONNECT_ONLY, 0))
		return in_our_multi(s);
	return s->real->easy_perform(s->handle);
}

CURLcode easy_perform(struct shadow *s)
{
	struct world *w = world_for(s->real);
	struct run *r = NULL;
	struct asked asked;

	if (s->run && flight_by(s->run, s->handle)) /* from within its own callback */
		return s->real->easy_perform(s->handle);
	if (s->run || s->member) { /* the same, but libcurl might not know */
		show_error(s, "easy handle already used in multi handle");
		return CURLE_FAILED_INIT;
	}
	if (w && asked_describe(&asked, s, w))
		r = run_new(s, w, &asked, own_multi(s), NULL);
	return r ? managed(r) : unmanaged(s);
}

/* --- beside a call --------------------------------------------------------------------------- */

/* Without a connection libcurl refuses; a call that waits for its next attempt has none, and yet
 * the program may pause it. */
CURLcode easy_pause(struct shadow *s, int bits)
{
	struct run *r = s->run;
	CURLcode rc;

	if (r)
		r->fleet->now_ms = us_clock_ms(); /* no turn of the loop: it may have waited long */
	if (r && r->multi) /* what is shown now is shown from within a callback */
		r->multi->depth++;
	if (r && (bits & CURLPAUSE_RECV))
		relay_pause(&r->relay);
	else if (r && relay_resume(&r->relay) == RELAY_PAUSED)
		bits |= CURLPAUSE_RECV; /* it has paused again */
	rc = r ? flight_pause_all(r, bits) : s->real->easy_pause(s->handle, bits);
	if (r && r->multi) {
		r->multi->depth--;
		if (r->over) /* what was left to show has been shown, perhaps */
			multi_wake(r->multi);
	}
	return r && rc == CURLE_BAD_FUNCTION_ARGUMENT ? CURLE_OK : rc;
}

CURLcode easy_upkeep(struct shadow *s)
{
	CURLcode rc;

	if (s->run || !s->multi || s->real->multi_add_handle(s->multi, s->handle) != CURLM_OK)
		return s->real->easy_upkeep(s->handle);
	rc = s->real->easy_upkeep(s->handle);
	s->real->multi_remove_handle(s->multi, s->handle);
	return rc;
}

/* From within a callback the transfer goes on, with our callbacks and the program's defaults. */
void easy_reset(struct shadow *s)
{
	struct us_order none = { .kind = US_ORDER_SEND };
	struct flight *flight = s->run ? s->run->dressed : NULL;

	s->real->easy_reset(s->handle);
	shadow_reset(s);
	if (flight) {
		s->run->dressed = NULL;
		s->run->reworded = s->run->rekeyed = false;
		attempt_dress_own(flight, &none);
		return;
	}
	result_forget(s);
}

CURL *easy_duplicated(struct shadow *s, CURL *copy)
{
	struct shadow *twin = shadow_new(copy, s->real);

	/* libcurl has copied what is set now: during a transfer those are our callbacks. */
	if (s->run && s->run->dressed)
		attempt_restore(s->run, copy);
	if (!twin || shadow_copy(twin, s))
		return copy;
	shadow_free(shadow_take(copy));
	return copy;
}

void easy_forget_connections(struct shadow *s)
{
	if (s->multi)
		s->real->multi_cleanup(s->multi);
	s->multi = NULL;
}

void easy_cleanup(struct shadow *s)
{
	struct sigpipe pipe;
	int saved = errno;

	if (!s->target[0] && !s->multi) /* most handles; four system calls for nothing */
		return;
	sigpipe_block(&pipe, s);
	shadow_drop_targets(s);
	easy_forget_connections(s);
	sigpipe_restore(&pipe);
	errno = saved;
}
