/* redis.h - a connection to Redis that never keeps anybody waiting
 *
 * The only file that knows hiredis is redis.c. It connects when it has to, again after a fork, and
 * asks a Sentinel who is the master where the URL names one. Every call is over within the timeout,
 * however slowly the other side sends; when several in a row had no answer, it is not asked for as
 * long as one may take. Used by one thread at a time.
 *
 *   redis://[[USER]:PASSWORD@]HOST[:PORT][/DB]
 *   unix://[[USER]:PASSWORD@]/PATH[?db=DB]
 *   redis+sentinel://[[USER]:PASSWORD@]HOST[:PORT][,HOST[:PORT]]...[/MASTER[/DB]]
 */
#ifndef US_STATE_REDIS_H
#define US_STATE_REDIS_H

#include "base/buf.h"

struct us_redis;
struct us_reply;

/* Nothing is sent yet. US_EINVAL with words in `why` (may be NULL), US_ENOMEM. */
int us_redis_new(struct us_redis **out, const char *url, uint64_t timeout_ms, struct us_buf *why);
void us_redis_free(struct us_redis *r);

/* One command. US_EAWAY: no connection, or it broke; US_ETIME; US_ESYNTAX: what came is not Redis;
 * US_EIO: Redis refused, in the words of us_redis_why. `again`: if the connection, having been
 * idle, turns out to be closed, it may be sent on a new one, although it may have been obeyed. */
int us_redis_ask(struct us_redis *r, const struct us_span *words, size_t n, bool again,
                 struct us_reply **reply);
const char *us_redis_why(struct us_redis *r);

/* Accepts NULL. */
void us_reply_free(struct us_reply *reply);
/* What is of another kind is empty, as is NULL. */
bool us_reply_is_nil(const struct us_reply *reply);
struct us_span us_reply_text(const struct us_reply *reply);
size_t us_reply_count(const struct us_reply *reply);
const struct us_reply *us_reply_nth(const struct us_reply *reply, size_t n);

#endif
