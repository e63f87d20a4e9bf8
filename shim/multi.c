/* multi.c - the driver of the calls in a multi of the program's */
#include "multi.h"

#include "base/clock.h"
#include "base/mem.h"
#include "easy.h"
#include "show.h"

#define QUEUE_MAX ((size_t)64 << 20)

/* --- lists ----------------------------------------------------------------------------------- */

struct multi *multi_of(CURLM *handle)
{
	return handle ? (struct multi *)registry_find(handle, REGISTERED_MULTI) : NULL;
}

void multi_new(CURLM *handle, const struct real *real)
{
	struct multi *m = real->complete ? us_calloc(1, sizeof(*m)) : NULL;

	if (!m)
		return;
	m->entry = (struct registered){ .handle = handle, .kind = REGISTERED_MULTI };
	m->handle = handle;
	m->real = real;
	m->fleet.bound = m->real_due = m->told_due = US_NEVER;
	us_buf_init(&m->queue, QUEUE_MAX);
	registry_put(&m->entry);
}

static void join(struct multi *m, struct shadow *s)
{
	s->member = m;
	s->prev = NULL;
	s->next = m->members;
	if (s->next)
		s->next->prev = s;
	m->members = s;
	m->fleet.handles++;
}

static void leave(struct shadow *s)
{
	struct multi *m = s->member;

	if (!m)
		return;
	if (s->next)
		s->next->prev = s->prev;
	*(s->prev ? &s->prev->next : &m->members) = s->next;
	s->member = NULL;
	s->next = s->prev = NULL;
	m->fleet.handles--;
}

static void add_run(struct multi *m, struct run *r)
{
	r->multi = m;
	r->next = m->runs;
	if (r->next)
		r->next->prev = r;
	m->runs = r;
	m->open++;
	m->calls++;
}

static void touch(struct multi *m, struct run *r)
{
	r->touched = true;
	*(m->touched ? &m->last_touched->next_touched : &m->touched) = r;
	m->last_touched = r;
	r->next_touched = NULL;
}

static struct run *next_touched(struct multi *m)
{
	struct run *r = m->touched;

	if (r) {
		m->touched = r->next_touched;
		r->touched = false;
	}
	return r;
}

/* Only when a handle goes away between a message and what follows from it. */
static void untouch(struct multi *m, const struct run *gone)
{
	struct run *old = m->touched, *next;

	m->touched = NULL;
	for (struct run *r = old; r; r = next) {
		next = r->next_touched;
		if (r != gone)
			touch(m, r);
	}
}

static void drop_run(struct multi *m, struct run *r)
{
	if (r->touched)
		untouch(m, r);
	if (r->next)
		r->next->prev = r->prev;
	*(r->prev ? &r->prev->next : &m->runs) = r->next;
	m->open--;
	run_finish(r);
}

/* --- messages -------------------------------------------------------------------------------- */

/* The queue is an array of these; m->read of them are gone. */
struct entry {
	CURLMsg *msg;
	struct shadow *of; /* NULL: not made through us */
};

static size_t messages(const struct multi *m)
{
	return m->queue.n / sizeof(struct entry) - m->read;
}

static struct entry *entries(const struct multi *m)
{
	return (struct entry *)(void *)m->queue.p + m->read;
}

/* Room for one more is always kept: a message must not be lost for want of memory. */
static bool has_room(struct multi *m)
{
	struct entry none = { 0 };

	if (m->read > 64 && m->read > messages(m)) {
		us_buf_eat(&m->queue, m->read * sizeof(none));
		m->read = 0;
	}
	if (us_buf_add(&m->queue, &none, sizeof(none))) {
		m->queue.err = 0;
		return false;
	}
	m->queue.n -= sizeof(none);
	return true;
}

static void push(struct multi *m, CURLMsg *msg, struct shadow *of)
{
	struct entry e = { msg, of };

	us_buf_add(&m->queue, &e, sizeof(e));
	if (of)
		of->queued = of->news = true;
	m->news = true;
}

