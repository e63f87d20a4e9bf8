/* attempt.c - dresses one real transfer */
#include "attempt.h"

#include "base/clock.h"
#include "headers.h"
#include "idempotency.h"
#include "key.h"
#include "reword.h"
#include "show.h"
#include "verbose.h"

#include <stdio.h>

#define HEADER_MAX 512 /* of a header that we write */
#define SET(r, handle, option, value) ((r)->shadow->real->easy_setopt((handle), (option), (value)))

/* --- callbacks ------------------------------------------------------------------------------- */

static void cancel(struct flight *f)
{
	if (f)
		f->cancelled = true;
}

/* Inside a callback only what concerns bytes can be obeyed; the loop does the rest. */
static void obey(struct run *r)
{
	while (us_call_urgent(r->call)) {
		struct us_order o = us_call_next(r->call);

		if (o.kind == US_ORDER_CANCEL)
			cancel(flight_find(r, o.flight));
		else
			show_bytes(r, &o);
	}
}

/* What libcurl is to be told of `n` bytes. It brings them again after a pause: then they are
 * skipped, for we have them. */
static size_t told(const struct flight *f, size_t n, size_t *skip)
{
	const struct run *r = f->run;

	if (f->cancelled || r->relay.state == RELAY_BROKEN)
		return r->relay.broke_value != n ? r->relay.broke_value : 0;
	if (r->relay.state != RELAY_PAUSED)
		return n;
	*skip = n;
	return CURL_WRITEFUNC_PAUSE;
}

/* What of these bytes is new. False: we are still paused, or broken. */
static bool fresh(struct flight *f, struct us_span *bytes, size_t *skip)
{
	size_t known = *skip < bytes->n ? *skip : bytes->n;
	struct run *r = f->run;

	if (f->cancelled ||
	    (r->relay.state != RELAY_READY && relay_resume(&r->relay) != RELAY_READY) ||
	    (r->nflights > 1 && !us_call_about(r->call, f->number)))
		return false;
	*skip -= known;
	*bytes = us_span(bytes->p + known, bytes->n - known);
	return true;
}

static size_t on_header(char *p, size_t size, size_t nmemb, void *flight)
{
	struct flight *f = flight;
	struct run *r = f->run;
	struct us_span line = us_span(p, size * nmemb);
	bool blank = line.n && (p[0] == '\r' || p[0] == '\n');
	uint64_t now = r->fleet->now_ms;
	long status = 0;

	if (fresh(f, &line, &f->skip_head) && line.n) {
		if (blank)
			r->shadow->real->easy_getinfo(f->handle, CURLINFO_RESPONSE_CODE, &status);
		us_call_header(r->call, line, status >= 200, now + r->world->env.unix_offset_ms,
		               now);
		obey(r);
		run_heard(r);
	}
	return told(f, size * nmemb, &f->skip_head);
}

static size_t on_body(char *p, size_t size, size_t nmemb, void *flight)
{
	struct flight *f = flight;
	struct run *r = f->run;
	struct us_span bytes = us_span(p, size * nmemb);

	if (fresh(f, &bytes, &f->skip_body) && bytes.n) {
		us_call_body(r->call, bytes, r->fleet->now_ms);
		obey(r);
		run_heard(r);
	}
	return told(f, size * nmemb, &f->skip_body);
}

bool attempt_progress(struct run *r, curl_off_t dltotal, curl_off_t dlnow, curl_off_t ultotal,
                      curl_off_t ulnow)
{
	const struct shadow *s = r->shadow;
	void *data = shadow_value(s, CURLOPT_XFERINFODATA, NULL);
	void *info = shadow_value(s, CURLOPT_XFERINFOFUNCTION, NULL);
	void *old = shadow_value(s, CURLOPT_PROGRESSFUNCTION, NULL);

	if (shadow_long(s, CURLOPT_NOPROGRESS, 1))
		return false;
	if (info)
		return ((curl_xferinfo_callback)info)(data, dltotal, dlnow, ultotal, ulnow) != 0;
	return old && ((curl_progress_callback)old)(data, (double)dltotal, (double)dlnow,
	                                            (double)ultotal, (double)ulnow) != 0;
}

/* Of a target's transfer: what was delivered so far, of what there is to deliver. Of two in flight
 * the program hears of the first. */
