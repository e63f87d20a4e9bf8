/* mock_openai_messages.c - what OpenAI demands of the conversation
 *
 * The messages after an assistant message with tool calls must be the results of these calls, each
 * of them once, in any order, before anything else is said.
 */
#include "cli/mock_openai.h"

#define LIST_MAX ((size_t)1 << 20)

struct walk {
	struct us_mock_check *c;
	const struct us_mock_json *calls; /* of the assistant message whose results are awaited */
	const struct us_mock_json *first_result;
	size_t asked_at; /* that message's index */
	size_t at;       /* this message's index */
};

/* These rules are older than the others: their places have a dot before the bracket. */
static int refuse_at(struct walk *w, const char *member, struct us_span message)
{
	return us_mock_check_refuse(
		w->c, NULL, us_arena_printf(w->c->arena, "messages.[%zu].%s", w->at, member).p,
		message);
}

/* Is there an element of `list` from `from` up to `end` whose `member` is this string? */
static bool holds(const struct us_mock_json *from, const struct us_mock_json *end,
                  const char *member, struct us_span text)
{
	for (; from && from != end; from = from->next)
		if (us_span_eq(us_mock_json_text(us_mock_json_get(from, member)), text))
			return true;
	return false;
}

/* The ids of the calls that have no result before `m`, which is NULL at the end. */
static struct us_span unanswered(struct walk *w, const struct us_mock_json *m)
{
	const struct us_mock_json *call = w->calls ? w->calls->first : NULL;
	struct us_buf list;

	us_buf_init(&list, LIST_MAX);
	for (; call; call = call->next) {
		struct us_span id = us_mock_json_text(us_mock_json_get(call, "id"));

		if (holds(w->first_result, m, "tool_call_id", id))
			continue;
		us_buf_add_str(&list, list.n ? ", " : "");
		us_buf_add_span(&list, id);
	}
	return us_mock_keep(w->c->arena, &list);
}

/* Called for whatever is no result, and at the end. */
static int all_answered(struct walk *w, const struct us_mock_json *m)
{
	struct us_span ids = unanswered(w, m);

	w->calls = NULL;
	if (!ids.n)
		return 0;
	w->at = w->asked_at;
	return refuse_at(w, "role",
	                 us_arena_printf(w->c->arena,
	                                 "An assistant message with 'tool_calls' must be "
	                                 "followed by tool messages responding to each "
	                                 "'tool_call_id'. The following tool_call_ids did not "
	                                 "have response messages: %s",
	                                 ids.p));
}

/* A result: after its call, and only once. */
static int tool(struct walk *w, const struct us_mock_json *m)
{
	struct us_span id = us_mock_json_text(us_mock_json_get(m, "tool_call_id"));

	if (!w->calls)
		return refuse_at(w, "role",
		                 US_SPAN("Invalid parameter: messages with role 'tool' must be a "
		                         "response to a preceeding message with 'tool_calls'."));
	if (!holds(w->calls->first, NULL, "id", id))
		return refuse_at(w, "tool_call_id",
		                 us_arena_printf(w->c->arena,
		                                 "Invalid parameter: 'tool_call_id' of '%.*s' not "
		                                 "found in 'tool_calls' of previous message.",
		                                 (int)id.n, id.p));
	if (!w->first_result)
		w->first_result = m;
	if (holds(w->first_result, m, "tool_call_id", id))
		return refuse_at(w, "tool_call_id",
		                 us_arena_printf(w->c->arena,
		                                 "Duplicate value for 'tool_call_id' of '%.*s' in "
		                                 "message[%zu].",
		                                 (int)id.n, id.p, w->at));
	return 0;
}

