/* mock_check.c - the walk over the tables of what a request may contain
 *
 * The walk goes down the request and the tables together and stops at the first thing that is
 * wrong: providers report one error too, and their clients are written for one. Required members
 * come before unknown ones, because that is what the recorded refusals show.
 */
#include "cli/mock_check.h"

int us_mock_check_refuse(struct us_mock_check *c, const char *code, const char *param,
                         struct us_span message)
{
	if (!c->refusal->status)
		*c->refusal = (struct us_mock_refusal){
			.status = 400,
			.type = US_SPAN("invalid_request_error"),
			.code = us_span_of(code),
			.param = us_span_of(param),
			.message = message,
		};
	return US_EINVAL;
}

struct us_span us_mock_check_place(const struct us_mock_check *c, const struct us_mock_path *at)
{
	return us_mock_place_text(at, c->wording->brackets, c->arena);
}

/* Refuses in the words the dialect has for it. */
static int complain(struct us_mock_check *c, enum us_mock_wrong wrong,
                    const struct us_mock_path *at, const struct us_mock_rule *rule,
                    const struct us_mock_json *v)
{
	struct us_mock_facts facts = { .at = at, .rule = rule, .value = v };

	us_mock_words_refuse(c->refusal, c->wording, &c->wording->wrongs[wrong], &facts, c->arena);
	return US_EINVAL;
}

