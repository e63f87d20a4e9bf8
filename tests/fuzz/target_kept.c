/* target_kept.c - the values of records: checkpoints, questions, notes of the preload,
 * conversations
 *
 * A record's checks keep chance away from them, but not a newer version of us, and in Redis not
 * whoever else writes there.
 */
#include "fuzz.h"

#include "agent/checkpoint.h"
#include "agent/question.h"
#include "state/plea.h"
#include "wire/back.h"

#define MOST ((size_t)64 << 20)

enum kind { CHECKPOINT, QUESTION, PLEA, ANSWER, CONVERSATION, KINDS };

static void read_checkpoint(struct us_span in)
{
	struct us_checkpoint c = { 0 };
	struct us_buf out;
	int rc = us_checkpoint_decode(&c, in);

	us_buf_init(&out, MOST);
	if (!rc && us_checkpoint_encode(&c, &out) == 0)
		fuzz_must(us_span_eq(us_buf_span(&out), in),
		          "a checkpoint is written as it was read");
	fuzz_must(!rc || (!c.n && !c.steps && !c.state), "what is damaged leaves nothing behind");
	us_checkpoint_fini(&c);
	us_buf_fini(&out);
}

static void read_question(struct us_span in)
{
	struct us_question q, again;
	struct us_buf once, twice;
	struct us_arena a;

	us_arena_init(&a, MOST);
	us_buf_init(&once, MOST);
	us_buf_init(&twice, MOST);
	if (us_question_decode(&q, in)) {
		fuzz_must(us_question_state_word(q.state) != NULL, "a state has a word");
		us_question_clean(q.context, &a);
		if (us_question_encode(&q, &once) == 0 &&
		    us_question_decode(&again, us_buf_span(&once)) &&
		    us_question_encode(&again, &twice) == 0)
			fuzz_must(us_span_eq(us_buf_span(&once), us_buf_span(&twice)),
			          "a question stays what it is");
	}
	us_buf_fini(&once);
	us_buf_fini(&twice);
	us_arena_fini(&a);
}

/* What cleaned text may not hold. */
static void clean(struct us_span in)
{
	struct us_span text, verb, rest;
	struct us_arena a;

	us_arena_init(&a, MOST);
	text = us_question_clean(in, &a);
	fuzz_must(fuzz_is_text(text), "clean text is UTF-8");
	for (size_t i = 0; i < text.n; i++)
		fuzz_must((unsigned char)text.p[i] >= 0x20 || text.p[i] == '\n' ||
		                  text.p[i] == '\t',
		          "clean text moves no cursor");
	us_answer_read(in, &verb, &rest);
	us_arena_fini(&a);
}

static void expand(struct us_span in)
{
	static const struct us_in_url nothing;
	struct us_span request =
		US_SPAN("{\"model\":\"m\",\"previous_response_id\":\"resp_1\",\"input\":\"u\"}");
	struct us_request q;
	struct us_buf out;

	us_request_init(&q, &us_responses, &nothing, request);
	us_buf_init(&out, MOST);
	if (!q.rc && us_back_expand(&q, in, &out) == 0)
		fuzz_must(!us_span_has(us_buf_span(&out), "previous_response_id") ||
		                  us_span_has(in, "previous_response_id"),
		          "a conversation takes the place of its id");
	us_buf_fini(&out);
	us_request_fini(&q);
}

static void play(struct us_span in)
{
	struct us_span task, error;

	switch (fuzz_byte(&in) % KINDS) {
	case CHECKPOINT:
		read_checkpoint(in);
		break;
	case QUESTION:
		read_question(in);
		break;
	case PLEA:
		us_plea_read(in, &task, &error);
		break;
	case ANSWER:
		clean(in);
		break;
	default:
		expand(in);
		break;
	}
}

static void put(const struct fuzz_seeds *to, enum kind kind, struct us_span text)
{
	fuzz_seed(to, (const unsigned char[]){ (unsigned char)kind }, 1, text);
}

static void seed(const struct fuzz_golden *g, const struct fuzz_seeds *to)
{
	struct us_question q = { .id = "3f2a91c0",
		                 .state = US_QUESTION_ANSWERED,
		                 .count = 2,
		                 .key = US_SPAN("k"),
		                 .task = US_SPAN("t"),
		                 .error = US_SPAN("it failed"),
		                 .context = US_SPAN("a\x1b[2J\xc3\xa9\n"),
		                 .verb = US_SPAN("use"),
		                 .text = US_SPAN("other") };
	struct us_checkpoint c = { 0 };
	struct us_undo undo = { 0 };
	struct us_buf out;

	if (g->kind[0])
		return;
	us_buf_init(&out, 4096);
	if (us_checkpoint_complete(&c, "fetch", US_SPAN("42"), &undo) == 0)
		us_checkpoint_settle(&c, &undo, true);
	if (us_checkpoint_set_state(&c, US_SPAN("state")) == 0 &&
	    us_checkpoint_encode(&c, &out) == 0)
		put(to, CHECKPOINT, us_buf_span(&out));
	us_buf_clear(&out);
	if (us_question_encode(&q, &out) == 0)
		put(to, QUESTION, us_buf_span(&out));
	put(to, PLEA, US_SPAN("\1\0\0\0\0\0\0\0t\2\0\0\0\0\0\0\0no"));
	put(to, ANSWER, US_SPAN("text go \xc2\x9b on"));
	put(to, CONVERSATION,
	    US_SPAN("{\"role\":\"user\",\"content\":\"u\"},{\"type\":\"reasoning\"}"));
	us_checkpoint_fini(&c);
	us_buf_fini(&out);
}

const struct fuzz_target fuzz_kept = { .name = "kept", .play = play, .seed = seed };
