/* mock_openai.h - the parts of the OpenAI dialect, and what Responses has in common with it */
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

/* What both languages of OpenAI demand: of the schema in `member` of a function or a format; of the
 * URL of an image and the data of a file, which stand at `place`. */
int us_mock_openai_check_schema(struct us_mock_check *c, const struct us_mock_json *holder,
                                const char *member, const char *what, const char *code,
                                const char *param);
int us_mock_openai_check_image(struct us_mock_check *c, struct us_span url, struct us_span place);
int us_mock_openai_check_file(struct us_mock_check *c, struct us_span data, struct us_span name,
                              struct us_span place);

/* A tool was chosen that is not there. */
int us_mock_openai_unknown_choice(struct us_mock_check *c, struct us_span name);

/* Is it a model that reasons? */
bool us_mock_openai_reasons(struct us_span model);

/* What both say and offer. */
struct us_span us_mock_openai_key(const struct us_mock_http *http);
void us_mock_openai_envelope(const struct us_mock_refusal *r, uint64_t serial, struct us_buf *b);
void us_mock_openai_models(struct us_buf *b);
#endif
