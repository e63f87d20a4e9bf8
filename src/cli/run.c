/* run.c - understudy run: a program with its LLM requests protected
 *
 * Each row of options.def is an option here. It becomes the variable that the preload reads, so
 * that what is asked for on the command line reaches the program's children too. Whatever can't be
 * had - the preload, the cover of a static program - is said, and the program runs all the same:
 * an agent that works without us is better than one that does not start.
 */
#include "cli/cli.h"
#include "cli/mirror.h"
#include "cli/out.h"
#include "cli/preload.h"
#include "cli/program.h"
#include "cli/settings.h"
#include "cli/supervise.h"
#include "conf/value.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#define NAME "run"
#define NAME_MAX_BYTES 39             /* options.def */
#define VALUE_MAX ((size_t)128 << 10) /* no more fits into a variable */
#define PROGRAM_MAX ((size_t)1 << 20)
#define RESTARTS 5
#define RESTARTS_MAX 1000000
#define ASK_MS ((uint64_t)24 * 3600 * 1000)

/* As env(1) has it: a program's own statuses are below. */
enum { FAILED = 125, NOT_RUNNABLE = 126, NOT_FOUND = 127 };

#define FIRST_OPTION 256 /* getopt_long returns this and above, for the rows */

static bool is_kind(size_t i, const char *kind) { return strcmp(us_options[i].kind, kind) == 0; }

/* What is asked of this command and not of the program. */
struct wish {
	struct us_supervision supervision;
	bool restart, help;
};

/* UNDERSTUDY_FIRST_TOKEN is --first-token. */
static struct us_span option_name(size_t i, struct us_arena *a)
{
	const char *env = us_options[i].env + strlen(US_ENV_PREFIX);
	char *name = us_arena_alloc(a, strlen(env) + 1);

	for (size_t k = 0; name && env[k]; k++)
		name[k] = env[k] == '_' ? '-' : us_lower(env[k]);
	return us_span_of(name);
}

/* --- help ------------------------------------------------------------------------------------ */

static const char intro[] =
	"usage: understudy run [OPTION]... [--] PROGRAM [ARGUMENT]...\n"
	"\n"
	"Runs PROGRAM with its requests to LLM providers protected: they are retried, and\n"
	"played to another provider where its own fails. PROGRAM is not changed. Options are\n"
	"the settings of the same name, for this program and what it starts. A list may be\n"
	"given in parts, a name may be shortened:\n"
	"\n"
	"  understudy run --fallback anthropic:claude-sonnet-4-5 -- ./agent\n"
	"\n";

static const char outro[] =
	"  --task ID\n"
	"        claim this task for PROGRAM, which goes on from its checkpoint\n"
	"  --restart on-failure[:N] (5)\n"
	"        start PROGRAM again when it fails or hangs; when it has failed N times in a row\n"
	"        without completing a step, start it once more, then ask a human\n"
	"  --ask[=TIME] (24h)\n"
	"        then wait for the answer; `retry` starts it again\n"
	"  --help\n"
	"        say this\n"
	"\n"
	"Each of the settings is also a variable (UNDERSTUDY_FIRST_TOKEN is --first-token) and a "
	"member of the\n"
	"configuration file. In front of PROGRAM's own LD_PRELOAD there is ours, which is looked\n"
	"for in $UNDERSTUDY_PRELOAD, beside this command and in ../lib/understudy.\n"
	"\n"
	"Nothing is said when all is well. The exit status is PROGRAM's; 127 if there is no such\n"
	"program, 126 if it cannot be run, 125 if an option is wrong.\n";

static int help(struct us_arena *a)
{
	fputs(intro, stdout);
	for (size_t i = 0; i < us_option_count && !a->err; i++) {
		const struct us_option *o = &us_options[i];

		printf("  --%s", option_name(i, a).p);
		if (!is_kind(i, "FLAG"))
			printf(" %s", o->kind);
		if (o->def[0])
			printf(" (%s)", o->def);
		printf("\n        %s\n", o->help);
	}
	fputs(outro, stdout);
	return fflush(stdout) || ferror(stdout) ? FAILED : 0;
}

