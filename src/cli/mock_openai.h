/* mock_openai.h - the parts of the OpenAI dialect; only mock_openai*.c include this */
#ifndef US_CLI_MOCK_OPENAI_H
#define US_CLI_MOCK_OPENAI_H

#include "cli/mock_dialect.h"

/* 64 have been seen to pass, 40 was the limit for years: who stays below is safe. */
#define US_MOCK_OPENAI_ID_MAX 40

extern const struct us_mock_shape us_mock_openai_request;
extern const struct us_mock_wording us_mock_openai_wording;

int us_mock_openai_check(struct us_mock_check *c, const struct us_mock_http *http,
                         const struct us_mock_json *request, bool lone_surrogate);
/* Before and after the tables: images outside user messages; everything else. */
int us_mock_openai_check_images(struct us_mock_check *c, const struct us_mock_json *request);
int us_mock_openai_check_messages(struct us_mock_check *c, const struct us_mock_json *request);
int us_mock_openai_check_tools(struct us_mock_check *c, const struct us_mock_json *request);
#endif
