/* programs.h - what programs may have asked, as far as an answer depends on it, and are told */
#ifndef US_TESTS_PROGRAMS_H
#define US_TESTS_PROGRAMS_H

#include "heard.h"
#include "play.h"

struct program {
	const char *name;
	const struct listener *listener;
	struct us_req asked;
};
extern const struct program programs[];
extern const size_t nprograms;

/* The framing in which it reads streams. */
enum us_framing program_framing(const struct program *p);

/* What our writer makes of an answer. */
struct told {
	struct us_buf bytes;
	struct played played;
};

/* Of the first `n` bytes of the answer and their end. */
struct told program_tell(const struct program *p, const struct recording *rec, size_t n,
                         bool stream);
void told_fini(struct told *t);

/* What the program understands of it. */
void program_hear(const struct program *p, const struct told *t, bool stream, struct heard *h);

/* What it should understand, by the sum of the answer's events. */
struct played program_expect(const struct program *p, const struct recording *rec, struct heard *h);

/* answers.c: whole and streamed, the program is told what the recording says, by the rules. */
struct report;
void answer_is_told(struct report *r, const struct recording *rec, const struct program *p);

#endif
