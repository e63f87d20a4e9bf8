/* responses_back.c - OpenAI gets items and answers back that it never made
 *
 * It looks items up by their ids: what bears one of ours loses it, for nothing else in an item
 * depends on it. Thoughts are nothing without their ids, and go. A reference to an item, or to an
 * answer, of ours is to something that OpenAI does not have.
 *
 * Where the program goes on from an answer's id, all that was said before is put in its place. That
 * is recorded as a list of items, each as the program sent it or was shown it.
 */
#include "wire/back.h"

#include "wire/mint.h"
#include "wire/responses_answer.h"

/* --- ids ------------------------------------------------------------------------------------- */

static bool is_ours(struct us_val id)
{
	struct us_span raw = us_val_raw(id);

	return us_val_is(id, US_J_STRING) && us_minted(us_span(raw.p + 1, raw.n - 2));
}

static void mend_item(struct us_edit *e, struct us_val item)
{
	if (!is_ours(us_val_get(item, "id")))
		return;
	if (us_val_str_is(us_val_get(item, "type"), "reasoning")) {
		us_edit_drop(e, item, item);
		return;
	}
	for (struct us_iter it = us_iter(item); us_iter_next(&it);)
		if (us_val_str_is(it.key, "id"))
			us_edit_drop(e, it.key, it.val);
}

static void mend(struct us_edit *e, struct us_val request, const struct us_loop *loop)
{
	struct us_val input = us_val_get(request, "input");

	if (us_val_is(input, US_J_ARRAY))
		for (struct us_iter it = us_iter(input); us_iter_next(&it);)
			mend_item(e, it.val);
}

/* --- going on from an id --------------------------------------------------------------------- */

static struct us_span previous(struct us_val request, struct us_arena *a)
{
	return us_val_str(us_val_get(request, "previous_response_id"), a);
}

/* Unless it says otherwise, OpenAI keeps it. */
static bool keeps(struct us_val request)
{
	return !us_val_is(us_val_get(request, "store"), US_J_FALSE) &&
	       !us_val_given(us_val_get(request, "conversation")) &&
	       !us_val_given(us_val_get(request, "prompt"));
}

/* What the input holds, as items with commas between; a string is a message of the user's. */
static void add_input(struct us_buf *out, struct us_val input)
{
	struct us_print p = us_print(out);
	struct us_span raw = us_val_raw(input);

	if (!us_val_is(input, US_J_STRING)) {
		us_buf_add_span(out, us_span_trim(us_span(raw.p + 1, raw.n - 2)));
		return;
	}
	us_print_open(&p, '{');
	us_print_member(&p, "role", US_SPAN("user"));
	us_print_member_raw(&p, "content", raw);
	us_print_close(&p, '}');
}

static bool is_empty(struct us_val input)
{
	return us_val_is(input, US_J_ARRAY) && !us_val_count(input);
}

static void expand(struct us_edit *e, struct us_val request, struct us_span before)
{
	struct us_val input = us_val_get(request, "input");

	for (struct us_iter it = us_iter(request); us_iter_next(&it);) {
		if (us_val_str_is(it.key, "previous_response_id"))
			us_edit_drop(e, it.key, it.val);
		if (it.val.tok != input.tok)
			continue;
		us_edit_replace_raw(e, input, US_SPAN("["));
		us_buf_add_span(e->out, before);
		if (before.n && !is_empty(input))
			us_buf_add_char(e->out, ',');
		add_input(e->out, input);
		us_buf_add_char(e->out, ']');
	}
}

/* What a hosted tool has done can't be told again, and what is not known may matter. */
static bool is_plain(const struct us_resp *answer)
{
	for (size_t i = 0; i < answer->nblocks; i++)
		if (answer->blocks[i].kind == US_HOSTED || answer->blocks[i].kind == US_UNKNOWN)
			return false;
	return answer->ended && !answer->failed;
}

static int record(struct us_val request, const struct us_resp *answer, const struct us_look *look,
                  struct us_buf *out)
{
	struct us_responses_walk w = { 0 };
	struct us_responses_item item;
	struct us_val input = us_val_get(request, "input");
	struct us_print p = us_print(out);

	if (!is_plain(answer) || !us_val_given(input))
		return US_EINVAL;
	add_input(out, input);
	p.comma = out->n > 0;
	while (us_responses_next(look, answer, &w, &item))
		us_responses_print_item(&p, look, &item, "completed");
	return out->err;
}

const struct us_back us_responses_back = {
	.mend = mend,
	.code = "ITEM_IDS_DROPPED",
	.previous = previous,
	.keeps = keeps,
	.expand = expand,
	.record = record,
	.id = "resp_",
	.id_n = US_RESPONSES_ID,
};
