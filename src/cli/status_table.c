/* status_table.c - the page for people: who may be asked, and what was counted */
#include "cli/status.h"

const char *us_status_breaker(const struct us_health_look *h)
{
	return us_turn_word(us_health_turn(h));
}

static enum us_paint breaker_paint(const struct us_health_look *h)
{
	if (h->cooling || h->state == US_BREAKER_HALF_OPEN)
		return US_PAINT_YELLOW;
	return h->state == US_BREAKER_OPEN ? US_PAINT_RED : US_PAINT_GREEN;
}

/* Is there anything the last failure explains? */
static bool is_ill(const struct us_health_look *h)
{
	return h->cooling || h->state != US_BREAKER_CLOSED || h->failures;
}

static const struct us_column health_columns[] = {
	{ "PROVIDER", false }, { "MODEL", false },  { "BREAKER", false },
	{ "AGAIN IN", true },  { "REASON", false }, { "ORIGIN", false },
};

/* X(head, what): the counters that are shown. */
#define SHOWN(X)                                                                                   \
	X("ATTEMPTS", attempts)                                                                    \
	X("OK", ok)                                                                                \
	X("FAILED", failed)                                                                        \
	X("RETRIES", retries)                                                                      \
	X("LEFT", left)                                                                            \
	X("STOOD IN", stood_in)                                                                    \
	X("SKIPPED", skipped)                                                                      \
	X("CUT", cut)

static const struct us_column count_columns[] = {
	{ "PROVIDER", false },
	{ "MODEL", false },
#define X(head, what) { head, true },
	SHOWN(X)
#undef X
		{ "P50", true },
	{ "P99", true },
};

static const enum us_count shown[] = {
#define X(head, what) US_COUNT_##what,
	SHOWN(X)
#undef X
};

static void add_name(struct us_table *t, struct us_span name)
{
	us_table_add(t, US_PAINT_NONE, "%.*s", (int)name.n, name.p);
}

/* "openai", or of one of its keys "openai OPENAI_KEY_2". */
void us_status_add_provider(struct us_table *t, const struct us_slot *s)
{
	us_table_add(t, US_PAINT_NONE, "%.*s%s%.*s", (int)strnlen(s->provider, sizeof(s->provider)),
	             s->provider, s->variable[0] ? " " : "",
	             (int)strnlen(s->variable, sizeof(s->variable)), s->variable);
}

static void add_wait(struct us_table *t, const struct us_health_look *h)
{
	struct us_buf text;

	us_buf_init(&text, 64);
	if (h->wait_ms)
		us_out_time(&text, h->wait_ms);
	else if (h->state == US_BREAKER_OPEN)
		us_buf_add_str(&text, "now");
	us_table_add(t, US_PAINT_NONE, "%s", us_buf_cstr(&text));
	us_buf_fini(&text);
}

void us_status_add_breaker(struct us_table *t, const struct us_health_look *h)
{
	us_table_add(t, breaker_paint(h), "%s", us_status_breaker(h));
	add_wait(t, h);
}

static void add_reason(struct us_table *t, const struct us_health_look *h)
{
	const char *words = us_cause_words(h->cause);

	if (!is_ill(h))
		us_table_add(t, US_PAINT_NONE, "%s", "");
	else if (h->cause == US_CAUSE_STATUS)
		us_table_add(t, US_PAINT_NONE, "%s %u", words, h->status);
	else if (h->status)
		us_table_add(t, US_PAINT_NONE, "%s (%u)", words, h->status);
	else
		us_table_add(t, US_PAINT_NONE, "%s", words);
}

static void add_health(struct us_table *t, const struct us_slot *s, const struct us_health_look *h)
{
	us_status_add_provider(t, s);
	add_name(t, US_NAME_OF(s->model));
	us_status_add_breaker(t, h);
	add_reason(t, h);
	add_name(t, US_NAME_OF(s->origin));
}

/* Latencies are known by their buckets only. */
void us_status_add_time(struct us_table *t, const struct us_slot *s, unsigned percent)
{
	uint64_t below = us_times_percentile(&s->first, &s->answer, percent);
	bool is_last = below >> (US_MS_BUCKETS - 1);
	struct us_buf text;

	us_buf_init(&text, 64);
	if (below) {
		us_buf_add_char(&text, is_last ? '>' : '<');
		us_out_time(&text, is_last ? below / 2 : below);
	}
	us_table_add(t, US_PAINT_NONE, "%s", us_buf_cstr(&text));
	us_buf_fini(&text);
}

static void add_counts(struct us_table *t, const struct us_slot *s)
{
	us_status_add_provider(t, s);
	add_name(t, US_NAME_OF(s->model));
	for (size_t i = 0; i < US_COUNT(shown); i++)
		us_table_add(t, US_PAINT_NONE, "%llu",
		             (unsigned long long)us_status_count(s, shown[i]));
	us_status_add_time(t, s, 50);
	us_status_add_time(t, s, 99);
}

/* Only where there is a cache. */
static void tell_cached(const struct us_status *st, const struct us_out *out)
{
	unsigned long long cached = 0, stale = 0;
	const struct us_slot *s;

	for (size_t n = 0; (s = us_page_nth(st->page, n)); n++) {
		cached += us_status_count(s, US_COUNT_cached);
		stale += atomic_load_explicit(&s->ended[US_END_STALE], memory_order_relaxed);
	}
	if (cached)
		fprintf(out->to,
		        "\nAnswered from the cache: %llu, %llu of them when nobody could serve.\n",
		        cached, stale);
}

void us_status_tables(const struct us_status *st, const struct us_out *out)
{
	struct us_table health, counts;
	const struct us_slot *s;

	us_table_init(&health, health_columns, US_COUNT(health_columns));
	us_table_init(&counts, count_columns, US_COUNT(count_columns));
	for (size_t n = 0; (s = us_page_nth(st->page, n)); n++) {
		struct us_health_look h = us_health_look(&s->health, &st->policy, st->now_ms);

		add_health(&health, s, &h);
		add_counts(&counts, s);
	}
	us_table_print(&health, out, 0);
	fputc('\n', out->to);
	us_table_print(&counts, out, 0);
	us_table_fini(&health);
	us_table_fini(&counts);
	tell_cached(st, out);
}
