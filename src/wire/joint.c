/* joint.c - makes another provider's continuation go on exactly where an answer broke off */
#include "wire/joint.h"

#include "wire/fits.h"

#define SAID_MAX ((size_t)64 << 20)
#define AGAIN_MIN ((size_t)12) /* so many bytes are hardly said twice by chance */
#define WORDS_MIN ((size_t)40) /* fewer may be but the beginning of a lead-in */

void us_joint_init(struct us_joint *j, const struct us_joint_spec *spec, struct us_sink next)
{
	*j = (struct us_joint){ .spec = *spec, .next = next };
	us_buf_init(&j->said, SAID_MAX);
	us_buf_init(&j->held, SAID_MAX);
	us_buf_add_span(&j->said, spec->text);
	j->open = spec->open;
	j->blocks = spec->blocks;
	j->closing = us_span("", 0);
}

void us_joint_fini(struct us_joint *j)
{
	us_buf_fini(&j->said);
	us_buf_fini(&j->held);
}

static int misfit(struct us_joint *j)
{
	j->state = US_JOINT_MISFITS;
	return US_EINVAL;
}

static int pass(struct us_joint *j, const struct us_ev *ev)
{
	return j->next.put(j->next.self, ev);
}

static int close_block(struct us_joint *j, enum us_block_kind kind)
{
	struct us_ev ev = { .kind = US_EV_BLOCK_CLOSE, .ix = j->blocks - 1, .block = kind };

	if (!j->open)
		return 0;
	j->open = false;
	return pass(j, &ev);
}

static int open_block(struct us_joint *j, const struct us_ev *from)
{
	struct us_ev ev = *from;

	ev.ix = j->blocks++;
	j->open = true;
	return pass(j, &ev);
}

/* The text goes on in the block that is open; only where there is none one is begun. */
static int say(struct us_joint *j, struct us_span text)
{
	static const struct us_ev begun = { .kind = US_EV_BLOCK_OPEN, .block = US_TEXT };
	struct us_ev ev = { .kind = US_EV_TEXT, .block = US_TEXT, .text = text };
	int rc = 0;

	if (!text.n)
		return 0;
	if (!j->open)
		rc = open_block(j, &begun);
	ev.ix = j->blocks - 1;
	return rc ? rc : pass(j, &ev);
}

/* A mark that may be the closing one waits for what follows it. */
static int flow(struct us_joint *j, struct us_span text)
{
	size_t mark = j->closing.n, n;
	int rc;

	if (!mark)
		return say(j, text);
	us_buf_add_span(&j->held, text);
	n = us_span_ends(us_span_trim(us_buf_span(&j->held)), j->closing.p) ? j->held.n : 0;
	while (n && memcmp(j->held.p + n - mark, j->closing.p, mark) != 0)
		n--;
	n = n ? n - mark : j->held.n;
	rc = say(j, us_span(j->held.p, n));
	us_buf_eat(&j->held, n);
	return rc ? rc : j->held.err;
}

/* What is held is the continuation from its beginning. */
static int join(struct us_joint *j)
{
	struct us_span more = us_buf_span(&j->held);
	struct us_seam seam = us_seam_find(us_buf_span(&j->said), more, j->spec.ways);
	struct us_buf held = j->held;
	int rc;

	if (seam.unlike)
		return misfit(j);
	j->skipped = seam.skip;
	j->closing = seam.closing;
	j->state = seam.again ? US_JOINT_REPLAYS : US_JOINT_FLOWS;
	j->at = seam.again;
	us_buf_init(&j->held, held.max);
	rc = seam.again ? 0 : flow(j, us_span(more.p + seam.skip, more.n - seam.skip));
	us_buf_fini(&held);
	return rc;
}

/* It said the beginning again: it is swallowed as far as the program has it. */
static int replay(struct us_joint *j, struct us_span text)
{
	size_t left = j->said.n - j->at, n = text.n < left ? text.n : left;

	if (memcmp(j->said.p + j->at, text.p, n) != 0)
		return misfit(j);
	j->at += n;
	j->skipped += n;
	if (j->at < j->said.n)
		return 0;
	j->state = US_JOINT_FLOWS;
	return flow(j, us_span(text.p + n, text.n - n));
}

/* All of it is there: nothing is said before it is known to be right. */
static int join_json(struct us_joint *j)
{
	struct us_span said = us_buf_span(&j->said), more = us_buf_span(&j->held);
	size_t skip = 0, length = 0;
	int rc;

	if (!us_seam_json(said, more, j->spec.ways, &skip, &length))
		return misfit(j);
	us_buf_add(&j->said, more.p + skip, length);
	if (j->said.err || !us_json_fits(us_buf_span(&j->said), j->spec.schema))
		return misfit(j);
	j->state = US_JOINT_FLOWS;
	j->skipped = skip;
	rc = say(j, us_span(more.p + skip, length));
	us_buf_clear(&j->held);
	return rc;
}

