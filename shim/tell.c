/* tell.c - notes of the engine as log lines, events as lines of a file, one each */
#include "tell.h"

#include "base/append.h"
#include "base/log.h"
#include "conf/place.h"
#include "state/event_json.h"
#include "state/plea.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#define LINE_MAX_BYTES 1024
#define EVENTS_FILE_MAX ((uint64_t)64 << 20) /* options.def says so, too */

static const struct us_page *page;
static const char *events, *program;
static char pleas[PATH_MAX]; /* the directory for them; "": nobody wants any */

/* "openai (gpt-4o)" as two printf arguments each. */
#define WHO(n) (int)(n)->provider.n, (n)->provider.p, (int)(n)->model.n, (n)->model.p
#define WHO_FMT "%.*s (%.*s)"

static void tell_failed(const struct us_note *n)
{
	const char *why = n->cause == US_CAUSE_STATUS ? "" : us_cause_words(n->cause);
	char status[32] = "";

	if (n->status)
		snprintf(status, sizeof(status), "%sHTTP %u", why[0] ? ", " : "", n->status);
	us_log(US_LOG_WARN, "call %llu: " WHO_FMT " failed after %llu ms: %s%s",
	       (unsigned long long)n->call, WHO(n), (unsigned long long)n->ms, why, status);
}

/* The program is asked about by the name of its task, or by its own. */
static void ask_a_human(void)
{
	const char *task = getenv("UNDERSTUDY_TASK"), *name = program[0] ? program : "a program";

	us_plea_leave(pleas, us_span_of(task && task[0] ? task : name),
	              US_SPAN("no LLM provider serves its calls"));
}

static void tell_cache(const struct us_note *n)
{
	unsigned long long call = n->call, ms = n->ms;

	if (n->kind == US_NOTE_RECALL)
		us_log(US_LOG_INFO, "call %llu: for " WHO_FMT ": %s, %llu ms old", call, WHO(n),
		       n->word, ms);
	else
		us_log(US_LOG_WARN, "call %llu: the answer is not kept: %s", call, n->word);
}

/* What becomes of a request before it is sent, or instead. */
static void tell_request(const struct us_note *n)
{
	unsigned long long call = n->call;

	if (n->kind == US_NOTE_RECALL || n->kind == US_NOTE_UNKEPT)
		tell_cache(n);
	else if (n->kind == US_NOTE_LOSS)
		us_log(US_LOG_INFO, "call %llu: for " WHO_FMT ": %s at %.*s", call, WHO(n), n->word,
		       (int)n->detail.n, n->detail.p);
	else if (n->kind == US_NOTE_BACK)
		us_log(US_LOG_INFO, "call %llu: what " WHO_FMT " is sent is changed: %s", call,
		       WHO(n), n->word);
	else if (n->kind == US_NOTE_KEY)
		us_log(US_LOG_WARN, "call %llu: " WHO_FMT " is asked with the key %s", call, WHO(n),
		       n->word);
	else
		us_log(US_LOG_WARN, "call %llu: " WHO_FMT " refuses %.*s: %s, asked once more",
		       call, WHO(n), (int)n->detail.n, n->detail.p, n->word);
}

/* Whom it goes on with. */
static void tell_way(const struct us_note *n)
{
	unsigned long long call = n->call, ms = n->ms;

	if (n->kind == US_NOTE_FAILOVER)
		us_log(US_LOG_WARN, "call %llu: fails over to " WHO_FMT, call, WHO(n));
	else if (n->kind == US_NOTE_FOLLOW)
		us_log(US_LOG_INFO, "call %llu: goes on with " WHO_FMT ", whose tool loop it is",
		       call, WHO(n));
	else if (n->kind == US_NOTE_HEDGE)
		us_log(US_LOG_WARN, "call %llu: asks " WHO_FMT " too, after %llu ms", call, WHO(n),
		       ms);
	else
		us_log(US_LOG_INFO, "call %llu: " WHO_FMT " is outrun after %llu ms", call, WHO(n),
		       ms);
}

void tell_note(void *self, const struct us_note *n)
{
	unsigned long long call = n->call, ms = n->ms;

	switch (n->kind) {
	case US_NOTE_ATTEMPT:
		us_log(US_LOG_INFO, "call %llu: attempt %u on " WHO_FMT, call, n->attempt, WHO(n));
		break;
	case US_NOTE_ANSWER:
		us_log(US_LOG_INFO, "call %llu: " WHO_FMT " answers after %llu ms, HTTP %u", call,
		       WHO(n), ms, n->status);
		break;
	case US_NOTE_FAILED:
		tell_failed(n);
		break;
	case US_NOTE_WAIT:
		us_log(US_LOG_INFO, "call %llu: waits %llu ms for " WHO_FMT, call, ms, WHO(n));
		break;
	case US_NOTE_SKIP:
		us_log(US_LOG_INFO, "call %llu: skips " WHO_FMT ": %s (%llu ms)", call, WHO(n),
		       n->word, ms);
		break;
	case US_NOTE_RECALL:
	case US_NOTE_UNKEPT:
	case US_NOTE_LOSS:
	case US_NOTE_BACK:
	case US_NOTE_MEND:
	case US_NOTE_KEY:
		tell_request(n);
		break;
	case US_NOTE_FAILOVER:
	case US_NOTE_HEDGE:
	case US_NOTE_OUTRUN:
	case US_NOTE_FOLLOW:
		tell_way(n);
		break;
	case US_NOTE_CUT:
		us_log(US_LOG_WARN, "call %llu: the answer of " WHO_FMT " broke off: %s", call,
		       WHO(n), us_cause_words(n->cause));
		break;
	case US_NOTE_SPLICE:
		us_log(US_LOG_WARN, "call %llu: after %llu bytes of answer: " WHO_FMT " %s", call,
		       ms, WHO(n), n->word);
		break;
	case US_NOTE_END:
		us_log(US_LOG_INFO, "call %llu: ended after %llu ms: %s", call, ms,
		       us_end_word(n->end));
		if (n->end == US_END_NOBODY && pleas[0])
			ask_a_human();
		break;
	}
}

void tell_open(const struct us_page *names, const struct us_conf *conf)
{
	struct us_buf dir;

	page = names;
	events = conf->events;
	program = conf->name;
	us_buf_init(&dir, sizeof(pleas) - 1);
	if (conf->escalate_calls && us_place_store(conf, &dir) == 0)
		memcpy(pleas, us_buf_cstr(&dir), dir.n + 1);
	us_buf_fini(&dir);
}

void tell_event(void *self, const struct us_event *e)
{
	int saved = errno;
	struct us_buf line;

	us_buf_init(&line, LINE_MAX_BYTES);
	if (us_event_json(&line, page, e) == 0)
		us_append(events, line.p, line.n, EVENTS_FILE_MAX);
	us_buf_fini(&line);
	errno = saved;
}
