/* tool.c - any function as a tool: retried, left alone when it is down, with alternatives
 *
 * The breaker is that of the providers, in the shared page, under the name of the tool. A failed
 * attempt is told to it at once, so that others learn of it while we wait; before each attempt it
 * is asked anew.
 */
#include "agent/handle.h"
#include "base/mem.h"
#include "engine/backoff.h"

#include <errno.h>

#define RESULT_MAX ((size_t)64 << 20)
#define WORDS_MAX ((size_t)1024)
#define PROBE_MS 30000 /* a tool that is tried out and has told nothing by then counts as dead */

struct understudy_result {
	struct us_buf bytes, words;
	struct us_buf tool;
	unsigned attempts;
	int code;
};

struct understudy_call {
	struct understudy *u;
	struct understudy_result *r;
	struct us_span args;
	unsigned attempt;
	uint64_t deadline; /* on us_clock_ms */
	uint64_t wish_ms;
	/* What is the same for all attempts: */
	struct understudy_policy policy;
	struct us_health_policy health;
};

/* --- for the tool ------------------------------------------------------------------------------
 */

const void *understudy_call_args(const struct understudy_call *call, size_t *n)
{
	if (n)
		*n = call->args.n;
	return call->args.p;
}

unsigned understudy_call_attempt(const struct understudy_call *call) { return call->attempt; }

uint64_t understudy_call_remaining_ms(const struct understudy_call *call)
{
	uint64_t now = us_clock_ms();

	if (call->deadline == US_NEVER)
		return US_NEVER;
	return call->deadline > now ? call->deadline - now : 0;
}

int understudy_call_result(struct understudy_call *call, const void *bytes, size_t n)
{
	us_buf_clear(&call->r->bytes);
	us_buf_add(&call->r->bytes, bytes, n);
	return call->r->bytes.err;
}

void understudy_call_error(struct understudy_call *call, const char *words)
{
	size_t n = words ? strnlen(words, WORDS_MAX) : 0;

	us_buf_clear(&call->r->words);
	us_buf_add(&call->r->words, words, n);
}

void understudy_call_wait(struct understudy_call *call, uint64_t ms) { call->wish_ms = ms; }

/* --- one attempt -------------------------------------------------------------------------------
 */

static int classify(const struct understudy_tool *tool, int code)
{
	static const struct understudy_rule table[] = {
#define X(from, to, classified) { from, to, UNDERSTUDY_CLASS_##classified },
#include "agent/classes.def"
#undef X
	};
	int class = tool->classify ? tool->classify(tool->self, code) : -1;

	if (class >= UNDERSTUDY_CLASS_OK && class <= UNDERSTUDY_CLASS_REFUSED)
		return class;
	for (size_t i = 0; i < tool->nrules && tool->rules; i++)
		if (code >= tool->rules[i].from && code <= tool->rules[i].to)
			return tool->rules[i].classified;
	for (size_t i = 0; i < US_COUNT(table); i++)
		if (code >= table[i].from && code <= table[i].to)
			return table[i].classified;
	return UNDERSTUDY_CLASS_RETRY;
}

/* Tells the breaker. */
static void report(struct understudy_call *c, struct us_slot *slot, int class, enum us_admit admit,
                   uint64_t began)
{
	uint64_t now = us_clock_ms();

	us_slot_count(slot, class ? US_COUNT_failed : US_COUNT_ok);
	if (!class)
		us_times_add(&slot->answer, now - began);
	if (class == UNDERSTUDY_CLASS_RETRY)
		us_health_fail(&slot->health, &c->health, admit, now);
	else if (class == UNDERSTUDY_CLASS_GONE)
		us_health_left(&slot->health, &c->health, admit, now);
	else if (class != UNDERSTUDY_CLASS_LATER)
		us_health_ok(&slot->health, admit, began); /* who refuses is alive */
	else
		us_health_give_back(&slot->health, &c->health, admit, now);
	if (class == UNDERSTUDY_CLASS_LATER && c->wish_ms)
		us_health_cool(&slot->health, now + c->wish_ms);
	if (class && class != UNDERSTUDY_CLASS_REFUSED)
		us_health_why(
			&slot->health,
			class == UNDERSTUDY_CLASS_LATER ? US_CAUSE_RATE_LIMIT : US_CAUSE_LOCAL, 0);
}

