/* inbox.c - understudy inbox: what humans are asked */
#include "agent/deliver.h"
#include "base/clock.h"
#include "base/json.h"
#include "cli/agent_cli.h"
#include "cli/cli.h"
#include "cli/out.h"

#include <getopt.h>

#define NAME "inbox"
#define SHORT_ID 8
#define LIST_MAX ((size_t)64 << 20)

struct request {
	bool all, json, deliver, help;
	const char *id;
};

static const char help_text[] =
	"usage: understudy inbox [OPTION]... [ID]\n"
	"\n"
	"Shows the open questions of programs to humans; with the beginning of an ID, all of one.\n"
	"They are answered by `understudy answer`.\n"
	"\n"
	"  --all      those that are answered or have expired too, for a week\n"
	"  --json     one line of JSON for each\n"
	"  --deliver  tells first what is still to be told on the channels that are set\n"
	"  --help     say this\n"
	"\n"
	"The exit status is 0, 1 if something is wrong, 2 if the command line is.\n";

static void add_age(struct us_table *t, uint64_t since_ms)
{
	uint64_t now = us_clock_unix_ms();
	struct us_buf age;

	us_buf_init(&age, 64);
	us_out_time(&age, now > since_ms ? now - since_ms : 0);
	us_table_add(t, US_PAINT_NONE, "%s", us_buf_cstr(&age));
	us_buf_fini(&age);
}

static void add_row(struct us_table *t, const struct us_question *q)
{
	us_table_add(t, US_PAINT_BOLD, "%.*s", SHORT_ID, q->id);
	us_table_add(t, US_PAINT_NONE, "%s", us_question_state_word(q->state));
	add_age(t, q->opened_ms);
	us_table_add(t, US_PAINT_NONE, "%llu", (unsigned long long)q->count);
	us_table_add(t, US_PAINT_NONE, "%.*s", (int)q->task.n, q->task.p);
	us_table_add(t, US_PAINT_NONE, "%.*s", (int)q->error.n, q->error.p);
}

static void line(const struct us_out *out, const char *name, struct us_span text)
{
	struct us_span rest = text, part;

	us_out_add(out, US_PAINT_BOLD, "%-9s", name);
	for (bool first = true; us_span_next(&rest, '\n', &part); first = false)
		us_out_add(out, US_PAINT_NONE, "%*s%.*s", first ? 0 : 9, "", (int)part.n, part.p),
			fputc('\n', out->to);
	if (!text.n)
		fputc('\n', out->to);
}

static void print_one(const struct us_question *q, const struct us_out *out)
{
	line(out, "id", us_span_of(q->id));
	line(out, "state", us_span_of(us_question_state_word(q->state)));
	line(out, "task", q->task);
	line(out, "error", q->error);
	if (q->context.n)
		line(out, "context", q->context);
	if (q->verb.n)
		line(out, "answer", q->verb);
	if (q->text.n)
		line(out, "", q->text);
	if (q->by.n)
		line(out, "by", q->by);
	for (size_t i = 0; i < US_CHANNELS; i++)
		if (q->told[i].at_ms || q->told[i].tries)
			us_out_add(out, US_PAINT_NONE, "%-9s%s, %llu failed tries",
			           us_deliver_channel_name(i),
			           q->told[i].at_ms ? "told" : "not told yet",
			           (unsigned long long)q->told[i].tries),
				fputc('\n', out->to);
}