static int on_progress(void *flight, curl_off_t dltotal, curl_off_t dlnow, curl_off_t ultotal,
                       curl_off_t ulnow)
{
	const struct flight *f = flight;
	struct run *r = f->run;
	const struct result *result = r->shadow->result;
	curl_off_t sent = (curl_off_t)r->asked.body.n;

	if (f->cancelled || flight_is_second(f))
		return 0;
	return attempt_progress(r, result && result->length > 0 ? result->length : 0,
	                        result ? result->body_bytes : 0, sent, ulnow == ultotal ? sent : 0);
}

/* --- the program's own handle ---------------------------------------------------------------- */

static void limit(const struct flight *f, CURL *h, const struct us_order *send)
{
	struct run *r = f->run;
	uint64_t connect = (uint64_t)shadow_long(r->shadow, CURLOPT_CONNECTTIMEOUT_MS, 0);

	r->limited |= h == r->shadow->handle && (send->total_ms || send->connect_ms);
	if (send->total_ms)
		SET(r, h, CURLOPT_TIMEOUT_MS, (long)send->total_ms);
	if (!f->queues) /* libcurl counts the waiting for a connection as connecting */
		connect = us_shorter(connect, send->connect_ms);
	if (connect)
		SET(r, h, CURLOPT_CONNECTTIMEOUT_MS, (long)connect);
}

bool attempt_dress_own(struct flight *f, const struct us_order *send)
{
	struct run *r = f->run;
	struct shadow *s = r->shadow;
	CURL *h = s->handle;
	char line[HEADER_MAX];
	bool ok = true;

	limit(f, h, send);
	if ((!r->own_headers || r->goes_on) && idempotency_line(r, send->to, line, sizeof(line)))
		reword_header(r, line);
	if (send->to && send->to->rendered)
		reword_own(r, us_buf_span(&send->to->request.body));
	if (r->asked.own.key)
		ok = key_dress(f, send);
	if (r->dressed == f)
		return ok;
	r->dressed = f;
	SET(r, h, CURLOPT_WRITEFUNCTION, on_body);
	SET(r, h, CURLOPT_WRITEDATA, f);
	SET(r, h, CURLOPT_HEADERFUNCTION, on_header);
	SET(r, h, CURLOPT_HEADERDATA, f);
	if (shadow_long(s, CURLOPT_HEADER, 0))
		SET(r, h, CURLOPT_HEADER, 0L);
	if (shadow_long(s, CURLOPT_FAILONERROR, 0))
		SET(r, h, CURLOPT_FAILONERROR, 0L);
	if (r->captures) {
		SET(r, h, CURLOPT_READFUNCTION, capture_read);
		SET(r, h, CURLOPT_READDATA, &r->capture);
		SET(r, h, CURLOPT_SEEKFUNCTION, capture_seek);
		SET(r, h, CURLOPT_SEEKDATA, &r->capture);
	}
	return ok;
}

static void put_back(const struct shadow *s, CURL *h, CURLoption o, void *otherwise)
{
	s->real->easy_setopt(h, o, shadow_value(s, o, otherwise));
}

void attempt_restore(const struct run *r, CURL *h)
{
	const struct shadow *s = r->shadow;

	reword_restore(r, h);
	key_restore(r, h);
	put_back(s, h, CURLOPT_WRITEFUNCTION, NULL);
	put_back(s, h, CURLOPT_WRITEDATA, stdout);
	put_back(s, h, CURLOPT_HEADERFUNCTION, NULL);
	put_back(s, h, CURLOPT_HEADERDATA, NULL);
	if (shadow_option(s, CURLOPT_HEADER))
		put_back(s, h, CURLOPT_HEADER, NULL);
	if (shadow_option(s, CURLOPT_FAILONERROR))
		put_back(s, h, CURLOPT_FAILONERROR, NULL);
	if (r->limited) {
		put_back(s, h, CURLOPT_TIMEOUT_MS, NULL);
		put_back(s, h, CURLOPT_CONNECTTIMEOUT_MS, NULL);
	}
	if (r->captures) {
		put_back(s, h, CURLOPT_READFUNCTION, NULL);
		put_back(s, h, CURLOPT_READDATA, stdin);
		put_back(s, h, CURLOPT_SEEKFUNCTION, NULL);
		put_back(s, h, CURLOPT_SEEKDATA, NULL);
	}
}

void attempt_undress_own(struct run *r)
{
	if (r->dressed)
		attempt_restore(r, r->shadow->handle);
	r->dressed = NULL;
	r->reworded = r->rekeyed = false;
}

