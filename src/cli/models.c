/* models.c - understudy models: what is known of models, and who stands in for whom */
#include "cli/cli.h"
#include "cli/out.h"
#include "cli/settings.h"
#include "engine/known.h"

#include <getopt.h>

#define NAME "models"
#define TEXT_MAX ((size_t)4 << 20)

static const char help_text[] =
	"usage: understudy models\n"
	"\n"
	"Prints what is known of models, in the form of the file that UNDERSTUDY_MODELS names:\n"
	"what each can do, which are of one class, and which model of a provider stands in for\n"
	"those of a class when a fallback names none. The rows of that file come first. The\n"
	"first that fits wins.\n"
	"\n"
	"  --help   this text\n";

static int print(void)
{
	struct us_out out = us_out_open(stdout);
	struct us_conf conf;
	struct us_buf text;
	int rc;

	us_settings_load(&conf, NAME);
	us_buf_init(&text, TEXT_MAX);
	rc = us_known_print(&text);
	if (!rc)
		fwrite(text.p, 1, text.n, stdout);
	us_buf_fini(&text);
	us_conf_fini(&conf);
	return us_out_done(&out) || rc ? 1 : 0;
}

int us_cli_models(int argc, char **argv)
{
	static const struct option options[] = { { "help", no_argument, NULL, 'h' }, { 0 } };
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'h')
			return 2;
		fputs(help_text, stdout);
		return fflush(stdout) ? 1 : 0;
	}
	if (optind < argc) {
		us_out_tell(NAME, "it takes no arguments");
		return 2;
	}
	return print();
}