/* --- options --------------------------------------------------------------------------------- */

/* The rows, for getopt_long, which also takes --fallback for --fallbacks. */
static struct option *make_options(struct us_arena *a)
{
	static const struct option own[] = { { "task", required_argument, NULL, 't' },
		                             { "restart", required_argument, NULL, 'r' },
		                             { "ask", optional_argument, NULL, 'a' },
		                             { "help", no_argument, NULL, 'h' } };
	struct option *longs =
		us_arena_array(a, us_option_count + US_COUNT(own) + 1, sizeof(*longs));

	for (size_t i = 0; longs && i < us_option_count; i++) {
		longs[i].name = option_name(i, a).p;
		longs[i].has_arg = is_kind(i, "FLAG") ? optional_argument : required_argument;
		longs[i].val = FIRST_OPTION + (int)i;
	}
	if (longs)
		memcpy(longs + us_option_count, own, sizeof(own));
	return a->err ? NULL : longs;
}

/* On a command line a path may be relative. */
static void add_value(struct us_buf *to, size_t i, const char *value)
{
	char cwd[PATH_MAX];

	if (is_kind(i, "PATH") && value[0] && value[0] != '/' && getcwd(cwd, sizeof(cwd)))
		us_buf_addf(to, "%s/", cwd);
	us_buf_add_str(to, value);
}

/* Makes it the variable, or a part of it. */
static int take(size_t i, const char *value, bool again)
{
	const char *before = again ? getenv(us_options[i].env) : NULL;
	struct us_buf text;
	int rc;

	us_buf_init(&text, VALUE_MAX);
	if (before && (is_kind(i, "CHAIN") || is_kind(i, "ROUTES") || is_kind(i, "TOOLS")))
		us_buf_addf(&text, "%s,", before);
	add_value(&text, i, value ? value : "1");
	rc = text.err || setenv(us_options[i].env, us_buf_cstr(&text), 1);
	us_buf_fini(&text);
	if (rc)
		us_out_tell(NAME, "the value of %s is too long", us_options[i].env);
	return rc ? FAILED : 0;
}

static int refuse(const char *option, const char *why)
{
	us_out_tell(NAME, "%s %s", option, why);
	return FAILED;
}

/* on-failure[:N] */
static int take_restart(struct wish *w, const char *value)
{
	struct us_span rest = us_span_of(value), word;

	w->restart = true;
	w->supervision.restarts = RESTARTS;
	if (!us_span_next(&rest, ':', &word) || !us_span_is(word, "on-failure") ||
	    (rest.p && (!us_span_u64(rest, &w->supervision.restarts) ||
	                w->supervision.restarts > RESTARTS_MAX)))
		return refuse("--restart", "takes on-failure or on-failure:N, N from 0 to 1000000");
	return 0;
}

static int take_own(struct wish *w, int which, const char *value, struct us_arena *a)
{
	struct us_limit day = { 0, (uint64_t)365 * 24 * 3600 * 1000 };

	switch (which) {
	case 't':
		w->supervision.task = value;
		return 0;
	case 'r':
		return take_restart(w, value);
	case 'a':
		w->supervision.ask = true;
		w->supervision.ask_ms = ASK_MS;
		if (value && us_value_TIME.parse(us_span_of(value), day, a, &w->supervision.ask_ms))
			return refuse("--ask", "takes a time such as 30m or 24h");
		return 0;
	case 'h':
		w->help = true;
		return help(a);
	default: /* getopt has said what is wrong */
		us_out_tell(NAME, "try `understudy run --help`");
		return FAILED;
	}
}

