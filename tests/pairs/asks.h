/* asks.h - questions that every dialect can ask: some by hand, any number by chance
 *
 * They are written in Chat Completions; who wants another dialect's translates them.
 */
#ifndef US_TESTS_ASKS_H
#define US_TESTS_ASKS_H

#include "base/buf.h"
#include "base/rand.h"

/* Appends question number `i`, and tells its name. False: there is none left. */
bool ask_by_hand(size_t i, bool stream, struct us_buf *out, const char **name);

/* Appends one of more turns, tools, and characters than anybody would write. */
void ask_by_chance(struct us_rand *chance, struct us_buf *out);

#endif
