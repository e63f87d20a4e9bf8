/* mint.h - ids that look like the provider's own and are known again as ours
 *
 *     call_ U s c c g g g t t t t t t t t t t t t t t t t t
 *     ^prefix   ^   ^tag: who said it         tail: base62 ^
 *               check of all that follows
 *
 * A program keeps the ids of an answer in its history and sends them to another provider later. The
 * infix "Us" is found by a plain byte search; the check characters tell ours from an accident; the
 * tag tells whose answer it was, in any process and after any time, and nothing has to be kept.
 */
#ifndef US_WIRE_MINT_H
#define US_WIRE_MINT_H

#include "base/buf.h"

struct us_print;

#define US_MINT_TAGS (62 * 62 * 62)

/* What stands for who answers: below US_MINT_TAGS. */
uint32_t us_mint_tag(struct us_span provider, struct us_span model);
/* A seed whose ids bear this tag. */
uint64_t us_mint_seed(uint64_t chance, uint32_t tag);

/* Appends `prefix` and n more characters. The same seed and ordinal give the same id, so that a
 * request that is sent again gets the same answer ids. n is at least 12. */
void us_mint(struct us_buf *out, const char *prefix, size_t n, uint64_t seed, unsigned ordinal);

/* The member `name` with such an id. */
void us_mint_member(struct us_print *p, const char *name, const char *prefix, size_t n,
                    uint64_t seed, unsigned ordinal);

/* Is this an id that us_mint made, with one of the prefixes in use? */
bool us_minted(struct us_span id);
/* The tag of such an id. */
uint32_t us_minted_tag(struct us_span id);
/* Does one stand anywhere in the text? Cheap where none does. */
bool us_mint_within(struct us_span text);

#endif
