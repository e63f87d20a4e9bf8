/* mock_responses_items.c - what OpenAI demands of the input of a Responses request
 *
 * An output belongs to a call before it, a call to an output behind it; what is said in between is
 * not minded. Ids of items are looked up by what they begin with.
 */
#include "cli/mock_openai.h"
#include "cli/mock_responses.h"

struct walk {
	struct us_mock_check *c;
	const struct us_mock_json *input; /* the first item */
	const struct us_mock_json *item;
	size_t at;
};

static struct us_span text_of(const struct us_mock_json *v, const char *name)
{
	return us_mock_json_text(us_mock_json_get(v, name));
}

static bool is(const struct us_mock_json *item, const char *type)
{
	return us_span_is(text_of(item, "type"), type);
}

/* A message need not say that it is one. */
static bool is_message(const struct us_mock_json *item)
{
	return is(item, "message") || !us_mock_json_get(item, "type");
}

/* What an item's id begins with, and what an output's call is. */
static const struct {
	const char *type, *prefix, *call, *words;
} types[] = {
	{ "message", "msg", NULL, NULL },
	{ "function_call", "fc", NULL, NULL },
	{ "custom_tool_call", "ctc", NULL, NULL },
	{ "reasoning", "rs", NULL, NULL },
	{ "function_call_output", "fc", "function_call", "function call" },
	{ "custom_tool_call_output", "ctc", "custom_tool_call", "custom tool call" },
};

static int refuse(struct walk *w, const char *code, struct us_span message)
{
	return us_mock_check_refuse(w->c, code, "input", message);
}

/* It looks up what has an id, and finds only what it has given one. */
static int find_item(struct walk *w, struct us_span id)
{
	int rc;

	if (w->c->lax || us_span_has(id, "_Mock"))
		return 0;
	rc = refuse(w, NULL,
	            us_arena_printf(w->c->arena,
	                            "Item with id '%.*s' not found. Items are not persisted when "
	                            "`store` is set to false. Try again with `store` set to true, "
	                            "or remove this item from your input.",
	                            (int)id.n, id.p));
	w->c->refusal->status = 404;
	return rc;
}

static int check_id(struct walk *w, size_t type)
{
	struct us_span id = text_of(w->item, "id");

	if (!us_mock_json_get(w->item, "id"))
		return 0;
	if (us_span_starts(id, types[type].prefix))
		return find_item(w, id);
	return us_mock_check_refuse(
		w->c, "invalid_value", us_arena_printf(w->c->arena, "input[%zu].id", w->at).p,
		us_arena_printf(w->c->arena,
	                        "Invalid 'input[%zu].id': '%.*s'. Expected an ID that begins with "
	                        "'%s'.",
	                        w->at, (int)id.n, id.p, types[type].prefix));
}

/* Is there such an item for this call from `from` up to `end`? */
static bool has(const struct us_mock_json *from, const struct us_mock_json *end, const char *type,
                struct us_span call)
{
	for (; from && from != end; from = from->next)
		if (is(from, type) && us_span_eq(text_of(from, "call_id"), call))
			return true;
	return false;
}

static int check_output(struct walk *w, size_t type)
{
	struct us_span call = text_of(w->item, "call_id");

	if (!types[type].call || has(w->input, w->item, types[type].call, call))
		return 0;
	return refuse(w, NULL,
	              us_arena_printf(w->c->arena,
	                              "No tool call found for %s output with call_id %.*s.",
	                              types[type].words, (int)call.n, call.p));
}

static int check_call(struct walk *w, size_t type)
{
	struct us_span call = text_of(w->item, "call_id");

	for (size_t i = 0; i < US_COUNT(types); i++) {
		if (!types[i].call || strcmp(types[i].call, types[type].type) != 0)
			continue;
		if (has(w->input, w->item, types[type].type, call))
			return refuse(w, NULL,
			              us_arena_printf(w->c->arena,
			                              "Duplicate call_id %.*s in 'input'.",
			                              (int)call.n, call.p));
		if (!has(w->item, NULL, types[i].type, call))
			return refuse(w, NULL,
			              us_arena_printf(w->c->arena,
			                              "No tool output found for %s %.*s.",
			                              types[i].words, (int)call.n, call.p));
	}
	return 0;
}

/* One of those that name where its bytes are. */
static int check_part(struct walk *w, const struct us_mock_json *part,
                      const struct us_mock_path *at)
{
	struct us_span place = us_mock_check_place(w->c, at);

	if (is(part, "input_image") && !us_mock_json_get(part, "file_id"))
		return us_mock_openai_check_image(w->c, text_of(part, "image_url"), place);
	if (!is(part, "input_file") || us_mock_json_get(part, "file_id") ||
	    us_mock_json_get(part, "file_url"))
		return 0;
	return us_mock_openai_check_file(w->c, text_of(part, "file_data"),
	                                 text_of(part, "filename"), place);
}

/* The parts of a message have the shape that goes with its role; outputs have had theirs. */
static int check_parts(struct walk *w)
{
	bool message = is_message(w->item);
	bool answer = message && us_span_is(text_of(w->item, "role"), "assistant");
	const struct us_mock_json *parts =
		us_mock_json_get(w->item, message ? "content" : "output");
	struct us_mock_path list = { .name = US_SPAN("input") };
	struct us_mock_path item = { .up = &list, .index = w->at };
	struct us_mock_path member = { .up = &item, .name = US_SPAN("content") };
	struct us_mock_path here = { .up = &member };
	int rc = 0;

	if (!parts || parts->kind != US_MOCK_ARR)
		return 0;
	for (const struct us_mock_json *p = parts->first; !rc && p; p = p->next, here.index++) {
		rc = us_mock_check_object(w->c, &here, p,
		                          answer ? &us_mock_responses_answered
		                                 : &us_mock_responses_asked);
		if (!rc)
			rc = check_part(w, p, &here);
	}
	return rc;
}

/* With a conversation that is kept, the calls may be in what is kept. */
static int check_item(struct walk *w, bool alone)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < US_COUNT(types); i++) {
		if (!is(w->item, types[i].type))
			continue;
		rc = check_id(w, i);
		if (!rc && alone)
			rc = check_output(w, i);
		if (!rc && alone)
			rc = check_call(w, i);
	}
	return rc ? rc : check_parts(w);
}

int us_mock_responses_check_items(struct us_mock_check *c, const struct us_mock_json *q)
{
	const struct us_mock_json *input = us_mock_json_get(q, "input");
	bool alone = !us_mock_json_get(q, "previous_response_id") &&
	             !us_mock_json_get(q, "conversation");
	struct walk w = { .c = c };
	int rc = 0;

	if (!input || input->kind != US_MOCK_ARR)
		return 0;
	w.input = input->first;
	for (w.item = w.input; !rc && w.item; w.item = w.item->next, w.at++)
		rc = check_item(&w, alone);
	return rc;
}