/* Something must be said or called. Its calls are awaited from here on. */
static int assistant(struct walk *w, const struct us_mock_json *m)
{
	static const char *const instead[] = { "content", "tool_calls", "function_call", "refusal",
		                               "audio" };
	const struct us_mock_json *calls = us_mock_json_get(m, "tool_calls");
	bool something = false;

	for (size_t i = 0; i < US_COUNT(instead); i++)
		something |= us_mock_json_get(m, instead[i]) != NULL;
	if (!something)
		return refuse_at(
			w, "content",
			US_SPAN("Invalid value for 'content': expected a string, got null."));
	for (const struct us_mock_json *e = calls ? calls->first : NULL; e; e = e->next)
		if (holds(calls->first, e, "id", us_mock_json_text(us_mock_json_get(e, "id"))))
			return refuse_at(w, "tool_calls",
			                 US_SPAN("Duplicate 'id' in 'tool_calls' of one message."));
	w->calls = calls;
	w->first_result = NULL;
	w->asked_at = w->at;
	return 0;
}

/* The payload of "data:TYPE;base64,PAYLOAD"; .p NULL if it is none. */
static struct us_span data_payload(struct us_span url, struct us_span *type)
{
	struct us_span rest = us_span(url.p + 5, url.n < 5 ? 0 : url.n - 5);

	if (!us_span_starts(url, "data:") || !us_span_next(&rest, ';', type) ||
	    !us_span_starts(rest, "base64,"))
		return us_span(NULL, 0);
	return us_span(rest.p + 7, rest.n - 7);
}

/* A URL is taken on trust, data must be what it says. */
int us_mock_openai_check_image(struct us_mock_check *c, struct us_span url, struct us_span place)
{
	struct us_span type = us_span("", 0), payload;
	bool known;

	if (us_span_starts(url, "https://") || us_span_starts(url, "http://"))
		return 0;
	payload = data_payload(url, &type);
	if (!payload.p)
		return us_mock_check_refuse(
			c, "invalid_image_url", place.p,
			us_arena_printf(c->arena,
		                        "Failed to download image from %.*s. Image URL is invalid.",
		                        (int)(url.n < 100 ? url.n : 100), url.p));
	known = us_span_is(type, "image/png") || us_span_is(type, "image/jpeg") ||
	        us_span_is(type, "image/gif") || us_span_is(type, "image/webp");
	if (!known)
		return us_mock_check_refuse(
			c, "invalid_image_format", place.p,
			US_SPAN("You uploaded an unsupported image. Please make sure your image "
		                "has of one the following formats: ['png', 'jpeg', 'gif', "
		                "'webp']."));
	if (!us_mock_check_base64(payload))
		return us_mock_check_refuse(c, "invalid_base64", place.p,
		                            US_SPAN("Invalid base64 image_url."));
	return 0;
}

static int image(struct us_mock_check *c, const struct us_mock_json *part,
                 const struct us_mock_path *at)
{
	const struct us_mock_json *object = us_mock_json_get(part, "image_url");
	const struct us_mock_json *inner = us_mock_json_get(object, "url");

	return us_mock_openai_check_image(c, us_mock_json_text(inner ? inner : object),
	                                  us_mock_check_place(c, at));
}

/* Data, and the name that goes with it. */
int us_mock_openai_check_file(struct us_mock_check *c, struct us_span data, struct us_span name,
                              struct us_span place)
{
	struct us_span type, payload;

	if (!data.n || !name.n) {
		/* What is wanted with data is a filename, but this is what OpenAI says. */
		place = us_arena_printf(c->arena, "%.*s.file_id", (int)place.n, place.p);
		return us_mock_check_refuse(c, "missing_required_parameter", place.p,
		                            us_arena_printf(c->arena,
		                                            "Missing required parameter: '%.*s'.",
		                                            (int)place.n, place.p));
	}
	payload = data_payload(data, &type);
	if (!payload.p || !us_mock_check_base64(payload))
		return us_mock_check_refuse(
			c, "invalid_value", place.p,
			US_SPAN("Invalid file data: expected a base64-encoded data URL with a MIME "
		                "type (e.g. "
		                "'data:application/pdf;base64,aW1nIGJ5dGVzIGhlcmU=')."));
	return 0;
}

