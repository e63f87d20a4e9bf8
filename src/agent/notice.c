/* notice.c - what is told about questions */
#include "agent/notice.h"

#include "base/json.h"

#define SUBJECT_MAX 200

void us_notice_subject(const struct us_notice *n, struct us_buf *out)
{
	size_t at = out->n;

	if (n->n == 1)
		us_buf_addf(out, "%.*s needs you: %.*s", (int)n->q->task.n, n->q->task.p,
		            (int)n->q->error.n, n->q->error.p);
	else
		us_buf_addf(out, "%zu tasks need you", n->n);
	for (size_t i = at; i < out->n; i++)
		if ((unsigned char)out->p[i] < 0x20)
			out->p[i] = ' ';
	/* Not within a character. */
	while (out->n > at + SUBJECT_MAX || (out->n > at && out->n - at > SUBJECT_MAX - 4 &&
	                                     ((unsigned char)out->p[out->n - 1] & 0x80)))
		out->n--;
}

static void one_text(const struct us_question *q, struct us_buf *out)
{
	us_buf_addf(out, "%s  %.*s: %.*s\n", q->id, (int)q->task.n, q->task.p, (int)q->error.n,
	            q->error.p);
	if (q->count > 1)
		us_buf_addf(out, "  (%llu times)\n", (unsigned long long)q->count);
}

void us_notice_text(const struct us_notice *n, struct us_buf *out)
{
	us_notice_subject(n, out);
	us_buf_add_str(out, "\n\n");
	for (size_t i = 0; i < n->n && i < US_NOTICE_LISTED; i++)
		one_text(&n->q[i], out);
	if (n->n > US_NOTICE_LISTED)
		us_buf_addf(out, "... and %zu more: understudy inbox\n", n->n - US_NOTICE_LISTED);
	if (n->n == 1 && n->q->context.n)
		us_buf_addf(out, "\n%.*s\n", (int)n->q->context.n, n->q->context.p);
	us_buf_addf(out,
	            "\nTo answer, on %s or where its store is reached:\n"
	            "  understudy answer %s retry|abort|use TOOL|text ...\n",
	            n->host, n->n == 1 ? n->q->id : "ID");
}

static void add(const struct us_json *j, cJSON *to, const char *name, struct us_span text,
                struct us_arena *a)
{
	j->AddStringToObject(to, name, us_arena_copy(a, text).p);
}

static void one_json(const struct us_json *j, cJSON *list, const struct us_question *q,
                     struct us_arena *a)
{
	cJSON *o = j->CreateObject();

	if (!o)
		return;
	j->AddStringToObject(o, "id", q->id);
	add(j, o, "task", q->task, a);
	add(j, o, "error", q->error, a);
	add(j, o, "context", q->context, a);
	add(j, o, "key", q->key, a);
	j->AddNumberToObject(o, "count", (double)q->count);
	j->AddNumberToObject(o, "opened_ms", (double)q->opened_ms);
	j->AddNumberToObject(o, "expires_ms", (double)q->expires_ms);
	j->AddItemToArray(list, o);
}

int us_notice_json(const struct us_notice *n, struct us_buf *out)
{
	const struct us_json *j = us_json();
	cJSON *doc = j ? j->CreateObject() : NULL, *list;
	char *text = NULL;
	struct us_arena a;
	int rc = US_ENOMEM;

	if (!j)
		return US_ENOTSUP;
	us_arena_init(&a, US_NOTICE_MAX);
	list = j->AddArrayToObject(doc, "questions");
	for (size_t i = 0; list && i < n->n && i < US_NOTICE_LISTED; i++)
		one_json(j, list, &n->q[i], &a);
	if (list && j->AddStringToObject(doc, "source", "understudy") &&
	    j->AddStringToObject(doc, "host", n->host) &&
	    j->AddNumberToObject(doc, "total", (double)n->n) && !a.err)
		text = j->PrintUnformatted(doc);
	if (text)
		rc = us_buf_add_str(out, text);
	j->free(text);
	j->Delete(doc);
	us_arena_fini(&a);
	return rc;
}
