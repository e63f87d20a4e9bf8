/* replay.h - may an answer to this request be given again to one like it?
 *
 * Not where asking does something (it is added to a conversation, a connected server acts), and not
 * where the answer names what will be gone (a container). Tools that the program runs by itself,
 * and hosted ones that only look something up, are no hindrance.
 */
#ifndef US_WIRE_REPLAY_H
#define US_WIRE_REPLAY_H

#include "base/span.h"

/* `body` in any of the languages. False, too, for what cannot be read. */
bool us_replayable(struct us_span body);

#endif
