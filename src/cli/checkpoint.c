/* checkpoint.c - understudy checkpoint: the library's checkpoints, for scripts */
#include "cli/agent_cli.h"
#include "cli/cli.h"
#include "cli/out.h"

#include <getopt.h>
#include <stdlib.h>
#include <unistd.h>

#define NAME "checkpoint"
#define NOT_COMPLETED 3

struct request {
	const char *task;
	bool set, help;
	char **words; /* behind the verb */
	int n;
};

static const char help_text[] =
	"usage: understudy checkpoint VERB [--task ID] [ARGUMENT]...\n"
	"\n"
	"Keeps what a script has done, so that it can go on there when it is started again.\n"
	"Under `understudy run --task ID` the task is known; elsewhere --task names it.\n"
	"\n"
	"  claim               prints a token. With it in UNDERSTUDY_TOKEN and the task in\n"
	"                      UNDERSTUDY_TASK, whoever claimed the task before can save no more.\n"
	"                      (`run --task` does that by itself.) Without, each save claims anew\n"
	"  save STEP [RESULT]  notes that a step is completed. Its result is the argument, or "
	"what\n"
	"                      is on stdin\n"
	"  load STEP           prints the step's result; exit status 3: it is not completed\n"
	"  load                prints the completed steps\n"
	"  state               prints the state; with --set it is set to what is on stdin\n"
	"  list [BEGINNING]    prints the tasks that have a checkpoint\n"
	"  drop                the task is finished: its checkpoint is removed\n"
	"\n"
	"  fetch() { understudy checkpoint load fetch || curl -sf $URL | tee data |\n"
	"            understudy checkpoint save fetch; }\n"
	"\n"
	"The exit status is 0, 1 if something is wrong, 2 if the command line is, 3 as above.\n";

/* --- verbs -------------------------------------------------------------------------------------
 */

typedef int verb(struct understudy *u, const struct request *r);

/* The task of the request, claimed. */
static int resume(struct understudy *u, const struct request *r, struct understudy_task **t)
{
	const char *id = us_agent_task(NAME, r->task);

	*t = NULL;
	if (!id)
		return 2;
	return understudy_resume_or_start(u, id, t) < 0 ? us_agent_failed(NAME) : 0;
}

/* The task of the request, to look at; NULL with 0: it has no checkpoint. */
static int look(struct understudy *u, const struct request *r, struct understudy_task **t)
{
	const char *id = us_agent_task(NAME, r->task);
	int rc;

	*t = NULL;
	if (!id)
		return 2;
	rc = understudy_load(u, id, t);
	return rc && rc != UNDERSTUDY_ENOENT ? us_agent_failed(NAME) : 0;
}

static int claim(struct understudy *u, const struct request *r)
{
	struct understudy_task *t;
	int rc;

	unsetenv("UNDERSTUDY_TOKEN"); /* a new one is wanted */
	rc = resume(u, r, &t);
	if (!rc)
		printf("%llu\n", (unsigned long long)understudy_task_token(t));
	understudy_task_free(t);
	return rc;
}

static int save_step(struct understudy_task *t, const struct request *r)
{
	struct us_buf in;
	int rc = 0;

	us_buf_init(&in, UNDERSTUDY_CHECKPOINT_MAX);
	if (r->n > 1)
		us_buf_add_str(&in, r->words[1]);
	else
		rc = us_agent_read_stdin(NAME, &in);
	if (!rc && understudy_step_complete(t, r->words[0], in.p, in.n))
		rc = us_agent_failed(NAME);
	us_buf_fini(&in);
	return rc;
}

static int save(struct understudy *u, const struct request *r)
{
	struct understudy_task *t;
	int rc;

	if (r->n < 1 || r->n > 2)
		return us_agent_refuse(NAME, "save", "takes a step, and its result");
	rc = resume(u, r, &t);
	if (!rc)
		rc = save_step(t, r);
	understudy_task_free(t);
	return rc;
}

static int print_bytes(const void *p, size_t n) { return fwrite(p, 1, n, stdout) == n ? 0 : 1; }

