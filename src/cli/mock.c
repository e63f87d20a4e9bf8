/* mock.c - understudy mock: a provider that answers, and fails when it is told to
 *
 * Here are the command line and the help. The help's lists are made from the same rows as the
 * parsers, so that neither can forget what the other knows.
 */
#include "cli/cli.h"
#include "cli/mock_server.h"

#include <getopt.h>
#include <stdio.h>

#define SCRIPT_MAX ((size_t)1 << 20)
#define WORDS_MAX 1000000
#define MS_MAX 3600000

/* X(letter, name, argument, help): one letter names the option here, none on the command line. */
#define OPTIONS(X)                                                                                 \
	X('p', "port", "N", "listen on this port; 0, the default, takes a free one")               \
	X('b', "bind", "ADDRESS", "listen on this address instead of 127.0.0.1")                   \
	X('n', "name", "TEXT", "what it calls itself: \"Hello from TEXT.\"")                       \
	X('f', "fault", "SCRIPT", "misbehave (below); given again, goes on with that script")      \
	X('a', "answer", "TEXT", "say this instead of the greeting")                               \
	X('w', "words", "N", "say so many words: w1 w2 w3 ...")                                    \
	X('t', "token-ms", "N", "wait so long before each word of a stream")                       \
	X('k', "key", "KEY", "take no other API key; otherwise any will do")                       \
	X('l', "log", "FILE", "append a line of JSON for each request")                            \
	X('c', "compatible", "", "be lax as vLLM is: no key, unknown members, reasoning_content")  \
	X('h', "help", "", "say this")

static const struct {
	const char *name;
	const char *argument;
	const char *help;
} rows[] = {
#define X(letter, name, argument, help) { name, argument, help },
	OPTIONS(X)
#undef X
};

static const struct {
	const char *name;
	const char *help;
} effects[] = {
#define EFFECT(id, name, argument, form, help) { name form, help },
#include "cli/mock_fault.def"
}, choices[] = {
#define CHOICE(id, name, help) { name, help },
#include "cli/mock_fault.def"
};

static const char intro[] =
	"usage: understudy mock [OPTION]...\n"
	"\n"
	"A stand-in for an LLM provider, for tests and rehearsals. It speaks OpenAI Chat\n"
	"Completions (POST .../chat/completions) and Responses (POST .../responses) and\n"
	"Anthropic Messages (POST .../messages), streams, and judges requests as strictly as the\n"
	"providers do, in their words. When it is ready it prints its URL, alone on one line; it\n"
	"ends on SIGTERM or SIGINT.\n"
	"\n";

static const char answers[] =
	"\n"
	"What the last turn says steers the answer:\n"
	"  repeat: X               answers X, all that follows\n"
	"  call NAME with {...}    calls that tool, if there are tools; or several\n"
	"  call NAME with nothing  calls it without any argument\n"
	"A turn of tool results is quoted, a wish for JSON is granted, max_tokens counts words,\n"
	"stop sequences stop. Claude thinks when asked to, and takes back no thoughts but the\n"
	"mock's own. Any model is there, except those named missing-... .\n"
	"\n"
	"SCRIPT is a list, \"503x2,cut=5,ok\": one entry per request, the last one stays.\n"
	"ENTRYxN counts for N requests. An entry is a status from 400 to 599, or one of these,\n"
	"or several joined by \"+\":\n";

static const char extras[] =
	"\n"
	"A status or an error takes options, \"429:retry-after=2:code=insufficient_quota\":\n";

static const char paths[] =
	"\n"
	"Write %2C %3A %2B for , : + in a value. A connection that is really refused is what a\n"
	"port without a mock gives.\n"
	"\n"
	"Besides the providers' paths there are:\n"
	"  GET /health             200 as long as it runs\n"
	"  GET /requests?since=N   what it was asked after request N: a JSON list\n"
	"  DELETE /requests        forgets them\n"
	"  PUT /fault              takes a new SCRIPT from the body\n";

