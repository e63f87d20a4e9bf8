/* line_answers.h - for the tests of answers whose stream is one payload per line: reads one
 *
 * JSON is written with ' for " in these tests; WORLD is the dialect.
 */
#ifndef LINE_ANSWERS_H
#define LINE_ANSWERS_H

#include "base/mem.h"
#include "wire/dialect.h"
#include "events.h"
#include "spans.h"

#include <stdio.h>
#include <stdlib.h>

static struct events events;
static char text[16384];

static inline struct us_span quoted(const char *json) { return unquote(json, text, sizeof(text)); }

/* Feeds every line as the data of an event of this name, then the end. 0 or the first error. */
static inline int feed(const char *name, const char *lines)
{
	struct us_span rest = quoted(lines), line;
	void *d = WORLD.decoder_new((struct us_sink){ events_put, &events });
	int rc = d ? 0 : US_ENOMEM;

	events_fini(&events);
	events_init(&events);
	while (!rc && us_span_next(&rest, '\n', &line))
		if (line.n)
			rc = WORLD.decode_event(d, us_span_of(name), line);
	if (!rc)
		rc = WORLD.decode_end(d);
	WORLD.decoder_free(d);
	return rc;
}

static inline void assert_events(const char *want)
{
	const char *broken = events_broken(&events);

	if (broken)
		fail_msg("broken: %s, in\n%s", broken, events_text(&events));
	assert_string_equal(events_text(&events), want);
}

static inline void assert_stream(const char *lines, const char *want)
{
	assert_int_equal(feed("", lines), 0);
	assert_events(want);
}

static inline void assert_whole(const char *json, const char *want)
{
	struct us_doc doc = { 0 };
	void *d = WORLD.decoder_new((struct us_sink){ events_put, &events });

	events_fini(&events);
	events_init(&events);
	assert_int_equal(us_doc_parse(&doc, quoted(json)), 0);
	assert_int_equal(WORLD.decode_whole(d, us_doc_root(&doc)), 0);
	assert_true(events.ended || events.failed);
	assert_int_equal(WORLD.decode_end(d), 0);
	WORLD.decoder_free(d);
	us_doc_fini(&doc);
	assert_events(want);
}

static inline int teardown(void **state)
{
	events_fini(&events);
	return 0;
}

#endif
