/* responses_answer.c - hub answers as whole Responses documents
 *
 * Texts that follow each other are one message, and of one kind one part: another provider cuts its
 * text where it cites, and programs read the first part for the whole. Whatever comes between
 * parts the messages, even if the program is not shown it.
 */
#include "wire/responses_answer.h"

#include "wire/mint.h"
#include "wire/text.h"

static bool is_said(const struct us_block *b)
{
	return b->kind == US_TEXT || b->kind == US_REFUSAL;
}

/* The message whose first block is at w->at; texts that are empty are none. */
static void take_message(const struct us_resp *r, struct us_responses_walk *w,
                         struct us_responses_item *item)
{
	item->blocks = &r->blocks[w->at];
	item->id = item->blocks->item;
	for (; w->at < r->nblocks && is_said(&r->blocks[w->at]); w->at++)
		item->n++;
}

bool us_responses_next(const struct us_look *look, const struct us_resp *r,
                       struct us_responses_walk *w, struct us_responses_item *item)
{
	*item = (struct us_responses_item){ .index = w->items };
	for (; w->at < r->nblocks; w->at++) {
		const struct us_block *b = &r->blocks[w->at];

		if (is_said(b) && b->text.n) {
			take_message(r, w, item);
			w->items++;
			return true;
		}
		if (b->kind == US_TOOL_CALL && us_openai_takes_call(look->req, w->calls)) {
			item->call = true;
			item->custom = us_openai_is_custom(look->req, b->name);
			item->nth = ++w->calls;
			item->name = b->name;
			item->id = b->item;
			item->given = look->own_ids || w->at < look->given;
			item->blocks = b;
			item->n = 1;
			w->items++;
			w->at++;
			return true;
		}
	}
	return false;
}

void us_responses_print_item_id(struct us_print *p, const char *name, const struct us_look *look,
                                const struct us_responses_item *item)
{
	const char *prefix = !item->call ? "msg_" : item->custom ? "ctc_" : "fc_";

	if (us_set(item->id)) {
		us_print_member(p, name, item->id);
		return;
	}
	us_mint_member(p, name, prefix, US_RESPONSES_ID, look->seed, item->index + 1);
}

static void open_part(struct us_print *p, enum us_block_kind kind)
{
	us_print_open(p, '{');
	if (kind == US_REFUSAL) {
		us_print_member(p, "type", US_SPAN("refusal"));
		us_print_key(p, "refusal");
		return;
	}
	us_print_member(p, "type", US_SPAN("output_text"));
	us_print_member_raw(p, "annotations", US_SPAN("[]"));
	us_print_member_raw(p, "logprobs", US_SPAN("[]"));
	us_print_key(p, "text");
}

void us_responses_print_said(struct us_print *p, enum us_block_kind kind, struct us_span text)
{
	open_part(p, kind);
	us_print_str(p, text);
	us_print_close(p, '}');
}

/* Blocks of one kind, one behind the other, are one string. */
static void print_parts(struct us_print *p, const struct us_responses_item *item)
{
	for (size_t i = 0; i < item->n;) {
		enum us_block_kind kind = item->blocks[i].kind;

		if (!item->blocks[i].text.n) {
			i++;
			continue;
		}
		open_part(p, kind);
		us_buf_add_char(p->out, '"');
		for (; i < item->n && (item->blocks[i].kind == kind || !item->blocks[i].text.n);
		     i++)
			us_text_escape(p->out, item->blocks[i].text);
		us_buf_add_char(p->out, '"');
		us_print_close(p, '}');
	}
}

static void print_args(struct us_print *p, const struct us_responses_item *item)
{
	const struct us_block *b = item->blocks;

	us_print_key(p, item->custom ? "input" : "arguments");
	if (!item->n)
		us_print_str(p, US_SPAN(""));
	else if (item->custom && b->args_kind != US_ARGS_FREEFORM)
		us_openai_print_unwrapped(p, b->args);
	else
		us_print_str(p, b->args_kind == US_ARGS_EMPTY ? US_SPAN("{}") : b->args);
}

static void print_call_id(struct us_print *p, const struct us_look *look,
                          const struct us_responses_item *item)
{
	if (item->given && item->n)
		us_print_member(p, "call_id", item->blocks->id);
	else
		us_mint_member(p, "call_id", "call_", US_OPENAI_CALL_ID, look->seed, item->nth);
}

void us_responses_print_item(struct us_print *p, const struct us_look *look,
                             const struct us_responses_item *item, const char *status)
{
	us_print_open(p, '{');
	us_responses_print_item_id(p, "id", look, item);
	us_print_member(p, "type",
	                !item->call    ? US_SPAN("message")
	                : item->custom ? US_SPAN("custom_tool_call")
	                               : US_SPAN("function_call"));
	us_print_member(p, "status", us_span_of(status));
	if (item->call) {
		print_call_id(p, look, item);
		us_print_member(p, "name", item->name);
		print_args(p, item);
	} else {
		us_print_member(p, "role", US_SPAN("assistant"));
		us_print_key(p, "content");
		us_print_open(p, '[');
		print_parts(p, item);
		us_print_close(p, ']');
	}
	us_print_close(p, '}');
}

