/* easy.c - the driver of a blocking call
 *
 * The loop asks the call what to do, does it, and waits: on sockets while an attempt is in flight,
 * on nothing while the call waits for the next one. Bytes do not pass through here: they go from
 * libcurl's callbacks to the program's within one call (attempt.c, relay.c).
 */
#include "easy.h"

#include "attempt.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/rand.h"
#include "show.h"
#include "sigpipe.h"

#include <errno.h>

#define SLICE_MS 1000                /* a program's progress callback is called at least so often */
#define LATE_MAX ((size_t)256 << 20) /* what may wait behind a program's pause */

/* --- small things ---------------------------------------------------------------------------- */

static CURLM *multi_of(struct shadow *s)
{
	const struct real *real = s->real;

	if (!s->multi)
		s->multi = real->multi_init();
	if (s->multi) /* as libcurl's own curl_easy_perform does */
		real->multi_setopt(s->multi, CURLMOPT_MAXCONNECTS,
		                   shadow_long(s, CURLOPT_MAXCONNECTS, 5));
	return s->multi;
}

static void count_connects(struct run *r)
{
	long connects = 0;

	r->shadow->real->easy_getinfo(r->flying, CURLINFO_NUM_CONNECTS, &connects);
	r->connects += connects;
}

/* A transfer that has not ended by itself is closed here, and closing may write. */
static void land(struct run *r)
{
	struct sigpipe pipe = { 0 };

	if (!r->flying)
		return;
	if (!r->landed) {
		count_connects(r);
		sigpipe_block(&pipe, r->shadow);
	}
	r->shadow->real->multi_remove_handle(r->shadow->multi, r->flying);
	sigpipe_restore(&pipe);
	r->flying = NULL;
}

/* --- orders ---------------------------------------------------------------------------------- */

/* Adds a dressed handle to our multi. False: it can't be sent. */
static bool launch(struct run *r, CURL *handle)
{
	struct shadow *s = r->shadow;
	CURLM *multi = multi_of(s);

	r->cancelled = r->landed = false;
	r->skip_head = r->skip_body = 0;
	if (!multi || s->real->multi_add_handle(multi, handle) != CURLM_OK) {
		show_error(s, "easy handle already used in multi handle");
		return false;
	}
	r->flying = handle;
	return true;
}

static void own_ended(struct run *r, CURLcode code)
{
	r->own = code;
	r->own_end_ms = us_clock_ms();
}

static void send_order(struct run *r, const struct us_order *o, uint64_t now)
{
	bool own = o->to->own, ready;

	land(r);
	r->attempts++;
	r->attempt_ms = now;
	r->connects_before = r->connects;
	if (own) {
		r->own_ms = now;
		attempt_dress_own(r, o);
		ready = !r->captures || capture_rewind(&r->capture);
	} else {
		ready = attempt_dress_target(r, o) == CURLE_OK;
	}
	if (ready && launch(r, own ? r->shadow->handle : r->shadow->target))
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

	land(r);
	if (!own)
		return;
	own_ended(r, CURLE_OPERATION_TIMEDOUT);
	show_error(r->shadow, "Operation timed out: no answer in time");
}

static void fetch_body(struct run *r, uint64_t now)
{
	bool whole = r->captures && capture_all(&r->capture);

	if (whole)
		r->asked.body = us_buf_span(&r->capture.kept);
	if (whole && !r->asked.body.p)
		r->asked.body = us_span("", 0);
	us_call_request_body(r->call, whole ? r->asked.body : us_span(NULL, 0), now);
}

/* Obeys what the call orders. True: it is over, `how`. */
static bool obey(struct run *r, enum us_finish *how)
{
	for (;;) {
		struct us_order o = us_call_next(r->call);
		uint64_t now = us_clock_ms();

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
			fetch_body(r, now);
			break;
		case US_ORDER_SEND:
			send_order(r, &o, now);
			break;
		case US_ORDER_FINISH:
			*how = o.finish;
			return true;
		}
	}
}

/* --- waiting --------------------------------------------------------------------------------- */

static int slice(uint64_t due, uint64_t now)
{
	if (due <= now)
		return 0;
	return due - now < SLICE_MS ? (int)(due - now) : SLICE_MS;
}

static void note_end(struct run *r, CURLcode code)
{
	count_connects(r);
	r->ended = code;
	r->landed = true;
	if (r->flying == r->shadow->handle)
		own_ended(r, code);
	/* It stays in the multi until the next attempt or the end: what is shown now is still shown
	 * out of a living transfer. */
	if (r->captures && r->capture.lost)
		us_call_unrepeatable(r->call);
	if (!r->cancelled)
		us_call_ended(r->call, attempt_cause(code), us_clock_ms());
}

/* Lets the attempt in flight go on. Not CURLM_OK: libcurl is in trouble. */
static CURLMcode fly(struct run *r, int wait_ms)
{
	struct shadow *s = r->shadow;
	int running = 0, left;
	CURLMcode rc = s->real->multi_poll(s->multi, NULL, 0, wait_ms, NULL);
	CURLMsg *msg;

	if (!rc)
		rc = s->real->multi_perform(s->multi, &running);
	msg = rc || running ? NULL : s->real->multi_info_read(s->multi, &left);
	if (msg && msg->msg == CURLMSG_DONE)
		note_end(r, msg->data.result);
	return rc;
}

