/* outcomes.c - what becomes of every exchange, in numbers
 *
 * Each request is written for the other dialects, each time for a model that people use. The worst
 * of what is told decides: exact, degraded, risky (not by default), impossible.
 */
#include "outcomes.h"

#include "stand_in.h"
#include "wire/profile.h"
#include "wire/translate.h"

#define DIALECTS_MAX 16
#define LOSSES 4

static const char *const words[LOSSES] = { "exact", "degraded", "risky", "impossible" };

struct outcomes {
	unsigned pairs[DIALECTS_MAX][DIALECTS_MAX][LOSSES];
	unsigned best[LOSSES], worst[LOSSES]; /* of a request, over all other dialects */
	unsigned requests, answers, errors, failed;
	struct report by[LOSSES]; /* what it is due to */
	struct report failures;
};

/* Once for each request, however often it is told. */
static void count_codes(struct outcomes *o, const struct us_diags *d)
{
	for (size_t i = 0; i < d->n; i++) {
		bool again = d->list[i].loss == US_EXACT;

		for (size_t k = 0; k < i && !again; k++)
			again = d->list[k].loss == d->list[i].loss &&
			        strcmp(d->list[k].code, d->list[i].code) == 0;
		if (!again)
			report_count(&o->by[d->list[i].loss], d->list[i].code);
	}
}

static enum us_loss render(struct outcomes *o, const struct recording *rec,
                           const struct us_request *q, const struct us_dialect *to)
{
	struct us_target target = { .dialect = to,
		                    .model = us_span_of(stand_in_model(to)),
		                    .profile = us_profile_official };
	struct us_rendered out = { 0 };
	enum us_loss loss = us_request_render(q, &target, &out);

	count_codes(o, &out.diags);
	if (out.diags.worst == US_IMPOSSIBLE && out.body.n)
		report_fail(&o->failures, rec->file, "has a body for %s that can't be", to->name);
	us_rendered_fini(&out);
	return loss;
}

static void play_request(struct outcomes *o, const struct recording *rec)
{
	enum us_loss best = US_IMPOSSIBLE, worst = US_EXACT, loss;
	struct us_in_url url = { 0 };
	const struct us_dialect *d;
	struct us_request q;
	size_t from = 0;

	if (rec->dialect->read_url)
		rec->dialect->read_url(rec->path, rec->query, &url);
	us_request_init(&q, rec->dialect, &url, rec->request);
	if (q.rc)
		report_fail(&o->failures, rec->file, "can't be read: %s", us_err_text(q.rc));
	while (us_dialect_at(from) != rec->dialect)
		from++;
	for (size_t i = 0; !q.rc && (d = us_dialect_at(i)); i++) {
		if (d == rec->dialect)
			continue;
		loss = render(o, rec, &q, d);
		o->pairs[from][i][loss]++;
		best = loss < best ? loss : best;
		worst = loss > worst ? loss : worst;
	}
	o->best[best] += !q.rc;
	o->worst[worst] += !q.rc;
	o->requests++;
	us_request_fini(&q);
}

static void print_row(const char *what, const unsigned *n)
{
	printf("# %s:", what);
	for (size_t i = 0; i < LOSSES; i++)
		printf("%s %u %s", i ? "," : "", n[i], words[i]);
	printf("\n");
}

static void print_pairs(const struct outcomes *o)
{
	const struct us_dialect *a, *b;
	char what[64];

	for (size_t i = 0; (a = us_dialect_at(i)); i++)
		for (size_t k = 0; (b = us_dialect_at(k)); k++) {
			snprintf(what, sizeof(what), "%s to %s", a->name, b->name);
			if (a != b)
				print_row(what, o->pairs[i][k]);
		}
}

static void print_tallies(const char *what, const struct report *r)
{
	printf("# %s", what);
	for (size_t i = 0; i < r->ntallies; i++)
		printf("%s %.*s %u", i ? "," : "", (int)r->tallies[i].what.n, r->tallies[i].what.p,
		       r->tallies[i].n);
	printf("\n");
}

static void print(struct outcomes *o, const struct recordings *all)
{
	char what[64];

	print_tallies("in no language of ours:", &all->others);
	print_row("at best, of four other dialects", o->best);
	print_row("at worst", o->worst);
	print_pairs(o);
	for (size_t i = US_DEGRADED; i < LOSSES; i++) {
		snprintf(what, sizeof(what), "%s by:", words[i]);
		print_tallies(what, &o->by[i]);
	}
}

bool outcomes_print(const struct recordings *all, unsigned number)
{
	static struct outcomes o;
	bool ok;

	report_init(&o.failures);
	for (size_t i = 0; i < all->n; i++) {
		const struct recording *rec = &all->list[i];

		o.failures.files++;
		o.failures.checks++;
		report_count(&o.failures, rec->status >= 400      ? "an error"
		                          : !us_set(rec->request) ? "an answer alone"
		                                                  : "a request accepted");
		if (us_set(rec->request) && rec->status < 400)
			play_request(&o, rec);
	}
	ok = report_print(&o.failures, number, "every exchange has an outcome");
	print(&o, all);
	return ok;
}
