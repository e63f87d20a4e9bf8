/* profile.h - in what a server that speaks OpenAI's Chat Completions is not OpenAI
 *
 * Rows of profiles.def. All zero is the plain compatible server: it knows the older names and the
 * simple forms, and takes members it does not know. A row says only in what its server differs.
 */
#ifndef US_WIRE_PROFILE_H
#define US_WIRE_PROFILE_H

#include "wire/print.h"
#include "wire/request.h"

enum us_profile_ids { US_IDS_ANY, US_IDS_NINE /* exactly nine letters and digits */ };
enum us_profile_json { US_JSON_BY_SCHEMA, US_JSON_OBJECT_ONLY };
enum us_profile_images { US_IMAGES_ANY, US_IMAGES_INLINE /* no URLs */, US_IMAGES_NONE };

/* How an answer that the program began itself is gone on with. */
enum us_profile_prefill {
	US_PREFILL_NONE,    /* by a new message */
	US_PREFILL_PLAIN,   /* by being the last message */
	US_PREFILL_MARKED,  /* with "prefix": true in it */
	US_PREFILL_ORDERED, /* with "continue_final_message": true beside the messages */
};

struct us_profile {
	const char *name;
	bool official;          /* OpenAI itself: the newer roles, choices, free-form tools ... */
	const char *max;        /* the limit of an answer; NULL: max_tokens */
	const char *seed;       /* NULL: seed */
	const char *repetition; /* NULL: repetition_penalty */
	const char *lacks;      /* members that it refuses or does not hear, between blanks */
	bool refuses_unknown;   /* members that nobody here knows make it refuse the request */
	bool deaf;              /* it does not hear tool_choice */
	bool alternates;        /* roles take turns, and the user's is first */
	bool late_system;       /* takes system messages between the turns */
	bool pdf, audio;        /* takes them as parts of a message */
	bool echo;       /* wants the thoughts that led to calls back, as reasoning_content */
	unsigned heat10; /* ten times the highest temperature; 0: 20 */
	enum us_profile_ids ids;
	enum us_profile_json json;
	enum us_profile_images images;
	enum us_profile_prefill prefill;
};

/* By the name of a provider: the plain one for a name without a row. Never NULL. */
const struct us_profile *us_profile_find(struct us_span name);

/* The maker's own. */
extern const struct us_profile *const us_profile_official;

bool us_profile_lacks(const struct us_profile *p, struct us_span member);

/* Can the server be sent this request in the program's own words, but for members at the top? If
 * not it has to be written anew. */
bool us_profile_fits(const struct us_profile *p, const struct us_req *r);

/* What it calls the limit of an answer. */
const char *us_profile_max(const struct us_profile *p);

/* Ten times the highest temperature it takes, and that temperature as a number on the wire. */
unsigned us_profile_heat10(const struct us_profile *p);
void us_profile_print_heat(struct us_print *out, const struct us_profile *p);

#endif
