/* headers.h - lines of headers, in the lists that libcurl takes */
#ifndef SHIM_HEADERS_H
#define SHIM_HEADERS_H

#include "shadow.h"

/* The program's, or NULL. */
static inline const struct curl_slist *headers_of(const struct shadow *s)
{
	return shadow_value(s, CURLOPT_HTTPHEADER, NULL);
}

/* A line ends its name with a semicolon where its value is empty. */
static inline struct us_span header_name(const char *line)
{
	return us_span(line, strcspn(line, ":;"));
}

/* What follows it, without the blanks around. */
static inline struct us_span header_value(const char *line)
{
	size_t n = header_name(line).n;

	return us_span_trim(us_span_of(line + n + !!line[n]));
}

/* False without memory: *list is as it was. */
static inline bool header_add(const struct shadow *s, struct curl_slist **list, const char *line)
{
	struct curl_slist *grown = s->real->slist_append(*list, line);

	*list = grown ? grown : *list;
	return grown != NULL;
}

#endif
