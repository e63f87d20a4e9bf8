/* relay.h - plays released bytes into the program's own callbacks
 *
 * As libcurl would: header lines one by one, body in pieces of at most CURL_MAX_WRITE_SIZE; after a
 * callback has returned an error it is never called again; after a pause it goes on where it was.
 */
#ifndef SHIM_RELAY_H
#define SHIM_RELAY_H

#include "base/buf.h"
#include "shadow.h"

enum relay_state { RELAY_READY, RELAY_PAUSED, RELAY_BROKEN };

struct relay {
	const struct shadow *shadow;
	enum relay_state state;
	CURLcode broke;     /* BROKEN: what libcurl would return for it */
	size_t broke_value; /* and what the program's callback did */
	const char *broke_text;
	bool skip_body;           /* FAILONERROR: the body of a refusal is not shown */
	bool playing;             /* one of the program's callbacks is running */
	bool half_line;           /* the line at the front has been to the body callback (HEADER) */
	bool head_done;           /* what follows are trailers, which HEADER does not show */
	struct us_buf head, body; /* waiting behind a pause */
};

void relay_init(struct relay *r, const struct shadow *s, size_t max);
void relay_fini(struct relay *r);

/* Plays `head`, then `body`, behind what still waits. What a pause leaves over is copied. */
enum relay_state relay_play(struct relay *r, struct us_span head, struct us_span body);

/* As curl_easy_pause does: what the callback that runs now was given is taken, no more follows. */
void relay_pause(struct relay *r);
/* Goes on after a pause. */
enum relay_state relay_resume(struct relay *r);

#endif
