/* mock_ask.c - collecting what the answer depends on
 *
 * The dialects find the pieces in their own places and hand them over here.
 */
#include "cli/mock_answer.h"
#include "cli/mock_text.h"

#define PIECE_MAX 7
#define TEXT_MAX ((size_t)256 << 20)

bool us_mock_piece(struct us_span *rest, struct us_span *piece)
{
	size_t n = rest->n < PIECE_MAX ? rest->n : PIECE_MAX;

	while (n < rest->n && ((unsigned char)rest->p[n] & 0xC0) == 0x80)
		n++;
	*piece = us_span(rest->p, n);
	*rest = us_span(rest->p + n, rest->n - n);
	return n > 0;
}

/* Each text part is a text of its own, as every dialect can keep them apart. */
void us_mock_ask_text(struct us_mock_ask *ask, const struct us_mock_json *text,
                      struct us_arena *arena)
{
	struct us_span *t;

	if (text && text->kind == US_MOCK_ARR) {
		for (const struct us_mock_json *part = text->first; part; part = part->next)
			if (us_mock_among("text|input_text",
			                  us_mock_json_text(us_mock_json_get(part, "type"))))
				us_mock_ask_text(ask, us_mock_json_get(part, "text"), arena);
		return;
	}
	if (!text || text->kind != US_MOCK_STR)
		return;
	t = us_arena_push(arena, &ask->texts, &ask->text_count, sizeof(*t));
	if (t)
		*t = text->text;
}

void us_mock_ask_result(struct us_mock_ask *ask, struct us_span text, bool error,
                        struct us_arena *arena)
{
	struct us_mock_result *r =
		us_arena_push(arena, &ask->results, &ask->result_count, sizeof(*r));

	if (r)
		*r = (struct us_mock_result){ text, error };
}

static void add_stop(struct us_mock_ask *ask, struct us_span stop, struct us_arena *arena)
{
	struct us_span *s = us_arena_push(arena, &ask->stops, &ask->stop_count, sizeof(*s));

	if (s)
		*s = stop;
}

void us_mock_ask_stops(struct us_mock_ask *ask, const struct us_mock_json *stops,
                       struct us_arena *arena)
{
	if (stops && stops->kind == US_MOCK_STR)
		add_stop(ask, stops->text, arena);
	else if (stops)
		for (const struct us_mock_json *s = stops->first; s; s = s->next)
			add_stop(ask, s->text, arena);
}

bool us_mock_goes_on(const struct us_mock_json *message, struct us_arena *arena)
{
	struct us_span text = us_mock_content_text(us_mock_json_get(message, "content"), arena);

	return us_span_has(text, "Continue from exactly that point.");
}

const struct us_mock_json *us_mock_last_turn(const struct us_mock_json *question,
                                             struct us_span *begun, struct us_arena *arena)
{
	const struct us_mock_json *m = us_mock_json_get(question, "messages")->first, *from = m;

	for (; m; m = m->next) {
		if (!us_mock_json_is(us_mock_json_get(m, "role"), "assistant"))
			continue;
		if (m->next && !us_mock_goes_on(m->next, arena))
			from = m->next;
		else if (!m->next && begun)
			*begun = us_mock_content_text(us_mock_json_get(m, "content"), arena);
	}
	return from;
}

struct us_span us_mock_content_text(const struct us_mock_json *content, struct us_arena *arena)
{
	struct us_buf b;

	if (!content || content->kind == US_MOCK_STR)
		return us_mock_json_text(content);
	us_buf_init(&b, TEXT_MAX);
	for (const struct us_mock_json *part = content->first; part; part = part->next)
		us_buf_add_span(&b, us_mock_json_text(us_mock_json_get(part, "text")));
	return us_mock_keep(arena, &b);
}
