/* redis.c - a connection to Redis that never keeps anybody waiting
 *
 * hiredis limits each read by itself, so that a server which drips bytes could hold us for ever:
 * here the time that is left is set anew before every read and write. A connection in which
 * anything went wrong is not used again: a late answer would be taken for the next one's. So that
 * the names of hiredis stay out of the host's way, it is linked statically and hidden.
 */
#include "state/redis.h"

#include "base/clock.h"
#include "base/hush.h"
#include "base/mem.h"
#include "state/redis_url.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <unistd.h>

#define WORDS_MAX 24
#define ARENA_MAX ((size_t)64 << 10)
#define WHY_MAX ((size_t)1024)
#define SILENT_MAX 3                   /* then it is left alone for as long as one call may take */
#define ANSWER_MAX ((size_t)160 << 20) /* what is longer is not ours */

struct us_redis {
	struct us_redis_url url;
	struct us_arena arena;
	uint64_t timeout_ms;
	redisContext *c;     /* NULL: not connected */
	pid_t owner;         /* who connected */
	unsigned silent;     /* calls in a row that had no answer in time */
	uint64_t rest_until; /* it is not asked before, when there were several */
	struct us_buf why;
};

static void hang_up(struct us_redis *r)
{
	if (r->c)
		redisFree(r->c);
	r->c = NULL;
}

static int fail(struct us_redis *r, int rc, const char *words)
{
	us_buf_clear(&r->why);
	us_buf_add_str(&r->why, words);
	return rc;
}

static struct timeval left(uint64_t until)
{
	uint64_t now = us_clock_ms(), ms = until > now ? until - now : 1;

	return (struct timeval){ (time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000) };
}

/* What hiredis says is wrong with the connection, in our codes. It is of no more use. */
static int broken(struct us_redis *r, uint64_t until)
{
	int rc = US_EAWAY;

	if (r->c && r->c->err == REDIS_ERR_PROTOCOL)
		rc = US_ESYNTAX;
	else if (us_clock_ms() >= until)
		rc = US_ETIME;
	if (!r->c)
		fail(r, US_ENOMEM, us_err_text(US_ENOMEM));
	else
		fail(r, rc, rc == US_ETIME ? "Redis does not answer in time" : r->c->errstr);
	hang_up(r);
	return rc;
}

/* --- one command on the connection that is there ---------------------------------------------- */

static int send_all(struct us_redis *r, const struct us_span *words, size_t n, uint64_t until)
{
	const char *argv[WORDS_MAX];
	size_t length[WORDS_MAX];
	int done = 0;

	for (size_t i = 0; i < n; i++) {
		argv[i] = words[i].p ? words[i].p : "";
		length[i] = words[i].n;
	}
	if (redisAppendCommandArgv(r->c, (int)n, argv, length) != REDIS_OK)
		return broken(r, until);
	while (!done) {
		if (us_clock_ms() >= until || redisSetTimeout(r->c, left(until)) != REDIS_OK ||
		    redisBufferWrite(r->c, &done) != REDIS_OK)
			return broken(r, until);
	}
	return 0;
}

static int read_reply(struct us_redis *r, uint64_t until, redisReply **reply)
{
	void *whole = NULL;

	while (redisGetReplyFromReader(r->c, &whole) == REDIS_OK && !whole) {
		if (us_clock_ms() >= until || redisSetTimeout(r->c, left(until)) != REDIS_OK ||
		    redisBufferRead(r->c) != REDIS_OK)
			return broken(r, until);
		if (r->c->reader->len > ANSWER_MAX) {
			hang_up(r);
			return fail(r, US_ESYNTAX, "the answer has no end");
		}
	}
	if (!whole)
		return broken(r, until);
	*reply = whole;
	return 0;
}

static int exchange(struct us_redis *r, const struct us_span *words, size_t n, uint64_t until,
                    redisReply **reply)
{
	struct us_hush hush;
	int rc;

	us_hush_begin(&hush);
	rc = send_all(r, words, n, until);
	if (!rc)
		rc = read_reply(r, until, reply);
	us_hush_end(&hush);
	return rc;
}

