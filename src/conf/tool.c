/* tool.c - TOOLS: host[:port][/path*] [retry=...] [deadline=...] [else=URL]... [pass=HEADER]...
 *
 * An HTTP endpoint that is no LLM, and what may be done for it. The first word is read as a URL, so
 * a scheme is forgiven; it means nothing. How a tool is matched stands in route.c.
 */
#include "conf/provider.h"

#include "conf/route.h"

static const char *const retries[] = {
	[US_REPEAT_SAFE] = "safe", [US_REPEAT_ALWAYS] = "always", [US_REPEAT_NEVER] = "never"
};

/* A tool as it is being read. */
struct draft {
	struct us_loader *l;
	struct us_http_tool t;
};

/* Each takes what follows its name, or says what is wrong with it. */
typedef const char *take(struct draft *d, struct us_span value);

static const char *take_retry(struct draft *d, struct us_span value)
{
	for (size_t i = 0; i < US_COUNT(retries); i++)
		if (us_span_is_nocase(value, retries[i])) {
			d->t.retry = (enum us_repeat)i;
			return NULL;
		}
	return "retry is safe, always or never";
}

static const char *take_deadline(struct draft *d, struct us_span value)
{
	struct us_limit in = { 1, 86400000 };

	return us_value_TIME.parse(value, in, &d->l->c->arena, &d->t.deadline)
	               ? "deadline is a time, such as 20s"
	               : NULL;
}

static bool push(struct draft *d, struct us_names *names, const char *name)
{
	const char **slot = us_arena_push(&d->l->c->arena, &names->list, &names->n, sizeof(*slot));

	if (slot)
		*slot = name;
	return slot != NULL;
}

static const char *take_else(struct draft *d, struct us_span value)
{
	const char *base = "", *why = us_provider_base(d->l, value, &base);

	if (!why && !push(d, &d->t.others, base))
		d->l->starved = true;
	return why;
}

static const char *take_pass(struct draft *d, struct us_span value)
{
	for (size_t i = 0; i < value.n; i++)
		if ((unsigned char)value.p[i] <= 0x20 || value.p[i] >= 0x7f || value.p[i] == ':')
			return "pass is the name of a header";
	if (!value.n)
		return "pass is the name of a header";
	if (!push(d, &d->t.pass, us_arena_copy(&d->l->c->arena, value).p))
		d->l->starved = true;
	return NULL;
}

static const struct {
	const char *name;
	take *take;
} words[] = {
	{ "retry=", take_retry },
	{ "deadline=", take_deadline },
	{ "else=", take_else },
	{ "pass=", take_pass },
};

static const char *take_word(struct draft *d, struct us_span word)
{
	for (size_t i = 0; i < US_COUNT(words); i++) {
		size_t n = strlen(words[i].name);

		if (word.n >= n && us_span_is_nocase(us_span(word.p, n), words[i].name))
			return words[i].take(d, us_span(word.p + n, word.n - n));
	}
	return "behind the endpoint there may be retry= deadline= else= and pass=";
}

static const char *take_endpoint(struct draft *d, struct us_span text)
{
	struct us_arena *a = &d->l->c->arena;
	struct us_url u;

	if (!us_url_split(text, &u))
		return "it has no host that could be understood";
	if (us_span_has(text, "@") || us_span_has(text, "?"))
		return "a tool names no user and no query";
	d->t.host = us_arena_copy(
		a, u.port.n ? us_span(u.host.p, (size_t)(u.port.p + u.port.n - u.host.p)) : u.host);
	d->t.path = us_arena_copy(a, u.path);
	d->t.name = us_arena_join(a, d->t.host, d->t.path).p;
	return NULL;
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static struct us_span next_word(struct us_span *rest)
{
	struct us_span word;

	*rest = us_span_trim(*rest);
	word = us_span(rest->p, 0);
	while (word.n < rest->n && !is_blank(rest->p[word.n]))
		word.n++;
	*rest = us_span(rest->p + word.n, rest->n - word.n);
	return word;
}

/* What is wrong with the entry, or NULL. */
static const char *read_tool(struct draft *d, struct us_span rest)
{
	const char *why = take_endpoint(d, next_word(&rest));

	for (struct us_span word = next_word(&rest); !why && word.n; word = next_word(&rest))
		why = take_word(d, word);
	return why;
}

static bool add(struct us_loader *l, const struct us_where *at, struct us_limit in,
                struct us_span entry)
{
	struct us_arena *a = &l->c->arena;
	struct us_http_tools *tools = &l->c->tools;
	struct draft d = { .l = l };
	struct us_http_tool *slot;
	const char *why;

	if (us_value_full(l, at, in, tools->n, entry))
		return false;
	why = read_tool(&d, entry);
	if (why) {
		us_complain_value(l, at, entry, "is skipped", why);
		return true;
	}
	slot = a->err ? NULL : us_arena_push(a, &tools->list, &tools->n, sizeof(*slot));
	if (slot)
		*slot = d.t;
	else
		l->starved = true;
	return true;
}

static void show_names(const struct us_names *names, const char *word, struct us_buf *out)
{
	for (size_t i = 0; i < names->n; i++)
		us_buf_addf(out, " %s%s", word, names->list[i]);
}

static void show(const struct us_conf *c, const void *value, struct us_buf *out)
{
	const us_kind_TOOLS *tools = value;

	for (size_t i = 0; i < tools->n; i++) {
		const struct us_http_tool *t = &tools->list[i];

		us_buf_addf(out, "%s%s", i ? "," : "", t->name);
		if (t->retry != US_REPEAT_SAFE)
			us_buf_addf(out, " retry=%s", retries[t->retry]);
		if (t->deadline) {
			us_buf_add_str(out, " deadline=");
			us_value_TIME.show(c, &t->deadline, out);
		}
		show_names(&t->others, "else=", out);
		show_names(&t->pass, "pass=", out);
	}
}

const struct us_kind us_value_TOOLS = { NULL, NULL, add, show };