/* Data and a name, or an id. */
static int file(struct us_mock_check *c, const struct us_mock_json *part,
                const struct us_mock_path *at)
{
	const struct us_mock_json *f = us_mock_json_get(part, "file");
	const struct us_mock_json *data = us_mock_json_get(f, "file_data");
	struct us_mock_path inner = { .up = at, .name = US_SPAN("file") };

	if (!data && us_mock_json_get(f, "file_id"))
		return 0;
	return us_mock_openai_check_file(c, us_mock_json_text(data),
	                                 us_mock_json_text(us_mock_json_get(f, "filename")),
	                                 us_mock_check_place(c, &inner));
}

/* What the tables cannot say about a part of a message. */
static int parts(struct walk *w, const struct us_mock_json *m)
{
	const struct us_mock_json *content = us_mock_json_get(m, "content");
	struct us_mock_path list = { .name = US_SPAN("messages") };
	struct us_mock_path message = { .up = &list, .index = w->at };
	struct us_mock_path member = { .up = &message, .name = US_SPAN("content") };
	struct us_mock_path here = { .up = &member };
	int rc = 0;

	if (!content || content->kind != US_MOCK_ARR)
		return 0;
	for (const struct us_mock_json *p = content->first; !rc && p; p = p->next, here.index++) {
		const struct us_mock_json *type = us_mock_json_get(p, "type");

		if (us_mock_json_is(type, "image_url"))
			rc = image(w->c, p, &here);
		else if (us_mock_json_is(type, "file"))
			rc = file(w->c, p, &here);
	}
	return rc;
}

/* Before the tables look: they would only say that a type is not among the known. */
static int no_image_elsewhere(struct us_mock_check *c, const struct us_mock_json *m, size_t at)
{
	const struct us_mock_json *content = us_mock_json_get(m, "content");
	struct us_span role = us_mock_json_text(us_mock_json_get(m, "role"));
	struct us_span place = us_arena_printf(c->arena, "messages[%zu]", at);

	if (!content || content->kind != US_MOCK_ARR || us_span_is(role, "user"))
		return 0;
	for (const struct us_mock_json *p = content->first; p; p = p->next)
		if (us_mock_json_is(us_mock_json_get(p, "type"), "image_url"))
			return us_mock_check_refuse(
				c, "invalid_value", place.p,
				us_arena_printf(c->arena,
			                        "Invalid '%.*s'. Image URLs are only allowed for "
			                        "messages with role 'user', but this message with "
			                        "role '%.*s' contains an image URL.",
			                        (int)place.n, place.p, (int)role.n, role.p));
	return 0;
}

int us_mock_openai_check_images(struct us_mock_check *c, const struct us_mock_json *q)
{
	const struct us_mock_json *list = us_mock_json_get(q, "messages");
	size_t at = 0;
	int rc = 0;

	if (!list || list->kind != US_MOCK_ARR)
		return 0;
	for (const struct us_mock_json *m = list->first; !rc && m; m = m->next)
		rc = no_image_elsewhere(c, m, at++);
	return rc;
}

int us_mock_openai_check_messages(struct us_mock_check *c, const struct us_mock_json *q)
{
	const struct us_mock_json *list = us_mock_json_get(q, "messages");
	struct walk w = { .c = c };
	int rc = 0;

	for (const struct us_mock_json *m = list->first; !rc && m; m = m->next, w.at++) {
		const struct us_mock_json *role = us_mock_json_get(m, "role");

		if (us_mock_json_is(role, "tool"))
			rc = tool(&w, m);
		else
			rc = all_answered(&w, m);
		if (!rc && us_mock_json_is(role, "assistant"))
			rc = assistant(&w, m);
		if (!rc)
			rc = parts(&w, m);
	}
	return rc ? rc : all_answered(&w, NULL);
}
