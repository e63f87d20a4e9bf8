/* models_file.c - the user's own rows about models, in JSON */
#include "wire/models_file.h"

#include "wire/print.h"
#include "wire/scan.h"

#include <stdio.h>

#define ARENA_MAX ((size_t)4 << 20)
#define QUOTE_MAX 60

enum how { NUMBER, FLAG, WORD };

static const char *const samplings[] = { "all", "one", "none", NULL };
static const char *const thinkings[] = { "none",   "budget",    "adaptive",  "always", "effort",
	                                 "switch", "budget_on", "effort_on", NULL };
static const char *const tier_words[] = { "small", "middle", "large", NULL };

/* What a row about a model may say. */
static const struct member {
	const char *name;
	enum how how;
	size_t at;
	const char *const *words;
} members[] = {
	{ "max_out", NUMBER, offsetof(struct us_model, max_out), NULL },
	{ "window", NUMBER, offsetof(struct us_model, window), NULL },
	{ "sampling", WORD, offsetof(struct us_model, sampling), samplings },
	{ "thinking", WORD, offsetof(struct us_model, thinking), thinkings },
	{ "prefill", FLAG, offsetof(struct us_model, prefill), NULL },
	{ "json_schema", FLAG, offsetof(struct us_model, json_schema), NULL },
	{ "system_turn", FLAG, offsetof(struct us_model, system_turn), NULL },
	{ "stop", FLAG, offsetof(struct us_model, stop), NULL },
};

struct reading {
	struct us_models_file *f;
	const struct us_models_wrong *wrong;
	struct us_span text;
	const char *list; /* the row that is read is this one's */
	size_t at;
};

/* --- complaints ------------------------------------------------------------------------------ */

static unsigned line_of(const struct reading *r, const char *p)
{
	unsigned line = 1;

	for (const char *c = r->text.p; c < p; c++)
		line += *c == '\n';
	return line;
}

