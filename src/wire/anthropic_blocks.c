/* anthropic_blocks.c - the content blocks of a request, read
 *
 * A block is a row: who reads it and what members it may have. Blocks of Anthropic's own tools, and
 * those nobody knows yet, are kept as the bytes they are; no other provider can be given them.
 */
#include "wire/anthropic_request.h"

#include "wire/dataurl.h"
#include "wire/take.h"

/* A tool result may hold a document, and a document blocks: no deeper. */
#define LEVELS 3

static int read_content(struct us_anthropic_in *in, struct us_val content, unsigned level,
                        struct us_block **blocks, size_t *n);

/* Kept whole: nothing of it can be said elsewhere. */
static int be_unknown(struct us_anthropic_in *in, struct us_val v, struct us_block *b)
{
	b->kind = US_UNKNOWN;
	b->type = us_take_str(v, "type", in->a);
	b->raw = us_val_raw(v);
	return us_set(b->type) ? 0 : US_EINVAL;
}

static const struct {
	const char *type, *member;
} sources[] = {
	[US_MEDIA_BASE64] = { "base64", "data" },     [US_MEDIA_URL] = { "url", "url" },
	[US_MEDIA_FILE_ID] = { "file", "file_id" },   [US_MEDIA_TEXT] = { "text", "data" },
	[US_MEDIA_BLOCKS] = { "content", "content" },
};

/* Where an image or a document is. A kind of place we do not know makes the block unknown. */
static int read_source(struct us_anthropic_in *in, struct us_val block, unsigned level,
                       struct us_block *b)
{
	struct us_val source = us_val_get(block, "source"), type = us_val_get(source, "type");
	struct us_span s;
	size_t i = 0;

	while (i < US_COUNT(sources) && !us_val_str_is(type, sources[i].type))
		i++;
	if (i == US_COUNT(sources))
		return be_unknown(in, block, b);
	b->media = (enum us_media)i;
	if (b->media == US_MEDIA_BLOCKS)
		return read_content(in, us_val_get(source, "content"), level + 1, &b->blocks,
		                    &b->nblocks);
	s = us_take_str(source, sources[i].member, in->a);
	b->mime = us_take_str(source, "media_type", in->a);
	if (b->media == US_MEDIA_TEXT)
		b->text = s;
	else
		b->data = b->media == US_MEDIA_BASE64 ? us_base64_unfold(s, in->a) : s;
	if (!us_set(s))
		return US_EINVAL;
	return b->media == US_MEDIA_FILE_ID ? us_anthropic_state_ref(in, "file_id") : 0;
}

static bool cites(struct us_val block)
{
	return us_take_tri(us_val_get(us_val_get(block, "citations"), "enabled")) == US_YES;
}

static int read_text(struct us_anthropic_in *in, struct us_val v, unsigned level,
                     struct us_block *b)
{
	b->kind = US_TEXT;
	b->text = us_take_str(v, "text", in->a);
	if (us_val_count(us_val_get(v, "citations")))
		b->raw = us_anthropic_raw(v, "citations");
	return us_set(b->text) ? 0 : US_EINVAL;
}

static int read_image(struct us_anthropic_in *in, struct us_val v, unsigned level,
                      struct us_block *b)
{
	b->kind = US_IMAGE;
	return read_source(in, v, level, b);
}

static int read_document(struct us_anthropic_in *in, struct us_val v, unsigned level,
                         struct us_block *b)
{
	b->kind = US_DOC;
	b->title = us_take_str(v, "title", in->a);
	b->cite = cites(v);
	return read_source(in, v, level, b);
}

/* What a program's own search found is a document with a name and a place. */
static int read_search_result(struct us_anthropic_in *in, struct us_val v, unsigned level,
                              struct us_block *b)
{
	b->kind = US_DOC;
	b->media = US_MEDIA_BLOCKS;
	b->title = us_take_str(v, "title", in->a);
	b->data = us_take_str(v, "source", in->a);
	b->cite = cites(v);
	return read_content(in, us_val_get(v, "content"), level + 1, &b->blocks, &b->nblocks);
}

/* The input stays text, whatever it is: what is no object is for the writers to mend. */
static int read_tool_use(struct us_anthropic_in *in, struct us_val v, unsigned level,
                         struct us_block *b)
{
	struct us_val caller = us_val_get(us_val_get(v, "caller"), "type");

	b->kind = US_TOOL_CALL;
	b->id = us_take_str(v, "id", in->a);
	b->name = us_take_str(v, "name", in->a);
	b->args = us_anthropic_raw(v, "input");
	b->args_kind = us_args_kind(b->args);
	if (!us_set(b->id) || !us_set(b->name))
		return US_EINVAL;
	/* Called by a program in Anthropic's sandbox, which waits for the result there. */
	return us_val_given(caller) && !us_val_str_is(caller, "direct")
	               ? us_anthropic_state_ref(in, "caller")
	               : 0;
}