/* Its lists come from the tables that the parsers use. */
static int help(void)
{
	char left[64];

	fputs(intro, stdout);
	for (size_t i = 0; i < US_COUNT(rows); i++) {
		snprintf(left, sizeof(left), "--%s %s", rows[i].name, rows[i].argument);
		printf("  %-22s  %s\n", left, rows[i].help);
	}
	fputs(answers, stdout);
	for (size_t i = 0; i < US_COUNT(effects); i++)
		printf("  %-22s  %s\n", effects[i].name, effects[i].help);
	fputs(extras, stdout);
	for (size_t i = 0; i < US_COUNT(choices); i++)
		printf("  %-22s  %s\n", choices[i].name, choices[i].help);
	fputs(paths, stdout);
	return fflush(stdout) ? 1 : 0;
}

static int refuse(const char *option, const char *value, const char *why)
{
	fprintf(stderr, "understudy mock: --%s '%s': %s\n", option, value, why);
	return 2;
}

/* Reads a number up to max, or complains with the value as it was given. */
static int number(const char *option, const char *text, uint64_t max, uint64_t *out)
{
	char why[64];

	if (us_span_u64(us_span_of(text), out) && *out <= max)
		return 0;
	snprintf(why, sizeof(why), "is no number from 0 to %llu", (unsigned long long)max);
	return refuse(option, text, why);
}

struct settings {
	struct us_mock_options options;
	struct us_buf script;
	uint64_t port;
	bool help;
};

/* One option, named by its letter in OPTIONS. */
static int set(struct settings *s, int letter, const char *value)
{
	struct us_mock_options *o = &s->options;

	switch (letter) {
	case 'p':
		o->port = value;
		return number("port", value, 65535, &s->port);
	case 'b':
		o->bind = value;
		return 0;
	case 'n':
		o->manner.name = value;
		return 0;
	case 'f':
		us_buf_add_str(&s->script, s->script.n ? "," : "");
		return us_buf_add_str(&s->script, value) ? refuse("fault", value, "is too long")
		                                         : 0;
	case 'a':
		o->manner.answer = value;
		return *value ? 0 : refuse("answer", value, "is empty");
	case 'w':
		return number("words", value, WORDS_MAX, &o->manner.words);
	case 't':
		return number("token-ms", value, MS_MAX, &o->token_ms);
	case 'k':
		o->key = value;
		return *value ? 0 : refuse("key", value, "is empty");
	case 'l':
		o->log = value;
		return 0;
	case 'c':
		o->compatible = true;
		return 0;
	case 'h':
		s->help = true;
		return 0;
	default:
		fputs("Try `understudy mock --help`.\n", stderr);
		return 2;
	}
}

static int read_options(struct settings *s, int argc, char **argv)
{
	static const struct option longs[] = {
#define X(letter, name, argument, help)                                                            \
	{ name, sizeof(argument) > 1 ? required_argument : no_argument, NULL, letter },
		OPTIONS(X)
#undef X
			{ NULL, 0, NULL, 0 },
	};
	int letter, rc = 0;

	optind = 1;
	while (!rc && (letter = getopt_long(argc, argv, "", longs, NULL)) != -1)
		rc = set(s, letter, optarg);
	if (!rc && optind < argc)
		rc = refuse("", argv[optind], "is no option");
	if (!rc && s->options.manner.answer && s->options.manner.words)
		rc = refuse("words", "and --answer", "exclude each other");
	return rc;
}

int us_cli_mock(int argc, char **argv)
{
	struct settings s = {
		.options = { .bind = "127.0.0.1", .port = "0", .manner = { .name = "mock" } },
	};
	int rc;

	us_buf_init(&s.script, SCRIPT_MAX);
	rc = read_options(&s, argc, argv);
	s.options.script = us_buf_span(&s.script);
	if (!rc)
		rc = s.help ? help() : us_mock_server_run(&s.options);
	us_buf_fini(&s.script);
	return rc;
}
