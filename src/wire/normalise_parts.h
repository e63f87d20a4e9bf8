/* normalise_parts.h - what the files of us_normalise share; for them alone */
#ifndef US_WIRE_NORMALISE_PARTS_H
#define US_WIRE_NORMALISE_PARTS_H

#include "wire/models.h"
#include "wire/normalise.h"
#include "wire/profile.h"
#include "wire/wants.h"

/* One request on its way. Everything `r` points at was copied into `a` and may be changed, save
 * the text of spans. Failures of memory stick in `a`; nobody else keeps them. */
struct us_normal {
	struct us_req *r;
	struct us_arena *a;
	struct us_limits limits; /* the dialect's, and the server's own */
	const struct us_model *model;
	const struct us_profile *profile;
	bool in_words; /* as us_for has it */
	struct us_diags *diags;
	struct us_renames *renames;
};

/* A list of turns under construction. */
struct us_turns {
	struct us_turn *list;
	size_t n;
};

/* Building another list of turns: the request's own from..to as they are; one new turn without
 * blocks, NULL when memory is out; and at last the new list in place of the old. */
void us_normal_keep(struct us_normal *n, struct us_turns *out, size_t from, size_t to);
struct us_turn *us_normal_turn(struct us_normal *n, struct us_turns *out, enum us_role role);
void us_normal_replace(struct us_normal *n, const struct us_turns *out);

/* Blocks at the end of a turn, which may be NULL. */
void us_normal_blocks(struct us_normal *n, struct us_turn *t, const struct us_block *b,
                      size_t count);
void us_normal_text(struct us_normal *n, struct us_turn *t, struct us_span text);
/* The parts, one behind the other. */
struct us_span us_normal_join(struct us_normal *n, const struct us_span *parts, size_t count);
/* Nothing but blanks. */
bool us_is_blank(const struct us_block *b);

/* Every call gets one result in the user turn behind it, in the order of the calls; results
 * without a call become text (wire-formats 5.3 and 5.5). */
void us_normal_pair(struct us_normal *n);

/* Ids and names the target would refuse; tools that only the history knows (5.4, 5.11, 5.12). */
void us_normal_ids(struct us_normal *n);
void us_normal_names(struct us_normal *n);
void us_normal_declare(struct us_normal *n);

/* 128 bits that depend on every byte of s; the same in every process. Not for secrets. */
struct us_hash {
	uint64_t a, b;
};
struct us_hash us_hash(struct us_span s);

/* A set of spans. A history may hold a hundred thousand calls: no list is searched. */
struct us_seen {
	struct us_span key;
	bool used;
	unsigned count;               /* the owner's */
	struct us_call *first, *last; /* the owner's: calls of this id that wait for a result */
};
struct us_seen_set {
	struct us_seen *slots;
	size_t mask;
};
/* Room for `most` keys. False when memory is out. */
bool us_seen_init(struct us_seen_set *set, struct us_arena *a, size_t most);
/* The place of `key`, made if it was not there. */
struct us_seen *us_seen_at(struct us_seen_set *set, struct us_span key);

#endif
