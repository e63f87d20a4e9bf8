/* hubs.c - requests by chance, in the language of none of the providers */
#include "hubs.h"

#include "base/err.h"

#define PNG                                                                                        \
	"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E" \
	"rkJggg=="
#define PDF "JVBERi0xLjQKJSVFT0YK"
#define WAV "UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA="
#define IDS_MAX 64
#define TEXT(literal)                                                                              \
	{                                                                                          \
		literal, sizeof(literal) - 1                                                       \
	} /* in a table */

struct maker {
	struct us_rand *chance;
	struct us_arena *a;
	struct us_block open[IDS_MAX]; /* calls without a result so far */
	size_t nopen;
	unsigned calls;
};

static unsigned upto(struct maker *m, unsigned n)
{
	return (unsigned)us_rand_between(m->chance, 0, n - 1);
}

static bool may(struct maker *m, unsigned in) { return !upto(m, in); }

#define ONE_OF(m, list) us_span_of((list)[upto(m, (unsigned)US_COUNT(list))])

static struct us_span any_text(struct maker *m)
{
	static const char *const texts[] = { "Hello.",
		                             "",
		                             " \n",
		                             "Tell me more about it.",
		                             "caf\xc3\xa9 \xf0\x9f\x98\x80 \"q\" \\ \t\x01",
		                             "ends in blanks  ",
		                             "x-anthropic-billing-header: cc_version=2" };

	return ONE_OF(m, texts);
}

static struct us_span any_name(struct maker *m)
{
	static const char *const names[] = {
		"look_up",
		"run",
		"mcp.server/tool name",
		"get-weather",
		"2nd",
		"a_name_that_is_longer_than_sixty_four_characters_as_some_servers_make_them_up",
	};

	return ONE_OF(m, names);
}

static struct us_span any_id(struct maker *m)
{
	static const char *const before[] = {
		"call_",
		"toolu_01",
		"functions.f:",
		"",
		"an_id_that_OpenAI_refuses_because_it_is_beyond_sixty_four_characters_",
	};

	if (may(m, 8))
		return US_SPAN("the_same");
	return us_arena_printf(m->a, "%s%u", before[upto(m, US_COUNT(before))], ++m->calls);
}

/* --- blocks ---------------------------------------------------------------------------------- */

static struct us_block text_block(struct maker *m)
{
	return (struct us_block){ .kind = US_TEXT, .text = any_text(m) };
}

static struct us_block image(struct maker *m)
{
	static const struct us_block images[] = {
		{ .media = US_MEDIA_BASE64, .data = TEXT(PNG), .mime = TEXT("image/png") },
		{ .media = US_MEDIA_BASE64, .data = TEXT("Qk0="), .mime = TEXT("image/bmp") },
		{ .media = US_MEDIA_URL, .data = TEXT("https://example.com/a.png") },
		{ .media = US_MEDIA_URL, .data = TEXT("http://10.0.0.1/a.png") },
	};
	static const char *const details[] = { "low", "high", "auto" };
	struct us_block b = images[upto(m, US_COUNT(images))];

	b.kind = US_IMAGE;
	if (may(m, 2))
		b.detail = ONE_OF(m, details);
	return b;
}

static struct us_block document(struct maker *m)
{
	static const struct us_block documents[] = {
		{ .media = US_MEDIA_BASE64, .data = TEXT(PDF), .mime = TEXT("application/pdf") },
		{ .media = US_MEDIA_TEXT, .text = TEXT("A page.") },
		{ .media = US_MEDIA_URL, .data = TEXT("https://example.com/a.pdf") },
	};
	struct us_block b = documents[upto(m, US_COUNT(documents))];

	b.kind = US_DOC;
	b.cite = may(m, 3);
	if (may(m, 2))
		b.title = US_SPAN("a.pdf");
	return b;
}

static struct us_block sound(struct maker *m)
{
	return (struct us_block){ .kind = US_AUDIO,
		                  .media = US_MEDIA_BASE64,
		                  .data = US_SPAN(WAV),
		                  .mime = US_SPAN("wav") };
}

