/* seam.c - where two texts join
 *
 * A model that is asked in words to go on where it was cut off does so in one of these ways, which
 * are tried in this order; the first that fits wins:
 *
 *   anew      it says the whole answer again, from its first word
 *   overlap   it says the last words again
 *   fragment  it says the cut word again
 *   blanks    it says the blanks at the end again
 *
 * The first two also behind a lead-in ("Continuing: ", an opening quotation mark, a fence), which
 * is taken out only if what follows it was said before: else it may be the answer's own.
 */
#include "wire/seam.h"

#include "base/buf.h"
#include "wire/push.h"

#define ANEW_MIN 40  /* so many bytes of the same beginning are no accident; or all, if fewer, */
#define ANEW_SHORT 4 /* but not these few */
#define OVERLAP_MAX 256
#define OVERLAP_MIN 12  /* bytes, */
#define OVERLAP_WORDS 3 /* or words */
#define FRAGMENT_MIN 2  /* letters of a cut word */
#define LEAD_MAX 80

/* The same of a model that goes on by itself: repeating is more likely meant. */
#define ANEW_EXACT 16
#define OVERLAP_EXACT 32
#define FRAGMENT_EXACT 4

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/* Letters of other scripts, too: of UTF-8 every byte beyond ASCII. No digits: numbers are not
 * words that one could recognise by their beginning. */
static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static bool is_wordy(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; }

static size_t common(struct us_span a, struct us_span b)
{
	size_t n = 0, most = a.n < b.n ? a.n : b.n;

	while (n < most && a.p[n] == b.p[n])
		n++;
	return n;
}

/* Does it begin the text anew? */
static bool begins_anew(struct us_span said, struct us_span more, struct us_seam_ways ways)
{
	size_t n = common(said, more), least = said.n < ANEW_MIN ? said.n : ANEW_MIN;

	return n >= least && n >= (ways.exact ? ANEW_EXACT : ANEW_SHORT);
}

/* A short text, begun anew in other words. */
static bool begins_otherwise(struct us_span said, struct us_span more, struct us_seam_ways ways)
{
	size_t n = common(said, more);

	return !ways.exact && said.n < ANEW_MIN && n < said.n && n < more.n && n >= OVERLAP_MIN &&
	       n * 3 >= said.n * 2;
}

static size_t words(struct us_span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += !is_blank(s.p[i]) && (i == 0 || is_blank(s.p[i - 1]));
	return n;
}

/* How many bytes at the front of `more` are the end of `said`, if enough to be no accident. */
static size_t overlap(struct us_span said, struct us_span more, struct us_seam_ways ways)
{
	size_t n = said.n < OVERLAP_MAX ? said.n : OVERLAP_MAX;

	for (n = n < more.n ? n : more.n; n; n--) {
		bool enough =
			ways.exact ? n >= OVERLAP_EXACT
				   : n >= OVERLAP_MIN || words(us_span(more.p, n)) >= OVERLAP_WORDS;

		if (enough && memcmp(said.p + said.n - n, more.p, n) == 0)
			return n;
	}
	return 0;
}

/* The letters of a word that was cut: it begins `more`, and goes on there. */
static size_t fragment(struct us_span said, struct us_span more, struct us_seam_ways ways)
{
	size_t n = 0, least = ways.exact ? FRAGMENT_EXACT : FRAGMENT_MIN;

	while (n < said.n && is_letter(said.p[said.n - 1 - n]))
		n++;
	if (n < least || n >= more.n || (n < said.n && is_wordy(said.p[said.n - 1 - n])))
		return 0;
	if (memcmp(said.p + said.n - n, more.p, n) != 0 || !is_letter(more.p[n]))
		return 0;
	return n;
}

/* Blanks at the end that are at the beginning again. Who has not seen them says them all; who has,
 * hardly ever, and then it is the one between two words. */
static size_t blanks(struct us_span said, struct us_span more, struct us_seam_ways ways)
{
	size_t n = 0;

	while (n < said.n && is_blank(said.p[said.n - 1 - n]))
		n++;
	if (ways.trimmed)
		return common(us_span_from(said, said.n - n), more);
	return !ways.exact && n == 1 && more.n > 1 && said.p[said.n - 1] == ' ' &&
	       more.p[0] == ' ' && !is_blank(more.p[1]);
}

/* --- lead-ins -------------------------------------------------------------------------------- */

static const struct {
	const char *opens, *closes;
} marks[] = {
	{ "```", "```" },
	{ "\"", "\"" },
	{ "`", "`" },
	{ "'", "'" },
	{ "\xc2\xab", "\xc2\xbb" },         /* guillemets */
	{ "\xe2\x80\x9c", "\xe2\x80\x9d" }, /* curly quotes */
	{ "...", "" },
	{ "\xe2\x80\xa6", "" }, /* an ellipsis */
};

