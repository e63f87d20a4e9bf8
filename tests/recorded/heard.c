/* heard.c - an answer as a program understands it */
#include "heard.h"

#define HEARD_MAX ((size_t)64 << 20)

void heard_init(struct heard *h)
{
	*h = (struct heard){ 0 };
	us_arena_init(&h->arena, HEARD_MAX);
	us_arena_init(&h->event, HEARD_MAX);
	us_buf_init(&h->text, HEARD_MAX);
	us_buf_init(&h->refusal, HEARD_MAX);
}

void heard_fini(struct heard *h)
{
	for (size_t i = 0; i < h->ncalls; i++)
		us_buf_fini(&h->calls[i].args);
	us_buf_fini(&h->text);
	us_buf_fini(&h->refusal);
	us_arena_fini(&h->event);
	us_arena_fini(&h->arena);
}

void heard_must(struct heard *h, bool holds, const char *rule)
{
	if (!holds && !h->broken)
		h->broken = rule;
}

struct heard_call *heard_add_call(struct heard *h, struct us_span id, struct us_span name)
{
	struct heard_call *c = us_arena_push(&h->arena, &h->calls, &h->ncalls, sizeof(*c));

	for (size_t i = 0; c && id.n && i + 1 < h->ncalls; i++)
		heard_must(h, !us_span_eq(h->calls[i].id, id), "no two calls have one id");
	if (!c)
		return NULL;
	c->id = us_arena_copy(&h->arena, id);
	c->name = us_arena_copy(&h->arena, name);
	us_buf_init(&c->args, HEARD_MAX);
	return c;
}

void heard_count(struct heard *h, const struct us_mock_json *usage, const char *path,
                 enum us_usage_bit bit, uint64_t *at)
{
	const struct us_mock_json *v = us_mock_json_at(usage, path);

	if (v && v->kind == US_MOCK_INT && us_span_u64(v->text, at))
		h->usage.known |= bit;
}

/* What is no object stands within one. */
void heard_object_args(struct us_buf *out, const struct us_block *call)
{
	if (call->args_kind == US_ARGS_EMPTY) {
		us_buf_add_str(out, "{}");
	} else if (call->args_kind == US_ARGS_OBJECT) {
		us_buf_add_span(out, us_span_trim(call->args));
	} else if (call->args_kind == US_ARGS_OTHER) {
		us_buf_add_str(out, "{\"value\":");
		us_buf_add_span(out, us_span_trim(call->args));
		us_buf_add_char(out, '}');
	} else {
		us_buf_add_str(out, "{\"INVALID_JSON\":");
		us_mock_json_quote(out, call->args);
		us_buf_add_char(out, '}');
	}
}

void heard_in_line(struct us_buf *args)
{
	for (size_t i = 0; i < args->n; i++)
		if (args->p[i] == '\n' || args->p[i] == '\r')
			args->p[i] = ' ';
}

void heard_expect_line(struct heard *h, const struct us_block *call)
{
	struct us_buf *args = &heard_add_call(h, us_span("", 0), call->name)->args;

	heard_object_args(args, call);
	heard_in_line(args);
}

/* "event: x" or "data: x": the value, and *rest behind the line. */
static bool take_field(struct us_span *rest, const char *field, struct us_span *value)
{
	size_t n = strlen(field);
	struct us_span after;

	if (!us_span_starts(*rest, field) || !memchr(rest->p, '\n', rest->n))
		return false;
	after = us_span(rest->p + n, rest->n - n);
	us_span_next(&after, '\n', value);
	*rest = after;
	return true;
}

bool heard_next(struct heard *h, struct us_span *rest, struct us_span *name, struct us_span *data)
{
	static const char comment[] = ": ping\n\n";
	bool good;

	*name = us_span("", 0);
	while (us_span_starts(*rest, comment))
		*rest = us_span(rest->p + strlen(comment), rest->n - strlen(comment));
	if (!rest->n || h->broken)
		return false;
	us_arena_clear(&h->event);
	heard_must(h, !h->done && !h->failed, "nothing comes after the end");
	take_field(rest, "event: ", name);
	good = take_field(rest, "data: ", data) && rest->n && rest->p[0] == '\n';
	heard_must(h, good, "an event is one line of data and an empty line");
	if (good)
		*rest = us_span(rest->p + 1, rest->n - 1);
	return !h->broken;
}

const struct us_mock_json *heard_object(struct heard *h, struct us_span data)
{
	struct us_mock_json_error error;
	bool lone;
	const struct us_mock_json *v = us_mock_json_parse(&h->event, data, &lone, &error);

	heard_must(h, v && v->kind == US_MOCK_OBJ, "data is a JSON object");
	return h->broken ? NULL : v;
}

