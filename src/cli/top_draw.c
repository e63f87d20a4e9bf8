/* top_draw.c - one picture of the page: rates since the last one, and the latest events */
#include "base/clock.h"
#include "cli/event_line.h"
#include "cli/status.h"
#include "cli/top.h"

static const struct us_column columns[] = {
	{ "PROVIDER", false }, { "MODEL", false },   { "BREAKER", false }, { "AGAIN IN", true },
	{ "CALLS/S", true },   { "FAILED/S", true }, { "TOKENS/S", true }, { "CALLS", true },
	{ "STOOD IN", true },  { "P50", true },      { "P99", true },
};

static uint64_t value(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

static struct us_top_counts counts_of(const struct us_slot *s)
{
	struct us_top_counts c = { .ok = us_status_count(s, US_COUNT_ok),
		                   .failed = us_status_count(s, US_COUNT_failed),
		                   .tokens = value(&s->tokens_in.sum) + value(&s->tokens_out.sum) };

	for (unsigned i = 0; i < US_END_END; i++)
		c.calls += value(&s->ended[i]);
	return c;
}

/* Nothing can be said of a rate in the first picture. */
static void add_rate(struct us_table *table, uint64_t before, uint64_t now, uint64_t ms)
{
	uint64_t tenths = ms && now >= before ? (now - before) * 10000 / ms : 0;

	if (ms && tenths)
		us_table_add(table, US_PAINT_NONE, "%llu.%llu", (unsigned long long)(tenths / 10),
		             (unsigned long long)(tenths % 10));
	else
		us_table_add(table, US_PAINT_NONE, "%s", ms ? "." : "");
}

static void add_number(struct us_table *table, uint64_t n)
{
	us_table_add(table, US_PAINT_NONE, "%llu", (unsigned long long)n);
}

static void add_name(struct us_table *table, struct us_span name)
{
	us_table_add(table, US_PAINT_NONE, "%.*s", (int)name.n, name.p);
}

static void add_slot(struct us_table *table, const struct us_slot *s, struct us_top_counts *before,
                     const struct us_health_look *h, uint64_t ms)
{
	struct us_top_counts now = counts_of(s);

	us_status_add_provider(table, s);
	add_name(table, US_NAME_OF(s->model));
	us_status_add_breaker(table, h);
	add_rate(table, before->calls, now.calls, ms);
	add_rate(table, before->failed, now.failed, ms);
	add_rate(table, before->tokens, now.tokens, ms);
	add_number(table, now.calls);
	add_number(table, us_status_count(s, US_COUNT_stood_in));
	us_status_add_time(table, s, 50);
	us_status_add_time(table, s, 99);
	*before = now;
}

static size_t draw_slots(struct us_top *t, const struct us_out *out, struct us_page *page,
                         const struct us_health_policy *policy, uint64_t now_ms)
{
	uint64_t ms = t->made_ms == us_page_made_ms(page) && t->at_ms ? now_ms - t->at_ms : 0;
	struct us_table table;
	const struct us_slot *s;
	size_t n = 0;

	us_table_init(&table, columns, US_COUNT(columns));
	for (; (s = us_page_nth(page, n)); n++) {
		struct us_health_look h = us_health_look(&s->health, policy, now_ms);

		add_slot(&table, s, &t->before[us_page_number(page, s)], &h, ms);
	}
	us_table_print(&table, out, 0);
	us_table_fini(&table);
	t->at_ms = now_ms;
	t->made_ms = us_page_made_ms(page);
	return n + 1;
}

/* The latest that fit, the newest at the bottom. */
static void draw_events(const struct us_out *out, struct us_page *page, size_t lines)
{
	const struct us_events *ring = us_page_events(page);
	uint64_t first, end;
	struct us_event e;

	us_events_range(ring, &first, &end);
	if (end - first > lines)
		first = end - lines;
	for (; first < end; first++)
		if (us_events_read(ring, first, &e) == US_EVENT_GOOD)
			us_event_line(out, page, &e);
}

void us_top_draw(struct us_top *t, const struct us_out *out, struct us_page *page,
                 const struct us_health_policy *policy, size_t lines, uint64_t now_ms)
{
	char at[US_CLOCK_TEXT];
	size_t used = 3;

	us_clock_text(at, us_clock_unix_ms());
	us_out_add(out, US_PAINT_BOLD, "understudy top  %s", at);
	fputs("\n\n", out->to);
	if (!page || !us_page_nth(page, 0)) {
		fputs("no calls yet\n", out->to);
		return;
	}
	used += draw_slots(t, out, page, policy, now_ms);
	fputc('\n', out->to);
	if (lines > used)
		draw_events(out, page, lines - used);
}