static struct us_block thought(struct maker *m)
{
	struct us_block b = { .kind = US_THINK, .text = US_SPAN("Hm.") };

	if (may(m, 2))
		b.sig = US_SPAN("c2lnbmF0dXJl");
	if (may(m, 4))
		b.text = us_span(NULL, 0); /* redacted */
	return b;
}

static struct us_block call(struct maker *m)
{
	static const char *const all[] = {
		"{}", "{\"id\": 9007199254740993}", "", "null", "[1]", "{\"a\":", "prose"
	};
	struct us_block b = { .kind = US_TOOL_CALL, .id = any_id(m), .name = any_name(m) };

	b.args = ONE_OF(m, all);
	b.args_kind = us_args_kind(b.args);
	if (m->nopen < IDS_MAX)
		m->open[m->nopen++] = b;
	return b;
}

static struct us_block *list_of(struct maker *m, size_t n)
{
	return us_arena_array(m->a, n, sizeof(struct us_block));
}

/* Of the last call without one, or of nothing that was called. */
static struct us_block result(struct maker *m)
{
	struct us_block b = { .kind = US_TOOL_RESULT, .id = US_SPAN("nobody_called") };

	if (m->nopen && !may(m, 10))
		b.id = m->open[--m->nopen].id;
	b.is_error = may(m, 4) ? US_YES : US_UNSET;
	b.nblocks = upto(m, 3);
	b.blocks = list_of(m, b.nblocks);
	for (size_t i = 0; b.blocks && i < b.nblocks; i++)
		b.blocks[i] = may(m, 4) ? image(m) : text_block(m);
	if (!b.blocks)
		b.nblocks = 0;
	return b;
}

static struct us_block of_user(struct maker *m)
{
	switch (upto(m, 8)) {
	case 0:
		return image(m);
	case 1:
		return document(m);
	case 2:
		return may(m, 3) ? sound(m) : text_block(m);
	default:
		return text_block(m);
	}
}

static struct us_block of_assistant(struct maker *m)
{
	switch (upto(m, 8)) {
	case 0:
		return thought(m);
	case 1:
		return (struct us_block){ .kind = US_REFUSAL, .text = US_SPAN("No.") };
	case 2:
	case 3:
	case 4:
		return call(m);
	default:
		return text_block(m);
	}
}

static void add_turn(struct maker *m, struct us_req *r, enum us_role role)
{
	struct us_turn *t = us_arena_push(m->a, &r->turns, &r->nturns, sizeof(*t));
	size_t results = role == US_ROLE_USER ? m->nopen : 0;
	size_t n = 1 + upto(m, 3) + results;

	if (!t)
		return;
	*t = (struct us_turn){ .role = role, .blocks = list_of(m, n) };
	for (; t->blocks && t->nblocks < n; t->nblocks++)
		t->blocks[t->nblocks] = t->nblocks < results        ? result(m)
		                        : role == US_ROLE_USER      ? of_user(m)
		                        : role == US_ROLE_ASSISTANT ? of_assistant(m)
		                                                    : text_block(m);
}

/* --- what is about the answer ---------------------------------------------------------------- */

static void add_tools(struct maker *m, struct us_req *r)
{
	static const char *const schemas[] = {
		"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}},\"required\":"
		"[\"a\"],\"additionalProperties\":false}",
		"{ \"type\": \"object\", \"properties\": {} }",
		"{\"properties\":{\"a\":{\"type\":[\"string\",\"null\"]},\"b\":{}}}",
		"{}",
	};

	for (unsigned n = upto(m, 4); n; n--) {
		struct us_tool *t = us_arena_push(m->a, &r->tools, &r->ntools, sizeof(*t));

		if (!t)
			return;
		*t = (struct us_tool){ .name = any_name(m), .strict = (enum us_tri)upto(m, 3) };
		for (size_t i = 0; i + 1 < r->ntools; i++)
			if (us_span_eq(r->tools[i].name, t->name))
				t->name = us_arena_printf(m->a, "other_%u", n); /* names differ */
		if (!may(m, 4))
			t->schema = ONE_OF(m, schemas);
		if (may(m, 2))
			t->description = US_SPAN("Does it.");
	}
}

