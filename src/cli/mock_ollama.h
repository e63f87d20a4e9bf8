/* mock_ollama.h - the parts of Ollama's dialect; only mock_ollama*.c include this */
#ifndef US_CLI_MOCK_OLLAMA_H
#define US_CLI_MOCK_OLLAMA_H

#include "cli/mock_dialect.h"

extern const struct us_mock_wording us_mock_ollama_wording;

int us_mock_ollama_check(struct us_mock_check *c, const struct us_mock_http *http,
                         const struct us_mock_json *request, bool lone_surrogate);

#endif
