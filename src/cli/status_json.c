/* status_json.c - the page for programs: one line, whose members are in the man page */
#include "cli/status.h"

static const char *const count_names[] = {
#define X(name) #name,
	US_COUNTS(X)
#undef X
};

static void put_text(const struct us_json *j, cJSON *o, const char *key, struct us_span text)
{
	struct us_buf clean;

	us_buf_init(&clean, US_STATUS_DIR_MAX);
	us_out_clean(&clean, text);
	j->AddStringToObject(o, key, us_buf_cstr(&clean));
	us_buf_fini(&clean);
}

static void put_number(const struct us_json *j, cJSON *o, const char *key, uint64_t n)
{
	j->AddNumberToObject(o, key, (double)n);
}

/* Null where it is not known, or longer than the page tells apart. */
static void put_latency(const struct us_json *j, cJSON *o, const char *key, const struct us_slot *s,
                        unsigned percent)
{
	uint64_t below = us_times_percentile(&s->first, &s->answer, percent);

	if (below && !(below >> (US_MS_BUCKETS - 1)))
		put_number(j, o, key, below);
	else
		j->AddNullToObject(o, key);
}

static void put_cause(const struct us_json *j, cJSON *o, const char *key, enum us_cause cause)
{
	char name[US_LOWER_NAME];

	if (cause)
		j->AddStringToObject(o, key, us_lower_name(name, us_cause_name(cause)));
	else
		j->AddNullToObject(o, key);
}

static void put_health(const struct us_json *j, cJSON *o, const struct us_health_look *h)
{
	j->AddStringToObject(o, "breaker", us_status_breaker(h));
	put_number(j, o, "wait_ms", h->wait_ms);
	put_number(j, o, "failures_in_a_row", h->failures);
	put_cause(j, o, "last_failure", h->cause);
	if (h->status)
		put_number(j, o, "last_status", h->status);
	else
		j->AddNullToObject(o, "last_status");
}

static void put_slot(const struct us_json *j, cJSON *o, const struct us_slot *s,
                     const struct us_health_look *h)
{
	put_text(j, o, "provider", US_NAME_OF(s->provider));
	put_text(j, o, "model", US_NAME_OF(s->model));
	put_text(j, o, "origin", US_NAME_OF(s->origin));
	if (s->variable[0])
		put_text(j, o, "key", US_NAME_OF(s->variable));
	put_health(j, o, h);
	for (size_t i = 0; i < US_COUNT(count_names); i++)
		put_number(j, o, count_names[i], us_status_count(s, (enum us_count)i));
	put_latency(j, o, "p50_below_ms", s, 50);
	put_latency(j, o, "p99_below_ms", s, 99);
}

static cJSON *make(const struct us_json *j, const struct us_status *st)
{
	cJSON *doc = j->CreateObject(), *list, *item;
	const struct us_slot *s;

	j->AddStringToObject(doc, "version", US_VERSION);
	put_text(j, doc, "state", us_span_of(st->dir));
	if (st->page && st->budget)
		put_number(j, doc, "retries_left",
		           us_budget_left(us_page_budget(st->page), st->budget, st->now_ms));
	else
		j->AddNullToObject(doc, "retries_left");
	list = j->AddArrayToObject(doc, "providers");
	for (size_t n = 0; st->page && (s = us_page_nth(st->page, n)); n++) {
		struct us_health_look h = us_health_look(&s->health, &st->policy, st->now_ms);

		item = j->CreateObject();
		put_slot(j, item, s, &h);
		j->AddItemToArray(list, item);
	}
	return doc;
}

int us_status_json(const struct us_status *st, const struct us_out *out)
{
	const struct us_json *j = us_json();

	return us_out_json(out, US_STATUS_NAME, j, j ? make(j, st) : NULL);
}
