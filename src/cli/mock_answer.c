/* mock_answer.c - what the mock says, in no provider's language
 *
 * A token is a word with the blanks before it. Counting and cutting by words makes max_tokens, the
 * usage and the number of events plain to see in a test.
 */
#include "cli/mock_answer.h"

#define TOKEN_MAX 24
#define INSTANCE_DEPTH_MAX 32
#define TEXT_MAX ((size_t)64 << 20)

static bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

/* The first half of a surrogate pair, in WTF-8. */
static bool is_high_half(const char *p, size_t n)
{
	return n >= 3 && (unsigned char)p[0] == 0xED && ((unsigned char)p[1] & 0xF0) == 0xA0;
}

bool us_mock_token(struct us_span *rest, struct us_span *token)
{
	size_t n = 0;
	bool word = false;

	while (n < rest->n && (!word || !is_blank(rest->p[n]))) {
		bool half = is_high_half(rest->p + n, rest->n - n);

		word |= !is_blank(rest->p[n]);
		for (n++; n < rest->n && ((unsigned char)rest->p[n] & 0xC0) == 0x80;)
			n++;
		if (half || n >= TOKEN_MAX)
			break;
	}
	*token = us_span(rest->p, n);
	*rest = us_span(rest->p + n, rest->n - n);
	return n > 0;
}

static size_t count_tokens(struct us_span text)
{
	struct us_span token;
	size_t n = 0;

	while (us_mock_token(&text, &token))
		n++;
	return n;
}

