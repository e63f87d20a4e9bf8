/* conf.c - what the user asked for: defaults, then the config file, then the environment
 *
 * The defaults are read by the same parsers as the user's values, from text that needs no memory.
 * Each setting is then taken from the environment, or else from the file; a file's value is looked
 * at only when the environment has none that is right. So whatever is wrong with a setting is told
 * once, and a value that nobody will use is not complained about.
 */
#include "conf/conf.h"

#include "conf/file.h"
#include "conf/provider.h"

#include <errno.h>

#define ARENA_MAX ((size_t)1 << 20)
#define WORDS_MAX ((size_t)1 << 16) /* of one complaint: a path, 32 names, quotations */
#define VALUE_MAX ARENA_MAX         /* a config file is not larger */

static const struct row {
	size_t at;
	struct us_limit in;
	const struct us_kind *kind;
} rows[] = {
#define X(field, kind, def, low, high, env, help)                                                  \
	{ offsetof(struct us_conf, field), { low, high }, &us_value_##kind },
#include "conf/options.def"
#undef X
};

const struct us_option us_options[] = {
#define X(field, kind, def, low, high, env, help) { US_ENV_PREFIX env, #kind, def, help },
#include "conf/options.def"
#undef X
};
const size_t us_option_count = US_COUNT(us_options);

static void *field(struct us_conf *c, size_t i) { return (char *)c + rows[i].at; }

/* Lists have none: they are empty. */
static void set_defaults(struct us_conf *c)
{
	*c = (struct us_conf){ 0 };
	us_arena_init(&c->arena, ARENA_MAX);
	for (size_t i = 0; i < US_OPTIONS; i++)
		if (rows[i].kind->parse)
			rows[i].kind->parse(us_span_of(us_options[i].def), rows[i].in, &c->arena,
			                    field(c, i));
}

/* Is `text` right? Then it is taken. A lack of memory is not its fault. */
static bool take(struct us_loader *l, size_t i, struct us_span text)
{
	int rc = rows[i].kind->parse(us_span_trim(text), rows[i].in, &l->c->arena, field(l->c, i));

	if (rc == US_ENOMEM)
		l->starved = true;
	return rc != US_EINVAL;
}

/* Called when the value in force is settled, so that it can be said. */
static void tell_wrong(struct us_loader *l, size_t i, const struct us_where *at,
                       struct us_span text)
{
	struct us_buf *out = us_complain_begin(l, at);
	size_t before;

	us_buf_add_str(out, " is ");
	us_complain_quote(out, text);
	us_buf_add_str(out, ", which is not ");
	rows[i].kind->expect(rows[i].in, out);
	us_buf_add_str(out, "; ");
	before = out->n;
	rows[i].kind->show(l->c, field(l->c, i), out);
	us_buf_add_str(out, out->n > before ? " is used" : "it is ignored");
	us_complain_end(l);
}

/* From the file; what is wrong is told unless `told` already. */
static void take_from_file(struct us_loader *l, size_t i, const struct us_file *f, bool told)
{
	struct us_where at = us_file_where(f, (enum us_option_index)i);
	struct us_buf text;
	int rc;

	us_buf_init(&text, VALUE_MAX);
	rc = us_file_scalar(f, (enum us_option_index)i, &text);
	if (rc == US_EINVAL && !told)
		us_complain_ignored(l, &at, "it must be a string, a number, true or false");
	else if (rc && rc != US_EINVAL)
		l->starved = true;
	else if (!rc && !take(l, i, us_buf_span(&text)) && !told)
		tell_wrong(l, i, &at, us_buf_span(&text));
	us_buf_fini(&text);
}

/* From the environment, or where that has nothing right, from the file. */
static void load_one(struct us_loader *l, size_t i, const struct us_file *f)
{
	struct us_where at = { .name = us_options[i].env };
	struct us_span text = us_load_env(l, at.name);
	bool wrong = text.n && !take(l, i, text);

	if (f->given[i].item && (wrong || !text.n))
		take_from_file(l, i, f, wrong);
	if (wrong)
		tell_wrong(l, i, &at, text);
}

/* Is the list set at all? Set to nothing in the environment, it is empty whatever the file says. */
static bool load_list(struct us_loader *l, size_t i, const struct us_file *f)
{
	struct us_where at = { .name = us_options[i].env };
	struct us_span text = us_load_env(l, at.name);

	if (text.p)
		us_value_split(l, &at, rows[i].kind, rows[i].in, text);
	else if (f->given[i].item)
		us_file_list(f, l, (enum us_option_index)i, rows[i].kind, rows[i].in);
	return text.p || f->given[i].item;
}

static struct us_where where(struct us_loader *l, size_t i, const struct us_file *f)
{
	if (us_load_env(l, us_options[i].env).p)
		return (struct us_where){ .name = us_options[i].env };
	return us_file_where(f, (enum us_option_index)i);
}

/* The order matters: the file is named in the environment, its providers stand in the chain, the
 * SDKs' own variables have the last word on where a provider is, and the rows of options.def have
 * KEYS before the chain that takes them along. */
static void load_all(struct us_loader *l, struct us_file *f)
{
	struct us_where keys;

	load_one(l, US_OPTION_config, f);
	us_provider_begin(l);
	if (l->c->config[0])
		us_file_open(f, l, l->c->config);
	us_provider_env(l);
	for (size_t i = 0; i < US_OPTIONS; i++) {
		if (i == US_OPTION_config)
			continue;
		if (rows[i].kind->parse)
			load_one(l, i, f);
		else if (!load_list(l, i, f) && i == US_OPTION_fallbacks)
			us_chain_imply(l);
	}
	keys = where(l, US_OPTION_keys, f);
	us_keys_check(l, &keys);
}

void us_conf_load(struct us_conf *c, const struct us_conf_source *from)
{
	struct us_loader l = { .c = c, .from = from };
	struct us_file file = { 0 };
	int saved = errno;

	set_defaults(c);
	us_buf_init(&l.words, WORDS_MAX);
	load_all(&l, &file);
	us_file_close(&file);
	us_buf_fini(&l.words);
	if (l.starved)
		from->complain(from->self, "Memory ran out while the settings were read; those "
		                           "that needed it keep their defaults.");
	errno = saved;
}

void us_conf_fini(struct us_conf *c)
{
	if (!c)
		return;
	us_arena_fini(&c->arena);
	*c = (struct us_conf){ 0 };
}

int us_conf_show(const struct us_conf *c, size_t option, struct us_buf *out)
{
	if (option >= US_OPTIONS)
		return US_EINVAL;
	rows[option].kind->show(c, (const char *)c + rows[option].at, out);
	return out->err;
}