/* Whoever asks for help gets it, and nothing runs. */
static int read_options(int argc, char **argv, struct us_arena *a, struct wish *w)
{
	struct option *longs = make_options(a);
	bool *seen = us_arena_array(a, us_option_count, sizeof(*seen));
	int which, rc = longs && seen ? 0 : FAILED;

	optind = 1;
	while (!rc && !w->help && (which = getopt_long(argc, argv, "+", longs, NULL)) != -1) {
		size_t i = (size_t)(which - FIRST_OPTION);

		if (which < FIRST_OPTION) {
			rc = take_own(w, which, optarg, a);
		} else {
			rc = take(i, optarg, seen[i]);
			seen[i] = true;
		}
	}
	return rc;
}

/* --- running --------------------------------------------------------------------------------- */

static void tell_lost(int rc, struct us_buf *path)
{
	const char *why = rc == US_ENOTSUP ? "LD_PRELOAD ends a name at a blank or a colon"
	                                   : "the preload is not there";

	us_out_tell(NAME, "%s (%s); the program runs unprotected", why, us_buf_cstr(path));
}

static void set_preload(void)
{
	struct us_buf path, list;
	int rc;

	us_buf_init(&path, VALUE_MAX);
	us_buf_init(&list, VALUE_MAX);
	rc = us_preload_find(&path);
	if (rc)
		tell_lost(rc, &path);
	else if (us_preload_list(&list, us_buf_cstr(&path), getenv("LD_PRELOAD")) ||
	         setenv("LD_PRELOAD", us_buf_cstr(&list), 1))
		us_out_tell(NAME, "LD_PRELOAD is too long; the program runs unprotected");
	us_buf_fini(&path);
	us_buf_fini(&list);
}

/* Says what stands against covering it. A program that is not there is execvp's to find out, and
 * one that cannot be read may well be covered. */
static void prepare(const char *program, struct us_arena *a)
{
	enum us_cover cover = US_COVER_UNKNOWN;
	struct us_program p;

	if (us_program_open(&p, program, getenv("PATH"), a) == 0)
		cover = p.cover;
	if (cover != US_COVER_YES && cover != US_COVER_UNKNOWN)
		us_out_tell(NAME, "%s cannot be covered: %s", us_program_runs(&p).p,
		            us_cover_why(cover));
	us_program_close(&p);
	if (us_cover_may_preload(cover))
		set_preload();
}

/* What is counted of it is counted under its own name, if nobody has said another. */
static void set_name(const struct us_conf *conf, const char *program)
{
	const char *slash = strrchr(program, '/');
	char name[NAME_MAX_BYTES + 1];

	if (conf->name[0])
		return;
	snprintf(name, sizeof(name), "%s", slash ? slash + 1 : program);
	setenv(US_ENV_PREFIX "NAME", name, 0);
}

static int become(char **program)
{
	int why;

	execvp(program[0], program);
	why = errno;
	us_out_tell(NAME, "%s: %s", program[0], strerror(why));
	return why == ENOENT ? NOT_FOUND : NOT_RUNNABLE;
}

/* What is wrong with the settings is told here; the program would only log it. */
static int run(struct wish *w, char **program, struct us_arena *a)
{
	struct us_conf conf;
	int rc = 0;

	if (!program[0])
		return refuse("which program?", "Try `understudy run --help`");
	if (w->supervision.ask && !w->restart)
		return refuse("--ask", "needs --restart");
	us_settings_load(&conf, NAME);
	set_name(&conf, program[0]);
	if (conf.redis_url[0] && !conf.off)
		us_mirror_start();
	prepare(program[0], a);
	w->supervision.program = program;
	if (w->restart)
		rc = us_supervise(&w->supervision, &conf);
	else if (w->supervision.task && us_supervise_claim(w->supervision.task))
		rc = FAILED;
	us_conf_fini(&conf);
	return rc || w->restart ? rc : become(program);
}

int us_cli_run(int argc, char **argv)
{
	struct wish w = { 0 };
	struct us_arena arena;
	int rc;

	us_arena_init(&arena, PROGRAM_MAX);
	rc = read_options(argc, argv, &arena, &w);
	if (!rc && !w.help)
		rc = run(&w, argv + optind, &arena);
	us_arena_fini(&arena);
	return rc;
}