/* "models[3].max_out is "x", WHY": it must not move a cursor or forge a line. */
static void tell(const struct reading *r, const char *member, struct us_val v, const char *why)
{
	struct us_span raw = us_val_raw(v);
	char words[400], value[QUOTE_MAX + 4];
	size_t n = raw.n && raw.n < QUOTE_MAX ? raw.n : QUOTE_MAX;

	snprintf(value, sizeof(value), "%.*s%s", (int)n, raw.n ? raw.p : "missing",
	         n < raw.n ? "..." : "");
	for (char *c = value; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	snprintf(words, sizeof(words), "%s[%zu]%s%s is %s, %s", r->list, r->at,
	         member[0] ? "." : "", member, value, why);
	r->wrong->tell(r->wrong->self, line_of(r, raw.n ? raw.p : r->text.p), words);
}

/* --- values ---------------------------------------------------------------------------------- */

static const char *string(const struct reading *r, struct us_val v)
{
	struct us_span s = us_val_is(v, US_J_STRING) ? us_val_str(v, &r->f->arena) : us_span("", 0);

	return s.n && !memchr(s.p, '\0', s.n) ? us_arena_copy(&r->f->arena, s).p : NULL;
}

/* The index of the word; -1 if it is none of them. */
static int word(struct us_val v, const char *const *words)
{
	for (int i = 0; words[i]; i++)
		if (us_val_str_is(v, words[i]))
			return i;
	return -1;
}

static bool take(struct us_model *m, const struct member *d, struct us_val v)
{
	char *at = (char *)m + d->at;
	int i = d->how == WORD ? word(v, d->words) : 0;
	bool flag = us_val_is(v, US_J_TRUE);

	switch (d->how) {
	case NUMBER:
		return us_val_u64(v, (uint64_t *)(void *)at);
	case FLAG:
		memcpy(at, &flag, sizeof(flag));
		return flag || us_val_is(v, US_J_FALSE);
	default:
		if (i >= 0)
			memcpy(at, &i, sizeof(i));
		return i >= 0;
	}
}

static const char *expected(enum how how)
{
	return how == NUMBER ? "which is no whole number; the default holds"
	       : how == FLAG ? "which is neither true nor false; the default holds"
	                     : "which is none of its words; the default holds";
}

static const struct member *find_member(struct us_val key)
{
	for (size_t i = 0; i < US_COUNT(members); i++)
		if (us_val_str_is(key, members[i].name))
			return &members[i];
	return NULL;
}

/* --- rows ------------------------------------------------------------------------------------ */

/* False: without them it is no row, which is told. */
static bool read_names(const struct reading *r, struct us_val row, const char **dialect,
                       const char **pattern)
{
	*dialect = string(r, us_val_get(row, "dialect"));
	*pattern = string(r, us_val_get(row, "pattern"));
	if (!*dialect || !us_model_find(*dialect, us_span("", 0)))
		tell(r, "dialect", us_val_get(row, "dialect"),
		     "which is no language with models of its own; the row is skipped");
	else if (!*pattern)
		tell(r, "pattern", us_val_get(row, "pattern"),
		     "which is no text; the row is skipped");
	return *dialect && *pattern && us_model_find(*dialect, us_span("", 0));
}

static bool is_name(struct us_val key)
{
	return us_val_str_is(key, "dialect") || us_val_str_is(key, "pattern");
}

static void read_model(struct reading *r, struct us_val row)
{
	const char *dialect, *pattern;
	struct us_model m, *slot;

	if (!read_names(r, row, &dialect, &pattern))
		return;
	m = *us_model_find(dialect, us_span("", 0));
	m.dialect = dialect;
	m.pattern = pattern;
	for (struct us_iter it = us_iter(row); us_iter_next(&it);) {
		const struct member *d = find_member(it.key);

		if (d && !take(&m, d, it.val))
			tell(r, d->name, it.val, expected(d->how));
		if (!d && !is_name(it.key))
			tell(r, "", it.key, "a member that is not known");
	}
	slot = us_arena_push(&r->f->arena, &r->f->rows.models, &r->f->rows.nmodels, sizeof(*slot));
	if (slot)
		*slot = m;
}

static void read_tier(struct reading *r, struct us_val row)
{
	int tier = word(us_val_get(row, "tier"), tier_words);
	const char *dialect, *pattern;
	struct us_tier_row *slot;

	if (!read_names(r, row, &dialect, &pattern))
		return;
	if (tier < 0) {
		tell(r, "tier", us_val_get(row, "tier"),
		     "which is not small, middle or large; the row is skipped");
		return;
	}
	slot = us_arena_push(&r->f->arena, &r->f->rows.tiers, &r->f->rows.ntiers, sizeof(*slot));
	if (slot)
		*slot = (struct us_tier_row){ dialect, pattern, (enum us_tier)tier };
}

static void read_list(struct reading *r, struct us_val root, const char *name,
                      void (*read)(struct reading *r, struct us_val row))
{
	struct us_val list = us_val_get(root, name);

	r->list = name;
	r->at = 0;
	for (struct us_iter it = us_iter(list); us_iter_next(&it); r->at++) {
		if (us_val_is(list, US_J_ARRAY) && us_val_is(it.val, US_J_OBJECT))
			read(r, it.val);
		else
			tell(r, "", it.val, "which is no row");
	}
}

static void read_counterparts(struct reading *r, struct us_val root)
{
	r->list = "counterparts";
	r->at = 0;
	for (struct us_iter it = us_iter(us_val_get(root, "counterparts")); us_iter_next(&it);
	     r->at++) {
		struct us_counterpart c = { .provider = string(r, it.key) }, *slot;

		if (!us_val_is(it.val, US_J_OBJECT) || !c.provider) {
			tell(r, "", it.val, "which names no models");
			continue;
		}
		for (size_t i = 0; i < US_TIERS; i++) {
			struct us_val v = us_val_get(it.val, tier_words[i]);
			const char *model = string(r, v);

			c.model[i] = model ? model : "";
			if (us_val_given(v) && !model)
				tell(r, tier_words[i], v, "which is no model's name");
		}
		slot = us_arena_push(&r->f->arena, &r->f->rows.counterparts,
		                     &r->f->rows.ncounterparts, sizeof(*slot));
		if (slot)
			*slot = c;
	}
}

/* Behind the string that begins at `i`. */
static size_t end_of_string(const char *p, size_t i, size_t n)
{
	for (i++; i < n && p[i] != '"'; i++)
		i += p[i] == '\\';
	return i + 1;
}

/* Behind the comment that begins at `i`; `i` if none does. */
static size_t end_of_comment(const char *p, size_t i, size_t n)
{
	const char *end = p + n, *close = NULL;

	if (us_span_starts(us_span(p + i, n - i), "//"))
		close = memchr(p + i, '\n', n - i);
	else if (us_span_starts(us_span(p + i, n - i), "/*"))
		close = memmem(p + i + 2, n - i - 2, "*/", 2);
	else
		return i;
	return !close ? n : (size_t)((*close == '*' && close + 2 <= end ? close + 2 : close) - p);
}

/* Comments become blanks, so that lines stay where they are. */
static void blank_comments(char *p, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t end = end_of_comment(p, i, n);

		if (p[i] == '"')
			i = end_of_string(p, i, n);
		else if (end == i)
			i++;
		for (; i < end; i++)
			p[i] = p[i] == '\n' ? '\n' : ' ';
	}
}

