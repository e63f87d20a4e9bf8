/* joint_call.c - completes a tool call that was cut within its arguments
 *
 * The program has got the beginning of them. Who is asked makes the same call once more: what he
 * says of it that was not said is the rest. Or he is shown the beginning, and writes the rest of
 * the text. Nothing of either is let out before both are one object that has what the tool wants;
 * then the call ends, and the answer with it.
 */
#include "wire/joint.h"

#include "wire/fits.h"
#include "wire/request.h"
#include "wire/rest.h"

static int emit(struct us_joint *j, enum us_ev_kind kind, struct us_span text)
{
	struct us_ev ev = { .kind = kind,
		            .ix = j->blocks - 1,
		            .block = US_TOOL_CALL,
		            .text = text,
		            .stop = US_STOP_TOOL };

	if (kind == US_EV_STOP)
		ev.text = us_span(NULL, 0);
	return text.n || kind != US_EV_ARGS ? j->next.put(j->next.self, &ev) : 0;
}

/* What is missing, to the end of `out`. */
static bool find_rest(struct us_joint *j, struct us_buf *out)
{
	struct us_span said = us_buf_span(&j->said), more = us_buf_span(&j->held);
	size_t skip, length;

	if (!j->spec.in_words)
		return j->called && us_json_rest(said, more, out) == 0;
	if (!us_seam_json(said, more, j->spec.ways, &skip, &length))
		return false;
	return us_buf_add(out, more.p + skip, length) == 0;
}

static bool is_right(struct us_joint *j, struct us_span rest)
{
	us_buf_add_span(&j->said, rest);
	return !j->said.err && us_args_kind(us_buf_span(&j->said)) == US_ARGS_OBJECT &&
	       us_json_fits(us_buf_span(&j->said), j->spec.schema);
}

static int complete(struct us_joint *j)
{
	struct us_buf rest;
	int rc;

	us_buf_init(&rest, j->held.max);
	if (!find_rest(j, &rest) || !is_right(j, us_buf_span(&rest))) {
		us_buf_fini(&rest);
		j->state = US_JOINT_MISFITS;
		return US_EINVAL;
	}
	j->state = US_JOINT_FLOWS;
	j->skipped = j->held.n - rest.n;
	rc = emit(j, US_EV_ARGS, us_buf_span(&rest));
	us_buf_fini(&rest);
	if (!rc)
		rc = emit(j, US_EV_BLOCK_CLOSE, us_span("", 0));
	return rc ? rc : emit(j, US_EV_STOP, us_span("", 0));
}

/* Of the calls the first to that tool counts; asked in words, the text does. */
static void block_opens(struct us_joint *j, const struct us_ev *ev)
{
	j->hidden = true;
	if (j->spec.in_words) {
		j->hidden = ev->block != US_TEXT;
	} else if (ev->block == US_TOOL_CALL && !j->called &&
	           us_span_eq(us_rename_back(j->spec.renames, ev->name), j->spec.call)) {
		j->called = true;
		j->hidden = false;
	}
}

int us_joint_call_put(struct us_joint *j, const struct us_ev *ev)
{
	switch (ev->kind) {
	case US_EV_BLOCK_OPEN:
		block_opens(j, ev);
		return 0;
	case US_EV_BLOCK_CLOSE:
		j->hidden = true;
		return 0;
	case US_EV_TEXT:
	case US_EV_ARGS:
		if (!j->hidden)
			us_buf_add_span(&j->held, ev->text);
		return j->held.err;
	case US_EV_STOP:
		return complete(j);
	case US_EV_SIG:
	case US_EV_PING:
		return 0;
	default:
		return j->next.put(j->next.self, ev);
	}
}