bool us_joint_waits(const struct us_joint *j)
{
	size_t least = j->spec.ways.exact ? 1 : WORDS_MIN;

	return j->state == US_JOINT_HOLDS && j->held.n >= least && !j->spec.json &&
	       !us_set(j->spec.call);
}

/* Are the latest words some that were said already, not from the very beginning? Then more of them
 * may follow, and where they end can't be seen yet. */
static bool says_again(const struct us_joint *j)
{
	bool anew = us_seam_find(us_buf_span(&j->said), us_buf_span(&j->held), j->spec.ways).again;
	struct us_span held = us_span_trim(us_buf_span(&j->held)), said = us_buf_span(&j->said);

	if (said.n > 2 * US_JOINT_HOLD)
		said = us_span(said.p + said.n - 2 * US_JOINT_HOLD, 2 * US_JOINT_HOLD);
	if (held.n > AGAIN_MIN)
		held = us_span(held.p + held.n - AGAIN_MIN, AGAIN_MIN);
	return !anew && held.n == AGAIN_MIN && said.n && memmem(said.p, said.n, held.p, held.n);
}

int us_joint_settle(struct us_joint *j)
{
	return us_joint_waits(j) && !says_again(j) ? join(j) : 0;
}

/* No more text follows in this block. */
static int text_ended(struct us_joint *j)
{
	int rc = 0;

	if (j->state == US_JOINT_HOLDS && !j->spec.json)
		rc = join(j);
	if (!rc && j->state == US_JOINT_REPLAYS)
		return misfit(j); /* it began anew, and ended before it came to where it was cut */
	if (j->state == US_JOINT_FLOWS && j->closing.n)
		us_buf_clear(&j->held); /* the mark that belonged to the lead-in */
	return rc;
}

static int text(struct us_joint *j, struct us_span text)
{
	if (j->hidden || !text.n)
		return 0;
	if (j->state == US_JOINT_REPLAYS)
		return replay(j, text);
	if (j->state == US_JOINT_FLOWS)
		return flow(j, text);
	us_buf_add_span(&j->held, text);
	if (j->held.err || j->said.err)
		return misfit(j);
	return !j->spec.json && j->held.n >= US_JOINT_HOLD ? join(j) : 0;
}

/* Thoughts are not shown; a refusal is no continuation. A text goes on in the one that is open. */
static int block_opens(struct us_joint *j, const struct us_ev *ev)
{
	int rc;

	j->hidden = ev->block != US_TEXT && ev->block != US_TOOL_CALL;
	if (ev->block == US_REFUSAL)
		return misfit(j);
	if (ev->block != US_TOOL_CALL)
		return 0;
	rc = text_ended(j);
	if (!rc)
		rc = close_block(j, US_TEXT);
	return rc ? rc : open_block(j, ev);
}

static int block_closes(struct us_joint *j, const struct us_ev *ev)
{
	if (ev->block == US_TOOL_CALL)
		return close_block(j, US_TOOL_CALL);
	j->hidden = false;
	return 0;
}

static int usage(struct us_joint *j, struct us_usage u)
{
	struct us_ev ev = { .kind = US_EV_USAGE, .usage = u };
	const struct us_usage *first = &j->spec.usage;
	unsigned in = US_USAGE_IN | US_USAGE_CACHE_READ | US_USAGE_CACHE_WRITE;

	if (first->known & US_USAGE_IN)
		ev.usage.known &= ~in; /* the question was read once, as far as the program knows */
	if (u.known & US_USAGE_OUT)
		ev.usage.out += (j->spec.bytes + 3) / 4;
	return ev.usage.known ? pass(j, &ev) : 0;
}

static int stop(struct us_joint *j, const struct us_ev *ev)
{
	int rc = text_ended(j);

	if (!rc && j->spec.json && j->state == US_JOINT_HOLDS)
		rc = join_json(j);
	if (!rc)
		rc = close_block(j, US_TEXT);
	return rc ? rc : pass(j, ev);
}

int us_joint_put(void *joint, const struct us_ev *ev)
{
	struct us_joint *j = joint;

	if (j->state == US_JOINT_MISFITS)
		return US_EINVAL;
	if (ev->kind == US_EV_START || ev->kind == US_EV_USAGE)
		return usage(j, ev->usage);
	if (us_set(j->spec.call))
		return us_joint_call_put(j, ev);
	switch (ev->kind) {
	case US_EV_BLOCK_OPEN:
		return block_opens(j, ev);
	case US_EV_TEXT:
		return text(j, ev->text);
	case US_EV_BLOCK_CLOSE:
		return block_closes(j, ev);
	case US_EV_STOP:
		return stop(j, ev);
	case US_EV_ARGS: {
		struct us_ev moved = *ev;

		moved.ix = j->blocks - 1;
		return pass(j, &moved);
	}
	case US_EV_PING: /* no sign yet that it will go on */
		return j->state == US_JOINT_FLOWS ? pass(j, ev) : 0;
	case US_EV_SIG:
		return 0;
	default:
		return pass(j, ev);
	}
}
