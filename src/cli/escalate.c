/* escalate.c - understudy escalate: asks a human, for scripts */
#include "cli/agent_cli.h"
#include "cli/cli.h"
#include "cli/out.h"

#include <getopt.h>

#define NAME "escalate"
#define CONTEXT_MAX ((size_t)64 << 10)

enum { DENIED = 3, EXPIRED = 4, PENDING = 5 };

struct request {
	struct understudy_failure failure;
	struct us_buf context;
	bool wait, help;
	uint64_t wait_ms;
	const char *otherwise;
};

static const char help_text[] =
	"usage: understudy escalate [OPTION]... WHAT HAPPENED\n"
	"\n"
	"Asks a human by the channels that are set (ESCALATE_* in understudy(1)) and prints the\n"
	"number of the question. The same task and words again, while it is open, are counted "
	"only.\n"
	"\n"
	"  --task ID         who needs help; under `understudy run --task` it is known\n"
	"  --key KEY         what makes failures the same; the task by default\n"
	"  --context TEXT    what is needed to decide; - reads it from stdin\n"
	"  --wait TIME       waits for the answer and prints it: retry, use TOOL, text ...\n"
	"  --otherwise TEXT  the answer that holds when none came in that time\n"
	"  --help            say this\n"
	"\n"
	"The exit status is 0 (with --wait: a human, or --otherwise, has answered), 1 if "
	"something\n"
	"is wrong, 2 if the command line is, 3 if the answer is abort, 4 if the question has "
	"expired,\n"
	"5 if nobody has answered yet.\n";

static int print_answer(int state, const struct understudy_answer *a)
{
	if (state == UNDERSTUDY_PENDING)
		return PENDING;
	if (state == UNDERSTUDY_EXPIRED)
		return EXPIRED;
	if (strcmp(understudy_answer_verb(a), "abort") == 0)
		return DENIED;
	/* The text is for the script, as it is. */
	printf("%s%s%s\n", understudy_answer_verb(a), understudy_answer_text(a)[0] ? " " : "",
	       understudy_answer_text(a));
	return 0;
}

static int wait_for(struct understudy *u, const struct request *r, const char *id)
{
	struct understudy_answer *a = NULL;
	int rc = understudy_await(u, id, r->wait_ms, r->otherwise, &a);

	rc = rc < 0 ? us_agent_failed(NAME) : print_answer(rc, a);
	understudy_answer_free(a);
	return rc;
}

static int ask(const struct request *r)
{
	char id[UNDERSTUDY_QUESTION_ID];
	struct understudy *u = us_agent_open(NAME);
	int rc = u ? 0 : 1;

	if (u && understudy_escalate(u, &r->failure, id))
		rc = us_agent_failed(NAME);
	if (!rc && r->wait) {
		us_out_tell(NAME, "waiting for: understudy answer %s ...", id);
		rc = wait_for(u, r, id);
	} else if (!rc) {
		printf("%s\n", id);
	}
	understudy_close(u);
	return us_agent_written(rc);
}

static int take(struct request *r, int letter, const char *value)
{
	switch (letter) {
	case 't':
		r->failure.task = value;
		return 0;
	case 'k':
		r->failure.key = value;
		return 0;
	case 'c':
		us_buf_clear(&r->context);
		if (strcmp(value, "-") == 0)
			return us_agent_read_stdin(NAME, &r->context);
		return us_buf_add_str(&r->context, value)
		               ? us_agent_refuse(NAME, "--context", "is too long")
		               : 0;
	case 'w':
		r->wait = true;
		return us_agent_time(NAME, "--wait", value, &r->wait_ms) ? 0 : 2;
	case 'o':
		r->otherwise = value;
		return 0;
	case 'h':
		r->help = true;
		return 0;
	default:
		return us_agent_refuse(NAME, "an option", "is wrong");
	}
}

static int read_options(struct request *r, int argc, char **argv)
{
	static const struct option longs[] = { { "task", required_argument, NULL, 't' },
		                               { "key", required_argument, NULL, 'k' },
		                               { "context", required_argument, NULL, 'c' },
		                               { "wait", required_argument, NULL, 'w' },
		                               { "otherwise", required_argument, NULL, 'o' },
		                               { "help", no_argument, NULL, 'h' },
		                               { NULL, 0, NULL, 0 } };
	int letter, rc = 0;

	optind = 1;
	while (!rc && (letter = getopt_long(argc, argv, "", longs, NULL)) != -1)
		rc = take(r, letter, optarg);
	return rc;
}

static int run(struct request *r, int argc, char **argv)
{
	struct us_buf words;
	int rc;

	if (r->help) {
		fputs(help_text, stdout);
		return us_agent_written(0);
	}
	if (optind == argc)
		return us_agent_refuse(NAME, "what", "has happened?");
	if (r->otherwise && !r->wait)
		return us_agent_refuse(NAME, "--otherwise", "needs --wait");
	us_buf_init(&words, CONTEXT_MAX);
	for (int i = optind; i < argc; i++)
		us_buf_addf(&words, "%s%s", i > optind ? " " : "", argv[i]);
	r->failure.error = us_buf_cstr(&words);
	r->failure.context = us_buf_cstr(&r->context);
	rc = ask(r);
	us_buf_fini(&words);
	return rc;
}

int us_cli_escalate(int argc, char **argv)
{
	struct request r = { .help = false };
	int rc;

	us_buf_init(&r.context, CONTEXT_MAX);
	rc = read_options(&r, argc, argv);
	if (!rc)
		rc = run(&r, argc, argv);
	us_buf_fini(&r.context);
	return rc;
}
