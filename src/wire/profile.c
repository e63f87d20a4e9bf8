/* profile.c - in what a server that speaks OpenAI's Chat Completions is not OpenAI */
#include "wire/profile.h"

#include "base/err.h"
#include "wire/wants.h"

#include <stdio.h>

static const struct us_profile profiles[] = {
#define ROW(name_, ...) { .name = name_, __VA_ARGS__ },
#include "wire/profiles.def"
#undef ROW
};

const struct us_profile *const us_profile_official = &profiles[0];

const struct us_profile *us_profile_find(struct us_span name)
{
	for (size_t i = 0; i < US_COUNT(profiles); i++)
		if (us_span_is_nocase(name, profiles[i].name))
			return &profiles[i];
	return us_profile_find(US_SPAN("compatible"));
}

bool us_profile_lacks(const struct us_profile *p, struct us_span member)
{
	struct us_span rest = us_span_of(p->lacks), word;

	while (us_span_next(&rest, ' ', &word))
		if (us_span_eq(word, member))
			return true;
	return false;
}

const char *us_profile_max(const struct us_profile *p) { return p->max ? p->max : "max_tokens"; }

unsigned us_profile_heat10(const struct us_profile *p) { return p->heat10 ? p->heat10 : 20; }

/* Not as a double: the host's locale would show. */
void us_profile_print_heat(struct us_print *out, const struct us_profile *p)
{
	unsigned heat = us_profile_heat10(p);
	char text[16];
	int n = snprintf(text, sizeof(text), heat % 10 ? "%u.%u" : "%u", heat / 10, heat % 10);

	us_print_raw(out, us_span(text, (size_t)n));
}

static bool is_nine(struct us_span id)
{
	for (size_t i = 0; i < id.n; i++)
		if (!((id.p[i] >= '0' && id.p[i] <= '9') || (id.p[i] >= 'a' && id.p[i] <= 'z') ||
		      (id.p[i] >= 'A' && id.p[i] <= 'Z')))
			return false;
	return id.n == 9;
}

static bool fits_block(const struct us_profile *p, const struct us_block *b)
{
	switch (b->kind) {
	case US_IMAGE:
		return p->images == US_IMAGES_ANY ||
		       (p->images == US_IMAGES_INLINE && b->media == US_MEDIA_BASE64);
	case US_DOC:
		return p->pdf;
	case US_AUDIO:
		return p->audio;
	case US_TOOL_CALL:
	case US_TOOL_RESULT:
		return b->args_kind != US_ARGS_FREEFORM &&
		       (p->ids != US_IDS_NINE || is_nine(b->id));
	default:
		return true;
	}
}

/* `before` is the turn before, NULL at the front. */
static bool fits_turn(const struct us_profile *p, const struct us_turn *t,
                      const struct us_turn *before)
{
	bool first = !before || us_is_instruction(before);

	if (us_is_instruction(t))
		return first || p->late_system;
	for (size_t i = 0; i < t->nblocks; i++)
		if (!fits_block(p, &t->blocks[i]))
			return false;
	return !p->alternates || t->role != (first ? US_ROLE_ASSISTANT : before->role);
}

/* What the server does not hear of, or cannot be told by its own words. */
static bool fits_choice(const struct us_profile *p, const struct us_req *r)
{
	for (size_t i = 0; i < r->ntools; i++)
		if (r->tools[i].kind != US_TOOL_FUNCTION)
			return false;
	if (p->deaf)
		return r->choice == US_CHOICE_UNSET || r->choice == US_CHOICE_AUTO;
	return r->choice != US_CHOICE_ALLOWED;
}

bool us_profile_fits(const struct us_profile *p, const struct us_req *r)
{
	bool begun = r->nturns && r->turns[r->nturns - 1].role == US_ROLE_ASSISTANT;
	bool marks = p->prefill == US_PREFILL_MARKED || p->prefill == US_PREFILL_ORDERED;

	if (p->official)
		return true;
	for (size_t i = 0; i < r->nturns; i++)
		if (!fits_turn(p, &r->turns[i], i ? &r->turns[i - 1] : NULL))
			return false;
	if (r->format == US_FORMAT_JSON_SCHEMA && p->json == US_JSON_OBJECT_ONLY)
		return false;
	return fits_choice(p, r) && !(begun && marks) && !r->audio_out;
}
