/* mock_play.c - an answer on its way out, and what may happen to it there
 *
 * Every function returns one of enum step: the play goes on, or it has ended in some way and
 * nothing more is sent.
 */
#include "cli/mock_play.h"

#include "base/clock.h"

#include <time.h>

#define HEAD_LINE 1000
#define PLAIN_CHUNK 512
#define PING_MS 1000
#define OUT_MAX ((size_t)1 << 30)

enum step { ON, CUT, RESET, LEFT };

struct play {
	struct us_mock_conn *conn;
	const struct us_mock_reply *reply;
	const struct us_mock_fault *fault;
	const struct us_mock_dialect *dialect;
	uint64_t token_ms;
	bool chunked;
	bool endless;      /* the body ends with the connection */
	struct us_buf out; /* what the next write will send */
	size_t events;     /* sent */
	size_t contents;   /* events with content sent */
	bool stalled;
	bool begun; /* an element of an array is out */
};

static bool has(const struct play *p, enum us_mock_effect effect) { return p->fault->on[effect]; }

/* Without the words of an event around its data. */
static bool is_bare(const struct play *p) { return p->dialect->lines || p->reply->array; }

static uint64_t value(const struct play *p, enum us_mock_effect effect)
{
	return p->fault->value[effect];
}

/* What could not be built must not go out in part: then it looks as if the client had left. */
static enum step flush(struct play *p)
{
	int rc = p->out.err ? US_EIO : us_mock_conn_write(p->conn, us_buf_span(&p->out));

	us_buf_clear(&p->out);
	return rc ? LEFT : ON;
}

/* Silence begins after what was said has left. */
static enum step pause_for(struct play *p, uint64_t ms)
{
	if (ms && flush(p))
		return LEFT;
	return us_mock_conn_wait(p->conn, ms) ? LEFT : ON;
}

/* A piece of the body, in a write of its own unless all come in one burst. */
static enum step piece(struct play *p, struct us_span s)
{
	if (!s.n)
		return ON; /* a chunk of length 0 would be the end */
	if (p->chunked)
		us_buf_addf(&p->out, "%zx\r\n", s.n);
	us_buf_add_span(&p->out, s);
	us_buf_add_str(&p->out, p->chunked ? "\r\n" : "");
	return has(p, US_MOCK_BURST) && p->out.n < OUT_MAX / 2 ? ON : flush(p);
}

/* A kilobyte at a time, so that a gigabyte takes no memory. */
static enum step blanks(struct play *p, struct us_span around, uint64_t kilobytes)
{
	char blank[1024];
	enum step step = piece(p, around);

	memset(blank, ' ', sizeof(blank));
	for (; !step && kilobytes; kilobytes--)
		step = piece(p, us_span(blank, sizeof(blank)));
	return step;
}

void us_mock_date(struct us_buf *b, uint64_t unix_seconds)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t t = (time_t)unix_seconds;
	struct tm tm;

	if (gmtime_r(&t, &tm))
		us_buf_addf(b, "%.3s, %02d %.3s %d %02d:%02d:%02d GMT", days + 3 * tm.tm_wday,
		            tm.tm_mday, months + 3 * tm.tm_mon, tm.tm_year + 1900, tm.tm_hour,
		            tm.tm_min, tm.tm_sec);
}

/* Many lines instead of a long one: clients limit both, the sum is what all of them limit. */
static void big_headers(struct play *p)
{
	char filler[HEAD_LINE];

	memset(filler, 'x', sizeof(filler));
	for (uint64_t n = value(p, US_MOCK_BIGHEADERS) * 1024 / HEAD_LINE; n && !p->out.err; n--)
		us_buf_addf(&p->out, "x-filler-%llu: %.*s\r\n", (unsigned long long)n,
		            HEAD_LINE - 20, filler);
}

/* Status and headers, and what may happen right after them. */
static enum step head(struct play *p)
{
	const struct us_mock_reply *r = p->reply;
	bool chunks = r->stream || has(p, US_MOCK_CHUNKED);

