/* test_track.c - what the program has got of a stream; how a writer goes on from there */
#include "wire/continue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MAX ((size_t)1 << 16)

static void put(struct us_track *t, enum us_ev_kind kind, enum us_block_kind block,
                const char *text)
{
	struct us_ev ev = { .kind = kind, .block = block, .text = us_span_of(text), .clean = true };

	if (block == US_TOOL_CALL && kind == US_EV_BLOCK_OPEN) {
		ev.id = US_SPAN("call_1");
		ev.name = US_SPAN("look");
	}
	if (kind == US_EV_START) {
		ev.id = US_SPAN("id1");
		ev.model = US_SPAN("m1");
		ev.created = 77;
	}
	assert_int_equal(us_track_put(t, &ev), 0);
}

static void say_text(struct us_track *t, const char *text)
{
	put(t, US_EV_START, 0, NULL);
	put(t, US_EV_BLOCK_OPEN, US_TEXT, NULL);
	put(t, US_EV_TEXT, US_TEXT, text);
}

static void what_is_not_released_was_not_said(void **state)
{
	struct us_track *t = us_track_new(NULL, true, MAX);

	say_text(t, "Hello");
	assert_int_equal(t->said.nblocks, 0);
	us_track_release(t);
	put(t, US_EV_TEXT, US_TEXT, " world");
	us_track_drop(t);
	assert_int_equal(us_track_bytes(t), 5);
	assert_true(us_span_is(t->said.id, "id1"));
	us_track_free(t);
}

static void a_call_is_ready_when_it_is_whole_and_its_name_is_known_if_it_never_is(void **state)
{
	struct us_track *t = us_track_new(NULL, true, MAX);

	say_text(t, "I look.");
	put(t, US_EV_BLOCK_CLOSE, US_TEXT, NULL);
	assert_true(us_track_ready(t));
	put(t, US_EV_BLOCK_OPEN, US_TOOL_CALL, NULL);
	put(t, US_EV_ARGS, US_TOOL_CALL, "{\"a\":");
	assert_false(us_track_ready(t));
	us_track_drop(t);
	assert_true(us_span_is(us_buf_span(&t->call), "look"));
	put(t, US_EV_BLOCK_OPEN, US_TOOL_CALL, NULL);
	put(t, US_EV_ARGS, US_TOOL_CALL, "12"); /* or 123 */
	assert_false(us_track_ready(t));
	put(t, US_EV_BLOCK_CLOSE, US_TOOL_CALL, NULL);
	assert_true(us_track_ready(t));
	assert_int_equal(t->call.n, 0);
	us_track_free(t);
}

static void a_call_is_whole_with_the_last_byte_of_its_object(void **state)
{
	struct us_track *t = us_track_new(NULL, true, MAX);
	struct us_ev text = { .kind = US_EV_BLOCK_OPEN,
		              .block = US_TOOL_CALL,
		              .id = US_SPAN("c"),
		              .name = US_SPAN("patch"),
		              .freeform = true };

	put(t, US_EV_START, 0, NULL);
	put(t, US_EV_BLOCK_OPEN, US_TOOL_CALL, NULL);
	put(t, US_EV_ARGS, US_TOOL_CALL, "{\"a\":\"}");
	assert_false(us_track_ready(t));
	put(t, US_EV_ARGS, US_TOOL_CALL, "\"}");
	assert_true(us_track_ready(t));
	assert_int_equal(t->call.n, 0);
	put(t, US_EV_BLOCK_CLOSE, US_TOOL_CALL, NULL);
	us_track_put(t, &text);
	put(t, US_EV_ARGS, US_TOOL_CALL, "{}"); /* a patch may begin like that */
	assert_false(us_track_ready(t));
	us_track_free(t);
}

static struct us_writer *writer(const struct us_dialect *d, const char *id)
{
	static const struct us_req asked = { .stream = US_YES };
	struct us_look look = {
		.req = &asked, .model = US_SPAN("m1"), .seed = 7, .now_s = 77, .id = us_span_of(id)
	};

	return us_writer_new(d, &look, NULL, true, MAX);
}

static void a_writer_gets_a_call_when_it_is_whole(void **state)
{
	struct us_writer *w = writer(&us_openai, NULL);
	struct us_track *t = us_track_new(w, true, MAX);

	say_text(t, "I look.");
	put(t, US_EV_BLOCK_CLOSE, US_TEXT, NULL);
	assert_true(us_span_has(us_buf_span(&w->out), "I look."));
	us_buf_clear(&w->out);
	put(t, US_EV_BLOCK_OPEN, US_TOOL_CALL, NULL);
	put(t, US_EV_ARGS, US_TOOL_CALL, "{\"a\":");
	assert_int_equal(w->out.n, 0);
	put(t, US_EV_ARGS, US_TOOL_CALL, "1}");
	put(t, US_EV_BLOCK_CLOSE, US_TOOL_CALL, NULL);
	assert_true(us_span_has(us_buf_span(&w->out), "\"name\":\"look\""));
	assert_true(us_span_has(us_buf_span(&w->out), "{\\\"a\\\":"));
	us_track_free(t);
	us_writer_free(w);
}

static void errors_and_unclean_ends_are_the_owners(void **state)
{
	struct us_writer *w = writer(&us_openai, NULL);
	struct us_track *t = us_track_new(w, true, MAX);

	say_text(t, "Hello");
	us_buf_clear(&w->out);
	us_track_put(t, &(struct us_ev){ .kind = US_EV_ERROR });
	us_track_put(t, &(struct us_ev){ .kind = US_EV_END });
	assert_int_equal(w->out.n, 0);
	assert_false(t->said.failed);
	us_track_free(t);
	us_writer_free(w);
}

