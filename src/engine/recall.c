/* recall.c - an answer that was given before is given again */
#include "engine/call_state.h"
#include "engine/recall.h"

#include "base/mem.h"
#include "wire/back.h"
#include "wire/replay.h"

#define HEAD_MAX ((size_t)64 << 10)
#define FILE_MORE ((size_t)4096)      /* what a file has beside head and body */
#define SKEW_MS ((uint64_t)60 * 1000) /* clocks of two processes may differ by that */

void us_recall_fini(struct us_call *c)
{
	struct us_recall *r = c->recall;

	if (!r)
		return;
	us_buf_fini(&r->bytes);
	us_buf_fini(&r->head);
	us_buf_fini(&r->body);
	us_free(r);
	c->recall = NULL;
}

bool us_recall_may_matter(const struct us_call *c)
{
	return c->env.cache && c->own->cacheable && !c->own->tool;
}

/* NULL: its answers are of no interest to the cache. */
static struct us_recall *begin(struct us_call *c)
{
	if (c->recall || !us_recall_may_matter(c) || !c->body.p)
		return c->recall;
	c->recall = us_calloc(1, sizeof(*c->recall));
	if (!c->recall)
		return NULL;
	us_buf_init(&c->recall->bytes, c->env.conf->hold_max + HEAD_MAX + FILE_MORE);
	us_buf_init(&c->recall->head, 2 * HEAD_MAX);
	us_buf_init(&c->recall->body, c->env.conf->hold_max);
	us_cache_key(c->env.cache, us_span((const char *)c->own->asked, US_SHA256_N), c->body,
	             &c->recall->key);
	c->recall->keeps = c->own->keep;
	return c->recall;
}

/* --- what is kept ---------------------------------------------------------------------------- */

static uint64_t unix_ms(const struct us_call *c, uint64_t now)
{
	return now + c->env.unix_offset_ms;
}

/* One from the future may be of any age. */
static void look(struct us_call *c, uint64_t now)
{
	struct us_recall *r = c->recall;
	uint64_t then = unix_ms(c, now);

	if (r->looked)
		return;
	r->looked = true;
	if (us_cache_get(c->env.cache, &r->key, then, &r->bytes, &r->kept))
		return;
	r->found = r->kept.saved_ms <= then + SKEW_MS;
	r->age_ms = r->kept.saved_ms < then ? then - r->kept.saved_ms : 0;
}

static bool is_young(const struct us_call *c, uint64_t limit_ms)
{
	const struct us_recall *r = c->recall;

	return r->found && limit_ms && r->age_ms <= limit_ms && r->age_ms <= c->own->cached_max_ms;
}

static bool give(struct us_call *c, enum us_end end, uint64_t now)
{
	struct us_recall *r = c->recall;
	bool stale = end == US_END_STALE;

	us_buf_clear(&r->head);
	if (us_recall_head_again(r->kept.head, r->age_ms, c->env.cache->fresh_ms, stale, &r->head))
		return false;
	r->given = true;
	r->keeps = false;
	c->cur = &c->plan.own;
	us_course_note(c, c->cur,
	               (struct us_note){
			       .kind = US_NOTE_RECALL, .word = us_end_word(end), .ms = r->age_ms });
	us_course_relay(c, us_buf_span(&r->head), r->kept.body);
	us_course_finish(c, US_FINISH_OK, end, now);
	return true;
}

bool us_recall_fresh(struct us_call *c, uint64_t now)
{
	struct us_recall *r = begin(c);

	if (!r || !c->env.cache->fresh_ms || !c->own->cached_max_ms)
		return false;
	look(c, now);
	return r->kept.own && is_young(c, c->env.cache->fresh_ms) && give(c, US_END_CACHED, now);
}

bool us_recall_has_stale(struct us_call *c, uint64_t now)
{
	if (!c->recall || c->recall->given || !c->env.cache->stale_ms)
		return false;
	look(c, now);
	return is_young(c, c->env.cache->stale_ms);
}

bool us_recall_stale(struct us_call *c, uint64_t now)
{
	return us_recall_has_stale(c, now) && give(c, US_END_STALE, now);
}

/* --- what is to be kept ---------------------------------------------------------------------- */

static void hear(struct us_call *c)
{
	struct us_recall *r = c->recall;

	us_buf_add_span(&r->head, c->relay_head);
	us_buf_add_span(&r->body, c->relay_body);
	r->keeps = !r->head.err && !r->body.err;
	if (!r->keeps)
		us_buf_fini(&r->body);
}

/* What was served is whole; is it an answer of the language, that could be read, without an error
 * in it? */
static bool is_good(const struct us_call *c)
{
	const struct us_gate *g = c->gate;

	return g && g->status == 200 && g->reading && !g->reader.failed && !g->reader.rc &&
	       (g->reader.clean || !us_framing_is_stream(g->reader.framing));
}

/* It is an id of ours, from which the program expects that it can go on: for how long, only the
 * shelf of conversations knows. */
static bool is_gone_on_from(struct us_call *c)
{
	const struct us_back *back = c->own->dialect->back;

	return c->gate->writer && back && back->previous && us_course_understood(c) &&
	       back->keeps(us_doc_root(&c->request->doc));
}

static void put(struct us_call *c, struct us_span head, uint64_t age_ms)
{
	struct us_recall *r = c->recall;
	uint64_t then = unix_ms(c, c->now);
	struct us_cached a = { .saved_ms = then > age_ms ? then - age_ms : 0,
		               .own = c->cur->own && !c->resume.on,
		               .head = head,
		               .body = us_buf_span(&r->body) };
	int rc = us_cache_put(c->env.cache, &r->key, &a, then);

	if (rc)
		us_course_note(c, c->cur,
		               (struct us_note){ .kind = US_NOTE_UNKEPT, .word = us_err_text(rc) });
}

static void keep(struct us_call *c)
{
	struct us_buf head;
	uint64_t age_ms;

	if (!c->recall->served || !is_good(c) || !us_replayable(c->body) || is_gone_on_from(c))
		return;
	us_buf_init(&head, HEAD_MAX);
	if (us_recall_head(us_buf_span(&c->recall->head), &head, &age_ms))
		put(c, us_buf_span(&head), age_ms);
	us_buf_fini(&head);
}

void us_recall_listen(struct us_call *c)
{
	if (c->want_relay) {
		hear(c);
	} else if (c->want_finish) {
		c->recall->keeps = false;
		keep(c);
	}
}
