/* openai_answers.h - for the tests of OpenAI's answers: feeds a decoder, shows its events
 *
 * JSON is written with ' for " in these tests.
 */
#ifndef OPENAI_ANSWERS_H
#define OPENAI_ANSWERS_H

#include "base/mem.h"
#include "wire/dialect.h"
#include "events.h"
#include "spans.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#ifndef WORLD
#define WORLD us_openai /* another dialect's tests set theirs */
#endif

static struct events events;
static void *decoder;

static inline int setup(void **state)
{
	events_init(&events);
	decoder = WORLD.decoder_new((struct us_sink){ events_put, &events });
	assert_non_null(decoder);
	return 0;
}

static inline int teardown(void **state)
{
	us_mem_fail_at(0);
	WORLD.decoder_free(decoder);
	events_fini(&events);
	return 0;
}

/* A payload of the stream. */
static inline void feed(const char *quoted)
{
	char json[8192];
	struct us_span data = unquote(quoted, json, sizeof(json));

	assert_int_equal(WORLD.decode_event(decoder, us_span("", 0), data), 0);
}

static inline int count_event(void *self, const struct us_ev *ev)
{
	++*(int *)self;
	return 0;
}

/* Whichever allocation fails, the decoder says so or gives all events of this stream: how many. */
static inline int count_starving(const char *const *payloads, size_t n)
{
	int rc = US_ENOMEM, all = 0, seen;

	for (unsigned long nth = 1; rc; nth++) {
		void *d;

		assert_true(nth < 100);
		us_mem_fail_at(nth);
		seen = 0;
		d = WORLD.decoder_new((struct us_sink){ count_event, &seen });
		rc = d ? 0 : US_ENOMEM;
		for (size_t i = 0; i < n && !rc; i++)
			rc = WORLD.decode_event(d, us_span("", 0), us_span_of(payloads[i]));
		if (!rc)
			rc = WORLD.decode_end(d);
		us_mem_fail_at(0);
		WORLD.decoder_free(d);
		assert_true(rc == 0 || rc == US_ENOMEM);
		assert_true(seen >= all || rc);
		all = seen;
	}
	return all;
}

/* A chunk with this delta. */
static inline void delta(const char *members)
{
	char json[8192];

	snprintf(json, sizeof(json),
	         "{'id':'c','model':'m','choices':[{'index':0,'delta':{%s},"
	         "'finish_reason':null}]}",
	         members);
	feed(json);
}

static inline void finish(const char *reason)
{
	char json[256];

	snprintf(json, sizeof(json),
	         "{'id':'c','model':'m','choices':[{'index':0,'delta':{},'finish_reason':'%s'}]}",
	         reason);
	feed(json);
}

/* An element of delta.tool_calls. */
static inline void call(const char *element)
{
	char members[4096];

	snprintf(members, sizeof(members), "'tool_calls':[%s]", element);
	delta(members);
}

/* The stream ends here; these events came, and they kept their promises. */
static inline void assert_events(const char *want)
{
	assert_int_equal(WORLD.decode_end(decoder), 0);
	assert_string_equal(events_text(&events), want);
	if (events_broken(&events))
		fail_msg("broken: %s", events_broken(&events));
}

/* A whole body, and the events it is worth. */
static inline void assert_whole(const char *quoted, const char *want)
{
	struct us_doc doc = { 0 };
	char json[8192];

	assert_int_equal(us_doc_parse(&doc, unquote(quoted, json, sizeof(json))), 0);
	assert_int_equal(WORLD.decode_whole(decoder, us_doc_root(&doc)), 0);
	us_doc_fini(&doc);
	assert_events(want);
}

#endif