	p->endless = has(p, US_MOCK_CLOSE) || (r->old && chunks);
	p->chunked = chunks && !p->endless;
	us_buf_addf(&p->out, "HTTP/1.1 %u %s\r\ndate: ", r->status, us_mock_http_phrase(r->status));
	us_mock_date(&p->out, us_clock_unix_ms() / 1000);
	us_buf_addf(&p->out, "\r\nserver: understudy-mock\r\ncontent-type: %s\r\n",
	            has(p, US_MOCK_WRONG_TYPE) ? "text/plain" : r->type);
	us_buf_add_span(&p->out, us_buf_span(&r->headers));
	if (has(p, US_MOCK_BIGHEADERS))
		big_headers(p);
	if (p->chunked)
		us_buf_add_str(&p->out, "transfer-encoding: chunked\r\n");
	else if (!p->endless)
		us_buf_addf(&p->out, "content-length: %llu\r\n",
		            (unsigned long long)(r->body.n + value(p, US_MOCK_PADDING) * 1024));
	us_buf_addf(&p->out, "connection: %s\r\n\r\n",
	            p->endless || r->close ? "close" : "keep-alive");
	if (has(p, US_MOCK_RESET_HEADERS))
		return flush(p) ? LEFT : RESET;
	if (has(p, US_MOCK_HANG_HEADERS))
		return pause_for(p, US_NEVER);
	/* Headers go alone, as from a server that has them before the first token. */
	return has(p, US_MOCK_BURST) ? ON : flush(p);
}

/* Is this the place where the script ends it? `n` counts events, or bytes. */
static enum step ending(struct play *p, size_t n)
{
	struct us_span ms = p->fault->choice[US_MOCK_BY_MS];
	uint64_t wait = US_NEVER;

	if (has(p, US_MOCK_CUT) && n >= value(p, US_MOCK_CUT))
		return flush(p) ? LEFT : CUT;
	if (has(p, US_MOCK_CUT_RST) && n >= value(p, US_MOCK_CUT_RST))
		return flush(p) ? LEFT : RESET;
	if (!has(p, US_MOCK_STALL) || n < value(p, US_MOCK_STALL) || p->stalled)
		return ON;
	p->stalled = true;
	us_span_u64(ms, &wait);
	return pause_for(p, wait);
}

/* How much of the body may go before an ending has to be looked at. */
static size_t allowed(const struct play *p, size_t done)
{
	static const enum us_mock_effect ends[] = { US_MOCK_CUT, US_MOCK_CUT_RST, US_MOCK_STALL };
	size_t n = p->reply->body.n - done;

	if (p->chunked && n > PLAIN_CHUNK)
		n = PLAIN_CHUNK;
	for (size_t i = 0; i < US_COUNT(ends); i++)
		if (has(p, ends[i]) && value(p, ends[i]) > done && value(p, ends[i]) - done < n)
			n = (size_t)value(p, ends[i]) - done;
	return n;
}

/* One body; it may break off after any byte. */
static enum step plain(struct play *p)
{
	enum step step = blanks(p, us_span("", 0), value(p, US_MOCK_PADDING));
	size_t done = 0;

	if (!step)
		step = ending(p, 0);
	while (!step && done < p->reply->body.n) {
		size_t n = allowed(p, done);

		step = piece(p, us_span(p->reply->body.p + done, n));
		done += n;
		if (!step)
			step = ending(p, done);
	}
	return step;
}

/* An event is built first, to go out in one write. */
static enum step event(struct play *p, const char *name, struct us_span data)
{
	const char *nl = has(p, US_MOCK_CRLF) ? "\r\n" : "\n";
	enum step step;
	struct us_buf b;

	us_buf_init(&b, OUT_MAX);
	if (name)
		us_buf_addf(&b, "event: %s%s", name, nl);
	if (p->reply->array)
		us_buf_addf(&b, "%s", p->begun ? "," : "[");
	us_buf_add_str(&b, is_bare(p) ? "" : "data: ");
	us_buf_add_span(&b, data);
	us_buf_addf(&b, "%s%s", nl, is_bare(p) ? "" : nl);
	p->begun = true;
	step = b.err ? LEFT : piece(p, us_buf_span(&b));
	us_buf_fini(&b);
	return step;
}

/* Where lines are all there is, one of blanks. */
static enum step comment(struct play *p, uint64_t kilobytes)
{
	struct us_span nl = has(p, US_MOCK_CRLF) ? US_SPAN("\r\n\r\n") : US_SPAN("\n\n");
	enum step step = blanks(p, is_bare(p) ? US_SPAN(" ") : US_SPAN(": keep-alive"), kilobytes);

	return step ? step : piece(p, nl);
}

