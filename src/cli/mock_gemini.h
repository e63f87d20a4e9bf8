/* mock_gemini.h - the parts of the Gemini dialect; only mock_gemini*.c include this */
#ifndef US_CLI_MOCK_GEMINI_H
#define US_CLI_MOCK_GEMINI_H

#include "cli/mock_dialect.h"

extern const struct us_mock_shape us_mock_gemini_request;
extern const struct us_mock_wording us_mock_gemini_wording;

int us_mock_gemini_check(struct us_mock_check *c, const struct us_mock_http *http,
                         const struct us_mock_json *request, bool lone_surrogate);
/* After the tables: who speaks when, and what parts hold; tools; what the model can do. */
int us_mock_gemini_check_turns(struct us_mock_check *c, const struct us_mock_json *request,
                               struct us_span model);
int us_mock_gemini_check_tools(struct us_mock_check *c, const struct us_mock_json *request,
                               struct us_span model);
int us_mock_gemini_check_model(struct us_mock_check *c, const struct us_mock_json *request,
                               struct us_span model);

/* Refuses with INVALID_ARGUMENT. Always US_EINVAL. */
int us_mock_gemini_refuse(struct us_mock_check *c, struct us_span message);

/* The path's part between /models/ and the colon. */
struct us_span us_mock_gemini_model(const struct us_mock_http *http);
/* gemini-3 and later: levels of thought, signed calls. */
bool us_mock_gemini_is_third(struct us_span model);

#endif