static void choose(struct maker *m, struct us_req *r)
{
	enum us_choice choice = (enum us_choice)upto(m, US_CHOICE_ALLOWED + 1);

	if (!r->ntools)
		return;
	r->choice = choice;
	if (choice == US_CHOICE_NAMED)
		r->choice_name = r->tools[0].name;
	if (choice == US_CHOICE_ALLOWED) {
		r->allowed = &r->tools[0].name;
		r->nallowed = 1;
		r->allowed_required = may(m, 2);
	}
	r->parallel_tools = (enum us_tri)upto(m, 3);
}

static struct us_num number(const char *text, double v)
{
	return (struct us_num){ us_span_of(text), v };
}

static void sample(struct maker *m, struct us_req *r)
{
	static struct us_span stops[] = { { "END", 3 }, { "\n", 1 }, { "a", 1 },
		                          { "b", 1 },   { "c", 1 },  { "d", 1 } };

	if (may(m, 3))
		r->temperature = may(m, 2) ? number("0.7", 0.7) : number("1.50", 1.5);
	if (may(m, 4))
		r->top_p = number("0.9", 0.9);
	if (may(m, 6))
		r->top_k = number("40", 40);
	if (may(m, 6))
		r->seed = number("42", 42);
	if (may(m, 6))
		r->frequency_penalty = number("-1.5", -1.5);
	if (may(m, 3)) {
		r->stop = stops;
		r->nstop = 1 + upto(m, US_COUNT(stops));
	}
	r->max_out_set = may(m, 2);
	r->max_out = may(m, 4) ? 65000 : 16 + upto(m, 5000);
}

static void wish(struct maker *m, struct us_req *r)
{
	static const char *const efforts[] = {
		"none", "minimal", "low", "medium", "high", "xhigh"
	};

	r->stream = (enum us_tri)upto(m, 3);
	r->stream_usage = r->stream == US_YES && may(m, 2);
	if (may(m, 3))
		r->format = (enum us_format)upto(m, US_FORMAT_JSON_SCHEMA + 1);
	if (r->format == US_FORMAT_JSON_SCHEMA) {
		r->format_name = US_SPAN("answer");
		r->format_strict = (enum us_tri)upto(m, 3);
		r->format_schema = US_SPAN("{\"type\":\"object\",\"properties\":{\"n\":{\"type\":"
		                           "\"integer\"}},\"required\":[\"n\"],"
		                           "\"additionalProperties\":false}");
	}
	if (may(m, 3))
		r->reason = (enum us_reason)upto(m, US_REASON_EFFORT + 1);
	if (r->reason == US_REASON_BUDGET)
		r->reason_budget = 1024 + upto(m, 8000);
	if (r->reason == US_REASON_EFFORT)
		r->effort = ONE_OF(m, efforts);
	if (may(m, 5))
		r->user_id = US_SPAN("user-7");
	if (may(m, 5))
		r->verbosity = US_SPAN("low");
}

void hub_by_chance(struct us_rand *chance, struct us_arena *a, struct us_req *out)
{
	struct maker m = { .chance = chance, .a = a };

	*out = (struct us_req){ .model = US_SPAN("a-model") };
	if (may(&m, 2))
		add_turn(&m, out, may(&m, 2) ? US_ROLE_SYSTEM : US_ROLE_DEVELOPER);
	if (!may(&m, 8))
		add_turn(&m, out, US_ROLE_USER);
	for (unsigned n = upto(&m, 6); n; n--) {
		add_turn(&m, out, may(&m, 5) ? US_ROLE_USER : US_ROLE_ASSISTANT);
		add_turn(&m, out, may(&m, 8) ? US_ROLE_SYSTEM : US_ROLE_USER);
	}
	if (!out->nturns || may(&m, 8))
		add_turn(&m, out, US_ROLE_ASSISTANT); /* which the program began itself */
	add_tools(&m, out);
	choose(&m, out);
	sample(&m, out);
	wish(&m, out);
}