/* Alive, but with nothing to say, for ever. */
static enum step pings(struct play *p)
{
	const struct us_mock_event *ping = &p->dialect->ping;
	enum step step;

	do {
		step = ping->data.p ? event(p, ping->name, ping->data) : comment(p, 0);
		if (!step)
			step = pause_for(p, p->token_ms ? p->token_ms : PING_MS);
	} while (!step);
	return step;
}

/* One event of the answer, with what the script puts before it and does to it. */
static enum step play_event(struct play *p, const struct us_mock_event *e)
{
	struct us_span data = e->data;
	enum step step = ON;

	if (e->content && !has(p, US_MOCK_BURST))
		step = pause_for(p, p->token_ms);
	if (!step && has(p, US_MOCK_COMMENTS))
		step = comment(p, 0);
	if (!step && has(p, US_MOCK_GARBAGE) && value(p, US_MOCK_GARBAGE) == p->events + 1)
		step = event(p, e->name, US_SPAN("{\"garbage\": \"this line brea"));
	if (has(p, US_MOCK_MANGLED) && value(p, US_MOCK_MANGLED) == p->events + 1)
		data.n /= 2;
	if (!step)
		step = event(p, e->name, data);
	p->events++;
	p->contents += e->content;
	return step;
}

/* All events, unless the script ends them. */
static enum step stream(struct play *p)
{
	const struct us_mock_events *list = &p->reply->events;
	enum step step = ON;

	if (has(p, US_MOCK_PADDING))
		step = comment(p, value(p, US_MOCK_PADDING));
	if (!step && has(p, US_MOCK_PINGS))
		step = pings(p);
	for (size_t i = 0; !step && i < list->count; i++) {
		step = ending(p, i);
		if (!step && has(p, US_MOCK_ERROR_AFTER) &&
		    p->contents >= value(p, US_MOCK_ERROR_AFTER))
			return event(p, p->dialect->error_event, p->reply->error);
		if (!step && !(list->list[i].last && has(p, US_MOCK_NO_DONE)))
			step = play_event(p, &list->list[i]);
	}
	return step ? step : ending(p, list->count);
}

/* An array is closed behind the last of them. */
static enum step array(struct play *p)
{
	enum step step = stream(p);

	return step ? step : piece(p, us_span_of(p->begun ? "]" : "[]"));
}

/* The reply from its first byte to its last. */
static enum step play(struct play *p)
{
	enum step step = ON;

	p->conn->bytewise = has(p, US_MOCK_BYTEWISE) || has(p, US_MOCK_DRIP);
	p->conn->drip_ms = value(p, US_MOCK_DRIP);
	if (has(p, US_MOCK_RESET))
		return RESET;
	if (has(p, US_MOCK_HANG))
		return pause_for(p, US_NEVER);
	if (has(p, US_MOCK_SLOW))
		step = pause_for(p, value(p, US_MOCK_SLOW));
	if (!step)
		step = head(p);
	if (!step && !p->reply->bodyless)
		step = !p->reply->stream ? plain(p) : p->reply->array ? array(p) : stream(p);
	if (!step && p->chunked)
		us_buf_add_str(&p->out, "0\r\n\r\n");
	return step ? step : flush(p);
}

enum us_mock_outcome us_mock_play(struct us_mock_conn *conn, const struct us_mock_reply *reply,
                                  const struct us_mock_fault *fault,
                                  const struct us_mock_dialect *dialect, uint64_t token_ms)
{
	static const enum us_mock_outcome outcomes[] = {
		[ON] = US_MOCK_ANSWERED_OUT,
		[CUT] = US_MOCK_CUT_OUT,
		[RESET] = US_MOCK_RESET_OUT,
		[LEFT] = US_MOCK_LEFT_OUT,
	};
	struct play p = {
		.conn = conn,
		.reply = reply,
		.fault = fault,
		.dialect = dialect,
		.token_ms = token_ms,
	};
	enum step step;

	us_buf_init(&p.out, OUT_MAX);
	step = play(&p);
	us_buf_fini(&p.out);
	conn->bytewise = false;
	if (step == RESET || step == LEFT)
		us_mock_conn_reset(conn);
	else if (step == CUT || reply->close || p.endless || has(&p, US_MOCK_DROP))
		us_mock_conn_finish(conn);
	return outcomes[step];
}
