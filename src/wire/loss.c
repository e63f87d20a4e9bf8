/* loss.c - lists what was lost
 *
 * A loss is told where it is noticed, by whoever notices; the same one noticed at every message of
 * a conversation is told once. The worst is kept apart from the list, so that a verdict never
 * depends on there having been room or memory to list its reason.
 */
#include "wire/loss.h"

#include "base/err.h"

/* A hostile body could name a million unknown members; nobody reads so many lines. */
#define DIAGS_MAX 64

static bool same(const struct us_diag *a, const struct us_diag *b)
{
	return a->loss == b->loss && strcmp(a->code, b->code) == 0 && us_span_eq(a->what, b->what);
}

/* Where the next one goes: a new place, or the last one's when the list is full and the new one
 * is worse. NULL when it need not be listed. */
static struct us_diag *place(struct us_diags *d, const struct us_diag *fresh)
{
	for (size_t i = 0; i < d->n; i++)
		if (same(&d->list[i], fresh))
			return NULL;
	if (d->n < DIAGS_MAX)
		return us_arena_push(d->arena, &d->list, &d->n, sizeof(*d->list));
	return fresh->loss > d->list[d->n - 1].loss ? &d->list[d->n - 1] : NULL;
}

void us_diag(struct us_diags *d, enum us_loss loss, const char *code, struct us_span what)
{
	struct us_diag fresh = { .loss = loss, .code = code, .what = what };
	struct us_diag *at = place(d, &fresh);

	if (at)
		*at = fresh;
	if (loss > d->worst)
		d->worst = loss;
}

bool us_diag_told(const struct us_diags *d, const char *code)
{
	for (size_t i = 0; i < d->n; i++)
		if (strcmp(d->list[i].code, code) == 0)
			return true;
	return false;
}

const char *us_loss_words(const char *code)
{
	static const struct {
		const char *code, *words;
	} rows[] = {
#define X(code, words) { code, words },
#include "wire/losses.def"
#undef X
	};

	for (size_t i = 0; i < US_COUNT(rows); i++)
		if (strcmp(rows[i].code, code) == 0)
			return rows[i].words;
	return code;
}