/* The end of the JSON value at the start of s, by its brackets; all of s if they never close. */
static size_t value_length(struct us_span s)
{
	size_t depth = 0;
	bool text = false;

	for (size_t i = 0; i < s.n; i++) {
		if (text && s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			text = !text;
		else if (!text && (s.p[i] == '{' || s.p[i] == '['))
			depth++;
		else if (!text && (s.p[i] == '}' || s.p[i] == ']') && --depth == 0)
			return i + 1;
	}
	return s.n;
}

/* Finds the next "call NAME with ARGUMENTS" in *rest and steps behind it. */
static bool find_call(struct us_span *rest, struct us_mock_call *call)
{
	static const char nothing[] = "nothing";
	const char *at;

	while (rest->n && (at = memmem(rest->p, rest->n, "call ", 5))) {
		struct us_span s = us_span(at + 5, rest->n - (size_t)(at + 5 - rest->p));

		*rest = s;
		if (!us_span_next(&s, ' ', &call->name) || !call->name.n ||
		    !us_span_starts(s, "with "))
			continue;
		s = us_span(s.p + 5, s.n - 5);
		if (us_span_starts(s, nothing))
			call->arguments = us_span(s.p, 0);
		else if (us_span_starts(s, "{"))
			call->arguments = us_span(s.p, value_length(s));
		else
			continue;
		*rest = us_span(s.p + call->arguments.n, s.n - call->arguments.n);
		return true;
	}
	return false;
}

/* Without memory the call is missing; the arena remembers, and the reply becomes an error. */
static void add_call(struct us_mock_answer *a, struct us_mock_call call, struct us_arena *arena)
{
	struct us_mock_call *c = us_arena_push(arena, &a->calls, &a->call_count, sizeof(*c));

	if (c)
		*c = call;
}

/* The calls the user asks for, or the one the request insists on. */
static void find_calls(struct us_mock_answer *a, const struct us_mock_ask *ask,
                       struct us_arena *arena)
{
	for (size_t i = 0; ask->may_call && i < ask->text_count; i++) {
		struct us_span rest = ask->texts[i];
		struct us_mock_call call;

		while ((!ask->one_call || !a->call_count) && find_call(&rest, &call))
			add_call(a, call, arena);
	}
	if (!a->call_count && ask->must_call.p)
		add_call(a, (struct us_mock_call){ ask->must_call, US_SPAN("{}") }, arena);
}

/* A call is a token and one more for every four bytes; where the limit falls, it breaks off. */
static void limit_calls(struct us_mock_answer *a, uint64_t max)
{
	uint64_t left = max;

	for (size_t i = 0; i < a->call_count; i++) {
		struct us_span *args = &a->calls[i].arguments;
		uint64_t cost = 1 + args->n / 4;

		if (cost > left) {
			args->n = left ? (size_t)(left - 1) * 4 : 0;
			while (args->n && ((unsigned char)args->p[args->n] & 0xC0) == 0x80)
				args->n--;
			a->call_count = i + (left > 0);
			a->stop = US_MOCK_LENGTH;
			cost = left;
		}
		a->tokens += cost;
		left -= cost;
	}
}

/* What the last text with "repeat: " wants to hear. */
static struct us_span repeated(const struct us_mock_ask *ask)
{
	static const char word[] = "repeat: ";

	for (size_t i = ask->text_count; i > 0; i--) {
		struct us_span t = ask->texts[i - 1];
		const char *at = t.n ? memmem(t.p, t.n, word, sizeof(word) - 1) : NULL;

		if (at)
			return us_span(at + sizeof(word) - 1,
			               t.n - (size_t)(at - t.p) - (sizeof(word) - 1));
	}
	return us_span(NULL, 0);
}

/* Quoting proves to a test that the results arrived, in order and whole. */
static void quote_results(struct us_buf *b, const struct us_mock_ask *ask)
{
	for (size_t i = 0; i < ask->result_count; i++) {
		us_buf_add_str(b, i ? " And then: " : "The tool said: ");
		us_buf_add_str(b, ask->results[i].error ? "(error) " : "");
		us_buf_add_span(b, ask->results[i].text);
	}
}

static void instance(struct us_buf *b, const struct us_mock_json *schema, unsigned depth);

static void object_instance(struct us_buf *b, const struct us_mock_json *schema, unsigned depth)
{
	const struct us_mock_json *properties = us_mock_json_get(schema, "properties");

	us_buf_add_char(b, '{');
	for (const struct us_mock_json *p = properties ? properties->first : NULL; p; p = p->next) {
		us_buf_add_str(b, p == properties->first ? "" : ",");
		us_mock_json_quote(b, p->key);
		us_buf_add_char(b, ':');
		instance(b, p, depth + 1);
	}
	us_buf_add_char(b, '}');
}

/* A source span of JSON, or of the decoded string that has to be quoted again. */
static void copy_value(struct us_buf *b, const struct us_mock_json *v)
{
	if (v->kind == US_MOCK_STR)
		us_mock_json_quote(b, v->text);
	else
		us_buf_add_span(b, v->text);
}

/* A small value that fits the schema, as far as types, enums and constants go. */
static void instance(struct us_buf *b, const struct us_mock_json *schema, unsigned depth)
{
	static const struct {
		const char *type;
		const char *value;
	} samples[] = { { "string", "\"mock\"" }, { "integer", "1" }, { "number", "1.5" },
		        { "boolean", "true" },    { "array", "[]" },  { "null", "null" } };
	const struct us_mock_json *type = us_mock_json_get(schema, "type");
	const struct us_mock_json *given = us_mock_json_get(schema, "const");
	const struct us_mock_json *values = us_mock_json_get(schema, "enum");
	const struct us_mock_json *any = us_mock_json_get(schema, "anyOf");

	if (type && type->kind == US_MOCK_ARR)
		type = type->first;
	if (given || (values && values->first)) {
		copy_value(b, given ? given : values->first);
		return;
	}
	if (any && any->first && depth < INSTANCE_DEPTH_MAX) {
		instance(b, any->first, depth + 1);
		return;
	}
	for (size_t i = 0; i < US_COUNT(samples); i++)
		if (us_mock_json_is(type, samples[i].type)) {
			us_buf_add_str(b, samples[i].value);
			return;
		}
	if (depth < INSTANCE_DEPTH_MAX)
		object_instance(b, schema, depth);
	else
		us_buf_add_str(b, "{}");
}

/* Numbered, so that a word lost or said twice can be seen. */
static void put_words(struct us_buf *b, uint64_t n)
{
	for (uint64_t i = 1; i <= n; i++)
		us_buf_addf(b, i > 1 ? " w%llu" : "w%llu", (unsigned long long)i);
}

/* What is said when the question does not steer. */
static void usual(struct us_buf *b, const struct us_mock_ask *ask,
                  const struct us_mock_manner *manner)
{
	const char *name = manner->name;

	if (ask->json && us_mock_json_get(ask->shape, "properties"))
		instance(b, ask->shape, 0);
	else if (ask->json)
		us_buf_addf(b, "{\"answer\":\"Hello from %s.\"}", name);
	else if (manner->answer)
		us_buf_add_str(b, manner->answer);
	else if (manner->words)
		put_words(b, manner->words);
	else
		us_buf_addf(b, "Hello from %s.", name);
}

/* Cuts the text before the first stop sequence in it. */
static void obey_stops(struct us_mock_answer *a, const struct us_mock_ask *ask)
{
	for (size_t i = 0; i < ask->stop_count; i++) {
		struct us_span stop = ask->stops[i];
		const char *at =
			a->text.n && stop.n ? memmem(a->text.p, a->text.n, stop.p, stop.n) : NULL;

		if (!at)
			continue;
		a->text.n = (size_t)(at - a->text.p);
		a->stop = US_MOCK_STOP;
		a->stop_sequence = stop;
	}
}

/* Cuts the text after max tokens. A limit hit after a stop sequence was found is the reason. */
static void obey_limit(struct us_mock_answer *a, uint64_t max)
{
	struct us_span rest = a->text, token;
	size_t n = 0;

	while (n < max && us_mock_token(&rest, &token))
		n++;
	if (rest.n) {
		a->text.n -= rest.n;
		a->stop = US_MOCK_LENGTH;
		a->stop_sequence = us_span(NULL, 0);
	}
	a->tokens += n;
}

/* Every four-byte character becomes two surrogates of three bytes, which no encoder of ours would
 * write but a server that cuts its output in the wrong place does. */
static struct us_span in_halves(struct us_span s, struct us_arena *arena)
{
	unsigned char *out = us_arena_alloc(arena, s.n * 2 + 1);
	size_t n = 0;

	for (size_t i = 0; out && i < s.n; i++) {
		const unsigned char *p = (const unsigned char *)s.p + i;
		unsigned c, half[2];

		if (p[0] < 0xF0 || i + 3 >= s.n) {
			out[n++] = p[0];
			continue;
		}
		c = ((p[0] & 7u) << 18 | (p[1] & 63u) << 12 | (p[2] & 63u) << 6 | (p[3] & 63u)) -
		    0x10000;
		half[0] = 0xD800 + (c >> 10);
		half[1] = 0xDC00 + (c & 0x3FF);
		for (size_t h = 0; h < 2; h++) {
			out[n++] = 0xED;
			out[n++] = (unsigned char)(0x80 | (half[h] >> 6 & 63));
			out[n++] = (unsigned char)(0x80 | (half[h] & 63));
		}
		i += 3;
	}
	return out ? us_span((char *)out, n) : s;
}

/* The words of a question that asks to go on behind what it quotes. */
static struct us_span quoted(const struct us_mock_ask *ask)
{
	struct us_span t = ask->text_count ? ask->texts[ask->text_count - 1] : us_span(NULL, 0);
	const char *from = t.n ? memmem(t.p, t.n, "the text: \xc2\xab", 12) : NULL, *to = NULL;

	if (from)
		to = memmem(from, t.n - (size_t)(from - t.p), "\xc2\xbb. Continue", 12);
	return to ? us_span(from + 12, (size_t)(to - from) - 12) : us_span(NULL, 0);
}

/* What is left to say of a text that was begun. */
static struct us_span go_on(const struct us_mock_ask *ask, struct us_span text)
{
	struct us_span words = quoted(ask);
	const char *at = words.n && text.n ? memmem(text.p, text.n, words.p, words.n) : NULL;
	size_t said = at ? (size_t)(at - text.p) + words.n : 0;

	if (ask->begun.n && ask->begun.n <= text.n &&
	    memcmp(ask->begun.p, text.p, ask->begun.n) == 0)
		said = ask->begun.n;
	return us_span(text.p + said, text.n - said);
}

static struct us_span say(const struct us_mock_ask *ask, const struct us_mock_manner *manner,
                          struct us_arena *arena)
{
	struct us_span text = repeated(ask);
	struct us_buf b;

	if (!text.p) {
		us_buf_init(&b, TEXT_MAX);
		quote_results(&b, ask);
		if (!b.n)
			usual(&b, ask, manner);
		text = us_mock_keep(arena, &b);
	}
	text = go_on(ask, text);
	return manner->halves ? in_halves(text, arena) : text;
}

void us_mock_answer(struct us_mock_answer *a, const struct us_mock_ask *ask,
                    const struct us_mock_manner *manner, struct us_arena *arena)
{
	*a = (struct us_mock_answer){ .stop = US_MOCK_END };
	if (ask->think) {
		a->thought = US_SPAN("The user asks, and I am a mock. I answer.");
		a->tokens = a->thought_tokens = count_tokens(a->thought);
	}
	find_calls(a, ask, arena);
	if (a->call_count) {
		a->stop = US_MOCK_TOOL;
		limit_calls(a, ask->max_tokens);
		return;
	}
	a->text = say(ask, manner, arena);
	obey_stops(a, ask);
	obey_limit(a, ask->max_tokens);
}
