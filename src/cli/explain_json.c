/* explain_json.c - an explanation for programs: one line, whose members are in the man page */
#include "cli/explain.h"

#define TEXT_MAX ((size_t)64 << 20)

static void put_text(const struct us_json *j, cJSON *o, const char *key, struct us_span text)
{
	struct us_buf clean;

	us_buf_init(&clean, TEXT_MAX);
	us_out_clean(&clean, text);
	j->AddStringToObject(o, key, us_buf_cstr(&clean));
	us_buf_fini(&clean);
}

static void put_diagnostics(const struct us_json *j, cJSON *o, const struct us_diags *d)
{
	cJSON *list = j->AddArrayToObject(o, "losses");

	for (size_t i = 0; i < d->n; i++) {
		cJSON *one = j->CreateObject();

		put_text(j, one, "loss", us_span_of(us_explain_loss(d->list[i].loss)));
		put_text(j, one, "code", us_span_of(d->list[i].code));
		put_text(j, one, "at", d->list[i].what);
		put_text(j, one, "words", us_span_of(us_loss_words(d->list[i].code)));
		j->AddItemToArray(list, one);
	}
}

/* The body is spliced in as it would be sent: it is JSON, and checked to be. */
static void put_body(const struct us_json *j, cJSON *o, const struct us_rendered *r)
{
	struct us_buf text;

	us_buf_init(&text, TEXT_MAX);
	us_buf_add_span(&text, us_span_trim(us_buf_span(&r->body)));
	if (text.n && !text.err)
		j->AddRawToObject(o, "body", us_buf_cstr(&text));
	else
		j->AddNullToObject(o, "body");
	us_buf_fini(&text);
}

static void put_choice(const struct us_json *j, cJSON *o, const struct us_provider *p)
{
	cJSON *list = p->keys.n > 1 ? j->AddArrayToObject(o, "keys") : NULL;

	for (size_t i = 0; list && i < p->keys.n; i++)
		j->AddItemToArray(list, j->CreateString(p->keys.list[i]));
	if (p->weight)
		j->AddNumberToObject(o, "weight", p->weight);
}

static cJSON *target(const struct us_json *j, const struct us_explained *x)
{
	const struct us_candidate *c = x->to;
	cJSON *o = j->CreateObject();

	put_text(j, o, "provider", c->name);
	put_text(j, o, "dialect", us_span_of(c->dialect->name));
	put_text(j, o, "model", c->request.to.model_name);
	put_text(j, o, "url", c->url);
	put_choice(j, o, c->provider);
	j->AddBoolToObject(o, "asked", !x->why);
	if (x->why)
		put_text(j, o, "why", us_span_of(x->why));
	else
		j->AddNullToObject(o, "why");
	put_text(j, o, "loss", us_span_of(us_explain_loss(c->request.diags.worst)));
	put_diagnostics(j, o, &c->request.diags);
	put_body(j, o, &c->request);
	return o;
}

static cJSON *make(const struct us_json *j, struct us_explain *e, enum us_fidelity fidelity)
{
	cJSON *doc = j->CreateObject(), *list;
	struct us_explained x;

	j->AddStringToObject(doc, "version", US_VERSION);
	put_text(j, doc, "dialect", us_span_of(e->own.dialect->name));
	put_text(j, doc, "model", e->own.model);
	j->AddBoolToObject(doc, "stream", e->own.stream);
	list = j->AddArrayToObject(doc, "targets");
	for (size_t n = 0; us_explain_nth(e, fidelity, n, &x); n++)
		j->AddItemToArray(list, target(j, &x));
	return doc;
}

int us_explain_json(struct us_explain *e, enum us_fidelity fidelity, const struct us_out *out)
{
	const struct us_json *j = us_json();

	return us_out_json(out, US_EXPLAIN_NAME, j, j ? make(j, e, fidelity) : NULL);
}
