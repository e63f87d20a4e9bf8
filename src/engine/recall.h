/* recall.h - an answer that was given before is given again
 *
 * Instead of asking, while it is fresh and was the own provider's; or, older, when nobody can
 * serve (RFC 9111, 4.2.4). It bears its age, and says where it comes from (RFC 9211). What the
 * program is given is kept when it has proved whole; state/cache.h is where.
 */
#ifndef US_ENGINE_RECALL_H
#define US_ENGINE_RECALL_H

#include "engine/call.h"
#include "state/cache.h"

/* Of a call whose answers may be kept. */
struct us_recall {
	struct us_cache_key key;
	bool looked, found; /* what is kept was looked for; `kept` is it */
	bool given;         /* the program gets it */
	bool keeps;         /* what the program is given goes into `head` and `body` */
	bool served;        /* ... and was a good answer */
	uint64_t age_ms;    /* of `kept` */
	struct us_cached kept;
	struct us_buf bytes; /* where `kept` lies */
	struct us_buf head, body;
};

void us_recall_fini(struct us_call *c);

/* Has the body to be known before anybody is asked? */
bool us_recall_may_matter(const struct us_call *c);
/* The first step, with whatever there is of the body. True: a fresh answer ends the call. */
bool us_recall_fresh(struct us_call *c, uint64_t now);
/* Nobody can serve: is there an older answer? */
bool us_recall_has_stale(struct us_call *c, uint64_t now);
/* ... True: it ends the call. */
bool us_recall_stale(struct us_call *c, uint64_t now);

/* An order goes out: what the program is given is heard; at the end it is kept, if it is an answer
 * that can be given again. */
void us_recall_listen(struct us_call *c);

/* recall_head.c: the head of an answer, as it is kept: the last of several, without what was for
 * that one transfer, and its age. False: it may not be kept. */
bool us_recall_head(struct us_span came, struct us_buf *out, uint64_t *age_ms);
/* As it is given again. */
int us_recall_head_again(struct us_span kept, uint64_t age_ms, uint64_t fresh_ms, bool stale,
                         struct us_buf *out);

#endif