/* Nothing is in flight. True: the program wants to stop. */
static bool idle(struct run *r, int wait_ms)
{
	struct shadow *s = r->shadow;
	CURLM *multi = multi_of(s);

	if (multi)
		s->real->multi_poll(multi, NULL, 0, wait_ms, NULL);
	return attempt_progress(r, 0, 0, 0, 0);
}

/* --- a call from its beginning to its end ---------------------------------------------------- */

static CURLcode result_code(struct run *r, enum us_finish how)
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
		if (r->flying && r->flying == s->target)
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

/* What is shown after its transfer has ended may be paused too. */
static CURLcode wait_for_program(struct run *r)
{
	while (r->relay.state == RELAY_PAUSED)
		if (idle(r, 100))
			return CURLE_ABORTED_BY_CALLBACK;
	return CURLE_OK;
}

static CURLcode loop(struct run *r)
{
	enum us_finish how = US_FINISH_OK;
	CURLMcode trouble = CURLM_OK;

	while (!obey(r, &how)) {
		uint64_t due = us_call_due(r->call);
		int wait = slice(due, us_clock_ms());

		if (r->flying && !r->landed)
			trouble = fly(r, wait);
		else if (idle(r, wait))
			return show_error(r->shadow, "Callback aborted"), CURLE_ABORTED_BY_CALLBACK;
		if (trouble)
			return trouble == CURLM_OUT_OF_MEMORY ? CURLE_OUT_OF_MEMORY
			                                      : CURLE_BAD_FUNCTION_ARGUMENT;
		if (r->relay.state == RELAY_PAUSED)
			us_call_paused(r->call, us_clock_ms());
		else if (due != US_NEVER)
			us_call_timer(r->call, us_clock_ms());
	}
	if (wait_for_program(r))
		return show_error(r->shadow, "Callback aborted"), CURLE_ABORTED_BY_CALLBACK;
	return result_code(r, how);
}

static void run_fini(struct run *r)
{
	attempt_undress_own(r);
	attempt_undress_target(r);
	r->shadow->run = NULL;
	us_call_free(r->call);
	r->shadow->real->slist_free_all(r->headers);
	us_buf_fini(&r->url);
	relay_fini(&r->relay);
	capture_fini(&r->capture);
	asked_fini(&r->asked);
	us_free(r);
}

static bool run_init(struct run *r, struct shadow *s, struct world *w)
{
	r->shadow = s;
	r->world = w;
	r->began_ms = us_clock_ms();
	r->captures = !r->asked.body.p;
	us_buf_init(&r->url, 8192);
	relay_init(&r->relay, s, LATE_MAX);
	capture_init(&r->capture, s, w->conf.body_max);
	result_forget(s);
	r->call = us_call_new(&w->env, &r->asked.own, r->asked.body, world_next_call(),
	                      us_rand_seed(), r->began_ms);
	return r->call != NULL;
}

static CURLcode managed(struct shadow *s, struct run *r)
{
	CURLcode rc;

	s->run = r;
	show_error(s, "");
	rc = loop(r);
	land(r);
	show_end(r);
	run_fini(r);
	return rc;
}

/* Not ours, but earlier ones were: the connections are in our multi, and libcurl's own
 * curl_easy_perform would begin with none. This is what it does. */
static CURLcode in_our_multi(struct shadow *s)
{
	const struct real *real = s->real;
	CURLMcode rc = real->multi_add_handle(multi_of(s), s->handle);
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
	struct world *w = s->real->complete ? world_get() : NULL;
	struct run *r = NULL;
	struct asked asked;

	if (s->run && s->run->flying == s->handle) /* from within its own callback */
		return s->real->easy_perform(s->handle);
	if (s->run) /* the same, but libcurl would not know */
		return show_error(s, "easy handle already used in multi handle"), CURLE_FAILED_INIT;
	if (!w || !asked_describe(&asked, s, w))
		return unmanaged(s);
	r = world_open() ? us_calloc(1, sizeof(*r)) : NULL;
	if (!r) {
		asked_fini(&asked);
		return unmanaged(s);
	}
	r->asked = asked;
	if (run_init(r, s, w))
		return managed(s, r);
	run_fini(r);
	return unmanaged(s);
}

/* --- beside a call --------------------------------------------------------------------------- */

/* Without a connection libcurl refuses; a call that waits for its next attempt has none, and yet
 * the program may pause it. */
CURLcode easy_pause(struct shadow *s, int bits)
{
	struct run *r = s->run;
	CURLcode rc;

	if (r && (bits & CURLPAUSE_RECV))
		relay_pause(&r->relay);
	else if (r && relay_resume(&r->relay) == RELAY_PAUSED)
		bits |= CURLPAUSE_RECV; /* it has paused again */
	rc = s->real->easy_pause(r && r->flying ? r->flying : s->handle, bits);
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

	s->real->easy_reset(s->handle);
	shadow_reset(s);
	if (s->run && s->run->dressed) {
		s->run->dressed = false;
		attempt_dress_own(s->run, &none);
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

void easy_cleanup(struct shadow *s)
{
	struct sigpipe pipe;
	int saved = errno;

	sigpipe_block(&pipe, s);
	if (s->target)
		s->real->easy_cleanup(s->target);
	if (s->multi)
		s->real->multi_cleanup(s->multi);
	sigpipe_restore(&pipe);
	errno = saved;
	s->target = NULL;
	s->multi = NULL;
}