static void read_document(struct reading *r, struct us_val root)
{
	static const char *const known[] = { "models", "tiers", "counterparts" };

	for (struct us_iter it = us_iter(root); us_iter_next(&it);) {
		size_t i = 0;

		while (i < US_COUNT(known) && !us_val_str_is(it.key, known[i]))
			i++;
		if (i == US_COUNT(known))
			r->wrong->tell(r->wrong->self, line_of(r, us_val_raw(it.key).p),
			               "there is a member that is neither models, tiers nor "
			               "counterparts");
	}
	read_list(r, root, "models", read_model);
	read_list(r, root, "tiers", read_tier);
	read_counterparts(r, root);
}

bool us_models_read(struct us_models_file *f, struct us_span text,
                    const struct us_models_wrong *wrong)
{
	struct us_doc doc = { 0 };
	struct reading r = { .f = f, .wrong = wrong };
	struct us_span copy;

	us_arena_init(&f->arena, ARENA_MAX);
	copy = us_arena_copy(&f->arena, text);
	if (f->arena.err)
		return false;
	blank_comments((char *)(uintptr_t)copy.p, copy.n);
	r.text = copy;
	if (us_doc_parse(&doc, copy) || !us_val_is(us_doc_root(&doc), US_J_OBJECT)) {
		wrong->tell(wrong->self, line_of(&r, copy.p + doc.bad_at),
		            "this is no JSON object");
		us_doc_fini(&doc);
		return false;
	}
	read_document(&r, us_doc_root(&doc));
	us_doc_fini(&doc);
	return !f->arena.err;
}

void us_models_file_fini(struct us_models_file *f)
{
	us_arena_fini(&f->arena);
	*f = (struct us_models_file){ 0 };
}

/* --- printing -------------------------------------------------------------------------------- */

static void print_value(struct us_print *p, const struct us_model *m, const struct member *d)
{
	const char *at = (const char *)m + d->at;
	uint64_t number = 0;
	bool flag = false;
	int i = 0;

	memcpy(d->how == NUMBER ? (void *)&number
	       : d->how == FLAG ? (void *)&flag
	                        : (void *)&i,
	       at,
	       d->how == NUMBER ? sizeof(number)
	       : d->how == FLAG ? sizeof(flag)
	                        : sizeof(i));
	if (d->how == NUMBER)
		us_print_member_u64(p, d->name, number);
	else if (d->how == FLAG)
		us_print_member_bool(p, d->name, flag);
	else
		us_print_member(p, d->name, us_span_of(d->words[i]));
}

/* Each row is a line, for people who will change it. */
static void open_row(struct us_print *p, const char *dialect, const char *pattern)
{
	if (p->comma)
		us_buf_add_char(p->out, ',');
	p->comma = false;
	us_buf_add_str(p->out, "\n  ");
	us_print_open(p, '{');
	us_print_member(p, "dialect", us_span_of(dialect));
	us_print_member(p, "pattern", us_span_of(pattern));
}

static void print_models(struct us_print *p, const struct us_models *rows)
{
	for (size_t i = 0; i < rows->nmodels; i++) {
		open_row(p, rows->models[i].dialect, rows->models[i].pattern);
		for (size_t k = 0; k < US_COUNT(members); k++)
			print_value(p, &rows->models[i], &members[k]);
		us_print_close(p, '}');
	}
}

static void print_tiers(struct us_print *p, const struct us_models *rows)
{
	for (size_t i = 0; i < rows->ntiers; i++) {
		open_row(p, rows->tiers[i].dialect, rows->tiers[i].pattern);
		us_print_member(p, "tier", us_span_of(tier_words[rows->tiers[i].tier]));
		us_print_close(p, '}');
	}
}

static void print_counterparts(struct us_print *p, const struct us_models *rows)
{
	for (size_t i = 0; i < rows->ncounterparts; i++) {
		const struct us_counterpart *c = &rows->counterparts[i];

		us_print_key(p, c->provider);
		us_print_open(p, '{');
		for (size_t k = 0; k < US_TIERS; k++)
			if (c->model[k][0])
				us_print_member(p, tier_words[k], us_span_of(c->model[k]));
		us_print_close(p, '}');
	}
}

int us_models_print(const struct us_models *const *lists, size_t n, struct us_buf *out)
{
	static const struct {
		const char *name;
		char bracket, close;
		void (*print)(struct us_print *p, const struct us_models *rows);
	} parts[] = { { "models", '[', ']', print_models },
		      { "tiers", '[', ']', print_tiers },
		      { "counterparts", '{', '}', print_counterparts } };
	struct us_print p = us_print(out);

	us_print_open(&p, '{');
	for (size_t i = 0; i < US_COUNT(parts); i++) {
		us_buf_add_str(out, i ? ",\n" : "\n");
		p.comma = false;
		us_print_key(&p, parts[i].name);
		us_print_open(&p, parts[i].bracket);
		for (size_t k = 0; k < n; k++)
			parts[i].print(&p, lists[k]);
		us_print_close(&p, parts[i].close);
	}
	us_buf_add_char(out, '\n');
	us_print_close(&p, '}');
	us_buf_add_char(out, '\n');
	return out->err;
}