/* Byte for byte; blanks around the value have no place in a document that holds it as JSON. */
static bool same_args(const struct heard_call *a, const struct heard_call *b)
{
	return us_span_eq(us_span_trim(us_buf_span(&a->args)), us_span_trim(us_buf_span(&b->args)));
}

static const char *calls_differ(const struct heard *a, const struct heard *b)
{
	if (a->ncalls != b->ncalls)
		return "how many calls there are";
	for (size_t i = 0; i < a->ncalls; i++) {
		const struct heard_call *x = &a->calls[i], *y = &b->calls[i];

		if (!us_span_eq(x->name, y->name))
			return "the name of a call";
		if (x->id.n && y->id.n && !us_span_eq(x->id, y->id))
			return "the id of a call";
		if (!same_args(x, y))
			return "the arguments of a call";
	}
	return NULL;
}

static const char *usage_differs(const struct us_usage *a, const struct us_usage *b)
{
	const struct {
		unsigned bit;
		bool same;
		const char *what;
	} counts[] = {
		{ US_USAGE_IN, a->in == b->in, "the count of input tokens" },
		{ US_USAGE_OUT, a->out == b->out, "the count of output tokens" },
		{ US_USAGE_CACHE_READ, a->cache_read == b->cache_read, "the cached tokens" },
		{ US_USAGE_CACHE_WRITE, a->cache_write == b->cache_write, "tokens to the cache" },
		{ US_USAGE_REASONING, a->reasoning == b->reasoning, "the tokens of reasoning" },
	};

	for (size_t i = 0; i < US_COUNT(counts); i++)
		if ((a->known & b->known & counts[i].bit) && !counts[i].same)
			return counts[i].what;
	return NULL;
}

const char *heard_differs(const struct heard *a, const struct heard *b)
{
	const char *in = calls_differ(a, b);

	if (in)
		return in;
	if (!us_span_eq(us_buf_span(&a->text), us_buf_span(&b->text)))
		return "the text";
	if (!us_span_eq(us_buf_span(&a->refusal), us_buf_span(&b->refusal)))
		return "the refusal";
	if (!us_span_eq(a->stop, b->stop))
		return "the stop reason";
	if (!us_span_eq(a->sequence, b->sequence))
		return "the stop sequence";
	if (a->id.n && b->id.n && !us_span_eq(a->id, b->id))
		return "the id";
	if (a->model.n && b->model.n && !us_span_eq(a->model, b->model))
		return "the model";
	return usage_differs(&a->usage, &b->usage);
}

static bool begins(const struct us_buf *part, const struct us_buf *all)
{
	return part->n <= all->n && us_span_eq(us_buf_span(part), us_span(all->p, part->n));
}

const char *heard_goes_beyond(const struct heard *part, const struct heard *all)
{
	if (!begins(&part->text, &all->text) || !begins(&part->refusal, &all->refusal))
		return "text";
	if (part->ncalls > all->ncalls)
		return "calls";
	for (size_t i = 0; i < part->ncalls; i++)
		if (!us_span_eq(part->calls[i].name, all->calls[i].name) ||
		    !begins(&part->calls[i].args, &all->calls[i].args))
			return "arguments";
	return NULL;
}

static const struct us_mock_json *find(const struct us_mock_json *v, struct us_span name)
{
	const struct us_mock_json *found = NULL;

	for (const struct us_mock_json *m = v && v->kind == US_MOCK_OBJ ? v->first : NULL; m;
	     m = m->next)
		if (us_span_eq(m->key, name))
			found = m;
	return found;
}

const struct us_mock_json *json_member(const struct us_mock_json *v, const char *name)
{
	return find(v, us_span_of(name));
}

bool json_is_null(const struct us_mock_json *v, const char *name)
{
	const struct us_mock_json *m = json_member(v, name);

	return m && m->kind == US_MOCK_NULL;
}

bool json_only(const struct us_mock_json *v, const char *names)
{
	struct us_span rest = us_span_of(names), name;
	size_t n = 0;

	for (; us_span_next(&rest, ' ', &name); n++)
		if (!find(v, name))
			return false;
	return v && v->count == n;
}

bool json_says(const struct us_mock_json *v, const char *name, const char *text)
{
	return us_mock_json_is(json_member(v, name), text);
}

bool json_counts(const struct us_mock_json *v, const char *name)
{
	const struct us_mock_json *m = json_member(v, name);

	return m && m->kind == US_MOCK_INT && m->number >= 0;
}