/* A refusal is an error; one that says that the master is elsewhere now ends the connection. */
static int judge(struct us_redis *r, redisReply *reply)
{
	if (reply->type != REDIS_REPLY_ERROR)
		return 0;
	us_buf_clear(&r->why);
	us_buf_addf(&r->why, "Redis refuses: %.*s", (int)reply->len, reply->str);
	if (us_span_starts(us_span(reply->str, (size_t)reply->len), "READONLY"))
		hang_up(r);
	return US_EIO;
}

static int ask_here(struct us_redis *r, const struct us_span *words, size_t n, uint64_t until,
                    redisReply **reply)
{
	int rc = exchange(r, words, n, until, reply);

	if (rc)
		return rc;
	rc = judge(r, *reply);
	if (!rc)
		return 0;
	freeReplyObject(*reply);
	*reply = NULL;
	return rc;
}

static int obey(struct us_redis *r, const struct us_span *words, size_t n, uint64_t until)
{
	redisReply *reply = NULL;
	int rc = ask_here(r, words, n, until, &reply);

	if (reply)
		freeReplyObject(reply);
	return rc;
}

/* --- connecting --------------------------------------------------------------------------------
 */

static int dial(struct us_redis *r, const char *host, int port, uint64_t until)
{
	hang_up(r);
	if (r->url.path)
		r->c = redisConnectUnixWithTimeout(r->url.path, left(until));
	else
		r->c = redisConnectWithTimeout(host, port, left(until));
	r->owner = getpid();
	return !r->c || r->c->err ? broken(r, until) : 0;
}

static int greet(struct us_redis *r, uint64_t until)
{
	const struct us_span user = r->url.user, password = r->url.password;
	char db[16];
	int rc = 0;

	if (password.n && user.n)
		rc = obey(r, (struct us_span[]){ US_SPAN("AUTH"), user, password }, 3, until);
	else if (password.n)
		rc = obey(r, (struct us_span[]){ US_SPAN("AUTH"), password }, 2, until);
	snprintf(db, sizeof(db), "%u", r->url.db);
	if (!rc && r->url.db)
		rc = obey(r, (struct us_span[]){ US_SPAN("SELECT"), us_span_of(db) }, 2, until);
	if (rc)
		hang_up(r);
	return rc;
}

static bool is_text(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS;
}

/* The master's address, of the Sentinel that is connected. */
static int ask_sentinel(struct us_redis *r, uint64_t until, char *host, size_t size, int *port)
{
	const struct us_span words[] = { US_SPAN("SENTINEL"), US_SPAN("get-master-addr-by-name"),
		                         us_span_of(r->url.master) };
	redisReply *reply = NULL;
	int rc = ask_here(r, words, US_COUNT(words), until, &reply);
	uint64_t number;

	if (rc)
		return rc;
	rc = fail(r, US_EAWAY, "the Sentinel does not know this master");
	if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
	    is_text(reply->element[0]) && is_text(reply->element[1]) &&
	    us_span_u64(us_span_of(reply->element[1]->str), &number) && number <= 65535) {
		snprintf(host, size, "%s", reply->element[0]->str);
		*port = (int)number;
		rc = 0;
	}
	freeReplyObject(reply);
	return rc;
}

/* A Sentinel may be behind the times: who is asked says himself whether he is the master. */
static int is_master(struct us_redis *r, uint64_t until)
{
	redisReply *reply = NULL;
	int rc = ask_here(r, (struct us_span[]){ US_SPAN("ROLE") }, 1, until, &reply);

	if (rc)
		return rc;
	if (reply->type != REDIS_REPLY_ARRAY || !reply->elements || !is_text(reply->element[0]) ||
	    strcmp(reply->element[0]->str, "master") != 0)
		rc = fail(r, US_EAWAY, "whom the Sentinel names is not the master (yet)");
	freeReplyObject(reply);
	if (rc)
		hang_up(r);
	return rc;
}

static int connect_by_sentinel(struct us_redis *r, uint64_t until)
{
	char host[256];
	int port, rc = US_EAWAY;

	for (size_t i = 0; i < r->url.n && rc; i++) {
		/* One that is silent must leave time for the others. */
		uint64_t now = us_clock_ms(), share = now + (until - now) / (r->url.n - i + 1);

		rc = dial(r, r->url.at[i].host, r->url.at[i].port, share);
		if (!rc)
			rc = ask_sentinel(r, share, host, sizeof(host), &port);
		if (!rc)
			rc = dial(r, host, port, until);
		if (!rc)
			rc = greet(r, until);
		if (!rc)
			rc = is_master(r, until);
		if (us_clock_ms() >= until)
			break;
	}
	return rc;
}

