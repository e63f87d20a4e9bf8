/* doctor.c - understudy doctor: would it work here, and for this program?
 *
 * A report in parts, each line marked. Nothing is changed and nothing is sent: the state is not
 * made if it is not there, and the program asked about is read, never run.
 */
#include "cli/doctor.h"

#include "cli/cli.h"
#include "cli/preload.h"
#include "cli/settings.h"
#include "state/page.h"

#include <getopt.h>
#include <stdarg.h>
#include <unistd.h>

#define ARENA_MAX ((size_t)4 << 20)
#define PATH_TEXT_MAX ((size_t)64 << 10)

static const struct {
	const char *word;
	enum us_paint paint;
} marks[] = {
	[US_MARK_OK] = { "ok  ", US_PAINT_GREEN },
	[US_MARK_NOTE] = { "    ", US_PAINT_NONE },
	[US_MARK_WARN] = { "warn", US_PAINT_YELLOW },
	[US_MARK_FAIL] = { "fail", US_PAINT_RED },
};

void us_doctor_title(const struct us_doctor *d, const char *title)
{
	fputc('\n', d->out.to);
	us_out_add(&d->out, US_PAINT_BOLD, "%s", title);
	fputc('\n', d->out.to);
}

void us_doctor_say(struct us_doctor *d, enum us_mark mark, const char *about, const char *fmt, ...)
{
	va_list ap;

	fputs("  ", d->out.to);
	us_out_add(&d->out, marks[mark].paint, "%s", marks[mark].word);
	us_out_add(&d->out, US_PAINT_NONE, "  %-10s  ", about);
	va_start(ap, fmt);
	us_out_addv(&d->out, US_PAINT_NONE, fmt, ap);
	va_end(ap);
	fputc('\n', d->out.to);
	d->broken = d->broken || mark == US_MARK_FAIL;
}

/* --- the preload ----------------------------------------------------------------------------- */

static void check_preload(struct us_doctor *d)
{
	struct us_buf path;
	int rc;

	us_buf_init(&path, PATH_TEXT_MAX);
	rc = us_preload_find(&path);
	if (rc == US_ENOTSUP)
		us_doctor_say(d, US_MARK_FAIL, "preload",
		              "%s: LD_PRELOAD ends a name at a blank or a colon; move it",
		              us_buf_cstr(&path));
	else if (rc)
		us_doctor_say(d, US_MARK_FAIL, "preload", "not there (%s)", us_buf_cstr(&path));
	else
		us_doctor_say(d, US_MARK_OK, "preload", "%s", us_buf_cstr(&path));
	if (!rc)
		us_doctor_try(d, us_buf_cstr(&path));
	us_buf_fini(&path);
}

/* --- the shared state ------------------------------------------------------------------------ */

/* Nobody has made it yet: could it be made? */
static void check_place(struct us_doctor *d, const char *dir)
{
	struct us_span path = us_span_of(dir), parent;
	const char *slash;

	while (path.n > 1 && path.p[path.n - 1] == '/')
		path.n--;
	slash = path.n ? memrchr(path.p, '/', path.n) : NULL;
	parent = us_span(dir, slash ? (size_t)(slash - dir) + 1 : 0);
	parent = parent.n ? us_arena_copy(&d->arena, parent) : US_SPAN(".");
	if (access(dir, F_OK) == 0)
		parent = us_span_of(dir);
	if (parent.p && access(parent.p, W_OK | X_OK) == 0)
		us_doctor_say(d, US_MARK_OK, "state", "%s; the first call makes it", dir);
	else
		us_doctor_say(d, US_MARK_FAIL, "state",
		              "%s cannot be made: each process is on its own", dir);
}

static size_t slots(struct us_page *page)
{
	size_t n = 0;

	while (us_page_nth(page, n))
		n++;
	return n;
}

static void check_state(struct us_doctor *d)
{
	struct us_buf dir, why;
	struct us_page page;
	int rc;

	us_buf_init(&dir, PATH_TEXT_MAX);
	us_buf_init(&why, PATH_TEXT_MAX);
	us_settings_state_dir(&d->conf, &dir);
	rc = us_page_look(&page, us_buf_cstr(&dir), &why);
	if (rc == US_ENOENT)
		check_place(d, us_buf_cstr(&dir));
	else if (rc)
		us_doctor_say(d, US_MARK_FAIL, "state", "%s: each process is on its own",
		              us_buf_cstr(&why));
	else
		us_doctor_say(d, US_MARK_OK, "state", "%s, shared; models called: %zu",
		              us_buf_cstr(&dir), slots(&page));
	us_page_close(&page);
	us_buf_fini(&dir);
	us_buf_fini(&why);
}

static int examine(struct us_doctor *d, const char *program)
{
	us_out_add(&d->out, US_PAINT_BOLD, "understudy %s", US_VERSION);
	fputc('\n', d->out.to);
	check_preload(d);
	us_doctor_load(d);
	check_state(d);
	us_doctor_settings(d);
	us_doctor_chain(d);
	if (program)
		us_doctor_program(d, program);
	us_conf_fini(&d->conf);
	return us_out_done(&d->out) || d->broken;
}

/* --- the command line ------------------------------------------------------------------------ */

static const char help_text[] =
	"usage: understudy doctor [PROGRAM]\n"
	"\n"
	"Finds out whether understudy works here: the preload, the shared state, the settings, "
	"the\n"
	"chain and its keys (never what they are). With PROGRAM also whether that one would be\n"
	"covered, and by which libcurl it speaks. PROGRAM is not run.\n"
	"\n"
	"  --help    say this\n"
	"\n"
	"The exit status is 0; 1 if a line is marked `fail`; 2 if the command line is wrong.\n";

static int help(void)
{
	fputs(help_text, stdout);
	return fflush(stdout) ? 1 : 0;
}

static int refuse(void)
{
	us_out_tell(US_DOCTOR_NAME, "try `understudy doctor --help`");
	return 2;
}

int us_cli_doctor(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct us_doctor d = { .out = us_out_open(stdout) };
	int letter, rc;

	optind = 1;
	letter = getopt_long(argc, argv, "+", longs, NULL);
	if (letter == 'h')
		return help();
	if (letter != -1)
		return refuse();
	if (argc - optind > 1) {
		us_out_tell(US_DOCTOR_NAME, "one program at a time");
		return refuse();
	}
	us_arena_init(&d.arena, ARENA_MAX);
	rc = examine(&d, argv[optind]);
	us_arena_fini(&d.arena);
	return rc;
}
