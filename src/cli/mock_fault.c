/* mock_fault.c - reading the script of misbehaviour
 *
 * A script is checked as a whole when it is set, and each entry is read again when its turn comes,
 * into the memory of the request it is for. So a script can be replaced while answers that follow
 * the old one are still going out.
 */
#include "cli/mock_fault.h"

#define SCRIPT_MAX ((size_t)1 << 20)
#define VALUE_MAX 1000000000u
#define TIMES_MAX 1000000u

/* What an effect's argument may be; any other number is the default of an optional one. */
enum { NONE = -1, MUST = -2 };

static const struct {
	const char *name;
	int argument;
} effects[] = {
#define EFFECT(id, name, argument, form, help) { name, argument },
#include "cli/mock_fault.def"
};

static const char *const choices[] = {
#define CHOICE(id, name, help) name,
#include "cli/mock_fault.def"
};

static int refuse(struct us_buf *why, struct us_span what, const char *because)
{
	us_buf_addf(why, "'%.*s' %s", (int)(what.n < 200 ? what.n : 200), what.p, because);
	return US_EINVAL;
}

/* Splits "name=value"; value.p stays NULL without "=". */
static void split(struct us_span s, struct us_span *name, struct us_span *value)
{
	*value = s;
	us_span_next(value, '=', name);
}

/* A header's value must not end its line. */
static bool one_line(struct us_span s)
{
	return !s.n ||
	       (!memchr(s.p, '\r', s.n) && !memchr(s.p, '\n', s.n) && !memchr(s.p, '\0', s.n));
}

/* What goes into a header has to be one line, what goes into an error ASCII. */
static int check_choice(enum us_mock_choice id, struct us_span value)
{
	uint64_t n;

	switch (id) {
	case US_MOCK_BY_MS:
	case US_MOCK_BY_RETRY_AFTER_DATE:
		return us_span_u64(value, &n) && n <= VALUE_MAX ? 0 : US_EINVAL;
	case US_MOCK_BY_BODY:
		return us_span_is(value, "json") || us_span_is(value, "html") ||
		                       us_span_is(value, "text") || us_span_is(value, "empty")
		               ? 0
		               : US_EINVAL;
	case US_MOCK_BY_CODE:
	case US_MOCK_BY_TYPE:
	case US_MOCK_BY_MESSAGE:
		for (size_t i = 0; i < value.n; i++)
			if ((unsigned char)value.p[i] >= 0x80 || value.p[i] == '\0')
				return US_EINVAL;
		return 0;
	default:
		return one_line(value) ? 0 : US_EINVAL;
	}
}

/* "name=value" after a colon. */
static int read_choice(struct us_mock_fault *f, struct us_span text, struct us_arena *arena,
                       struct us_buf *why)
{
	struct us_span name, value;

	split(text, &name, &value);
	for (size_t i = 0; i < US_COUNT(choices); i++) {
		if (!us_span_is(name, choices[i]))
			continue;
		if (!value.p)
			return refuse(why, text, "needs a value");
		value = us_arena_unescape(arena, value);
		if (check_choice((enum us_mock_choice)i, value))
			return refuse(why, text, "has a value that is not possible");
		f->choice[i] = value;
		return 0;
	}
	return refuse(why, text, "is no option of a fault");
}

static int read_status(struct us_mock_fault *f, struct us_span text, struct us_buf *why)
{
	uint64_t n;

	if (!us_span_u64(text, &n) || n < 400 || n > 599)
		return refuse(why, text, "is no status from 400 to 599");
	f->status = (unsigned)n;
	return 0;
}

/* "name", "name=value" or a status. */
static int read_effect(struct us_mock_fault *f, struct us_span text, struct us_buf *why)
{
	struct us_span name, value;
	size_t i = 0;

	if (text.n && text.p[0] >= '0' && text.p[0] <= '9')
		return read_status(f, text, why);
	split(text, &name, &value);
	while (i < US_COUNT(effects) && !us_span_is(name, effects[i].name))
		i++;
	if (i == US_COUNT(effects))
		return refuse(why, text, "is no fault; see `understudy mock --help`");
	if (effects[i].argument == NONE && value.p)
		return refuse(why, text, "takes no value");
	if (effects[i].argument == MUST && !value.n)
		return refuse(why, text, "needs a value");
	f->on[i] = true;
	f->value[i] = effects[i].argument > 0 ? (uint64_t)effects[i].argument : 0;
	if (value.p && (!us_span_u64(value, &f->value[i]) || f->value[i] > VALUE_MAX))
		return refuse(why, text, "needs a number up to 1000000000");
	return 0;
}

