/* escalate.c - what to do about a failure, and the human who decides when nobody else can */
#include "agent/deliver.h"
#include "agent/task.h"
#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>

#define TEXT_MAX ((size_t)64 << 10) /* of error, context: what is longer is cut */
#define POLL_LOW_MS 100
#define POLL_HIGH_MS 1000
#define RETRY_FIRST_MS 1000
#define DELIVER_EVERY_MS 5000 /* while waiting: it looks through all questions */

static_assert(UNDERSTUDY_QUESTION_ID == US_QUESTION_ID_MAX, "what is told must be so");

static const char *task_of(const struct understudy_failure *f)
{
	const char *task = f->task ? f->task : getenv(US_TASK_ENV);

	return task && task[0] ? task : "a task without a name";
}

int understudy_handle_failure(struct understudy *u, const struct understudy_failure *f,
                              struct understudy_decision *d)
{
	*d = (struct understudy_decision){ 0 };
	if (!f->unavailable && f->retry_count < UNDERSTUDY_RETRIES) {
		d->action = UNDERSTUDY_ACTION_RETRY;
		d->delay_ms = (uint64_t)RETRY_FIRST_MS << f->retry_count;
		return 0;
	}
	if (f->fallbacks && f->fallbacks_used < f->nfallbacks &&
	    f->fallbacks_used < UNDERSTUDY_FALLBACKS) {
		d->action = UNDERSTUDY_ACTION_FALLBACK;
		d->tool = f->fallbacks[f->fallbacks_used];
		return 0;
	}
	d->action = UNDERSTUDY_ACTION_HUMAN;
	return understudy_escalate(u, f, d->question);
}

static struct us_span cut(const char *text)
{
	return us_span(text ? text : "", text ? strnlen(text, TEXT_MAX) : 0);
}

/* Asks, with the words of the error in our own memory: they may well be those of understudy_error,
 * which change when something fails in here. */
static int ask(struct understudy *u, struct us_question *q)
{
	char *error = us_memdup(q->error.p, q->error.n);
	size_t waiting;
	bool again;
	int rc = error ? 0 : us_handle_fail(US_ENOMEM, "%s", us_err_text(US_ENOMEM));

	if (!rc) {
		q->error.p = error;
		rc = us_outbox_raise(u, q, &again);
	}
	if (!rc)
		us_log(US_LOG_WARN, "a human is asked (%s%s): %.*s: %.*s", q->id,
		       again ? ", again" : "", (int)q->task.n, q->task.p, (int)q->error.n,
		       q->error.p);
	if (!rc && !again)
		us_deliver(u, &waiting);
	us_free(error);
	return rc;
}

int understudy_escalate(struct understudy *u, const struct understudy_failure *f,
                        char id[UNDERSTUDY_QUESTION_ID])
{
	struct us_question q = { .task = cut(task_of(f)),
		                 .key = cut(f->key ? f->key : task_of(f)),
		                 .error = cut(f->error ? f->error : "it failed"),
		                 .context = cut(f->context) };
	int rc = ask(u, &q);

	if (!rc && id)
		memcpy(id, q.id, UNDERSTUDY_QUESTION_ID);
	return rc;
}

int understudy_deliver(struct understudy *u)
{
	size_t waiting;
	int rc = us_deliver(u, &waiting);

	return rc ? rc : waiting < INT32_MAX ? (int)waiting : INT32_MAX;
}

/* --- waiting -----------------------------------------------------------------------------------
 */

struct understudy_answer {
	char *verb, *text;
};

void understudy_answer_free(struct understudy_answer *a)
{
	if (!a)
		return;
	us_free(a->verb);
	us_free(a->text);
	us_free(a);
}

const char *understudy_answer_verb(const struct understudy_answer *a) { return a->verb; }

const char *understudy_answer_text(const struct understudy_answer *a) { return a->text; }

static int give(const struct us_question *q, struct understudy_answer **out)
{
	struct understudy_answer *a = us_calloc(1, sizeof(*a));

	if (a) {
		a->verb = us_memdup(q->verb.p, q->verb.n);
		a->text = us_memdup(q->text.p, q->text.n);
	}
	if (a && a->verb && a->text) {
		*out = a;
		return 0;
	}
	understudy_answer_free(a);
	return us_handle_fail(US_ENOMEM, "%s", us_err_text(US_ENOMEM));
}

static int state_of(const struct us_question *q)
{
	static const int states[] = { [US_QUESTION_OPEN] = UNDERSTUDY_PENDING,
		                      [US_QUESTION_ANSWERED] = UNDERSTUDY_ANSWERED,
		                      [US_QUESTION_DENIED] = UNDERSTUDY_DENIED,
		                      [US_QUESTION_EXPIRED] = UNDERSTUDY_EXPIRED,
		                      [US_QUESTION_DEFAULTED] = UNDERSTUDY_DEFAULTED };

	return states[q->state];
}

/* Until it is closed, or the time is over. A store that is away for a while is waited for too. */
static int watch(struct understudy *u, struct us_span id, uint64_t until, struct us_letter *l)
{
	uint64_t pause = POLL_LOW_MS, now = us_clock_ms(), deliver_at = now + DELIVER_EVERY_MS;
	size_t waiting;
	int rc;

	for (;;) {
		rc = us_outbox_find(u, id, l);
		if (!rc)
			rc = us_outbox_expire(u, l);
		if (rc == US_ENOENT || rc == US_EINVAL || rc == US_ENOMEM ||
		    (!rc && l->q.state != US_QUESTION_OPEN))
			return rc;
		now = us_clock_ms();
		if (now >= until)
			return rc;
		if (!rc && now >= deliver_at && us_deliver_has_channel(&u->conf)) {
			us_deliver(u, &waiting);
			deliver_at = now + DELIVER_EVERY_MS;
		}
		u->pause(pause < until - now ? pause : until - now);
		pause = pause * 2 < POLL_HIGH_MS ? pause * 2 : POLL_HIGH_MS;
	}
}

/* Unless a human was faster. */
static int use_default(struct understudy *u, struct us_letter *l, const char *otherwise)
{
	int rc = us_outbox_answer(u, l, us_span_of(otherwise), US_SPAN("the program"), true);

	return rc == US_ECONFLICT ? us_outbox_find(u, us_span_of(l->q.id), l) : rc;
}

int understudy_await(struct understudy *u, const char *id, uint64_t timeout_ms,
                     const char *otherwise, struct understudy_answer **answer)
{
	uint64_t now = us_clock_ms();
	uint64_t until = timeout_ms < US_NEVER - now ? now + timeout_ms : US_NEVER;
	struct us_span verb, text;
	struct us_letter l;
	int rc = 0;

	if (answer)
		*answer = NULL;
	if (otherwise && !us_answer_read(us_span_of(otherwise), &verb, &text))
		return us_handle_fail(US_EINVAL,
		                      "what holds otherwise is retry, abort, use TOOL or text ...");
	us_letter_init(&l);
	rc = watch(u, us_span_of(id), until, &l);
	if (!rc && l.q.state == US_QUESTION_OPEN && otherwise)
		rc = use_default(u, &l, otherwise);
	if (!rc && answer)
		rc = give(&l.q, answer);
	if (!rc)
		rc = state_of(&l.q);
	us_letter_fini(&l);
	return rc;
}
