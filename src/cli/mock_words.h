/* mock_words.h - how a provider words what is wrong with a request
 *
 * Sentences are rows of templates, because what differs between providers is only the words.
 *
 *	%p  the place              %v  the value as sent   %e  the kinds it may have
 *	%o  the object it is in    %n  its length          %g  the kind it has
 *	%l  the lower limit        %m  the longest text    %k  integer or decimal
 *	%h  the upper limit        %c  the pattern         %s  what the caller says
 *	%w  the words it may be    %t  the last part of the place
 */
#ifndef US_CLI_MOCK_WORDS_H
#define US_CLI_MOCK_WORDS_H

#include "cli/mock_place.h"

struct us_mock_rule;

/* What the provider answers instead; status 0: nothing is wrong. Spans with .p NULL are null. */
struct us_mock_refusal {
	unsigned status;
	struct us_span type, code, param, message;
};

struct us_mock_word {
	unsigned status;
	const char *type;
	const char *code;
	const char *message; /* a template */
};

/* What the tables can find wrong. */
enum us_mock_wrong {
	US_MOCK_UNKNOWN,
	US_MOCK_UNKNOWN_NESTED,
	US_MOCK_TWICE,
	US_MOCK_MISSING,
	US_MOCK_TYPE,
	US_MOCK_WORD,
	US_MOCK_TAG,
	US_MOCK_LOW,
	US_MOCK_HIGH,
	US_MOCK_SHORT,
	US_MOCK_LONG,
	US_MOCK_TEXT_LONG,
	US_MOCK_TEXT_CHARS,
	US_MOCK_WRONGS
};

/* What is wrong before anybody looks at the members. */
enum us_mock_no {
	US_MOCK_NO_KEY,
	US_MOCK_WRONG_KEY,     /* %s: the key, masked */
	US_MOCK_WRONG_METHOD,  /* %s: method and path */
	US_MOCK_NO_SUCH_PATH,  /* %s: method and path */
	US_MOCK_NOT_JSON,      /* %s: where and why */
	US_MOCK_NOT_JSON_TYPE, /* %s: the content type */
	US_MOCK_NO_MODEL,      /* %s: its name */
	US_MOCK_TOO_LARGE,
	US_MOCK_NOS
};

struct us_mock_wording {
	struct us_mock_word wrongs[US_MOCK_WRONGS];
	struct us_mock_word nos[US_MOCK_NOS];
	const struct us_mock_word
		*troubles; /* what a script can ask for; the last row is for all else */
	size_t trouble_count;
	const char *kinds[7];  /* names of enum us_mock_kind, by its bits */
	const char *last_word; /* between the last two of a list */
	bool brackets;         /* as us_mock_place has it */
	bool params;           /* a place goes into `param` */
};

/* What a template may name. */
struct us_mock_facts {
	const struct us_mock_path *at;
	const struct us_mock_rule *rule;
	const struct us_mock_json *value;
	struct us_span said;
};

/* Fills the refusal, unless it is filled already. */
void us_mock_words_refuse(struct us_mock_refusal *r, const struct us_mock_wording *w,
                          const struct us_mock_word *word, const struct us_mock_facts *facts,
                          struct us_arena *arena);

/* The row for a status and a code that a script asks for; .p NULL: no code. */
const struct us_mock_word *us_mock_words_trouble(const struct us_mock_wording *w, unsigned status,
                                                 struct us_span code);

#endif
