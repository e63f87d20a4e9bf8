/* events.h - notes hub events as lines of text and checks the promises of wire/answer.h
 *
 * Header only. The sink is { events_put, &struct events }; afterwards events_text() is what came
 * and events_broken() the first promise that was not kept, or NULL:
 *
 *     start chatcmpl-1 gpt-4o          stop tool
 *     open call call_1 lookup          usage in 9 out 3
 *     args {"id":1}                    end clean
 *     close
 */
#ifndef US_TESTS_EVENTS_H
#define US_TESTS_EVENTS_H

#include "wire/answer.h"
#include "wire/text.h"

struct events {
	struct us_buf lines;
	const char *broken;
	bool started, open, stopped, failed, ended, clean;
	bool cut; /* the last delta ended within a character: its block must close now */
	unsigned blocks;
	enum us_block_kind kind; /* of the open block */
	unsigned content;        /* events that carry content */
	uint64_t created;        /* as START said */
};

static inline void events_init(struct events *e)
{
	*e = (struct events){ 0 };
	us_buf_init(&e->lines, (size_t)256 << 20);
}

static inline void events_fini(struct events *e) { us_buf_fini(&e->lines); }

static inline const char *events_text(struct events *e) { return us_buf_cstr(&e->lines); }

static inline void events_must(struct events *e, bool holds, const char *promise)
{
	if (!holds && !e->broken)
		e->broken = promise;
}

static inline void events_check_block(struct events *e, const struct us_ev *ev)
{
	bool args = ev->kind == US_EV_ARGS, call = e->kind == US_TOOL_CALL;

	if (ev->kind == US_EV_BLOCK_OPEN) {
		events_must(e, !e->open, "one block is open at a time");
		events_must(e, ev->ix == e->blocks, "blocks are counted 0, 1, 2");
		events_must(e, ev->block != US_TOOL_CALL || (ev->id.n && ev->name.n),
		            "a call opens with its id and name");
		return;
	}
	events_must(e, e->open, "deltas and closes are of an open block");
	events_must(e, ev->ix + 1 == e->blocks, "deltas and closes are of the open block");
	if (ev->kind == US_EV_BLOCK_CLOSE)
		return;
	events_must(e, ev->text.n > 0, "no delta is empty");
	events_must(e, ev->kind == US_EV_SIG || args == call,
	            "arguments are of calls, text is of other blocks");
	events_must(e, ev->kind != US_EV_TEXT || ev->block == e->kind,
	            "text says what block it is of");
	events_must(e, ev->kind != US_EV_SIG || e->kind == US_THINK || call,
	            "thinking and calls are signed");
}

static inline void events_check(struct events *e, const struct us_ev *ev)
{
	events_must(e, !e->ended, "END is last");
	events_must(e, !e->failed || ev->kind == US_EV_END, "after ERROR comes only END");
	events_must(e, e->started == (ev->kind != US_EV_START), "one START, and it is first");
	events_must(e, !e->cut || ev->kind == US_EV_BLOCK_CLOSE,
	            "no delta ends within a character, but the last of a block");
	if (ev->kind >= US_EV_BLOCK_OPEN && ev->kind <= US_EV_BLOCK_CLOSE)
		events_check_block(e, ev);
	if (ev->kind == US_EV_STOP)
		events_must(e, !e->stopped && !e->open, "one STOP, after all blocks");
	if (ev->kind == US_EV_BLOCK_OPEN)
		events_must(e, !e->stopped, "no block after STOP");
	if (ev->kind == US_EV_END && ev->clean)
		events_must(e, e->stopped && !e->failed, "a clean END comes after STOP");
}