static void drop_message(struct multi *m, struct shadow *s)
{
	size_t n = messages(m), kept = 0;

	if (!s->queued)
		return;
	for (size_t i = 0; i < n; i++)
		if (entries(m)[i].of != s)
			entries(m)[kept++] = entries(m)[i];
	m->queue.n = (m->read + kept) * sizeof(struct entry);
	s->queued = s->news = false;
}

CURLMsg *multi_info(struct multi *m, int *left)
{
	struct entry e;

	if (m->depth || (!m->open && !messages(m)))
		return m->real->multi_info_read(m->handle, left);
	*left = 0;
	if (!messages(m))
		return NULL;
	e = *entries(m);
	m->read++;
	if (!messages(m))
		m->read = m->queue.n = 0;
	if (e.of)
		e.of->queued = false;
	*left = (int)messages(m);
	return e.msg;
}

/* --- the calls ------------------------------------------------------------------------------- */

/* Takes over what libcurl has to say: of attempts the engine hears, of others the program. */
static void drain(struct multi *m)
{
	CURLMsg *msg;
	int left;

	while (has_room(m) && (msg = m->real->multi_info_read(m->handle, &left))) {
		struct shadow *s = shadow_of(msg->easy_handle);
		struct run *r = s ? s->run : NULL;
		struct flight *f = r && r->multi == m ? flight_by(r, msg->easy_handle) : NULL;

		if (!f) {
			push(m, msg, s);
			continue;
		}
		run_ended(f, msg->data.result);
		touch(m, r);
	}
}

/* The call is over: its handle is left as libcurl leaves one that is done. */
static void report(struct multi *m, struct run *r, CURLcode code)
{
	struct shadow *s = r->shadow;
	struct flight *own = flight_by(r, s->handle);

	if (own && own->landed)
		own->handle = NULL; /* it stays in the multi until the program removes it */
	flight_end_all(r);
	show_end(r);
	drop_run(m, r);
	s->done = (CURLMsg){ .msg = CURLMSG_DONE, .easy_handle = s->handle };
	s->done.data.result = code;
	push(m, &s->done, s);
}

/* What is shown here goes to the program's callbacks: they may not use the multi. */
static void obey(struct multi *m, struct run *r)
{
	m->depth++;
	r->over = r->over || run_obey(r, &r->how);
	m->depth--;
}

static void step(struct multi *m, struct run *r)
{
	obey(m, r);
	if (r->over && r->relay.state != RELAY_PAUSED && has_room(m))
		report(m, r, run_result(r, r->how));
	else
		run_heard(r);
}

static void step_touched(struct multi *m)
{
	struct run *r;

	while ((r = next_touched(m)))
		step(m, r);
}

static bool wants_to_stop(struct multi *m, struct run *r)
{
	bool stop;

	m->depth++;
	stop = run_idle(r);
	m->depth--;
	return stop && has_room(m);
}

static void time_run(struct multi *m, struct run *r)
{
	if (wants_to_stop(m, r)) {
		show_error(r->shadow, "Callback aborted");
		report(m, r, CURLE_ABORTED_BY_CALLBACK);
		return;
	}
	run_time(r);
	step(m, r);
}

/* Whose time has come. */
static void step_due(struct multi *m)
{
	uint64_t now = m->fleet.now_ms;
	struct run *next;

	if (now < m->fleet.bound)
		return;
	m->fleet.bound = US_NEVER;
	for (struct run *r = m->runs; r; r = next) {
		next = r->next;
		if (r->over || run_due(r) <= now)
			time_run(m, r);
		else
			run_heard(r);
	}
}

static CURLMcode go_on(struct multi *m, const struct go *go, int *running)
{
	const struct real *real = m->real;
	CURLMcode rc;

	m->depth++;
	if (go->kind == GO_PERFORM)
		rc = real->multi_perform(m->handle, running);
	else if (go->kind == GO_ACTION)
		rc = real->multi_socket_action(m->handle, go->socket, go->events, running);
	else if (go->kind == GO_SOCKET)
		rc = real->multi_socket(m->handle, go->socket, running);
	else
		rc = real->multi_socket_all(m->handle, running);
	m->depth--;
	return rc;
}

