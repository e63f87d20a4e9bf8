/* view.c - what the commands that show the page have in common */
#include "cli/view.h"

#include "cli/settings.h"

#define DIR_MAX ((size_t)4096)
#define WRONG 2

static int point_to_help(const struct us_view *v)
{
	us_out_tell(v->command, "try `understudy %s --help`", v->command);
	return WRONG;
}

int us_view_refuse(const struct us_view *v, const char *what, const char *why)
{
	us_out_tell(v->command, "%s %s", what, why);
	return point_to_help(v);
}

int us_view_take(struct us_view *v, int letter, const char *value)
{
	if (letter == 'h') {
		v->help = true;
		return 0;
	}
	if (letter != 's')
		return point_to_help(v); /* getopt has said what is wrong */
	us_buf_clear(&v->dir);
	return us_buf_add_str(&v->dir, value) ? us_view_refuse(v, "--state", "is too long") : 0;
}

static int help(const char *text)
{
	fputs(text, stdout);
	return fflush(stdout) ? 1 : 0;
}

static int read_options(struct us_view *v, const struct us_view_command *c, int argc, char **argv)
{
	int letter, rc = 0;

	optind = 1;
	while (!rc && (letter = getopt_long(argc, argv, c->letters, c->options, NULL)) != -1)
		rc = c->take(v, letter, optarg);
	return !rc && optind < argc ? us_view_refuse(v, argv[optind], "is no option") : rc;
}

int us_view_main(struct us_view *v, const struct us_view_command *command, int argc, char **argv)
{
	int rc;

	v->command = command->name;
	v->out = us_out_open(stdout);
	us_buf_init(&v->dir, DIR_MAX);
	rc = read_options(v, command, argc, argv);
	if (!rc)
		rc = v->help ? help(command->help) : command->show(v);
	us_buf_fini(&v->dir);
	return rc;
}

/* They say where the page lies and how long a breaker stays open. */
void us_view_settle(struct us_view *v)
{
	struct us_conf conf;

	us_settings_load(&conf, v->command);
	if (!v->dir.n)
		us_settings_state_dir(&conf, &v->dir);
	/* The time of a probe is not shown, and so not needed. */
	v->policy.trip_after = (unsigned)conf.breaker.count;
	v->policy.open_ms = conf.breaker.ms;
	v->budget = conf.budget;
	us_conf_fini(&conf);
}

int us_view_look(struct us_view *v, struct us_page *page)
{
	struct us_buf why;
	int rc;

	us_buf_init(&why, DIR_MAX);
	rc = us_page_look(page, us_buf_cstr(&v->dir), &why);
	if (rc && rc != US_ENOENT)
		us_out_tell(v->command, "%s", us_buf_cstr(&why));
	us_buf_fini(&why);
	return rc && rc != US_ENOENT ? 1 : 0;
}