static int attempt(struct understudy_call *c, const struct understudy_tool *tool,
                   struct us_slot *slot, enum us_admit admit)
{
	uint64_t began = us_clock_ms();
	int code, class;

	us_buf_clear(&c->r->bytes);
	us_buf_clear(&c->r->words);
	us_buf_clear(&c->r->tool);
	us_buf_add_str(&c->r->tool, tool->name);
	c->wish_ms = 0;
	c->attempt++;
	c->r->attempts++;
	us_slot_count(slot, US_COUNT_attempts);
	code = tool->call(tool->self, c);
	class = code ? classify(tool, code) : UNDERSTUDY_CLASS_OK;
	if (!class && c->r->bytes.err) {
		us_buf_add_str(&c->r->words, "its result is too large");
		class = UNDERSTUDY_CLASS_REFUSED;
	}
	c->r->code = class ? code : 0;
	if (!class)
		us_buf_clear(&c->r->words);
	report(c, slot, class, admit, began);
	return class;
}

/* --- one tool ----------------------------------------------------------------------------------
 */

/* Before the next attempt on the same tool. False: not worth it, or no time for it. */
static bool wait(struct understudy_call *c, int class, bool others)
{
	struct us_rand *rand = &c->u->rand;
	uint64_t ms;

	pthread_mutex_lock(&c->u->lock);
	ms = us_backoff_ms(c->policy.backoff_low_ms, c->policy.backoff_high_ms, c->attempt - 1,
	                   rand);
	pthread_mutex_unlock(&c->u->lock);
	if (class == UNDERSTUDY_CLASS_LATER && others && c->wish_ms > c->u->conf.patience)
		return false;
	if (c->wish_ms > ms)
		ms = c->wish_ms;
	if (understudy_call_remaining_ms(c) <= ms)
		return false;
	c->u->pause(ms);
	return true;
}

/* The class of its last attempt; GONE where there was none. */
static int use(struct understudy_call *c, const struct understudy_tool *tool, struct us_page *page,
               bool others)
{
	struct us_slot *slot =
		us_page_slot(page, US_SPAN("tool"), US_SPAN("tool"), us_span_of(tool->name));
	int class = UNDERSTUDY_CLASS_GONE;
	enum us_admit admit;

	for (c->attempt = 0; c->attempt < c->policy.attempts;) {
		admit = us_health_ask(&slot->health, &c->health, us_clock_ms(), NULL);
		if (admit == US_ADMIT_NO) {
			if (!c->attempt)
				us_slot_count(slot, US_COUNT_skipped);
			break;
		}
		if (c->attempt)
			us_slot_count(slot, US_COUNT_retries);
		class = attempt(c, tool, slot, admit);
		if (class != UNDERSTUDY_CLASS_RETRY && class != UNDERSTUDY_CLASS_LATER)
			break;
		if (c->attempt < c->policy.attempts && !wait(c, class, others))
			break;
	}
	if (class && c->attempt && others)
		us_slot_count(slot, US_COUNT_left);
	return class;
}