static void print_steps(const struct understudy_task *t)
{
	static const struct us_column columns[] = { { "STEP", false }, { "BYTES", true } };
	struct us_out out = us_out_open(stdout);
	struct us_table table;
	const char *name;
	size_t n;

	us_table_init(&table, columns, US_COUNT(columns));
	for (uint64_t i = 0; understudy_step_nth(t, i, &name, NULL, &n); i++) {
		us_table_add(&table, US_PAINT_NONE, "%s", name);
		us_table_add(&table, US_PAINT_NONE, "%zu", n);
	}
	us_table_print(&table, &out, 0);
	us_table_fini(&table);
}

static int load(struct understudy *u, const struct request *r)
{
	struct understudy_task *t;
	const void *p;
	size_t n;
	int rc;

	if (r->n > 1)
		return us_agent_refuse(NAME, "load", "takes one step, or none");
	rc = look(u, r, &t);
	if (!rc && r->n == 0 && t)
		print_steps(t);
	else if (!rc)
		rc = t && r->n && understudy_step_get(t, r->words[0], &p, &n) ? print_bytes(p, n)
		                                                              : NOT_COMPLETED;
	understudy_task_free(t);
	return rc;
}

static int set_state(struct understudy_task *t)
{
	struct us_buf in;
	int rc;

	us_buf_init(&in, UNDERSTUDY_CHECKPOINT_MAX);
	rc = us_agent_read_stdin(NAME, &in);
	if (!rc && (understudy_state_set(t, in.p, in.n) || understudy_save(t)))
		rc = us_agent_failed(NAME);
	us_buf_fini(&in);
	return rc;
}

static int state(struct understudy *u, const struct request *r)
{
	struct understudy_task *t;
	const void *p;
	size_t n;
	int rc = r->set ? resume(u, r, &t) : look(u, r, &t);

	if (!rc && r->set) {
		rc = set_state(t);
	} else if (!rc && t) {
		p = understudy_state_get(t, &n);
		rc = print_bytes(p, n);
	}
	understudy_task_free(t);
	return rc;
}

static int print_id(void *out, const char *id)
{
	us_out_add(out, US_PAINT_NONE, "%s", id);
	putchar('\n');
	return 1;
}

static int list(struct understudy *u, const struct request *r)
{
	struct us_out out = us_out_open(stdout);

	return understudy_list(u, r->n ? r->words[0] : NULL, print_id, &out) ? us_agent_failed(NAME)
	                                                                     : 0;
}

static int drop(struct understudy *u, const struct request *r)
{
	struct understudy_task *t;
	int rc = resume(u, r, &t);

	if (!rc && understudy_drop(t))
		rc = us_agent_failed(NAME);
	understudy_task_free(t);
	return rc;
}

static const struct {
	const char *name;
	verb *verb;
} verbs[] = {
	{ "claim", claim }, { "save", save }, { "load", load },
	{ "state", state }, { "list", list }, { "drop", drop },
};

/* --- the command line --------------------------------------------------------------------------
 */

static int read_options(struct request *r, int argc, char **argv)
{
	static const struct option longs[] = { { "task", required_argument, NULL, 't' },
		                               { "set", no_argument, NULL, 's' },
		                               { "help", no_argument, NULL, 'h' },
		                               { NULL, 0, NULL, 0 } };
	int letter;

	optind = 1;
	while ((letter = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (letter == 't')
			r->task = optarg;
		else if (letter == 's')
			r->set = true;
		else if (letter == 'h')
			r->help = true;
		else
			return us_agent_refuse(NAME, "an option", "is wrong");
	}
	return 0;
}

static int run(const char *name, const struct request *r)
{
	struct understudy *u;
	int rc;

	for (size_t i = 0; i < US_COUNT(verbs); i++) {
		if (strcmp(verbs[i].name, name) != 0)
			continue;
		u = us_agent_open(NAME);
		rc = u ? verbs[i].verb(u, r) : 1;
		understudy_close(u);
		return us_agent_written(rc);
	}
	return us_agent_refuse(NAME, name, "is none of claim, save, load, state, list, drop");
}

int us_cli_checkpoint(int argc, char **argv)
{
	struct request r = { 0 };
	int rc = read_options(&r, argc, argv);

	if (rc)
		return rc;
	if (r.help) {
		fputs(help_text, stdout);
		return us_agent_written(0);
	}
	if (optind == argc)
		return us_agent_refuse(NAME, "which verb?",
		                       "claim, save, load, state, list or drop");
	r.words = argv + optind + 1;
	r.n = argc - optind - 1;
	return run(argv[optind], &r);
}