static int read_tool_result(struct us_anthropic_in *in, struct us_val v, unsigned level,
                            struct us_block *b)
{
	struct us_val content = us_val_get(v, "content");

	b->kind = US_TOOL_RESULT;
	b->id = us_take_str(v, "tool_use_id", in->a);
	b->is_error = us_take_tri(us_val_get(v, "is_error"));
	if (!us_set(b->id))
		return US_EINVAL;
	if (!us_val_given(content))
		return 0;
	return read_content(in, content, level + 1, &b->blocks, &b->nblocks);
}

static int read_thinking(struct us_anthropic_in *in, struct us_val v, unsigned level,
                         struct us_block *b)
{
	b->kind = US_THINK;
	b->text = us_take_str(v, "thinking", in->a);
	b->sig = us_take_str(v, "signature", in->a);
	return us_set(b->text) ? 0 : US_EINVAL;
}

/* Nobody but Anthropic can read it; a thought without text is known by that. */
static int read_redacted(struct us_anthropic_in *in, struct us_val v, unsigned level,
                         struct us_block *b)
{
	b->kind = US_THINK;
	b->sig = us_take_str(v, "data", in->a);
	return us_set(b->sig) ? 0 : US_EINVAL;
}

/* Anthropic's own tools at work, by the form of their names: new ones come several times a year. */
static int read_foreign(struct us_anthropic_in *in, struct us_val v, struct us_block *b)
{
	static const char others[] = "container_upload compaction fallback tool_reference "
				     "browser_state";
	int rc = be_unknown(in, v, b);

	if (us_span_ends(b->type, "_tool_use") || us_span_ends(b->type, "_tool_result") ||
	    us_anthropic_among(others, b->type))
		b->kind = US_HOSTED;
	if (!rc && us_span_is(b->type, "container_upload"))
		rc = us_anthropic_state_ref(in, "container_upload");
	return rc;
}

/* Beside the members that every block may have. */
#define ANY "type cache_control "

static const struct {
	const char *type;
	int (*read)(struct us_anthropic_in *in, struct us_val v, unsigned level,
	            struct us_block *b);
	const char *members, *lost;
} rows[] = {
	{ "text", read_text, ANY "text citations", "" },
	{ "image", read_image, ANY "source", "transformations" },
	{ "document", read_document, ANY "source title citations", "" },
	{ "search_result", read_search_result, ANY "content source title citations", "" },
	{ "tool_use", read_tool_use, ANY "id name input caller", "toolset_name" },
	{ "tool_result", read_tool_result, ANY "tool_use_id content is_error", "toolset_name" },
	{ "thinking", read_thinking, ANY "thinking signature", "" },
	{ "redacted_thinking", read_redacted, ANY "data", "" },
};

static int read_block(struct us_anthropic_in *in, struct us_val v, unsigned level,
                      struct us_block *b)
{
	struct us_val type = us_val_get(v, "type");
	int rc;

	b->cache = us_anthropic_raw(v, "cache_control");
	for (size_t i = 0; i < US_COUNT(rows); i++) {
		if (!us_val_str_is(type, rows[i].type))
			continue;
		rc = rows[i].read(in, v, level, b);
		return rc ? rc
		          : us_anthropic_list_others(in, v, rows[i].type, rows[i].members,
		                                     rows[i].lost);
	}
	return read_foreign(in, v, b);
}

static int read_content(struct us_anthropic_in *in, struct us_val content, unsigned level,
                        struct us_block **blocks, size_t *n)
{
	struct us_block *b;
	int rc = 0;

	if (us_val_is(content, US_J_STRING)) {
		b = us_arena_push(in->a, blocks, n, sizeof(*b));
		if (!b)
			return in->a->err;
		b->kind = US_TEXT;
		b->text = us_val_str(content, in->a);
		return 0;
	}
	if (!us_val_is(content, US_J_ARRAY) || level >= LEVELS)
		return US_EINVAL;
	for (struct us_iter it = us_iter(content); !rc && us_iter_next(&it);) {
		b = us_arena_push(in->a, blocks, n, sizeof(*b));
		rc = b ? read_block(in, it.val, level, b) : in->a->err;
	}
	return rc;
}

int us_anthropic_read_content(struct us_anthropic_in *in, struct us_val content,
                              struct us_block **blocks, size_t *n)
{
	return read_content(in, content, 0, blocks, n);
}
