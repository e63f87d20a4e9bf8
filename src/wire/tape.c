/* tape.c - keeps events for later
 *
 * The bytes move while they grow, so that an event on the tape holds where its spans begin instead
 * of pointers. An unset span stays unset.
 */
#include "wire/tape.h"

#define SPARE_MAX ((size_t)16 << 10)

static const size_t spans[] = {
	offsetof(struct us_ev, id),
	offsetof(struct us_ev, name),
	offsetof(struct us_ev, model),
	offsetof(struct us_ev, text),
};

static struct us_span *span_of(struct us_ev *ev, size_t i)
{
	return (struct us_span *)(void *)((char *)ev + spans[i]);
}

void us_tape_init(struct us_tape *t, size_t max_bytes)
{
	us_buf_init(&t->events, max_bytes);
	us_buf_init(&t->bytes, max_bytes);
}

void us_tape_fini(struct us_tape *t)
{
	us_buf_fini(&t->events);
	us_buf_fini(&t->bytes);
}

int us_tape_put(struct us_tape *t, const struct us_ev *ev)
{
	struct us_ev kept = *ev;

	if (ev->kind == US_EV_ERROR)
		return 0;
	for (size_t i = 0; i < US_COUNT(spans); i++) {
		struct us_span *s = span_of(&kept, i);
		size_t at = t->bytes.n;

		if (!us_set(*s))
			continue;
		us_buf_add_span(&t->bytes, *s);
		us_buf_add_char(&t->bytes, '\0'); /* its place is its own, even when it is empty */
		s->p = (const char *)(uintptr_t)(at + 1);
	}
	us_buf_add(&t->events, &kept, sizeof(kept));
	return t->events.err ? t->events.err : t->bytes.err;
}

static int play_one(const struct us_tape *t, size_t at, struct us_sink to)
{
	struct us_ev ev;

	memcpy(&ev, t->events.p + at, sizeof(ev));
	for (size_t i = 0; i < US_COUNT(spans); i++) {
		struct us_span *s = span_of(&ev, i);

		if (us_set(*s))
			s->p = t->bytes.p + (uintptr_t)s->p - 1;
	}
	return to.put(to.self, &ev);
}

int us_tape_play(struct us_tape *t, struct us_sink to)
{
	int rc = 0;

	for (size_t at = 0; !rc && at < t->events.n; at += sizeof(struct us_ev))
		rc = play_one(t, at, to);
	us_tape_drop(t);
	return rc;
}

void us_tape_drop(struct us_tape *t)
{
	us_buf_shed(&t->events, SPARE_MAX);
	us_buf_shed(&t->bytes, SPARE_MAX);
}
