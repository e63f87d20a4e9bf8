/* metrics_text.c - the page as Prometheus reads it */
#include "base/clock.h"
#include "base/utf8.h"
#include "cli/metrics.h"

#include <inttypes.h>

struct print {
	struct us_buf *out;
	struct us_page *page;
	const struct us_health_policy *policy;
	uint64_t now_ms;
};

static uint64_t value(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_relaxed);
}

/* --- names and labels ------------------------------------------------------------------------ */

static void head(struct print *p, const char *name, const char *type, const char *help)
{
	us_buf_addf(p->out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Backslashes, quotes and line ends are escaped; what is no UTF-8 would spoil the whole text. */
static void put_escaped(struct us_buf *out, struct us_span text)
{
	uint32_t c;

	for (size_t i = 0, n; i < text.n; i += n ? n : 1) {
		n = us_utf8(us_span(text.p + i, text.n - i), &c);
		if (text.p[i] == '\\' || text.p[i] == '"')
			us_buf_add_char(out, '\\');
		if (text.p[i] == '\n')
			us_buf_add_str(out, "\\n");
		else if (n)
			us_buf_add(out, text.p + i, n);
		else
			us_buf_add_char(out, '?');
	}
}

static void label(struct us_buf *out, const char *name, struct us_span text)
{
	us_buf_addf(out, "%s%s=\"", out->p && out->n && out->p[out->n - 1] == '{' ? "" : ",", name);
	put_escaped(out, text);
	us_buf_add_char(out, '"');
}

/* Where our name for a provider is not OpenTelemetry's. */
static struct us_span otel_provider(struct us_span name)
{
	static const char *const names[][2] = {
		{ "azure", "azure.ai.openai" },
		{ "azure-v1", "azure.ai.openai" },
		{ "gemini", "gcp.gemini" },
		{ "mistral", "mistral_ai" },
		{ "xai", "x_ai" },
		{ "bedrock", "aws.bedrock" },
	};

	for (size_t i = 0; i < US_COUNT(names); i++)
		if (us_span_is(name, names[i][0]))
			return us_span_of(names[i][1]);
	return name;
}

/* "https://host:port", as the page has it. */
static void put_server(struct us_buf *out, struct us_span origin)
{
	const char *slashes = origin.n ? memmem(origin.p, origin.n, "://", 3) : NULL;
	const char *host = slashes ? slashes + 3 : origin.p, *end = origin.p + origin.n;
	const char *colon = host < end ? memrchr(host, ':', (size_t)(end - host)) : NULL;

	label(out, "server_address", us_span(host, (size_t)((colon ? colon : end) - host)));
	label(out, "server_port",
	      colon ? us_span(colon + 1, (size_t)(end - colon - 1)) : us_span("", 0));
}

/* Begins a sample of a slot; more labels may follow. */
static void begin(struct print *p, const char *name, const char *suffix, const struct us_slot *s)
{
	us_buf_addf(p->out, "%s%s{", name, suffix);
	label(p->out, "gen_ai_operation_name", US_SPAN("chat"));
	label(p->out, "gen_ai_provider_name", otel_provider(US_NAME_OF(s->provider)));
	label(p->out, "gen_ai_request_model", US_NAME_OF(s->model));
	put_server(p->out, US_NAME_OF(s->origin));
	if (s->variable[0])
		label(p->out, "understudy_key", US_NAME_OF(s->variable));
}

static void end(struct print *p, uint64_t n) { us_buf_addf(p->out, "} %" PRIu64 "\n", n); }

/* No floating point: the locale would show. */
static void end_seconds(struct print *p, uint64_t ms)
{
	us_buf_addf(p->out, "} %" PRIu64 ".%03u\n", ms / 1000, (unsigned)(ms % 1000));
}

/* --- histograms ------------------------------------------------------------------------------ */

static void bucket(struct print *p, const char *name, const struct us_slot *s, const char *type,
                   struct us_span le, uint64_t n)
{
	begin(p, name, "_bucket", s);
	if (type)
		label(p->out, "gen_ai_token_type", us_span_of(type));
	label(p->out, "le", le);
	end(p, n);
}

static void put_times(struct print *p, const char *name, const struct us_slot *s,
                      const struct us_times *t)
{
	uint64_t sum = value(&t->sum_ms), n = 0;

	for (unsigned i = 0; i < US_MS_BUCKETS; i++) {
		uint64_t ms = (uint64_t)1 << i;
		char le[32] = "+Inf";

		if (i < US_MS_BUCKETS - 1)
			snprintf(le, sizeof(le), "%" PRIu64 ".%03u", ms / 1000,
			         (unsigned)(ms % 1000));
		n += value(&t->bucket[i]);
		bucket(p, name, s, NULL, us_span_of(le), n);
	}
	begin(p, name, "_sum", s);
	end_seconds(p, sum);
	begin(p, name, "_count", s);
	end(p, n);
}

static void put_sizes(struct print *p, const char *name, const struct us_slot *s, const char *type,
                      const struct us_sizes *z)
{
	uint64_t sum = value(&z->sum), n = 0;

	for (unsigned i = 0; i < US_TOKEN_BUCKETS; i++) {
		char le[32] = "+Inf";

		if (i < US_TOKEN_BUCKETS - 1)
			snprintf(le, sizeof(le), "%" PRIu64, (uint64_t)1 << (2 * i));
		n += value(&z->bucket[i]);
		bucket(p, name, s, type, us_span_of(le), n);
	}
	begin(p, name, "_sum", s);
	label(p->out, "gen_ai_token_type", us_span_of(type));
	end(p, sum);
	begin(p, name, "_count", s);
	label(p->out, "gen_ai_token_type", us_span_of(type));
	end(p, n);
}

/* The next that is no key: what keys are asked is counted of their provider, too. */
static const struct us_slot *next_provider(struct print *p, size_t *n)
{
	const struct us_slot *s = us_page_nth(p->page, *n);

	while (s && s->variable[0])
		s = us_page_nth(p->page, ++*n);
	return s;
}

#define EACH(s) (size_t n_ = 0; (s = next_provider(p, &n_)); n_++)
#define EACH_AND_KEYS(s) (size_t n_ = 0; (s = us_page_nth(p->page, n_)); n_++)

static void histograms(struct print *p)
{
	static const struct {
		const char *name, *help;
		size_t at;
	} times[] = {
		{ "gen_ai_client_operation_duration_seconds",
		  "Calls served by it, attempts and waits included.",
		  offsetof(struct us_slot, duration) },
		{ "gen_ai_client_operation_time_to_first_chunk_seconds",
		  "Streams: from the beginning of the attempt to its first content.",
		  offsetof(struct us_slot, first) },
		{ "understudy_answer_seconds",
		  "Plain answers: from the beginning of the attempt to the whole answer.",
		  offsetof(struct us_slot, answer) },
		{ "understudy_stream_silence_seconds",
		  "Streams that came to their end: the longest time without a byte in each.",
		  offsetof(struct us_slot, gap) },
	};
	static const char usage[] = "gen_ai_client_token_usage";
	const struct us_slot *s;

	for (size_t i = 0; i < US_COUNT(times); i++) {
		head(p, times[i].name, "histogram", times[i].help);
		for
			EACH(s)
		put_times(p, times[i].name, s, (const void *)((const char *)s + times[i].at));
	}
	head(p, usage, "histogram", "Tokens of a call, as the provider counted them.");
	for
		EACH(s)
		{
			put_sizes(p, usage, s, "input", &s->tokens_in);
			put_sizes(p, usage, s, "output", &s->tokens_out);
		}
}

/* --- counters -------------------------------------------------------------------------------- */

static void counters(struct print *p)
{
	static const struct {
		const char *name, *help;
	} rows[] = {
#define X(what) { "understudy_" #what "_total", NULL },
		US_COUNTS(X)
#undef X
	};
	static const char *const help[US_COUNT_END] = {
		[US_COUNT_attempts] = "Requests that were sent to it.",
		[US_COUNT_ok] = "Attempts whose answer was good.",
		[US_COUNT_failed] = "Attempts that failed.",
		[US_COUNT_retries] = "Attempts after one that failed, within a call.",
		[US_COUNT_left] = "Calls that went on to another provider.",
		[US_COUNT_stood_in] = "Calls it served in another's place.",
		[US_COUNT_probes] = "Calls that tried whether it is well again.",
		[US_COUNT_skipped] = "Calls that passed it by while it was open or cooling.",
		[US_COUNT_cut] = "Answers that broke off after their first byte was delivered.",
		[US_COUNT_hedged] = "Calls that asked it beside another that was slow.",
		[US_COUNT_hedge_won] = "Of these, calls that it answered first.",
		[US_COUNT_cached] = "Calls to it that a kept answer was given to.",
	};
	const struct us_slot *s;

	for (size_t i = 0; i < US_COUNT(rows); i++) {
		head(p, rows[i].name, "counter", help[i] ? help[i] : "See the manual.");
		for
			EACH(s)
			{
				begin(p, rows[i].name, "", s);
				end(p, value(&s->count[i]));
			}
	}
}

/* Only what has happened: most causes never do. */
static void failures(struct print *p)
{
	static const char name[] = "understudy_attempt_failures_total";
	char cause[US_LOWER_NAME];
	const struct us_slot *s;

	head(p, name, "counter", "Attempts that failed, by what was wrong.");
	for
		EACH(s)
	for (unsigned i = 0; i < US_CAUSES_MAX; i++)
		if (value(&s->failed_by[i])) {
			begin(p, name, "", s);
			us_lower_name(cause, us_cause_name((enum us_cause)i));
			label(p->out, "error_type", us_span_of(cause));
			end(p, value(&s->failed_by[i]));
		}
}

static void calls(struct print *p)
{
	static const char name[] = "understudy_calls_total";
	char outcome[US_LOWER_NAME];
	const struct us_slot *s;

	head(p, name, "counter", "Calls that ended with this provider, by how.");
	for
		EACH(s)
	for (unsigned i = 0; i < US_END_END; i++)
		if (value(&s->ended[i]) || i == US_END_SERVED) {
			begin(p, name, "", s);
			us_lower_name(outcome, us_end_name(i));
			label(p->out, "outcome", us_span_of(outcome));
			end(p, value(&s->ended[i]));
		}
}

static void trees(struct print *p)
{
	static const char *const names[] = {
#define X(what) "understudy_program_" #what "_total",
		US_TREE_COUNTS(X)
#undef X
	};

	for (size_t i = 0; i < US_COUNT(names); i++) {
		head(p, names[i], "counter", "The same by the name that the program runs under.");
		for (unsigned n = 0; n < US_PAGE_TREES; n++) {
			const struct us_tree *t = us_page_tree_numbered(p->page, n);

			if (!t)
				continue;
			us_buf_addf(p->out, "%s{", names[i]);
			label(p->out, "name", US_NAME_OF(t->name));
			end(p, value(&t->count[i]));
		}
	}
}

/* --- what is the case now -------------------------------------------------------------------- */

static void breakers(struct print *p)
{
	static const char state[] = "understudy_breaker_state",
			  wait[] = "understudy_breaker_wait_seconds";
	const struct us_slot *s;

	head(p, state, "gauge", "1 for the state that the breaker is in.");
	for
		EACH_AND_KEYS(s)
		{
			struct us_health_look h = us_health_look(&s->health, p->policy, p->now_ms);

			for (unsigned i = 0; i < US_TURN_END; i++) {
				begin(p, state, "", s);
				label(p->out, "state", us_span_of(us_turn_word(i)));
				end(p, i == us_health_turn(&h));
			}
		}
	head(p, wait, "gauge", "Until it may be asked again.");
	for
		EACH_AND_KEYS(s)
		{
			struct us_health_look h = us_health_look(&s->health, p->policy, p->now_ms);

			begin(p, wait, "", s);
			end_seconds(p, h.wait_ms);
		}
}

static void self(struct print *p)
{
	uint64_t first, next;

	head(p, "understudy_info", "gauge", "Of the command that says this.");
	us_buf_addf(p->out, "understudy_info{version=\"%s\"} 1\n", US_VERSION);
	if (!p->page)
		return;
	us_events_range(us_page_events(p->page), &first, &next);
	head(p, "understudy_events_total", "counter", "Events, see `understudy events`.");
	us_buf_addf(p->out, "understudy_events_total %" PRIu64 "\n", next);
	head(p, "understudy_state_made_timestamp_seconds", "gauge",
	     "Since when there is this state: counters began at 0 then.");
	us_buf_addf(p->out, "understudy_state_made_timestamp_seconds %" PRIu64 ".%03u\n",
	            us_page_made_ms(p->page) / 1000, (unsigned)(us_page_made_ms(p->page) % 1000));
}

int us_metrics_print(struct us_buf *out, struct us_page *page,
                     const struct us_health_policy *policy, uint64_t now_ms)
{
	struct print p = { out, page, policy, now_ms };

	self(&p);
	if (!page)
		return out->err;
	histograms(&p);
	counters(&p);
	failures(&p);
	calls(&p);
	trees(&p);
	breakers(&p);
	return out->err;
}
