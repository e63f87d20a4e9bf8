/* openai_content.c - how both languages of OpenAI are read: what a message holds */
#include "wire/openai_content.h"

#include "wire/dataurl.h"

struct us_block *us_openai_add_block(struct us_openai_in *in, struct us_openai_home home,
                                     enum us_block_kind kind)
{
	struct us_block *b = us_arena_push(in->a, home.blocks, home.n, sizeof(*b));

	if (b)
		b->kind = kind;
	return b;
}

void us_openai_add_words(struct us_openai_in *in, struct us_openai_home home,
                         enum us_block_kind kind, struct us_span text)
{
	struct us_block *b = text.n ? us_openai_add_block(in, home, kind) : NULL;

	if (b)
		b->text = text;
}

struct us_turn *us_openai_add_turn(struct us_openai_in *in, enum us_role role, struct us_span name)
{
	struct us_turn *t = us_arena_push(in->a, &in->r->turns, &in->r->nturns, sizeof(*t));

	in->results = in->spoke = false;
	if (!t)
		return NULL;
	t->role = role;
	t->name = name;
	return t;
}

bool us_openai_text_part(struct us_openai_in *in, struct us_val part, struct us_block *b)
{
	b->kind = US_TEXT;
	b->text = us_openai_str(in, part, "text");
	return us_set(b->text);
}

bool us_openai_refusal_part(struct us_openai_in *in, struct us_val part, struct us_block *b)
{
	b->kind = US_REFUSAL;
	b->text = us_openai_str(in, part, "refusal");
	return us_set(b->text);
}

bool us_openai_audio_part(struct us_openai_in *in, struct us_val part, struct us_block *b)
{
	struct us_val audio = us_val_get(part, "input_audio");

	b->kind = US_AUDIO;
	b->media = US_MEDIA_BASE64;
	b->data = us_openai_str(in, audio, "data");
	b->mime = us_openai_str(in, audio, "format");
	return b->data.n && b->mime.n;
}

/* A URL, or the bytes themselves in one. */
static void set_source(struct us_openai_in *in, struct us_block *b, struct us_span url)
{
	b->media =
		us_dataurl_split(url, in->a, &b->mime, &b->data) ? US_MEDIA_BASE64 : US_MEDIA_URL;
	if (b->media == US_MEDIA_URL)
		b->data = url;
}

/* An upload, which only its own account has. */
static void set_upload(struct us_openai_in *in, struct us_block *b, struct us_span id)
{
	b->media = US_MEDIA_FILE_ID;
	b->data = id;
	us_openai_note(in, &in->r->state_refs, &in->r->nstate_refs, US_SPAN("file_id"));
}

bool us_openai_image(struct us_openai_in *in, struct us_block *b, struct us_span url,
                     struct us_span detail)
{
	b->kind = US_IMAGE;
	b->detail = detail;
	set_source(in, b, url);
	return url.n > 0;
}

bool us_openai_upload(struct us_openai_in *in, struct us_block *b, enum us_block_kind kind,
                      struct us_span id)
{
	b->kind = kind;
	set_upload(in, b, id);
	return true;
}

/* A file is an upload at OpenAI, a data URL, or - for some servers - a URL or bare base64. */
bool us_openai_file(struct us_openai_in *in, struct us_val holder, struct us_block *b)
{
	struct us_span data = us_openai_str(in, holder, "file_data"),
		       id = us_openai_str(in, holder, "file_id");

	b->kind = US_DOC;
	b->title = us_openai_str(in, holder, "filename");
	if (id.n) {
		set_upload(in, b, id);
		return true;
	}
	if (!data.n)
		data = us_openai_str(in, holder, "file_url");
	set_source(in, b, data);
	if (b->media == US_MEDIA_URL && !us_span_starts(data, "http")) {
		b->media = US_MEDIA_BASE64;
		b->mime = us_dataurl_sniff(data);
	}
	return data.n > 0;
}

/* OpenRouter takes Anthropic's marks; OpenAI's own say no more than that there is one. */
static struct us_span cache_mark(struct us_val part)
{
	struct us_val mark = us_val_get(part, "cache_control");

	if (us_val_given(mark))
		return us_val_raw(mark);
	return us_val_given(us_val_get(part, "prompt_cache_breakpoint"))
	               ? US_SPAN("{\"type\":\"ephemeral\"}")
	               : us_span(NULL, 0);
}

/* The mark stays with a part that is not understood: the prompt may still be sent as it is. */
static void read_part(struct us_openai_in *in, struct us_openai_home home, struct us_val part,
                      const struct us_openai_part *parts, size_t n)
{
	struct us_val type = us_val_get(part, "type");
	struct us_block *b = us_openai_add_block(in, home, US_UNKNOWN);
	bool known = false;

	if (!b)
		return;
	for (size_t i = 0; i < n && !known; i++)
		known = us_val_str_is(type, parts[i].type) && parts[i].read(in, part, b);
	if (!known)
		*b = (struct us_block){ .kind = US_UNKNOWN,
			                .type = us_val_str(type, in->a),
			                .raw = us_val_raw(part) };
	b->cache = cache_mark(part);
	if (!us_val_is(part, US_J_OBJECT))
		us_openai_wrong(in);
}

void us_openai_read_content(struct us_openai_in *in, struct us_openai_home home, struct us_val v,
                            const struct us_openai_part *parts, size_t n)
{
	us_openai_add_words(in, home, US_TEXT, us_val_str(v, in->a));
	if (us_val_is(v, US_J_ARRAY))
		for (struct us_iter it = us_iter(v); us_iter_next(&it);)
			read_part(in, home, it.val, parts, n);
	else if (us_val_given(v) && !us_val_is(v, US_J_STRING))
		us_openai_wrong(in);
}