/* The writer of a stream that its provider wrote so far: what it writes of `more` and the end. */
static void goes_on(const struct us_dialect *d, bool closed, const char *expected)
{
	struct us_writer *w = writer(d, "id1");
	struct us_track *t = us_track_new(NULL, true, MAX);
	static const struct us_ev open = { .kind = US_EV_BLOCK_OPEN, .ix = 2, .block = US_TEXT };
	static const struct us_ev more = {
		.kind = US_EV_TEXT, .ix = 2, .block = US_TEXT, .text = { " more", 5 }
	};

	put(t, US_EV_START, 0, NULL);
	put(t, US_EV_BLOCK_OPEN, US_THINK, NULL);
	put(t, US_EV_TEXT, US_THINK, "hm");
	put(t, US_EV_BLOCK_CLOSE, US_THINK, NULL);
	put(t, US_EV_BLOCK_OPEN, US_TEXT, NULL);
	put(t, US_EV_TEXT, US_TEXT, "Hello");
	if (closed)
		put(t, US_EV_BLOCK_CLOSE, US_TEXT, NULL);
	us_track_release(t);
	assert_int_equal(us_track_prime(t, w, &(struct us_place){ .index = 1, .items = 2 }), 0);
	assert_int_equal(w->out.n, 0);
	if (closed)
		us_writer_put(w, &open);
	us_writer_put(w, &more);
	if (!us_span_has(us_buf_span(&w->out), expected))
		print_error("%.*s\n", (int)w->out.n, w->out.p);
	assert_true(us_span_has(us_buf_span(&w->out), expected));
	us_track_free(t);
	us_writer_free(w);
}

static void a_writer_goes_on_with_what_a_provider_has_written(void **state)
{
	goes_on(&us_openai, false,
	        "data: "
	        "{\"id\":\"id1\",\"object\":\"chat.completion.chunk\",\"created\":77,\"model\":"
	        "\"m1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" more\"}");
	goes_on(&us_openai, true, "\"delta\":{\"content\":\" more\"}");
	goes_on(&us_anthropic, false,
	        "{\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"text_delta\","
	        "\"text\":\" more\"}}");
	goes_on(&us_anthropic, true, "{\"type\":\"content_block_start\",\"index\":2,");
	goes_on(&us_ollama, false, "\"message\":{\"role\":\"assistant\",\"content\":\" more\"}");
}

static void an_event_on_a_tape_keeps_what_it_says_and_what_it_leaves_unsaid(void **state)
{
	struct us_tape tape;
	struct us_resp r;
	char text[] = "abc";
	struct us_ev ev = { .kind = US_EV_START, .model = us_span(text, 3), .created = 5 };

	us_tape_init(&tape, MAX);
	us_resp_init(&r, MAX);
	assert_true(us_tape_empty(&tape));
	us_tape_put(&tape, &ev);
	text[0] = 'x';
	for (int i = 0; i < 100; i++)
		us_tape_put(&tape, &(struct us_ev){ .kind = US_EV_PING });
	us_tape_play(&tape, (struct us_sink){ us_resp_put, &r });
	assert_true(us_span_is(r.model, "abc"));
	assert_false(us_set(r.id));
	assert_int_equal(r.created, 5);
	assert_true(us_tape_empty(&tape));
	us_tape_fini(&tape);
	us_resp_fini(&r);
}

static void the_rest_is_asked_for_with_what_was_said(void **state)
{
	static const char body[] =
		"{\"model\":\"m\",\"max_tokens\":100,\"stream\":true,\"tool_choice\":"
		"\"required\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
	struct us_track *t = us_track_new(NULL, true, MAX);
	struct us_continuation c;
	struct us_request q;
	const struct us_req *r = &c.request.req;

	say_text(t, "Hello there, all of you!");
	us_track_release(t);
	us_request_init(&q, &us_openai, NULL, us_span_of(body));
	assert_int_equal(q.rc, 0);
	assert_int_equal(us_continuation_init(&c, &q, t, US_CONTINUE_TEXT), 0);
	assert_int_equal(r->nturns, 2);
	assert_int_equal(q.req.nturns, 1);
	assert_int_equal(r->turns[1].role, US_ROLE_ASSISTANT);
	assert_true(us_span_is(r->turns[1].blocks[0].text, "Hello there, all of you!"));
	assert_int_equal(r->max_out, 94);
	assert_int_equal(r->choice, US_CHOICE_AUTO);
	us_continuation_fini(&c);
	us_request_fini(&q);
	us_track_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_released_was_not_said),
		cmocka_unit_test(
			a_call_is_ready_when_it_is_whole_and_its_name_is_known_if_it_never_is),
		cmocka_unit_test(a_call_is_whole_with_the_last_byte_of_its_object),
		cmocka_unit_test(a_writer_gets_a_call_when_it_is_whole),
		cmocka_unit_test(errors_and_unclean_ends_are_the_owners),
		cmocka_unit_test(a_writer_goes_on_with_what_a_provider_has_written),
		cmocka_unit_test(an_event_on_a_tape_keeps_what_it_says_and_what_it_leaves_unsaid),
		cmocka_unit_test(the_rest_is_asked_for_with_what_was_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
