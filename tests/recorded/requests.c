/* requests.c - requests that a real provider accepted, written for other targets
 *
 * The judge is the mock's validator, which shares no code with src/wire. Targets stand for each way
 * in which models of a dialect differ: how they sample, how they think, what they refuse. What is
 * patched only keeps what was odd before: for that it isn't blamed.
 */
#include "groups.h"

#include "stand_in.h"
#include "wire/profile.h"
#include "wire/translate.h"

#define JUDGE_MAX ((size_t)64 << 20)

static const struct place {
	const struct us_dialect *dialect;
	const char *model;
	bool compatible;
} places[] = {
	{ &us_anthropic, "claude-3-5-haiku-20241022", false },
	{ &us_anthropic, "claude-3-7-sonnet-20250219", false },
	{ &us_anthropic, "claude-sonnet-4-20250514", false },
	{ &us_anthropic, "claude-haiku-4-5", false },
	{ &us_anthropic, "claude-opus-4-6", false },
	{ &us_anthropic, "claude-opus-4-7", false },
	{ &us_anthropic, "claude-opus-4-8", false },
	{ &us_anthropic, "claude-mythos-5", false },
	{ &us_openai, "gpt-3.5-turbo", false },
	{ &us_openai, "gpt-4o-mini", false },
	{ &us_openai, "gpt-4.1", false },
	{ &us_openai, "gpt-5-chat-latest", false },
	{ &us_openai, "gpt-5", false },
	{ &us_openai, "o3-mini", false },
	{ &us_openai, "llama-3-8b", true },
	{ &us_responses, "gpt-4o-mini", false },
	{ &us_responses, "gpt-4.1", false },
	{ &us_responses, "gpt-5", false },
	{ &us_responses, "llama-3-8b", true },
	{ &us_gemini, "gemini-2.0-flash", false },
	{ &us_gemini, "gemini-2.5-flash", false },
	{ &us_gemini, "gemini-2.5-pro", false },
	{ &us_gemini, "gemini-3-flash-preview", false },
	{ &us_gemini, "gemini-3-pro-preview", false },
	{ &us_ollama, "llama3.2", false },
	{ &us_ollama, "qwen3", false },
	{ &us_ollama, "gpt-oss:20b", false },
};

static bool was_accepted(const struct recording *rec)
{
	return us_set(rec->request) && rec->status < 400;
}

/* The request as it was sent. */
static struct us_span judge_source(const struct recording *rec, struct us_arena *a)
{
	struct question q = { .dialect = rec->dialect,
		              .path = rec->path,
		              .beta = rec->beta,
		              .lax = !rec->official,
		              .body = rec->request };

	return stand_in_refuses(&q, a);
}

/* Where the stand-in is stricter than what was recorded: it signs thoughts itself, and refuses what
 * providers have refused before or since. Ollama passes over what it doesn't know, and takes null
 * for nothing; nothing of ours shall rely on that. */
static const char *const strict[] = {
	"Invalid `signature` in `thinking` block",
	"must define tools",
	"unexpected `tool_use_id` found",
	"Previous response with id",
	"Items are not persisted", /* it has never given one */
	"json: unknown field",
	"json: cannot unmarshal null",
};

static bool is_strict(struct us_span no)
{
	for (size_t i = 0; i < US_COUNT(strict); i++)
		if (us_span_has(no, strict[i]))
			return true;
	return false;
}

/* Only what went to the maker of the dialect itself is bound by its rules. */
void as_they_are(struct report *r, const struct recording *rec)
{
	struct us_arena a;
	struct us_span no;

	if (!was_accepted(rec) || !rec->official || rec->bare)
		return;
	us_arena_init(&a, JUDGE_MAX);
	r->files++;
	r->checks++;
	no = judge_source(rec, &a);
	if (is_strict(no))
		report_count(r, "known to be refused by the stand-in alone");
	else if (no.n)
		report_fail(r, rec->file, "the stand-in refuses it: %.*s", (int)no.n, no.p);
	us_arena_fini(&a);
}

static void count_loss(struct report *r, const struct us_rendered *out)
{
	for (size_t i = 0; i < out->diags.n; i++)
		if (out->diags.list[i].loss == US_IMPOSSIBLE) {
			report_count(r, out->diags.list[i].code);
			return;
		}
}

static void render(struct report *r, const struct recording *rec, const struct us_request *q,
                   const struct place *to)
{
	struct us_target target = { .dialect = to->dialect,
		                    .model = us_span_of(to->model),
		                    .profile = us_profile_find(
					    us_span_of(to->compatible ? "compatible" : "openai")) };
	struct us_rendered out = { 0 };
	struct us_arena a;
	struct us_span no;

	us_arena_init(&a, JUDGE_MAX);
	r->checks++;
	if (us_request_render(q, &target, &out) == US_IMPOSSIBLE) {
		count_loss(r, &out);
	} else {
		struct question asked = { .dialect = to->dialect,
			                  .path = us_arena_printf(&a, "/models/%s:generateContent",
			                                          to->model),
			                  .lax = to->compatible,
			                  .body = us_buf_span(&out.body) };

		no = stand_in_refuses(&asked, &a);
		if (no.n && to->dialect == rec->dialect && us_span_eq(no, judge_source(rec, &a)))
			report_count(r, "refused for what was sent");
		else if (no.n)
			report_fail(r, rec->file, "for %s: %.*s", to->model, (int)no.n, no.p);
	}
	us_rendered_fini(&out);
	us_arena_fini(&a);
}

/* To all places of this or the other dialect. */
static void render_all(struct report *r, const struct recording *rec, bool same, bool compatible)
{
	struct us_in_url url = { 0 };
	struct us_request q;

	if (rec->dialect->read_url)
		rec->dialect->read_url(rec->path, rec->query, &url);
	us_request_init(&q, rec->dialect, &url, rec->request);
	r->files++;
	if (q.rc)
		report_fail(r, rec->file, "can't be decoded: %s", us_err_text(q.rc));
	for (size_t i = 0; !q.rc && i < US_COUNT(places); i++)
		if ((places[i].dialect == rec->dialect) == same &&
		    (!compatible || places[i].compatible))
			render(r, rec, &q, &places[i]);
	us_request_fini(&q);
}

void to_the_other_dialect(struct report *r, const struct recording *rec)
{
	if (was_accepted(rec))
		render_all(r, rec, false, false);
}

/* What a compatible server takes beyond the dialect goes on to another of its kind only. */
void within_their_dialect(struct report *r, const struct recording *rec)
{
	if (was_accepted(rec) && !rec->bare)
		render_all(r, rec, true, !rec->official && rec->dialect != &us_anthropic);
}
