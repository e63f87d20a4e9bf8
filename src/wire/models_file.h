/* models_file.h - the user's own rows about models, in JSON
 *
 *     { "models": [ { "dialect": "openai", "pattern": "my-*", "max_out": 8192, "window": 32000,
 *                     "sampling": "all", "thinking": "none", "prefill": true, "json_schema": true,
 *                     "system_turn": true, "stop": true } ],
 *       "tiers": [ { "dialect": "openai", "pattern": "my-*", "tier": "small" } ],
 *       "counterparts": { "local": { "small": "my-7b", "middle": "my-70b", "large": "my-70b" } } }
 *
 * Comments are allowed. What a row about a model does not say is as for a model that nobody knows.
 */
#ifndef US_WIRE_MODELS_FILE_H
#define US_WIRE_MODELS_FILE_H

#include "base/arena.h"
#include "base/buf.h"
#include "wire/models.h"

/* Zero-initialise; strings are the arena's. */
struct us_models_file {
	struct us_models rows;
	struct us_arena arena;
};

/* Where what is wrong goes: a line of the text, and a sentence without its end. */
struct us_models_wrong {
	void (*tell)(void *self, unsigned line, const char *words);
	void *self;
};

/* What is wrong is told and left out. False: it is no such file at all, or memory ran out. */
bool us_models_read(struct us_models_file *f, struct us_span text,
                    const struct us_models_wrong *wrong);
void us_models_file_fini(struct us_models_file *f);

/* Rows, list behind list, as such a file; reading that gives the same rows. */
int us_models_print(const struct us_models *const *lists, size_t n, struct us_buf *out);

#endif