/* A URL has all the separators in it, so it takes the rest of its entry. */
static bool take_url(struct us_mock_fault *f, struct us_span *entry, struct us_arena *arena)
{
	static const char word[] = "redirect=";
	const char *at = entry->n ? memmem(entry->p, entry->n, word, sizeof(word) - 1) : NULL;
	size_t before = at ? (size_t)(at - entry->p) : 0;

	if (!at || (before && at[-1] != '+'))
		return false;
	at += sizeof(word) - 1;
	f->url = us_arena_unescape(arena, us_span(at, entry->n - (size_t)(at - entry->p)));
	f->on[US_MOCK_REDIRECT] = true;
	*entry = us_span(entry->p, before ? before - 1 : 0);
	return true;
}

int us_mock_fault_read(struct us_mock_fault *f, struct us_span entry, struct us_arena *arena,
                       struct us_buf *why)
{
	struct us_span effect, part;
	int rc = 0;

	*f = (struct us_mock_fault){ .text = entry };
	if (take_url(f, &entry, arena) && (!f->url.n || !one_line(f->url)))
		return refuse(why, f->text, "needs a URL");
	while (!rc && us_span_next(&entry, '+', &effect)) {
		if (f->url.n && !effect.n)
			break;
		us_span_next(&effect, ':', &part);
		rc = read_effect(f, us_span_trim(part), why);
		while (!rc && us_span_next(&effect, ':', &part))
			rc = read_choice(f, us_span_trim(part), arena, why);
	}
	return rc;
}

/* Takes "xN" off the end of an entry. */
static int take_times(struct us_span *text, uint64_t *times, struct us_buf *why)
{
	const char *x = memrchr(text->p, 'x', text->n);
	size_t at = x ? (size_t)(x - text->p) : 0;
	uint64_t n = 1;

	*times = 1;
	if (!at || us_span_has(*text, "redirect=") ||
	    !us_span_u64(us_span(x + 1, text->n - at - 1), &n))
		return 0;
	if (!n || n > TIMES_MAX)
		return refuse(why, *text, "repeats less than once or more than a million times");
	*times = n;
	*text = us_span_trim(us_span(text->p, at));
	return 0;
}

/* Reads the entry only to see that it can be read. */
static int add_entry(struct us_mock_script *s, struct us_span text, struct us_buf *why)
{
	struct us_mock_fault f;
	struct us_mock_entry *e;
	uint64_t times;
	int rc;

	text = us_span_trim(text);
	if (!text.n)
		return refuse(why, text, "is an empty entry");
	rc = take_times(&text, &times, why);
	if (!rc)
		rc = us_mock_fault_read(&f, text, &s->arena, why);
	if (rc)
		return rc;
	e = us_arena_push(&s->arena, &s->entries, &s->count, sizeof(*e));
	if (!e)
		return s->arena.err;
	*e = (struct us_mock_entry){ text, times };
	return 0;
}

int us_mock_script_init(struct us_mock_script *s, struct us_span text, struct us_buf *why)
{
	struct us_span rest, part;
	int rc = 0;

	*s = (struct us_mock_script){ 0 };
	us_arena_init(&s->arena, SCRIPT_MAX);
	rest = us_arena_copy(&s->arena, us_span_trim(text));
	if (!rest.n)
		rest = US_SPAN("ok");
	while (!rc && us_span_next(&rest, ',', &part))
		rc = add_entry(s, part, why);
	if (s->arena.err) {
		us_buf_addf(why, "the script: %s", us_err_text(s->arena.err));
		rc = s->arena.err;
	}
	if (rc)
		us_mock_script_fini(s);
	return rc;
}

void us_mock_script_fini(struct us_mock_script *s)
{
	us_arena_fini(&s->arena);
	*s = (struct us_mock_script){ 0 };
}

struct us_span us_mock_script_take(struct us_mock_script *s, struct us_arena *arena)
{
	struct us_mock_entry *e;

	if (!s->count)
		return US_SPAN("ok");
	e = &s->entries[s->at];
	if (s->at + 1 < s->count && ++s->taken >= e->times) {
		s->at++;
		s->taken = 0;
	}
	return us_arena_copy(arena, e->text);
}
