/* tales.c - answers by chance: events as a decoder would give them */
#include "tales.h"

#include "base/err.h"

struct tale {
	struct us_rand *chance;
	struct us_sink to;
	unsigned blocks, calls;
};

static void put(struct tale *t, struct us_ev ev) { (void)t->to.put(t->to.self, &ev); }

static uint64_t between(struct tale *t, uint64_t low, uint64_t high)
{
	return us_rand_between(t->chance, low, high);
}

static struct us_span one_of(struct tale *t, const char *const *list, size_t n)
{
	return us_span_of(list[between(t, 0, n - 1)]);
}

/* A delta is never empty, and ends where a character does. */
static void put_words(struct tale *t, enum us_block_kind kind)
{
	static const char *const pieces[] = {
		"w",
		" ",
		"\n",
		"\"",
		"\\",
		"\u00e9",
		"\U0001f600",
		"\x01",
		"\u2028",
		"data: [DONE]\n\n",
		"{\"a\":",
		"}",
		"\r\n",
		"</s>",
		"a longer piece of text than all the others here",
	};

	put(t, (struct us_ev){ .kind = US_EV_BLOCK_OPEN, .ix = t->blocks, .block = kind });
	for (uint64_t n = between(t, 1, 9); n; n--)
		put(t, (struct us_ev){ .kind = US_EV_TEXT,
		                       .ix = t->blocks,
		                       .block = kind,
		                       .text = one_of(t, pieces, US_COUNT(pieces)) });
	put(t, (struct us_ev){ .kind = US_EV_BLOCK_CLOSE, .ix = t->blocks++ });
}

/* The arguments in pieces of a few bytes, characters whole. */
static void put_arguments(struct tale *t, struct us_span args)
{
	while (args.n) {
		size_t n = (size_t)between(t, 1, 7);

		n = n < args.n ? n : args.n;
		while (n < args.n && ((unsigned char)args.p[n] & 0xC0) == 0x80)
			n++;
		put(t, (struct us_ev){ .kind = US_EV_ARGS,
		                       .ix = t->blocks,
		                       .block = US_TOOL_CALL,
		                       .text = us_span(args.p, n) });
		args = us_span(args.p + n, args.n - n);
	}
}

static void put_call(struct tale *t)
{
	static const char *const names[] = { "f", "g-2", "a_longer_name" };
	static const char *const ids[] = { "call_1", "call_2", "call_3", "call_4", "call_5" };
	static const char *const args[] = {
		"{}",
		"{\"id\":9223372036854775807,\"x\":-0}",
		"{ \"s\" : \"\\u0000\u00e9\\/\", \"deep\": [[{}], 1e400] }",
		"{\"same\":1,\"same\":\"\\ud83d\\ude00\"}",
	};

	put(t, (struct us_ev){ .kind = US_EV_BLOCK_OPEN,
	                       .ix = t->blocks,
	                       .block = US_TOOL_CALL,
	                       .id = us_span_of(ids[t->calls++ % US_COUNT(ids)]),
	                       .name = one_of(t, names, US_COUNT(names)) });
	put_arguments(t, one_of(t, args, US_COUNT(args)));
	put(t, (struct us_ev){ .kind = US_EV_BLOCK_CLOSE, .ix = t->blocks++ });
}

static void put_usage(struct tale *t)
{
	struct us_usage u = { .known = US_USAGE_IN | US_USAGE_OUT,
		              .in = between(t, 1, 5000),
		              .out = between(t, 1, 5000) };

	if (between(t, 0, 1)) {
		u.known |= US_USAGE_CACHE_READ | US_USAGE_REASONING;
		u.cache_read = between(t, 0, u.in);
		u.reasoning = between(t, 0, u.out);
	}
	put(t, (struct us_ev){ .kind = US_EV_USAGE, .usage = u });
}

static enum us_stop stop_of(struct tale *t)
{
	static const enum us_stop stops[] = { US_STOP_END, US_STOP_MAX_TOKENS, US_STOP_FILTER };

	return t->calls ? US_STOP_TOOL : stops[between(t, 0, US_COUNT(stops) - 1)];
}

/* Texts that nothing parts are one, in some dialects; calls follow what is said. */
void tell_by_chance(struct us_rand *chance, struct us_sink to)
{
	struct tale t = { .chance = chance, .to = to };

	put(&t,
	    (struct us_ev){ .kind = US_EV_START, .id = US_SPAN("id-1"), .model = US_SPAN("m") });
	if (between(&t, 0, 3))
		put_words(&t, between(&t, 0, 7) ? US_TEXT : US_REFUSAL);
	for (uint64_t n = between(&t, 0, 3); n; n--)
		put_call(&t);
	put_usage(&t);
	put(&t, (struct us_ev){ .kind = US_EV_STOP, .stop = stop_of(&t) });
	put(&t, (struct us_ev){ .kind = US_EV_END, .clean = true });
}
