/* top.c - understudy top: the page, live on a terminal
 *
 * A picture is written to memory first and put on the screen as a whole, cut to its size, each line
 * over the one that was there: nothing flickers. Where standard output is no terminal there is one
 * picture, whole.
 */
#include "cli/top.h"

#include "base/clock.h"
#include "cli/cli.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define NAME "top"
#define EVERY_DEFAULT_S 1
#define EVERY_MAX_S 86400
#define LINES_ELSEWHERE 40 /* of a picture that is on no terminal */

#define ENTER "\033[?1049h\033[?25l" /* the other screen, without a cursor */
#define LEAVE "\033[?25h\033[?1049l"

struct options {
	struct us_view view;
	uint64_t every_s;
};

struct screen {
	struct termios before;
	bool keys; /* standard input is a terminal, too */
	size_t lines, columns;
};

static volatile sig_atomic_t stop;

static void on_stop(int number) { stop = number; }
static void on_resize(int number) {} /* poll comes back, that is all */

/* --- the picture ----------------------------------------------------------------------------- */

/* As much of a line as fits, colours and all. */
static void put_line(FILE *to, struct us_span line, size_t columns)
{
	size_t width = 0;

	for (size_t i = 0; i < line.n; i++) {
		if (line.p[i] == '\033')
			while (i < line.n && line.p[i] != 'm')
				fputc(line.p[i++], to);
		else if (((unsigned char)line.p[i] & 0xc0) != 0x80 && ++width > columns)
			break;
		fputc(line.p[i], to);
	}
	fputs("\033[0m\033[K", to);
}

static void put_screen(FILE *to, struct us_span picture, const struct screen *s)
{
	struct us_span line;

	fputs("\033[H", to);
	for (size_t n = 0; n < s->lines && us_span_next(&picture, '\n', &line); n++) {
		if (n)
			fputc('\n', to);
		put_line(to, line, s->columns);
	}
	fputs("\033[J", to);
}

static int draw(struct us_top *t, struct us_view *v, const struct us_out *out, size_t lines)
{
	struct us_page page;
	int rc = us_view_look(v, &page);

	if (!rc)
		us_top_draw(t, out, page.file ? &page : NULL, &v->policy, lines, us_clock_ms());
	us_page_close(&page);
	return us_out_done(out) ? 1 : rc;
}

static int show(struct us_top *t, struct us_view *v, const struct screen *s)
{
	char *text = NULL;
	size_t n = 0;
	FILE *memory = open_memstream(&text, &n);
	struct us_out out = { .to = memory, .colour = v->out.colour };
	int rc = memory ? draw(t, v, &out, s->lines) : 1;

	if (memory)
		fclose(memory);
	if (!rc)
		put_screen(v->out.to, us_span(text, n), s);
	free(text);
	return us_out_done(&v->out) ? 1 : rc;
}

/* --- the terminal ---------------------------------------------------------------------------- */

static void measure(struct screen *s)
{
	struct winsize w = { 0 };

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &w);
	s->lines = w.ws_row ? w.ws_row : 24;
	s->columns = w.ws_col ? w.ws_col : 80;
}

static void on_signals(void)
{
	struct sigaction end = { .sa_handler = on_stop }, resize = { .sa_handler = on_resize };

	sigaction(SIGINT, &end, NULL);
	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGHUP, &end, NULL);
	sigaction(SIGWINCH, &resize, NULL);
}

static void enter(struct screen *s, FILE *to)
{
	struct termios raw;

	on_signals();
	s->keys = tcgetattr(STDIN_FILENO, &s->before) == 0;
	raw = s->before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	if (s->keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	fputs(ENTER, to);
}

static void leave(const struct screen *s, FILE *to)
{
	fputs(LEAVE, to);
	fflush(to);
	if (s->keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &s->before);
}

/* Until the next picture is due, or the size has changed. False: it is to end. */
static bool wait(const struct screen *s, uint64_t ms)
{
	struct pollfd p = { .fd = s->keys ? STDIN_FILENO : -1, .events = POLLIN };
	char key = ' ';

	if (poll(&p, 1, (int)ms) < 0)
		return !stop && errno == EINTR;
	if (p.revents && read(STDIN_FILENO, &key, 1) <= 0)
		return false; /* the terminal has gone */
	return !stop && key != 'q' && key != 'Q';
}

static int live(struct us_top *t, struct options *o)
{
	struct screen s = { .keys = false };
	int rc;

	enter(&s, o->view.out.to);
	do {
		measure(&s);
		rc = show(t, &o->view, &s);
	} while (!rc && wait(&s, o->every_s * 1000));
	leave(&s, o->view.out.to);
	return rc;
}

static int top(struct us_view *v)
{
	struct options *o = (struct options *)v; /* its first member */
	static struct us_top t;

	us_view_settle(&o->view);
	if (o->view.out.terminal)
		return live(&t, o);
	return draw(&t, &o->view, &o->view.out, LINES_ELSEWHERE);
}

/* --- the command line ------------------------------------------------------------------------ */

static const char help_text[] =
	"usage: understudy top [OPTION]...\n"
	"\n"
	"Shows the providers that programs of this user call, and what happens, live on the\n"
	"terminal, until q is pressed. What is no terminal gets one picture.\n"
	"\n"
	"  --every SECONDS  how often it is drawn, every second by default\n"
	"  --state DIR      the state in that directory, not in that of UNDERSTUDY_STATE\n"
	"  --help           say this\n"
	"\n"
	"Rates are those since the last picture; tokens are those read and written. The other\n"
	"columns are those of `understudy status`, the lines below those of `understudy events`.\n"
	"\n"
	"The exit status is 0, 1 if the state cannot be read, 2 if an option is wrong.\n";

static int take(struct us_view *v, int letter, const char *value)
{
	struct options *o = (struct options *)v;

	if (letter != 'e')
		return us_view_take(&o->view, letter, value);
	if (us_span_u64(us_span_of(value), &o->every_s) && o->every_s && o->every_s <= EVERY_MAX_S)
		return 0;
	return us_view_refuse(&o->view, "--every", "takes a number of seconds from 1 to 86400");
}

int us_cli_top(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "every", required_argument, NULL, 'e' },
		US_VIEW_OPTIONS,
	};
	static const struct us_view_command command = { NAME, "", longs, take, help_text, top };
	struct options o = { .every_s = EVERY_DEFAULT_S };

	return us_view_main(&o.view, &command, argc, argv);
}