static int connect_now(struct us_redis *r, uint64_t until)
{
	int rc;

	if (r->url.sentinel)
		return connect_by_sentinel(r, until);
	rc = dial(r, r->url.at[0].host, r->url.at[0].port, until);
	return rc ? rc : greet(r, until);
}

/* --- the interface -----------------------------------------------------------------------------
 */

int us_redis_new(struct us_redis **out, const char *url, uint64_t timeout_ms, struct us_buf *why)
{
	struct us_redis *r = us_calloc(1, sizeof(*r));
	const char *wrong;

	if (!r)
		return US_ENOMEM;
	us_arena_init(&r->arena, ARENA_MAX);
	us_buf_init(&r->why, WHY_MAX);
	r->timeout_ms = timeout_ms;
	wrong = us_redis_url_read(&r->url, us_span_of(url), &r->arena);
	if (!wrong) {
		*out = r;
		return 0;
	}
	if (why)
		us_buf_addf(why, "the URL of Redis is wrong: %s", wrong);
	us_redis_free(r);
	return US_EINVAL;
}

void us_redis_free(struct us_redis *r)
{
	if (!r)
		return;
	hang_up(r);
	us_arena_fini(&r->arena);
	us_buf_fini(&r->why);
	us_free(r);
}

/* On the connection that is there, or a new one. */
static int ask_now(struct us_redis *r, const struct us_span *words, size_t n, bool again,
                   uint64_t until, redisReply **got)
{
	bool idle;
	int rc = 0;

	if (r->c && r->owner != getpid())
		hang_up(r); /* it is the parent's */
	idle = r->c != NULL;
	if (!r->c)
		rc = connect_now(r, until);
	if (!rc)
		rc = ask_here(r, words, n, until, got);
	if (rc == US_EAWAY && idle && again) {
		rc = connect_now(r, until);
		if (!rc)
			rc = ask_here(r, words, n, until, got);
	}
	return rc;
}

int us_redis_ask(struct us_redis *r, const struct us_span *words, size_t n, bool again,
                 struct us_reply **reply)
{
	uint64_t now = us_clock_ms();
	redisReply *got = NULL;
	int rc;

	*reply = NULL;
	if (n > WORDS_MAX)
		return fail(r, US_E2BIG, "too many words for one command");
	if (r->silent >= SILENT_MAX && now < r->rest_until)
		return fail(r, US_ETIME, "Redis does not answer, and is left alone for a moment");
	rc = ask_now(r, words, n, again, now + r->timeout_ms, &got);
	r->silent = rc == US_ETIME ? r->silent + 1 : 0;
	r->rest_until = us_clock_ms() + r->timeout_ms;
	*reply = (struct us_reply *)(void *)got;
	return rc;
}

const char *us_redis_why(struct us_redis *r) { return us_buf_cstr(&r->why); }

static const redisReply *as_redis(const struct us_reply *reply)
{
	return (const redisReply *)(const void *)reply;
}

void us_reply_free(struct us_reply *reply)
{
	if (reply)
		freeReplyObject(reply);
}

bool us_reply_is_nil(const struct us_reply *reply)
{
	return !reply || as_redis(reply)->type == REDIS_REPLY_NIL;
}

struct us_span us_reply_text(const struct us_reply *reply)
{
	return reply && is_text(as_redis(reply))
	               ? us_span(as_redis(reply)->str, (size_t)as_redis(reply)->len)
	               : us_span("", 0);
}

size_t us_reply_count(const struct us_reply *reply)
{
	return reply && as_redis(reply)->type == REDIS_REPLY_ARRAY ? as_redis(reply)->elements : 0;
}

const struct us_reply *us_reply_nth(const struct us_reply *reply, size_t n)
{
	return n < us_reply_count(reply)
	               ? (const struct us_reply *)(const void *)as_redis(reply)->element[n]
	               : NULL;
}
