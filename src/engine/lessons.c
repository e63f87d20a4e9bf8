/* lessons.c - what targets have refused in this process, so that it is not sent to them again */
#include "engine/lessons.h"

#include "base/mem.h"

struct us_lesson {
	struct us_span provider, model;
	struct us_repair repair;
	char names[]; /* of both */
};

void us_lessons_fini(struct us_lessons *l)
{
	for (size_t i = 0; i < US_LESSONS_MAX; i++)
		us_free(atomic_exchange(&l->list[i], NULL));
}

static bool is_of(const struct us_lesson *one, struct us_span provider, struct us_span model)
{
	return us_span_eq(one->provider, provider) && us_span_eq(one->model, model);
}

static bool is_same(const struct us_repair *a, const struct us_repair *b)
{
	return a->how == b->how && strcmp(a->member, b->member) == 0 && a->most == b->most;
}

static struct us_lesson *new_lesson(struct us_span provider, struct us_span model,
                                    const struct us_repair *repair)
{
	struct us_lesson *one = us_calloc(1, sizeof(*one) + provider.n + model.n);

	if (!one)
		return NULL;
	one->repair = *repair;
	one->provider = us_span(one->names, provider.n);
	one->model = us_span(one->names + provider.n, model.n);
	if (provider.n)
		memcpy(one->names, provider.p, provider.n);
	if (model.n)
		memcpy(one->names + provider.n, model.p, model.n);
	return one;
}

void us_lessons_add(struct us_lessons *l, struct us_span provider, struct us_span model,
                    const struct us_repair *repair)
{
	struct us_lesson *fresh = new_lesson(provider, model, repair);

	for (size_t i = 0; fresh && i < US_LESSONS_MAX; i++) {
		struct us_lesson *there = NULL;

		if (atomic_compare_exchange_strong(&l->list[i], &there, fresh))
			return;
		if (is_of(there, provider, model) && is_same(&there->repair, repair))
			break;
	}
	us_free(fresh);
}

int us_lessons_apply(const struct us_lessons *l, struct us_span provider, struct us_span model,
                     struct us_rendered *r)
{
	int rc = 0;

	for (size_t i = 0; i < US_LESSONS_MAX && !rc; i++) {
		const struct us_lesson *one = atomic_load(&l->list[i]);

		if (!one)
			break;
		if (is_of(one, provider, model))
			rc = us_rendered_repair(r, &one->repair);
		if (rc == US_ENOENT)
			rc = 0; /* this request never had it */
	}
	return rc;
}