/* --- a target's handle ----------------------------------------------------------------------- */

static bool add_header(struct flight *f, const char *line)
{
	return header_add(f->run->shadow, &f->headers, line);
}

static const char *accept_line(const struct us_order *send)
{
	bool events = send->stream && send->to->dialect->framing == US_FRAMING_SSE;

	return events ? "Accept: text/event-stream" : "Accept: application/json";
}

/* Of the program's headers a tool's other gets those that say what is asked, and those that the
 * user names. */
static bool may_pass(const struct us_http_tool *t, const char *line)
{
	static const char *const harmless[] = { "Accept", "Accept-Language", "Content-Type",
		                                "Content-Language", "Idempotency-Key" };
	struct us_span name = header_name(line);

	return us_span_is_any(name, harmless, US_COUNT(harmless)) ||
	       us_span_is_any(name, t->pass.list, t->pass.n);
}

static bool pass_headers(struct flight *f)
{
	const struct run *r = f->run;
	const struct curl_slist *h = headers_of(r->shadow);
	bool ok = add_header(f, "Expect:");

	for (; ok && h; h = h->next)
		if (h->data && may_pass(r->asked.own.tool, h->data))
			ok = add_header(f, h->data);
	return ok;
}

static bool make_headers(struct flight *f, const struct us_order *send)
{
	const struct us_candidate *to = send->to;
	char line[HEADER_MAX];
	bool ok;

	f->run->shadow->real->slist_free_all(f->headers);
	f->headers = NULL;
	if (f->run->asked.own.tool)
		return pass_headers(f);
	ok = add_header(f, "Content-Type: application/json") &&
	     add_header(f, "Accept-Encoding: identity") && add_header(f, "Expect:") &&
	     add_header(f, accept_line(send));
	if (ok && to->dialect->version)
		ok = add_header(f, to->dialect->version);
	if (ok && idempotency_line(f->run, to, line, sizeof(line)))
		ok = add_header(f, line);
	return ok && key_add(f->run->shadow, &f->headers, to);
}

static void carry_over(struct run *r, CURL *h)
{
	const struct shadow *s = r->shadow;

	for (size_t i = 0; i < s->noptions; i++)
		if (s->options[i].is.class == CLASS_CARRY)
			SET(r, h, s->options[i].id, s->options[i].value);
}

static void set_body(struct run *r, CURL *h, const struct us_order *send)
{
	const struct us_buf *body = &send->to->request.body;

	SET(r, h, CURLOPT_POST, 1L);
	SET(r, h, CURLOPT_POSTFIELDS, body->n ? body->p : "");
	SET(r, h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->n);
}

/* The program's own request to a tool, in all but credentials. */
static void set_same(struct run *r, CURL *h, const struct us_order *send)
{
	const struct shadow *s = r->shadow;
	struct us_span method = asked_method(s);

	if (asked_has_body(s))
		set_body(r, h, send);
	if (us_span_is(method, "HEAD"))
		SET(r, h, CURLOPT_NOBODY, 1L);
	else if (!us_span_is(method, asked_has_body(s) ? "POST" : "GET"))
		SET(r, h, CURLOPT_CUSTOMREQUEST, method.p);
	SET(r, h, CURLOPT_ACCEPT_ENCODING, shadow_value(s, CURLOPT_ACCEPT_ENCODING, NULL));
	SET(r, h, CURLOPT_HTTP_CONTENT_DECODING, shadow_long(s, CURLOPT_HTTP_CONTENT_DECODING, 1));
}

static void set_request(struct flight *f, CURL *h)
{
	struct run *r = f->run;

	SET(r, h, CURLOPT_URL, us_buf_cstr(&f->url));
	SET(r, h, CURLOPT_PROTOCOLS_STR, "http,https");
	SET(r, h, CURLOPT_HTTPHEADER, f->headers);
	SET(r, h, CURLOPT_USERAGENT, "understudy/" US_VERSION);
	SET(r, h, CURLOPT_ERRORBUFFER, f->error);
	SET(r, h, CURLOPT_WRITEFUNCTION, on_body);
	SET(r, h, CURLOPT_WRITEDATA, f);
	SET(r, h, CURLOPT_HEADERFUNCTION, on_header);
	SET(r, h, CURLOPT_HEADERDATA, f);
	if (!shadow_long(r->shadow, CURLOPT_NOPROGRESS, 1)) {
		SET(r, h, CURLOPT_NOPROGRESS, 0L);
		SET(r, h, CURLOPT_XFERINFOFUNCTION, on_progress);
		SET(r, h, CURLOPT_XFERINFODATA, f);
	}
}

