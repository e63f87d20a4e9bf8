/* question.c - what a human is asked, and how it is stored
 *
 *    "utdyqst1" | state opened expires last count answered | id key task error context verb text by
 *    | number of channels | { at tries not-before } ...
 *
 * Numbers of 64 bits; texts are a length and bytes. A record with more channels than we know is
 * from a newer version: theirs are dropped.
 */
#include "agent/question.h"

#include "base/pack.h"

#define MAGIC 0x3174737179647475u /* "utdyqst1" */
#define CHANNELS_MAX 64

int us_question_encode(const struct us_question *q, struct us_buf *out)
{
	const struct us_span texts[] = { us_span_of(q->id), q->key,  q->task, q->error,
		                         q->context,        q->verb, q->text, q->by };

	us_pack_u64(out, MAGIC);
	us_pack_u64(out, q->state);
	us_pack_u64(out, q->opened_ms);
	us_pack_u64(out, q->expires_ms);
	us_pack_u64(out, q->last_ms);
	us_pack_u64(out, q->count);
	us_pack_u64(out, q->answered_ms);
	for (size_t i = 0; i < US_COUNT(texts); i++)
		us_pack_bytes(out, texts[i]);
	us_pack_u64(out, US_CHANNELS);
	for (size_t i = 0; i < US_CHANNELS; i++) {
		us_pack_u64(out, q->told[i].at_ms);
		us_pack_u64(out, q->told[i].tries);
		us_pack_u64(out, q->told[i].not_before_ms);
	}
	return out->err;
}

static void read_told(struct us_question *q, struct us_unpack *u)
{
	uint64_t n = us_unpack_u64(u);

	if (n > CHANNELS_MAX)
		u->bad = true;
	for (uint64_t i = 0; i < n && !u->bad; i++) {
		struct us_told told = { 0 };

		told.at_ms = us_unpack_u64(u);
		told.tries = us_unpack_u64(u);
		told.not_before_ms = us_unpack_u64(u);
		if (i < US_CHANNELS)
			q->told[i] = told;
	}
}

bool us_question_decode(struct us_question *q, struct us_span bytes)
{
	struct us_unpack u = { .rest = bytes };
	uint64_t magic = us_unpack_u64(&u), state = us_unpack_u64(&u);
	struct us_span id;

	*q = (struct us_question){ 0 };
	q->opened_ms = us_unpack_u64(&u);
	q->expires_ms = us_unpack_u64(&u);
	q->last_ms = us_unpack_u64(&u);
	q->count = us_unpack_u64(&u);
	q->answered_ms = us_unpack_u64(&u);
	id = us_unpack_bytes(&u);
	q->key = us_unpack_bytes(&u);
	q->task = us_unpack_bytes(&u);
	q->error = us_unpack_bytes(&u);
	q->context = us_unpack_bytes(&u);
	q->verb = us_unpack_bytes(&u);
	q->text = us_unpack_bytes(&u);
	q->by = us_unpack_bytes(&u);
	read_told(q, &u);
	if (u.bad || magic != MAGIC || state > US_QUESTION_DEFAULTED || id.n >= sizeof(q->id))
		return false;
	q->state = (enum us_question_state)state;
	memcpy(q->id, id.p, id.n);
	return true;
}

const char *us_question_state_word(enum us_question_state state)
{
	static const char *const words[] = { [US_QUESTION_OPEN] = "open",
		                             [US_QUESTION_ANSWERED] = "answered",
		                             [US_QUESTION_DENIED] = "denied",
		                             [US_QUESTION_EXPIRED] = "expired",
		                             [US_QUESTION_DEFAULTED] = "defaulted" };

	return words[state];
}

bool us_answer_read(struct us_span words, struct us_span *verb, struct us_span *text)
{
	struct us_span rest = us_span_trim(words);

	us_span_next(&rest, ' ', verb);
	*text = us_span_trim(rest);
	if (!text->p)
		*text = us_span("", 0);
	if (us_span_is(*verb, "retry") || us_span_is(*verb, "abort"))
		return text->n == 0;
	return (us_span_is(*verb, "use") || us_span_is(*verb, "text")) && text->n;
}

static size_t length_by(unsigned char c)
{
	return c < 0x80 ? 1 : c < 0xc0 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf8 ? 4 : 0;
}

/* Bytes of the UTF-8 character at p; 0: it is none. */
static size_t utf8(const char *p, size_t n)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = length_by((unsigned char)p[0]);
	uint32_t v = (unsigned char)p[0] & (len > 1 ? 0x7fu >> len : 0x7fu);

	if (!len || len > n)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if (((unsigned char)p[i] & 0xc0) != 0x80)
			return 0;
		v = v << 6 | ((unsigned char)p[i] & 0x3f);
	}
	return v >= least[len] && v <= 0x10ffff && (v & ~0x7ffu) != 0xd800 ? len : 0;
}

struct us_span us_question_clean(struct us_span text, struct us_arena *a)
{
	char *out = us_arena_alloc(a, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; out && i < text.n;) {
		size_t len = utf8(text.p + i, text.n - i);
		unsigned char c = (unsigned char)text.p[i];

		if (!len || (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) {
			out[n++] = '?';
			i++;
			continue;
		}
		memcpy(out + n, text.p + i, len);
		n += len;
		i += len;
	}
	return us_span(out ? out : "", n);
}