static size_t skip_blanks(struct us_span s, size_t at)
{
	while (at < s.n && is_blank(s.p[at]))
		at++;
	return at;
}

/* Behind an opening mark at `at`, if there is one; a fence's language goes with it. */
static size_t skip_mark(struct us_span s, size_t at, struct us_span *closing)
{
	for (size_t i = 0; i < US_COUNT(marks); i++) {
		if (!us_span_starts(us_span_from(s, at), marks[i].opens))
			continue;
		*closing = us_span_of(marks[i].closes);
		at += strlen(marks[i].opens);
		while (i == 0 && at < s.n && is_letter(s.p[at]))
			at++;
		return i == 0 && at < s.n && s.p[at] == '\n' ? at + 1 : at;
	}
	return at;
}

/* "Continuing from where I was:" */
static size_t skip_phrase(struct us_span s)
{
	size_t most = s.n < LEAD_MAX ? s.n : LEAD_MAX;
	const char *colon = most ? memchr(s.p, ':', most) : NULL;

	return colon ? (size_t)(colon - s.p) + 1 : 0;
}

struct leads {
	size_t at[6];
	struct us_span closing[6];
	size_t n;
};

static void add_lead(struct leads *l, struct us_span more, size_t at)
{
	size_t bare = skip_blanks(more, at), marked;
	struct us_span closing = { "", 0 };

	l->at[l->n++] = at;
	if (bare != at)
		l->at[l->n++] = bare;
	marked = skip_mark(more, bare, &closing);
	if (marked == bare)
		return;
	l->closing[l->n] = closing;
	l->at[l->n++] = marked;
}

static struct leads leads_of(struct us_span more)
{
	struct leads l = { .n = 0 };
	size_t phrase = skip_phrase(more);

	add_lead(&l, more, 0);
	if (phrase)
		add_lead(&l, more, phrase);
	return l;
}

/* --- all together ---------------------------------------------------------------------------- */

static bool said_before(struct us_span said, struct us_span more, struct us_seam_ways ways,
                        struct us_seam *out)
{
	size_t n;

	if (begins_anew(said, more, ways)) {
		n = common(said, more);
		out->skip += n;
		out->again = n == more.n && n < said.n ? n : 0;
		out->unlike = n < more.n && n < said.n;
		if (!out->unlike)
			return true;
		out->skip -= n;
	}
	out->unlike |= begins_otherwise(said, more, ways);
	n = overlap(said, more, ways);
	out->skip += n;
	out->unlike &= !n;
	return n > 0 || out->unlike;
}

struct us_seam us_seam_find(struct us_span said, struct us_span more, struct us_seam_ways ways)
{
	struct leads leads = leads_of(more);
	struct us_seam none = { .closing = { "", 0 } };

	for (size_t i = 0; said.n && i < leads.n; i++) {
		struct us_seam s = { .skip = leads.at[i], .closing = leads.closing[i] };

		if (leads.at[i] < more.n &&
		    said_before(said, us_span_from(more, leads.at[i]), ways, &s))
			return s;
	}
	none.skip = fragment(said, more, ways);
	if (!none.skip)
		none.skip = blanks(said, more, ways);
	return none;
}

/* --- JSON ------------------------------------------------------------------------------------ */

/* Is `said` with what follows one whole value, and nothing but blanks and fences behind it? */
static bool is_one_value(struct us_span said, struct us_span more, size_t *length)
{
	struct us_push push = { 0 };
	size_t used = 0;

	if (us_push_feed(&push, said, &used) != US_PUSH_MORE)
		return false;
	if (us_push_feed(&push, more, length) != US_PUSH_DONE)
		return false;
	for (size_t i = *length; i < more.n; i++)
		if (!is_blank(more.p[i]) && more.p[i] != '`')
			return false;
	return true;
}

static bool fits_at(struct us_span said, struct us_span more, size_t n, size_t *length)
{
	return n <= said.n && n <= more.n && (!n || memcmp(said.p + said.n - n, more.p, n) == 0) &&
	       is_one_value(said, us_span_from(more, n), length);
}

/* As of any text; if that makes no value of the two, as much said again as is needed for one. */
bool us_seam_json(struct us_span said, struct us_span more, struct us_seam_ways ways, size_t *skip,
                  size_t *length)
{
	struct us_seam seam = us_seam_find(said, more, ways);
	size_t most = more.n < OVERLAP_MAX ? more.n : OVERLAP_MAX;

	*skip = seam.skip;
	if (!seam.again && !seam.unlike &&
	    is_one_value(said, us_span_from(more, seam.skip), length))
		return true;
	if (fits_at(said, more, *skip = 0, length))
		return true;
	for (*skip = most; *skip; --*skip)
		if (fits_at(said, more, *skip, length))
			return true;
	return false;
}