static void print_json(const struct us_question *q, struct us_arena *a)
{
	const struct us_json *j = us_json();
	cJSON *o = j ? j->CreateObject() : NULL;
	const struct {
		const char *name;
		struct us_span text;
	} rows[] = { { "id", us_span_of(q->id) },
		     { "state", us_span_of(us_question_state_word(q->state)) },
		     { "task", q->task },
		     { "key", q->key },
		     { "error", q->error },
		     { "context", q->context },
		     { "answer", q->verb },
		     { "text", q->text },
		     { "by", q->by } };
	char *text;

	for (size_t i = 0; o && i < US_COUNT(rows); i++)
		j->AddStringToObject(o, rows[i].name, us_question_clean(rows[i].text, a).p);
	if (!o)
		return;
	j->AddNumberToObject(o, "count", (double)q->count);
	j->AddNumberToObject(o, "opened_ms", (double)q->opened_ms);
	j->AddNumberToObject(o, "expires_ms", (double)q->expires_ms);
	text = j->PrintUnformatted(o);
	if (text)
		puts(text);
	j->free(text);
	j->Delete(o);
}

static int show(struct understudy *u, const struct request *r, struct us_arena *a)
{
	static const struct us_column columns[] = { { "ID", false },   { "STATE", false },
		                                    { "AGE", true },   { "TIMES", true },
		                                    { "TASK", false }, { "ERROR", false } };
	struct us_out out = us_out_open(stdout);
	struct us_table table;
	struct us_span *ids;
	struct us_letter l;
	size_t n;

	if (us_outbox_list(u, a, &ids, &n))
		return us_agent_failed(NAME);
	us_table_init(&table, columns, US_COUNT(columns));
	for (size_t i = 0; i < n; i++) {
		us_letter_init(&l);
		if (us_outbox_find(u, ids[i], &l) == 0 && us_outbox_expire(u, &l) == 0 &&
		    (r->all || l.q.state == US_QUESTION_OPEN)) {
			if (r->json)
				print_json(&l.q, a);
			else
				add_row(&table, &l.q);
		}
		us_letter_fini(&l);
	}
	if (!r->json && table.ncells)
		us_table_print(&table, &out, 0);
	else if (!r->json)
		puts("nobody needs you");
	us_table_fini(&table);
	return 0;
}

static int show_one(struct understudy *u, const struct request *r, struct us_arena *a)
{
	struct us_out out = us_out_open(stdout);
	struct us_letter l;
	int rc;

	us_letter_init(&l);
	rc = us_outbox_find(u, us_span_of(r->id), &l);
	if (!rc)
		rc = us_outbox_expire(u, &l);
	if (rc)
		us_agent_failed(NAME);
	else if (r->json)
		print_json(&l.q, a);
	else
		print_one(&l.q, &out);
	us_letter_fini(&l);
	return rc ? 1 : 0;
}

static int run(const struct request *r)
{
	struct understudy *u = us_agent_open(NAME);
	struct us_arena a;
	int rc = u ? 0 : 1;

	if (!u)
		return rc;
	us_arena_init(&a, LIST_MAX);
	us_outbox_gather(u);
	if (r->deliver && understudy_deliver(u) < 0)
		rc = us_agent_failed(NAME);
	if (!rc)
		rc = r->id ? show_one(u, r, &a) : show(u, r, &a);
	us_arena_fini(&a);
	understudy_close(u);
	return us_agent_written(rc);
}

int us_cli_inbox(int argc, char **argv)
{
	static const struct option longs[] = { { "all", no_argument, NULL, 'a' },
		                               { "json", no_argument, NULL, 'j' },
		                               { "deliver", no_argument, NULL, 'd' },
		                               { "help", no_argument, NULL, 'h' },
		                               { NULL, 0, NULL, 0 } };
	struct request r = { 0 };
	int letter;

	optind = 1;
	while ((letter = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (letter == '?')
			return us_agent_refuse(NAME, "an option", "is wrong");
		r.all |= letter == 'a';
		r.json |= letter == 'j';
		r.deliver |= letter == 'd';
		r.help |= letter == 'h';
	}
	if (r.help) {
		fputs(help_text, stdout);
		return us_agent_written(0);
	}
	if (argc > optind + 1)
		return us_agent_refuse(NAME, argv[optind + 1], "is one ID too many");
	r.id = argv[optind];
	return run(&r);
}