static inline void events_note_state(struct events *e, const struct us_ev *ev)
{
	e->started |= ev->kind == US_EV_START;
	e->stopped |= ev->kind == US_EV_STOP;
	e->failed |= ev->kind == US_EV_ERROR;
	e->ended |= ev->kind == US_EV_END;
	e->clean |= ev->kind == US_EV_END && ev->clean;
	e->content += us_ev_is_content(ev);
	e->created |= ev->created;
	e->cut = (ev->kind == US_EV_TEXT || ev->kind == US_EV_ARGS) && us_text_held(ev->text);
	if (ev->kind == US_EV_BLOCK_OPEN) {
		e->blocks++;
		e->kind = ev->block;
	}
	if (ev->kind == US_EV_BLOCK_OPEN || ev->kind == US_EV_BLOCK_CLOSE)
		e->open = ev->kind == US_EV_BLOCK_OPEN;
}

static inline void events_word(struct events *e, const char *name, struct us_span value)
{
	if (!value.n)
		return;
	us_buf_addf(&e->lines, " %s%s", name, name[0] ? " " : "");
	us_buf_add_span(&e->lines, value);
}

static inline void events_line_usage(struct events *e, const struct us_usage *u)
{
	const struct {
		unsigned bit;
		const char *name;
		uint64_t n;
	} rows[] = {
		{ US_USAGE_IN, "in", u->in },
		{ US_USAGE_CACHE_READ, "read", u->cache_read },
		{ US_USAGE_CACHE_WRITE, "write", u->cache_write },
		{ US_USAGE_OUT, "out", u->out },
		{ US_USAGE_REASONING, "reasoning", u->reasoning },
	};

	for (size_t i = 0; i < US_COUNT(rows); i++)
		if (u->known & rows[i].bit)
			us_buf_addf(&e->lines, " %s %llu", rows[i].name,
			            (unsigned long long)rows[i].n);
}

static inline void events_line_error(struct events *e, const struct us_hub_err *err)
{
	if (err->status)
		us_buf_addf(&e->lines, " status %u", err->status);
	events_word(e, "type", err->type);
	events_word(e, "code", err->code);
	events_word(e, "param", err->param);
	events_word(e, "message", err->message);
}

/* Tables in the order of the enums in wire/answer.h and wire/hub.h. */
static inline void events_line(struct events *e, const struct us_ev *ev)
{
	static const char *const kinds[] = { "start", "open",  "text", "args",  "sig", "close",
		                             "stop",  "usage", "ping", "error", "end" };
	static const char *const blocks[] = { "text", "image",  "doc",     "audio",  "think",
		                              "call", "result", "refusal", "hosted", "unknown" };
	static const char *const stops[] = { "end",     "sequence", "max",  "tool",  "filter",
		                             "refusal", "pause",    "full", "error", "other" };
	const struct us_span words[] = { ev->id, ev->name, ev->model, ev->text };

	us_buf_add_str(&e->lines, kinds[ev->kind]);
	if (ev->kind == US_EV_BLOCK_OPEN)
		us_buf_addf(&e->lines, " %s", blocks[ev->block]);
	if (ev->freeform)
		us_buf_add_str(&e->lines, " freeform");
	if (ev->kind == US_EV_STOP)
		us_buf_addf(&e->lines, " %s", stops[ev->stop]);
	if (ev->kind == US_EV_END)
		us_buf_add_str(&e->lines, ev->clean ? " clean" : " cut");
	if (ev->kind == US_EV_USAGE)
		events_line_usage(e, &ev->usage);
	if (ev->kind == US_EV_ERROR)
		events_line_error(e, &ev->err);
	for (size_t i = 0; i < US_COUNT(words); i++)
		events_word(e, "", words[i]);
	us_buf_add_char(&e->lines, '\n');
}

/* A us_sink.put whose self is the struct events. */
static inline int events_put(void *self, const struct us_ev *ev)
{
	struct events *e = self;

	events_check(e, ev);
	events_note_state(e, ev);
	events_line(e, ev);
	return 0;
}

/* Call it after the end of the stream. */
static inline const char *events_broken(struct events *e)
{
	events_must(e, e->ended, "there is an END");
	return e->broken;
}

#endif
