/* cli.h - the commands of `understudy`; each is a file of its own */
#ifndef US_CLI_CLI_H
#define US_CLI_CLI_H

struct us_command {
	const char *name;
	int (*main)(int argc, char **argv); /* argv[0] is "understudy NAME" */
	const char *help;                   /* one line */
};

/* A program with its requests protected: run.c. */
int us_cli_run(int argc, char **argv);
/* What the processes of this user have seen of the providers: status.c. */
int us_cli_status(int argc, char **argv);
/* What happened lately: events.c. */
int us_cli_events(int argc, char **argv);
/* Figures for Prometheus: metrics.c. */
int us_cli_metrics(int argc, char **argv);
/* The same as status, live: top.c. */
int us_cli_top(int argc, char **argv);
/* Would it work, and for this program? doctor.c. */
int us_cli_doctor(int argc, char **argv);
/* How would this request be translated, and what would be lost? explain.c. */
int us_cli_explain(int argc, char **argv);
/* Shares what this host knows of providers with others: mirror.c. */
int us_cli_mirror(int argc, char **argv);
/* What is known of models: models.c. */
int us_cli_models(int argc, char **argv);
/* A provider that can be told to fail: mock.c. */
int us_cli_mock(int argc, char **argv);
/* What a script has done, so that it can go on there: checkpoint.c. */
int us_cli_checkpoint(int argc, char **argv);
/* Asks a human: escalate.c. */
int us_cli_escalate(int argc, char **argv);
/* What humans are asked: inbox.c. */
int us_cli_inbox(int argc, char **argv);
/* What they say: answer.c. */
int us_cli_answer(int argc, char **argv);

#endif