/* Another of the run's may fly by the first of our handles. */
static CURL *target_of(const struct flight *f)
{
	struct shadow *s = f->run->shadow;
	CURL *first = shadow_target(s, 0);
	const struct flight *by = first ? flight_by(f->run, first) : NULL;

	return by && by != f ? shadow_target(s, 1) : first;
}

CURLcode attempt_dress_target(struct flight *f, const struct us_order *send)
{
	struct run *r = f->run;
	CURL *h = target_of(f);

	f->target = h;
	if (!h)
		return CURLE_OUT_OF_MEMORY;
	r->shadow->real->easy_reset(h);
	us_buf_clear(&f->url);
	us_buf_add_span(&f->url, send->to->url);
	if (f->url.err || !make_headers(f, send))
		return CURLE_OUT_OF_MEMORY;
	carry_over(r, h);
	limit(f, h, send);
	set_request(f, h);
	if (r->asked.own.tool)
		set_same(r, h, send);
	else
		set_body(r, h, send);
	verbose_dress(f, h, send->to);
	return CURLE_OK;
}

/* The handle outlives the run: its connection may still be closed and talk about it. */
void attempt_undress_target(const struct flight *f)
{
	if (!f->target)
		return;
	SET(f->run, f->target, CURLOPT_VERBOSE, 0L);
	SET(f->run, f->target, CURLOPT_ERRORBUFFER, NULL);
}

/* --- codes ----------------------------------------------------------------------------------- */

enum us_cause attempt_cause(CURLcode code)
{
	static const struct {
		CURLcode code;
		enum us_cause cause;
	} rows[] = {
		{ CURLE_OK, US_CAUSE_NONE },
		{ CURLE_COULDNT_RESOLVE_PROXY, US_CAUSE_DNS },
		{ CURLE_COULDNT_RESOLVE_HOST, US_CAUSE_DNS },
		{ CURLE_COULDNT_CONNECT, US_CAUSE_CONNECT },
		{ CURLE_PROXY, US_CAUSE_CONNECT },
		{ CURLE_SSL_CONNECT_ERROR, US_CAUSE_TLS },
		{ CURLE_PEER_FAILED_VERIFICATION, US_CAUSE_TLS },
		{ CURLE_SSL_ISSUER_ERROR, US_CAUSE_TLS },
		{ CURLE_SSL_INVALIDCERTSTATUS, US_CAUSE_TLS },
		{ CURLE_SSL_PINNEDPUBKEYNOTMATCH, US_CAUSE_TLS },
		{ CURLE_OPERATION_TIMEDOUT, US_CAUSE_TIMEOUT },
		{ CURLE_SEND_ERROR, US_CAUSE_RESET },
		{ CURLE_RECV_ERROR, US_CAUSE_RESET },
		{ CURLE_GOT_NOTHING, US_CAUSE_RESET },
		{ CURLE_HTTP2, US_CAUSE_RESET },
		{ CURLE_HTTP2_STREAM, US_CAUSE_RESET },
		{ CURLE_HTTP3, US_CAUSE_RESET },
		{ CURLE_QUIC_CONNECT_ERROR, US_CAUSE_CONNECT },
		{ CURLE_PARTIAL_FILE, US_CAUSE_CUT },
		{ CURLE_WEIRD_SERVER_REPLY, US_CAUSE_NOT_JSON },
		{ CURLE_UNSUPPORTED_PROTOCOL, US_CAUSE_NOT_JSON }, /* HTTP/0.9, as 7.88 calls it */
		{ CURLE_BAD_CONTENT_ENCODING, US_CAUSE_CUT },
		{ CURLE_TOO_LARGE, US_CAUSE_NOT_JSON },     /* a header beyond all measure ... */
		{ CURLE_OUT_OF_MEMORY, US_CAUSE_NOT_JSON }, /* ... as libcurl says before 8.6 */
		{ CURLE_WRITE_ERROR, US_CAUSE_PROGRAM },
		{ CURLE_ABORTED_BY_CALLBACK, US_CAUSE_PROGRAM },
		{ CURLE_READ_ERROR, US_CAUSE_PROGRAM },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++)
		if (rows[i].code == code)
			return rows[i].cause;
	return US_CAUSE_LOCAL;
}