/* libcurl counts the attempts that are in flight; the program counts its calls. */
CURLMcode multi_go(struct multi *m, const struct go *go, int *running)
{
	CURLMcode rc;
	int others = -1; /* what libcurl leaves alone when it fails */

	if (m->depth) /* the callback may be called by us, of which libcurl knows nothing */
		return CURLM_RECURSIVE_API_CALL;
	if (!m->open)
		return go_on(m, go, running);
	if (go->kind != GO_PERFORM && go->socket == CURL_SOCKET_TIMEOUT)
		m->told_due = m->real_due = US_NEVER; /* a timer fires once, and is set anew */
	m->fleet.now_ms = us_clock_ms();
	step_due(m);
	rc = go_on(m, go, &others);
	drain(m);
	if (others >= 0)
		others -= (int)m->fleet.aloft;
	step_touched(m);
	step_due(m);
	if (others >= 0)
		*running = others + (int)m->open;
	multi_notify(m);
	multi_tell_timer(m);
	return rc;
}

/* --- members --------------------------------------------------------------------------------- */

static struct run *managed(struct multi *m, struct shadow *s)
{
	struct world *w = world_get();
	struct asked asked;

	if (!w || !has_room(m) || !asked_describe(&asked, s, w))
		return NULL;
	return run_new(s, w, &asked, m->handle, &m->fleet);
}

/* Not CURLM_OK: libcurl would not have it, and it is as if it had never been added. */
static CURLMcode begin(struct multi *m, struct run *r)
{
	CURLMcode rc;

	show_error(r->shadow, "");
	add_run(m, r);
	r->joining = true;
	obey(m, r);
	r->joining = false;
	rc = r->over && r->attempts == 1 ? r->refused : CURLM_OK;
	if (rc)
		drop_run(m, r);
	else if (r->over)
		m->fleet.bound = 0; /* reported when the loop goes on, as all ends are */
	else
		run_heard(r);
	return rc;
}

/* Does curl_multi_add_handle close what a curl_easy_perform before it has left open? */
static bool forgets_connections(const struct real *real)
{
	return real->version_info(CURLVERSION_NOW)->version_num >= 0x080700;
}

CURLMcode multi_add(struct multi *m, struct shadow *s)
{
	struct run *r;
	CURLMcode rc;

	if (s->member || s->run)
		return CURLM_ADDED_ALREADY;
	if (m->depth)
		return CURLM_RECURSIVE_API_CALL;
	if (s->multi && forgets_connections(m->real))
		easy_forget_connections(s);
	r = managed(m, s);
	if (!r)
		result_forget(s);
	rc = r ? begin(m, r) : m->real->multi_add_handle(m->handle, s->handle);
	if (!rc)
		join(m, s);
	if (r)
		multi_tell_timer(m);
	return rc;
}

/* The handle is no longer in the multi, in the middle of a call or not. */
static void take_out(struct multi *m, struct shadow *s)
{
	if (s->run && s->run->multi == m)
		drop_run(m, s->run);
	drop_message(m, s);
	leave(s);
}

CURLMcode multi_remove(struct multi *m, struct shadow *s)
{
	CURLMcode rc;

	if (s->member != m)
		return s->member ? CURLM_BAD_EASY_HANDLE
		                 : m->real->multi_remove_handle(m->handle, s->handle);
	if (m->depth)
		return CURLM_RECURSIVE_API_CALL;
	take_out(m, s);
	rc = m->real->multi_remove_handle(m->handle, s->handle);
	multi_tell_timer(m);
	return rc;
}

void multi_forget(struct shadow *s)
{
	if (s->member)
		take_out(s->member, s);
}

CURLMcode multi_cleanup(struct multi *m)
{
	CURLMcode rc;

	if (m->depth)
		return CURLM_RECURSIVE_API_CALL;
	while (m->members)
		take_out(m, m->members);
	registry_take(m->handle, REGISTERED_MULTI);
	rc = m->real->multi_cleanup(m->handle);
	us_buf_fini(&m->queue);
	us_free(m);
	return rc;
}
