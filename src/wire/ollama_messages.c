/* ollama_messages.c - the messages of a request to Ollama into turns of the hub
 *
 * Calls had no ids for long, and most programs still send none: a call gets one from its place, a
 * result belongs to the first call of its name that waits, or to the first that waits at all. A
 * program that keeps each piece of a stream as a message of its own has several assistant messages
 * in a row; their calls wait together.
 */
#include "wire/ollama.h"

#include "wire/dataurl.h"
#include "wire/take.h"

static void wrong(struct us_ollama_in *in) { in->err = US_EINVAL; }

/* NULL when memory ran out, which the arena remembers. */
static struct us_turn *add_turn(struct us_ollama_in *in, enum us_role role)
{
	struct us_turn *t = us_arena_push(in->a, &in->r->turns, &in->r->nturns, sizeof(*t));

	if (t)
		t->role = role;
	return t;
}

static struct us_block *add_block(struct us_ollama_in *in, struct us_block **blocks, size_t *n,
                                  enum us_block_kind kind)
{
	struct us_block *b = us_arena_push(in->a, blocks, n, sizeof(*b));

	if (b)
		b->kind = kind;
	return b;
}

/* "" is how clients leave it out. */
static void add_text(struct us_ollama_in *in, struct us_block **blocks, size_t *n,
                     enum us_block_kind kind, struct us_span text)
{
	struct us_block *b = text.n ? add_block(in, blocks, n, kind) : NULL;

	if (b)
		b->text = text;
}

static void add_image(struct us_ollama_in *in, struct us_block **blocks, size_t *n, struct us_val v)
{
	struct us_block *b = add_block(in, blocks, n, US_IMAGE);
	struct us_span data = us_val_str(v, in->a);

	if (!data.n)
		wrong(in);
	if (!b || us_dataurl_split(data, in->a, &b->mime, &b->data))
		return; /* clients that take the URL apart themselves accept one */
	b->data = us_base64_unfold(data, in->a);
	b->mime = us_dataurl_sniff(data);
}

/* Images stand before the words: there the server puts them, too. */
static void add_content(struct us_ollama_in *in, struct us_block **blocks, size_t *n,
                        struct us_val message)
{
	struct us_val content = us_val_get(message, "content");

	for (struct us_iter it = us_iter(us_val_get(message, "images")); us_iter_next(&it);)
		add_image(in, blocks, n, it.val);
	add_text(in, blocks, n, US_TEXT, us_val_str(content, in->a));
	if (us_val_given(content) && !us_val_is(content, US_J_STRING))
		wrong(in);
}

static void read_plain(struct us_ollama_in *in, enum us_role role, struct us_val message)
{
	struct us_turn *t = add_turn(in, role);

	if (t)
		add_content(in, &t->blocks, &t->nblocks, message);
}

static void read_call(struct us_ollama_in *in, struct us_turn *t, struct us_val v)
{
	struct us_val function = us_val_get(v, "function");
	struct us_block *b = add_block(in, &t->blocks, &t->nblocks, US_TOOL_CALL), *waits;

	if (!b)
		return;
	b->id = us_ollama_str(in, v, "id");
	if (!b->id.n)
		b->id = us_arena_printf(in->a, "call_%zu_%zu", in->r->nturns, t->nblocks);
	b->name = us_ollama_str(in, function, "name");
	us_take_args(us_val_get(function, "arguments"), in->a, b);
	waits = us_arena_push(in->a, &in->waiting, &in->nwaiting, sizeof(*waits));
	if (waits)
		*waits = *b;
	if (!b->name.n)
		wrong(in);
}

/* So it was generated: thoughts, text, calls. */
static void read_assistant(struct us_ollama_in *in, enum us_role role, struct us_val message)
{
	struct us_turn *t = add_turn(in, role);

	if (!t)
		return;
	if (!us_span_is(in->role, "assistant"))
		in->nwaiting = 0; /* whom these waited for does not come any more */
	add_text(in, &t->blocks, &t->nblocks, US_THINK, us_ollama_str(in, message, "thinking"));
	add_content(in, &t->blocks, &t->nblocks, message);
	for (struct us_iter it = us_iter(us_val_get(message, "tool_calls")); us_iter_next(&it);)
		read_call(in, t, it.val);
}

/* The call that a result answers stops waiting. `id` decides where there is one, then `name`; of
 * neither, it is the next. NULL: none waits for it. */
static struct us_block *claim(struct us_ollama_in *in, struct us_span id, struct us_span name)
{
	for (size_t i = 0; i < in->nwaiting; i++) {
		struct us_block *b = &in->waiting[i];
		bool fits = id.n ? us_span_eq(b->id, id) : !name.n || us_span_eq(b->name, name);

		if (fits && b->kind == US_TOOL_CALL) {
			b->kind = US_UNKNOWN;
			return b;
		}
	}
	return NULL;
}

static void read_tool(struct us_ollama_in *in, enum us_role role, struct us_val message)
{
	struct us_turn *t = add_turn(in, role);
	struct us_block *b = t ? add_block(in, &t->blocks, &t->nblocks, US_TOOL_RESULT) : NULL;
	struct us_block *call;

	if (!b)
		return;
	b->id = us_ollama_str(in, message, "tool_call_id");
	b->name = us_ollama_str(in, message, "tool_name");
	if (!b->name.n)
		b->name = us_ollama_str(in, message, "name"); /* before tool_name came */
	call = claim(in, b->id, b->name);
	if (!b->id.n)
		b->id = call ? call->id : us_span_of("call_unknown");
	add_content(in, &b->blocks, &b->nblocks, message);
}

static const struct {
	const char *role;
	enum us_role hub;
	void (*read)(struct us_ollama_in *in, enum us_role role, struct us_val message);
} roles[] = {
	{ "system", US_ROLE_SYSTEM, read_plain },
	{ "user", US_ROLE_USER, read_plain },
	{ "assistant", US_ROLE_ASSISTANT, read_assistant },
	{ "tool", US_ROLE_USER, read_tool },
};

static const char *const known[] = {
	"role", "content", "thinking", "images", "tool_calls", "tool_name", "tool_call_id", "name",
};

void us_ollama_messages(struct us_ollama_in *in, struct us_val messages)
{
	for (struct us_iter it = us_iter(messages); us_iter_next(&it) && !in->err && !in->a->err;) {
		struct us_val role = us_val_get(it.val, "role");
		size_t i = 0;

		while (i < US_COUNT(roles) && !us_val_str_is(role, roles[i].role))
			i++;
		if (i == US_COUNT(roles)) {
			wrong(in);
			return;
		}
		roles[i].read(in, roles[i].hub, it.val);
		us_take_unknown(it.val, known, US_COUNT(known), in->a, in->r);
		in->role = us_span_of(roles[i].role);
	}
}
