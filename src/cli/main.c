/* main.c - the command `understudy` */
#include "cli/cli.h"
#include "cli/out.h"

#include <stdio.h>

#define WRONG 2

static const struct us_command commands[] = {
	{ "run", us_cli_run, "runs a program with its LLM requests protected" },
	{ "status", us_cli_status, "shows which providers work, and what was done about the rest" },
	{ "top", us_cli_top, "shows the same, live" },
	{ "events", us_cli_events, "tells what happened lately, or as it happens" },
	{ "metrics", us_cli_metrics, "gives the figures as Prometheus reads them" },
	{ "doctor", us_cli_doctor, "finds out what is missing, for all or for one program" },
	{ "explain", us_cli_explain,
	  "shows what others would be sent for a request, and what is lost" },
	{ "models", us_cli_models, "prints what is known of models, and who stands in for whom" },
	{ "checkpoint", us_cli_checkpoint, "keeps what a script has done" },
	{ "escalate", us_cli_escalate, "asks a human" },
	{ "inbox", us_cli_inbox, "shows what humans are asked" },
	{ "answer", us_cli_answer, "answers it" },
	{ "mirror", us_cli_mirror, "shares with other hosts which providers are down" },
	{ "mock", us_cli_mock, "is a provider for rehearsals, and fails when it is told to" },
};

static const char intro[] =
	"usage: understudy COMMAND [OPTION]... [ARGUMENT]...\n"
	"\n"
	"When an LLM provider fails, understudy lets another take its part: it is preloaded\n"
	"into unmodified programs that use libcurl, and retries their requests or plays them\n"
	"to another provider in that provider's language.\n"
	"\n";

static const char outro[] =
	"\n"
	"`understudy help COMMAND` says more of one; understudy(1) has it all. The exit status\n"
	"is 0 when all is well, 1 when something is broken, 2 when the command line is wrong;\n"
	"`run` has that of its program, and 125 to 127 as env(1) has them.\n";

static int show_version(void)
{
	puts("understudy " US_VERSION);
	return fflush(stdout) ? 1 : 0;
}

static int show_help(void)
{
	fputs(intro, stdout);
	for (size_t i = 0; i < US_COUNT(commands); i++)
		printf("  %-10s  %s\n", commands[i].name, commands[i].help);
	fputs(outro, stdout);
	return fflush(stdout) ? 1 : 0;
}

static const struct us_command *find(const char *name)
{
	for (size_t i = 0; i < US_COUNT(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static size_t common_start(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] && a[n] == b[n])
		n++;
	return n;
}

/* The command that begins most like it; NULL if none has even its first letter. */
static const struct us_command *nearest(const char *name)
{
	const struct us_command *best = NULL;
	size_t most = 0;

	for (size_t i = 0; i < US_COUNT(commands); i++) {
		size_t n = common_start(commands[i].name, name);

		if (n > most) {
			best = &commands[i];
			most = n;
		}
	}
	return best;
}

static int refuse(const char *name)
{
	const struct us_command *near = nearest(name);

	if (near)
		us_out_tell("", "there is no command '%s'; the nearest is '%s'", name, near->name);
	else
		us_out_tell("", "there is no command '%s'", name);
	us_out_tell("", "try `understudy --help`");
	return WRONG;
}

/* Commands complain by their whole name, as getopt does when it finds it in argv[0]. */
static int start(const struct us_command *command, int argc, char **argv)
{
	char name[32];

	snprintf(name, sizeof(name), "understudy %s", command->name);
	argv[0] = name;
	return command->main(argc, argv);
}

static int help(const char *name)
{
	const struct us_command *command = name ? find(name) : NULL;
	char option[] = "--help";

	if (!name)
		return show_help();
	if (!command)
		return refuse(name);
	return start(command, 2, (char *[]){ NULL, option, NULL });
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;
	const struct us_command *command;

	if (!name) {
		us_out_tell("", "which command? Try `understudy --help`");
		return WRONG;
	}
	if (strcmp(name, "--version") == 0)
		return show_version();
	if (strcmp(name, "--help") == 0 || strcmp(name, "help") == 0)
		return help(argv[2]);
	command = find(name);
	if (!command)
		return refuse(name);
	if (argc == 3 && strcmp(argv[2], "--version") == 0)
		return show_version();
	return start(command, argc - 1, argv + 1);
}
