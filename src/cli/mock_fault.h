/* mock_fault.h - the script of misbehaviour
 *
 *	script  = entry *( "," entry )      one entry per request; the last one stays
 *	entry   = effect *( "+" effect ) [ "x" COUNT ]
 *	effect  = name [ "=" value ] *( ":" option "=" value )
 *
 * A value may hold %2C, %3A, %2B for the characters that separate.
 */
#ifndef US_CLI_MOCK_FAULT_H
#define US_CLI_MOCK_FAULT_H

#include "base/arena.h"
#include "base/buf.h"

enum us_mock_effect {
#define EFFECT(id, name, argument, form, help) US_MOCK_##id,
#include "cli/mock_fault.def"
	US_MOCK_EFFECT_COUNT
};

enum us_mock_choice {
#define CHOICE(id, name, help) US_MOCK_BY_##id,
#include "cli/mock_fault.def"
	US_MOCK_CHOICE_COUNT
};

struct us_mock_fault {
	struct us_span text; /* the entry as written */
	unsigned status;     /* 400..599; 0: none asked for */
	bool on[US_MOCK_EFFECT_COUNT];
	uint64_t value[US_MOCK_EFFECT_COUNT];
	struct us_span choice[US_MOCK_CHOICE_COUNT]; /* .p is NULL if not given */
	struct us_span url;
};

struct us_mock_entry {
	struct us_span text;
	uint64_t times;
};

/* Owns its text; to be guarded by its owner's lock. */
struct us_mock_script {
	struct us_arena arena;
	struct us_mock_entry *entries;
	size_t count, at;
	uint64_t taken; /* how often entries[at] was used */
};

/* US_EINVAL and a sentence in `why` if the text is no script. Empty text is `ok`. */
int us_mock_script_init(struct us_mock_script *s, struct us_span text, struct us_buf *why);
void us_mock_script_fini(struct us_mock_script *s);

/* The entry for the next request, copied into `arena`. */
struct us_span us_mock_script_take(struct us_mock_script *s, struct us_arena *arena);

/* Reads one entry; spans point into it or into `arena`. */
int us_mock_fault_read(struct us_mock_fault *f, struct us_span entry, struct us_arena *arena,
                       struct us_buf *why);

#endif