static const struct end {
	const char *status, *reason;
} ends[] = {
	[US_STOP_END] = { "completed", NULL },
	[US_STOP_SEQUENCE] = { "completed", NULL },
	[US_STOP_MAX_TOKENS] = { "incomplete", "max_output_tokens" },
	[US_STOP_TOOL] = { "completed", NULL },
	[US_STOP_FILTER] = { "incomplete", "content_filter" },
	[US_STOP_REFUSAL] = { "completed", NULL },
	[US_STOP_PAUSE] = { "completed", NULL },
	[US_STOP_CONTEXT_FULL] = { "incomplete", "max_output_tokens" },
	[US_STOP_ERROR] = { "failed", NULL },
	[US_STOP_OTHER] = { "completed", NULL },
};

/* A refusal that says nothing looks like an answer that says nothing. */
static const struct end *end_of(const struct us_resp *r)
{
	bool spoke = false;

	for (size_t i = 0; i < r->nblocks; i++)
		spoke |= is_said(&r->blocks[i]) && r->blocks[i].text.n;
	return &ends[r->stop == US_STOP_REFUSAL && !spoke ? US_STOP_FILTER : r->stop];
}

const char *us_responses_status(const struct us_resp *r) { return end_of(r)->status; }

const char *us_responses_item_status(enum us_stop stop)
{
	return ends[stop].reason ? "incomplete" : "completed";
}

/* All items are whole but the last one, which may have been cut. */
static void print_output(struct us_print *p, const struct us_look *look, const struct us_resp *r)
{
	struct us_responses_walk w = { 0 };
	struct us_responses_item item, next;
	bool more = us_responses_next(look, r, &w, &item);

	us_print_key(p, "output");
	us_print_open(p, '[');
	while (more) {
		more = us_responses_next(look, r, &w, &next);
		us_responses_print_item(p, look, &item,
		                        more ? "completed" : us_responses_item_status(r->stop));
		item = next;
	}
	us_print_close(p, ']');
}

/* All members are there, as 0 where they are not known: programs read them unasked. */
static void print_usage(struct us_print *p, const struct us_look *look, const struct us_resp *r)
{
	const struct us_usage *u = &r->usage;
	uint64_t in = u->known & US_USAGE_IN ? u->in : look->in_estimate;
	uint64_t out = us_usage_out(u, us_resp_bytes(r));

	us_print_key(p, "usage");
	us_print_open(p, '{');
	us_print_member_u64(p, "input_tokens", in);
	us_print_key(p, "input_tokens_details");
	us_print_open(p, '{');
	us_print_member_u64(p, "cached_tokens", u->known & US_USAGE_CACHE_READ ? u->cache_read : 0);
	us_print_member_u64(p, "cache_write_tokens",
	                    u->known & US_USAGE_CACHE_WRITE ? u->cache_write : 0);
	us_print_close(p, '}');
	us_print_member_u64(p, "output_tokens", out);
	us_print_key(p, "output_tokens_details");
	us_print_open(p, '{');
	us_print_member_u64(p, "reasoning_tokens",
	                    u->known & US_USAGE_REASONING ? u->reasoning : 0);
	us_print_close(p, '}');
	us_print_member_u64(p, "total_tokens", in + out);
	us_print_close(p, '}');
}

/* Why it is not whole, if it is not. */
static void print_end(struct us_print *p, const char *status, const char *reason)
{
	us_print_key(p, "error");
	if (strcmp(status, "failed") == 0)
		us_print_raw(p, US_SPAN("{\"code\":\"server_error\",\"message\":"
		                        "\"The provider failed.\"}"));
	else
		us_print_null(p);
	us_print_key(p, "incomplete_details");
	if (!reason) {
		us_print_null(p);
		return;
	}
	us_print_open(p, '{');
	us_print_member(p, "reason", us_span_of(reason));
	us_print_close(p, '}');
}

void us_responses_print(struct us_print *p, const struct us_look *look, const struct us_resp *r,
                        const char *status)
{
	bool over = !status;
	const struct end *end = over ? end_of(r) : NULL;

	us_print_open(p, '{');
	if (us_set(look->id))
		us_print_member(p, "id", look->id);
	else
		us_mint_member(p, "id", "resp_", US_RESPONSES_ID, look->seed, 0);
	us_print_member(p, "object", US_SPAN("response"));
	us_print_member_u64(p, "created_at", look->now_s);
	us_print_member(p, "status", us_span_of(over ? end->status : status));
	us_print_key(p, "completed_at");
	if (over && !end->reason)
		us_print_u64(p, look->now_s);
	else
		us_print_null(p);
	print_end(p, over ? end->status : status, over ? end->reason : NULL);
	us_print_member(p, "model", look->model);
	print_output(p, look, r);
	us_responses_print_echo(p, look->req);
	if (over)
		print_usage(p, look, r);
	else
		us_print_member_null(p, "usage");
	us_print_close(p, '}');
}

int us_responses_encode_whole(const struct us_look *look, const struct us_resp *r,
                              struct us_buf *out)
{
	struct us_print p = us_print(out);

	us_responses_print(&p, look, r, NULL);
	return out->err;
}
