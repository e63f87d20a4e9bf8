/* doctor_settings.c - the settings in force, where they are from, and what is wrong with them */
#include "cli/doctor.h"
#include "engine/known.h"

#include <stdlib.h>

#define VALUE_MAX ((size_t)64 << 10)

static const char *env(void *self, const char *name) { return getenv(name); }

static void keep(void *self, const char *text)
{
	struct us_doctor *d = self;
	struct us_span *complaint;

	complaint = us_arena_push(&d->arena, &d->complaints, &d->ncomplaints, sizeof(*complaint));
	if (complaint)
		*complaint = us_arena_copy(&d->arena, us_span_of(text));
}

void us_doctor_load(struct us_doctor *d)
{
	struct us_conf_source from = { env, keep, d };

	us_conf_load(&d->conf, &from);
	us_known_read(d->conf.models, keep, d);
}

static const char *no_env(void *self, const char *name) { return NULL; }
static void ignore(void *self, const char *text) {}

static bool is_list(size_t i)
{
	return strcmp(us_options[i].kind, "CHAIN") == 0 ||
	       strcmp(us_options[i].kind, "ROUTES") == 0 ||
	       strcmp(us_options[i].kind, "TOOLS") == 0;
}

/* A complaint about a variable begins with its name. */
static bool is_wrong(const struct us_doctor *d, const char *name)
{
	for (size_t i = 0; i < d->ncomplaints; i++)
		if (us_span_starts(d->complaints[i], name))
			return true;
	return false;
}

/* The right entries of a list are taken, whatever is wrong with the others. */
static const char *source(const struct us_doctor *d, size_t i, bool same)
{
	const char *value = getenv(us_options[i].env);

	if (value && (is_list(i) || (value[0] && !is_wrong(d, us_options[i].env))))
		return "environment";
	if (is_list(i) && !same && d->conf.chain_is_implied &&
	    strcmp(us_options[i].kind, "CHAIN") == 0)
		return "the keys that are set";
	return same ? "default" : "file";
}

static void add_row(struct us_doctor *d, struct us_table *t, const struct us_conf *defaults,
                    size_t i)
{
	struct us_buf value, other;
	bool same;

	us_buf_init(&value, VALUE_MAX);
	us_buf_init(&other, VALUE_MAX);
	us_conf_show(&d->conf, i, &value);
	us_conf_show(defaults, i, &other);
	same = us_span_eq(us_buf_span(&value), us_buf_span(&other));
	us_table_add(t, US_PAINT_NONE, "%s", us_options[i].env);
	us_table_add(t, US_PAINT_NONE, "%s", value.n ? us_buf_cstr(&value) : "-");
	us_table_add(t, US_PAINT_NONE, "%s", source(d, i, same));
	us_buf_fini(&value);
	us_buf_fini(&other);
}

static void print_table(struct us_doctor *d)
{
	static const struct us_column columns[] = { { "", false }, { "", false }, { "", false } };
	struct us_conf_source nothing = { no_env, ignore, NULL };
	struct us_conf defaults;
	struct us_table t;

	us_conf_load(&defaults, &nothing);
	us_table_init(&t, columns, US_COUNT(columns));
	for (size_t i = 0; i < us_option_count; i++)
		add_row(d, &t, &defaults, i);
	us_table_print(&t, &d->out, 2);
	us_table_fini(&t);
	us_conf_fini(&defaults);
}

void us_doctor_settings(struct us_doctor *d)
{
	us_doctor_title(d, "Settings");
	print_table(d);
	for (size_t i = 0; i < d->ncomplaints; i++)
		us_doctor_say(d, US_MARK_FAIL, "settings", "%.*s", (int)d->complaints[i].n,
		              d->complaints[i].p);
	if (d->conf.off)
		us_doctor_say(d, US_MARK_WARN, "settings", "UNDERSTUDY_OFF turns understudy off");
}