static bool is_alnum(unsigned char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static bool is_name(unsigned char c) { return is_alnum(c) || c == '_' || c == '-'; }

/* OpenAI's ^[^\s<|\\/>]+$ */
static bool is_person(unsigned char c) { return c > ' ' && !strchr("<|\\/>", c); }

/* An empty string does not fit: no name is empty. */
static bool all(struct us_span s, bool (*fits)(unsigned char))
{
	for (size_t i = 0; i < s.n; i++)
		if (!fits((unsigned char)s.p[i]))
			return false;
	return s.n > 0;
}

bool us_mock_check_base64(struct us_span s)
{
	size_t pad = us_span_ends(s, "==") ? 2 : us_span_ends(s, "=") ? 1 : 0;

	for (size_t i = 0; i + pad < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (!is_alnum(c) && c != '+' && c != '/')
			return false;
	}
	return s.n && s.n % 4 == 0;
}

static bool fits(enum us_mock_chars chars, struct us_span s)
{
	switch (chars) {
	case US_MOCK_NAME:
		return all(s, is_name);
	case US_MOCK_PERSON:
		return all(s, is_person);
	case US_MOCK_BASE64:
		return us_mock_check_base64(s);
	case US_MOCK_HTTPS:
		return us_span_starts(s, "https://") && s.n > 8;
	default:
		return true;
	}
}

static int check_text(struct us_mock_check *c, const struct us_mock_path *at,
                      const struct us_mock_json *v, const struct us_mock_rule *r)
{
	if (r->words && !us_mock_among(r->words, v->text))
		return complain(c, US_MOCK_WORD, at, r, v);
	if (r->max_len && us_mock_characters(v->text) > r->max_len)
		return complain(c, US_MOCK_TEXT_LONG, at, r, v);
	if (!fits(r->chars, v->text))
		return complain(c, US_MOCK_TEXT_CHARS, at, r, v);
	return 0;
}

/* The rule of a list is the rule of its elements, but for the kind. */
static int check_elements(struct us_mock_check *c, const struct us_mock_path *at,
                          const struct us_mock_json *v, const struct us_mock_rule *r)
{
	struct us_mock_rule element = *r;
	struct us_mock_path here = { .up = at };
	int rc = 0;

	element.kinds = r->elements ? r->elements : US_MOCK_OBJ;
	for (const struct us_mock_json *e = v->first; !rc && e; e = e->next, here.index++) {
		if (!(e->kind & element.kinds))
			rc = complain(c, US_MOCK_TYPE, &here, &element, e);
		else if (e->kind == US_MOCK_STR)
			rc = check_text(c, &here, e, &element);
		else if (e->kind == US_MOCK_OBJ && r->shape)
			rc = us_mock_check_object(c, &here, e, r->shape);
	}
	return rc;
}

/* Kind, limits, then what is inside. */
static int check_value(struct us_mock_check *c, const struct us_mock_path *at,
                       const struct us_mock_json *v, const struct us_mock_rule *r)
{
	bool array = v->kind == US_MOCK_ARR, number = v->kind & (US_MOCK_INT | US_MOCK_NUM);
	double size = array ? (double)v->count : v->number;

	if (!(v->kind & r->kinds))
		return complain(c, US_MOCK_TYPE, at, r, v);
	if ((array || number) && (r->low || r->high)) {
		if (size < (double)r->low)
			return complain(c, array ? US_MOCK_SHORT : US_MOCK_LOW, at, r, v);
		if (size > (double)r->high)
			return complain(c, array ? US_MOCK_LONG : US_MOCK_HIGH, at, r, v);
	}
	if (array)
		return check_elements(c, at, v, r);
	if (v->kind == US_MOCK_STR)
		return check_text(c, at, v, r);
	return v->kind == US_MOCK_OBJ && r->shape ? us_mock_check_object(c, at, v, r->shape) : 0;
}

static const struct us_mock_rule *rule_for(const struct us_mock_variant *variant,
                                           struct us_span name)
{
	for (size_t i = 0; i < variant->count; i++)
		if (us_span_is(name, variant->rules[i].name))
			return &variant->rules[i];
	return NULL;
}

/* Parsers take one of two members of the same name, and nobody knows which. No real client writes
 * this; a translator that does has lost count, so the mock is stricter here than the providers. */
static bool appears_before(const struct us_mock_json *object, const struct us_mock_json *m)
{
	const struct us_mock_json *other = object->first;

	while (other != m && !us_span_eq(other->key, m->key))
		other = other->next;
	return other != m;
}

/* The tag has no rule: whoever selected the variant has checked it. */
static int check_members(struct us_mock_check *c, const struct us_mock_path *at,
                         const struct us_mock_json *v, const struct us_mock_variant *variant,
                         const char *tag)
{
	int rc = 0;

	for (const struct us_mock_json *m = v->first; !rc && m; m = m->next) {
		const struct us_mock_rule *r = rule_for(variant, m->key);
		struct us_mock_path here = { .up = at, .name = m->key };

		if ((r || !variant->open) && appears_before(v, m))
			rc = complain(c, US_MOCK_TWICE, &here, r, m);
		else if (r)
			rc = check_value(c, &here, m, r);
		else if (!variant->open && !c->lax && !(tag && us_span_is(m->key, tag)))
			rc = complain(c, at ? US_MOCK_UNKNOWN_NESTED : US_MOCK_UNKNOWN, &here, NULL,
			              m);
	}
	return rc;
}

/* A member that is null is there, and wrong in another way. */
static int check_required(struct us_mock_check *c, const struct us_mock_path *at,
                          const struct us_mock_json *v, const struct us_mock_variant *variant)
{
	for (size_t i = 0; i < variant->count; i++) {
		const struct us_mock_rule *r = &variant->rules[i];
		struct us_mock_path here = { .up = at, .name = us_span_of(r->name) };
		const struct us_mock_json *m = v->first;

		while (m && !us_span_is(m->key, r->name))
			m = m->next;
		if (!m && r->required)
			return complain(c, US_MOCK_MISSING, &here, r, v);
	}
	return 0;
}

/* The variant the tag names; NULL after a complaint. */
static const struct us_mock_variant *select_variant(struct us_mock_check *c,
                                                    const struct us_mock_path *at,
                                                    const struct us_mock_json *v,
                                                    const struct us_mock_shape *shape)
{
	static const struct us_mock_variant anything = { .tag = "", .open = true };
	const struct us_mock_json *tag = us_mock_json_get(v, shape->tag);
	struct us_mock_path here = { .up = at, .name = us_span_of(shape->tag) };
	struct us_mock_rule expected = { .name = shape->tag, .kinds = US_MOCK_STR, .shape = shape };

	if (!tag && shape->untagged)
		return &shape->variants[0];
	if (!tag || tag->kind != US_MOCK_STR) {
		complain(c, tag ? US_MOCK_TYPE : US_MOCK_MISSING, &here, &expected, tag ? tag : v);
		return NULL;
	}
	for (size_t i = 0; i < shape->count; i++)
		if (us_span_is(tag->text, shape->variants[i].tag))
			return &shape->variants[i];
	if (c->lax)
		return &anything;
	complain(c, US_MOCK_TAG, &here, &expected, tag);
	return NULL;
}

int us_mock_check_object(struct us_mock_check *c, const struct us_mock_path *at,
                         const struct us_mock_json *v, const struct us_mock_shape *shape)
{
	const struct us_mock_variant *variant = shape->variants;
	struct us_mock_path inside = { .up = at, .is_tag = true };
	int rc;

	if (shape->tag) {
		variant = select_variant(c, at, v, shape);
		if (!variant)
			return US_EINVAL;
		inside.name = us_span_of(variant->tag);
		at = &inside;
	}
	rc = check_required(c, at, v, variant);
	return rc ? rc : check_members(c, at, v, variant, shape->tag);
}
