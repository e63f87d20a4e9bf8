/* openai_content.h - how both languages of OpenAI are read: what a message holds */
#ifndef US_WIRE_OPENAI_CONTENT_H
#define US_WIRE_OPENAI_CONTENT_H

#include "wire/openai_members.h"

/* Blocks of a turn or of a tool result. */
struct us_openai_home {
	struct us_block **blocks;
	size_t *n;
};

static inline struct us_openai_home us_openai_home(struct us_turn *t)
{
	return (struct us_openai_home){ &t->blocks, &t->nblocks };
}

static inline struct us_openai_home us_openai_inside(struct us_block *b)
{
	return (struct us_openai_home){ &b->blocks, &b->nblocks };
}

/* NULL when memory ran out, which the arena remembers. */
struct us_block *us_openai_add_block(struct us_openai_in *in, struct us_openai_home home,
                                     enum us_block_kind kind);

/* Empty text is no block: null, "" and nothing at all mean the same. */
void us_openai_add_words(struct us_openai_in *in, struct us_openai_home home,
                         enum us_block_kind kind, struct us_span text);

/* Any new turn ends the run of results. NULL when memory ran out. */
struct us_turn *us_openai_add_turn(struct us_openai_in *in, enum us_role role, struct us_span name);

/* A kind of part: fills in a fresh block and says whether the part was what its type says. One that
 * was not stays a block of unknown kind, so that a target which drops it has to say so. */
struct us_openai_part {
	const char *type;
	bool (*read)(struct us_openai_in *in, struct us_val part, struct us_block *b);
};
bool us_openai_text_part(struct us_openai_in *in, struct us_val part, struct us_block *b);
bool us_openai_refusal_part(struct us_openai_in *in, struct us_val part, struct us_block *b);
/* Sound has no URL form; `mime` holds OpenAI's word for the format. */
bool us_openai_audio_part(struct us_openai_in *in, struct us_val part, struct us_block *b);
bool us_openai_image(struct us_openai_in *in, struct us_block *b, struct us_span url,
                     struct us_span detail);
bool us_openai_upload(struct us_openai_in *in, struct us_block *b, enum us_block_kind kind,
                      struct us_span id);
/* `holder` has the file's name and its data, or the id of an upload. */
bool us_openai_file(struct us_openai_in *in, struct us_val holder, struct us_block *b);

/* `content`: a string, a list of parts, or nothing. */
void us_openai_read_content(struct us_openai_in *in, struct us_openai_home home, struct us_val v,
                            const struct us_openai_part *parts, size_t n);

#endif
