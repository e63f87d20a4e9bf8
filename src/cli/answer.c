/* answer.c - understudy answer: a human's word */
#include "agent/outbox.h"
#include "cli/agent_cli.h"
#include "cli/cli.h"
#include "cli/out.h"

#include <pwd.h>
#include <unistd.h>

#define NAME "answer"
#define WORDS_MAX ((size_t)64 << 10)

static const char help_text[] =
	"usage: understudy answer ID retry|abort|use TOOL|text WORD...\n"
	"\n"
	"Answers a question of `understudy inbox`. The beginning of its ID is enough, if no other\n"
	"has it. What retry, a tool or a text mean is the program's affair; abort tells it to "
	"stop.\n"
	"\n"
	"The exit status is 0, 1 if there is no such question or it is closed, 2 if the answer is "
	"none\n"
	"of these.\n";

static const char *whoami(void)
{
	const struct passwd *p = getpwuid(getuid());

	return p ? p->pw_name : "somebody";
}

static int answer(const char *id, struct us_span words)
{
	struct understudy *u = us_agent_open(NAME);
	struct us_letter l;
	int rc;

	if (!u)
		return 1;
	us_letter_init(&l);
	rc = us_outbox_find(u, us_span_of(id), &l);
	if (!rc)
		rc = us_outbox_answer(u, &l, words, us_span_of(whoami()), false);
	if (rc)
		us_agent_failed(NAME);
	us_letter_fini(&l);
	understudy_close(u);
	return rc ? 1 : 0;
}

int us_cli_answer(int argc, char **argv)
{
	struct us_span verb, text;
	struct us_buf words;
	int rc;

	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		fputs(help_text, stdout);
		return us_agent_written(0);
	}
	us_buf_init(&words, WORDS_MAX);
	for (int i = 2; i < argc; i++)
		us_buf_addf(&words, "%s%s", i > 2 ? " " : "", argv[i]);
	if (argc < 3 || words.err || !us_answer_read(us_buf_span(&words), &verb, &text))
		rc = us_agent_refuse(NAME, "an answer", "is ID retry|abort|use TOOL|text WORD...");
	else
		rc = answer(argv[1], us_buf_span(&words));
	us_buf_fini(&words);
	return rc;
}
