/* mock_responses.h - the parts of the Responses dialect; only mock_responses*.c include this */
#ifndef US_CLI_MOCK_RESPONSES_H
#define US_CLI_MOCK_RESPONSES_H

#include "cli/mock_dialect.h"

#define US_MOCK_RESPONSES_ID_MAX 64 /* of a call */

extern const struct us_mock_shape us_mock_responses_request;
extern const struct us_mock_shape us_mock_responses_asked;    /* a part of the user's or a tool's */
extern const struct us_mock_shape us_mock_responses_answered; /* a part of the assistant's */

int us_mock_responses_check(struct us_mock_check *c, const struct us_mock_http *http,
                            const struct us_mock_json *request, bool lone_surrogate);
/* Behind the tables: what belongs to what in the input, and what messages hold. */
int us_mock_responses_check_items(struct us_mock_check *c, const struct us_mock_json *request);

#endif