static int use_all(struct understudy_call *c, const struct understudy_tool *tools, size_t n)
{
	struct us_page *page = us_handle_page(c->u);

	if (!page)
		return us_handle_fail(US_ENOMEM, "%s", us_err_text(US_ENOMEM));
	for (size_t i = 0; i < n; i++) {
		int class = use(c, &tools[i], page, i + 1 < n);

		if (class == UNDERSTUDY_CLASS_OK)
			return 0;
		if (class == UNDERSTUDY_CLASS_REFUSED)
			return us_handle_fail(US_EINVAL, "%s refuses (%d): %s", tools[i].name,
			                      c->r->code, us_buf_cstr(&c->r->words));
		us_log(US_LOG_WARN, "tool %s fails (%d): %s", tools[i].name, c->r->code,
		       us_buf_cstr(&c->r->words));
		if (understudy_call_remaining_ms(c) == 0)
			return us_handle_fail(US_ETIME, "the deadline came before a tool worked");
	}
	if (!c->r->attempts)
		return us_handle_fail(US_EAWAY, "no tool may be called now: all are known to fail");
	return us_handle_fail(US_EAWAY, "no tool works; the last was %s (%d): %s",
	                      us_buf_cstr(&c->r->tool), c->r->code, us_buf_cstr(&c->r->words));
}

/* --- the interface -----------------------------------------------------------------------------
 */

static void settle_policy(struct understudy_call *c, const struct understudy_policy *given)
{
	const struct us_conf *conf = &c->u->conf;
	struct understudy_policy p = given ? *given : (struct understudy_policy){ 0 };

	if (!p.attempts)
		p.attempts = (unsigned)conf->attempts;
	if (!p.backoff_low_ms)
		p.backoff_low_ms = conf->backoff.low;
	if (!p.backoff_high_ms)
		p.backoff_high_ms = conf->backoff.high;
	if (p.backoff_high_ms < p.backoff_low_ms)
		p.backoff_high_ms = p.backoff_low_ms;
	if (!p.deadline_ms)
		p.deadline_ms = conf->deadline;
	c->policy = p;
	c->deadline = p.deadline_ms ? us_clock_ms() + p.deadline_ms : US_NEVER;
	c->health = (struct us_health_policy){ .trip_after = (unsigned)conf->breaker.count,
		                               .open_ms = conf->breaker.ms,
		                               .probe_ms = PROBE_MS,
		                               .processes = &us_processes };
}

static struct understudy_result *new_result(void)
{
	struct understudy_result *r = us_calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	us_buf_init(&r->bytes, RESULT_MAX);
	us_buf_init(&r->words, WORDS_MAX);
	us_buf_init(&r->tool, WORDS_MAX);
	return r;
}

void understudy_result_free(struct understudy_result *r)
{
	if (!r)
		return;
	us_buf_fini(&r->bytes);
	us_buf_fini(&r->words);
	us_buf_fini(&r->tool);
	us_free(r);
}

int understudy_tool_call(struct understudy *u, const struct understudy_tool *tools, size_t ntools,
                         const void *args, size_t nargs, const struct understudy_policy *policy,
                         struct understudy_result **result)
{
	struct understudy_call c = { .u = u, .args = us_span(nargs ? args : "", nargs) };
	int rc;

	if (result)
		*result = NULL;
	c.r = new_result();
	if (!c.r)
		return us_handle_fail(US_ENOMEM, "%s", us_err_text(US_ENOMEM));
	settle_policy(&c, policy);
	rc = ntools ? use_all(&c, tools, ntools)
	            : us_handle_fail(US_EINVAL, "a call needs at least one tool");
	/* So that what is read ends in a NUL. */
	us_buf_cstr(&c.r->bytes);
	if (result)
		*result = c.r;
	else
		understudy_result_free(c.r);
	return rc;
}

const void *understudy_result_bytes(const struct understudy_result *r, size_t *n)
{
	if (n)
		*n = r->bytes.n;
	return r->bytes.p ? r->bytes.p : "";
}

/* us_buf_cstr writes the NUL only, which changes nothing that is seen. */
static const char *text_of(const struct us_buf *b)
{
	return us_buf_cstr((struct us_buf *)(uintptr_t)b);
}

const char *understudy_result_tool(const struct understudy_result *r) { return text_of(&r->tool); }

unsigned understudy_result_attempts(const struct understudy_result *r) { return r->attempts; }

int understudy_result_code(const struct understudy_result *r) { return r->code; }

const char *understudy_result_error(const struct understudy_result *r)
{
	return text_of(&r->words);
}
