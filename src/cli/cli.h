/* cli.h - the commands of `understudy`; each is a file of its own */
#ifndef US_CLI_CLI_H
#define US_CLI_CLI_H

struct us_command {
	const char *name;
	int (*main)(int argc, char **argv); /* argv[0] is the command's name */
	const char *help;                   /* one line */
};

/* A provider that can be told to fail: mock.c. */
int us_cli_mock(int argc, char **argv);

#endif
