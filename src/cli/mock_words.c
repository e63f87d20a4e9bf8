/* mock_words.c - how a provider words what is wrong with a request
 *
 * Tests of ours compare these sentences with nothing: they are for people. But programs exist that
 * look for pieces of them, and a rehearsal should trip over the same stones.
 */
#include "cli/mock_words.h"

#include "cli/mock_check.h"

#define MESSAGE_MAX ((size_t)1 << 20)
#define VALUE_SHOWN 200

/* One of `count` words of a list, with what stands before it. */
static void put_listed(struct us_buf *b, const struct us_mock_wording *w, struct us_span word,
                       size_t i, size_t count)
{
	if (i)
		us_buf_add_str(b, i + 1 < count ? ", " : w->last_word);
	us_buf_addf(b, "'%.*s'", (int)word.n, word.p);
}

/* The words of the rule, or the tags of its shape. */
static void put_words(struct us_buf *b, const struct us_mock_wording *w,
                      const struct us_mock_rule *r)
{
	struct us_span rest = us_span_of(r->words), word;
	size_t count = 1;

	for (size_t i = 0; i < rest.n; i++)
		count += rest.p[i] == '|';
	for (size_t i = 0; r->words && us_span_next(&rest, '|', &word); i++)
		put_listed(b, w, word, i, count);
	if (r->words || !r->shape)
		return;
	for (size_t i = 0; i < r->shape->count; i++)
		put_listed(b, w, us_span_of(r->shape->variants[i].tag), i, r->shape->count);
}

/* An integer is a number too: the wider name wins. */
static void put_kinds(struct us_buf *b, const struct us_mock_wording *w, unsigned kinds)
{
	size_t n = b->n;

	if (kinds & US_MOCK_NUM)
		kinds &= ~(unsigned)US_MOCK_INT;
	if (kinds != US_MOCK_NULL)
		kinds &= ~(unsigned)US_MOCK_NULL;
	for (size_t i = 0; i < US_COUNT(w->kinds); i++) {
		if (!(kinds & 1u << i))
			continue;
		us_buf_add_str(b, b->n > n ? " or " : "");
		us_buf_add_str(b, w->kinds[i]);
	}
}

/* The beginning of it is enough. */
static void put_value(struct us_buf *b, const struct us_mock_json *v)
{
	size_t n = !v ? 0 : v->text.n < VALUE_SHOWN ? v->text.n : VALUE_SHOWN;

	while (n && v && n < v->text.n && ((unsigned char)v->text.p[n] & 0xC0) == 0x80)
		n--;
	us_buf_add(b, v ? v->text.p : "", n);
}

static void put_limit(struct us_buf *b, long long limit) { us_buf_addf(b, "%lld", limit); }

static const char *pattern(const struct us_mock_rule *r)
{
	switch (r->chars) {
	case US_MOCK_NAME:
		return "^[a-zA-Z0-9_-]+$";
	case US_MOCK_PERSON:
		return "^[^\\s<|\\\\/>]+$";
	case US_MOCK_BASE64:
		return "base64";
	case US_MOCK_HTTPS:
		return "https://";
	default:
		return "";
	}
}

/* One letter of a template; they are listed in the header. */
static void put_fact(struct us_buf *b, const struct us_mock_wording *w, char letter,
                     const struct us_mock_facts *f)
{
	static const struct us_mock_rule no_rule;
	const struct us_mock_rule *r = f->rule ? f->rule : &no_rule;

	switch (letter) {
	case 'p':
		us_mock_place(b, f->at, w->brackets);
		break;
	case 'o':
		us_mock_place(b, f->at->up, w->brackets);
		break;
	case 't':
		us_buf_add_span(b, f->at->name);
		break;
	case 'l':
		put_limit(b, r->low);
		break;
	case 'h':
		put_limit(b, r->high);
		break;
	case 'w':
		put_words(b, w, r);
		break;
	case 'v':
		put_value(b, f->value);
		break;
	case 'n':
		us_buf_addf(b, "%zu",
		            f->value->kind == US_MOCK_STR ? us_mock_characters(f->value->text)
		                                          : f->value->count);
		break;
	case 'm':
		us_buf_addf(b, "%zu", r->max_len);
		break;
	case 'e':
		put_kinds(b, w, r->kinds);
		break;
	case 'g':
		put_kinds(b, w, f->value->kind);
		break;
	case 'k':
		us_buf_add_str(b, r->kinds & US_MOCK_NUM ? "decimal" : "integer");
		break;
	case 'c':
		us_buf_add_str(b, pattern(r));
		break;
	default:
		us_buf_add_span(b, f->said);
		break;
	}
}

/* Fills in a template. */
static struct us_span expand(const struct us_mock_wording *w, const char *template,
                             const struct us_mock_facts *facts, struct us_arena *arena)
{
	struct us_buf b;

	us_buf_init(&b, MESSAGE_MAX);
	for (const char *p = template; *p; p++) {
		if (p[0] == '%' && p[1])
			put_fact(&b, w, *++p, facts);
		else
			us_buf_add_char(&b, *p);
	}
	return us_mock_keep(arena, &b);
}

void us_mock_words_refuse(struct us_mock_refusal *r, const struct us_mock_wording *w,
                          const struct us_mock_word *word, const struct us_mock_facts *facts,
                          struct us_arena *arena)
{
	if (r->status)
		return;
	r->status = word->status;
	r->type = us_span_of(word->type);
	r->message = expand(w, word->message, facts, arena);
	/* Without a code OpenAI names no parameter either. */
	if (word->code)
		r->code = expand(w, word->code, facts, arena);
	if (w->params && facts->at && word->code)
		r->param = us_mock_place_text(facts->at, w->brackets, arena);
}

const struct us_mock_word *us_mock_words_trouble(const struct us_mock_wording *w, unsigned status,
                                                 struct us_span code)
{
	const struct us_mock_word *t = w->troubles, *end = t + w->trouble_count - 1;

	for (; code.p && t < end; t++)
		if (t->code && us_span_is(code, t->code))
			return t;
	for (t = w->troubles; t < end; t++)
		if (t->status == status)
			return t;
	return end;
}
