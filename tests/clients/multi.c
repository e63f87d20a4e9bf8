/* multi.c - a program of the multi interface by words
 *
 * It knows nothing of understudy, and prints what easy.c prints, for each of its transfers. All
 * words of easy.c hold (but madd mperform mremove), for each of the transfers chosen; what is odd
 * by libcurl's documentation is said in a line ODD.
 *
 *   with=N each=A-B   which transfers the words after it are for; multi=N: which multi
 *   style=NAME        poll wait select waitfds busy epoll event old all: loops.c
 *   add remove[=N]    perform: add, run and remove, with the words of after= left out
 *   run               the loop, until no transfer runs. Each that ends is reported, then the words
 *                     after=WORD are done for it, and it is removed (keep: it is not; late: all
 *                     messages are read at the end; deaf: none are)
 *   eperform[=N]      curl_easy_perform, or that of transfer N
 *   cue=FILE:WORD     does WORD in the loop as soon as there is such a file; later=MS:WORD
 *   waker=FILE        another thread wakes the loop as soon as there is such a file;
 *   extra=FILE        or makes a descriptor readable for which the loop waits too
 *   thread=WORD       does WORD in another thread; forked=WORD: in a child
 *   notified          messages are read when libcurl notifies of them (8.17); ends are told
 *   on=s:N:WORD       in the socket callback; t: in the timer callback
 *   unpause=N         the loop, not the progress callback, lets it go on after N rounds
 *   mopt=NAME=VALUE mcleanup messages running stop newest fds=PATH rounds=MAX took=LO-HI
 */
#include "multi/multi.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct transfer *turn(void) { return (struct transfer *)me; }

struct transfer *transfer_of(CURL *easy)
{
	for (size_t i = 0; i < play->n; i++)
		for (size_t k = 0; k < HANDLES; k++)
			if (play->all[i].r.handles[k] == easy)
				return &play->all[i];
	return NULL;
}

/* The multi in use, as its style wants it. */
static struct house *house(void)
{
	struct house *h = play->house;

	if (!h->multi) {
		*h = (struct house){ .multi = curl_multi_init() };
		if (play->notified && !watch_notices(h))
			tell("no curl_multi_notify_enable");
	}
	if (h->style != play->style) {
		if (h->style)
			h->style->close(h);
		h->style = play->style;
		h->style->open(h);
	}
	return h;
}

/* --- adding and removing --------------------------------------------------------------------- */

static CURLMcode add(void)
{
	struct house *h = house();
	struct transfer *t = turn();
	CURL *easy = handle();
	CURLMcode rc;
	const char *before = play->inside;
	bool was_in = t->in;

	if (!was_in) {
		*t = (struct transfer){
			.r = t->r, .told = t->told, .in = h, .easy = easy, .unpause = t->unpause
		};
		me->failed = me->paused = false;
		me->began = now_ms();
	}
	calling("add_handle");
	rc = curl_multi_add_handle(h->multi, easy);
	play->inside = before;
	if (rc && !was_in)
		t->in = NULL;
	if (!rc) {
		h->added++;
		h->running++;
	}
	return rc;
}

static void left(struct transfer *t)
{
	t->in->added--;
	t->in->reported -= t->msg != NULL;
	t->in = NULL;
	t->msg = NULL;
}

static void check_message(const struct transfer *t)
{
	if (t->msg && (t->msg->msg != t->says.msg || t->msg->easy_handle != t->says.easy_handle ||
	               t->msg->data.result != t->says.data.result))
		odd("a message that changed before its handle was removed");
}

static CURLMcode take_out(void)
{
	struct transfer *t = turn();
	const char *before = play->inside;
	CURLMcode rc;

	check_message(t);
	calling("remove_handle");
	rc = curl_multi_remove_handle((t->in ? t->in : house())->multi, t->in ? t->easy : handle());
	play->inside = before;
	if (!rc && t->in) {
		left(t);
		me->ended = now_ms();
	}
	return rc;
}

static void do_unpause(const char *v) { turn()->unpause = strtoul(v, NULL, 10); }
static void do_add(const char *v) { line("add %d", (int)add()); }
static void do_remove(const char *v)
{
	struct runner *before = me;

	if (*v)
		me = &play->all[strtoul(v, NULL, 10) % TRANSFERS].r;
	line("remove %d", (int)take_out());
	me = before;
}

/* The order in which libcurl documents it is another one, but programs do it. */
static void do_cleanup(const char *v)
{
	struct transfer *t = turn();

	if (t->in && t->easy == handle())
		left(t);
	curl_easy_cleanup(handle());
	me->handles[me->cur] = NULL;
}

static void do_mcleanup(const char *v)
{
	struct house *h = play->house;

	for (size_t i = 0; i < play->n; i++)
		if (play->all[i].in == h)
			left(&play->all[i]);
	calling("cleanup");
	tell("mcleanup %d", (int)curl_multi_cleanup(h->multi));
	called();
	h->multi = NULL;
	h->style->close(h);
}

/* --- messages -------------------------------------------------------------------------------- */

static void check_private(CURL *easy)
{
	char *mine = NULL;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &mine);
	if (mine < (char *)me || mine >= (char *)(me + 1))
		odd("PRIVATE is not the program's");
}

static void reported(struct house *h, CURLMsg *msg)
{
	struct transfer *t = transfer_of(msg->easy_handle);

	if (!t || t->in != h || msg->msg != CURLMSG_DONE) {
		odd("message %d of a handle that is not in this multi", (int)msg->msg);
		return;
	}
	me = &t->r;
	if (t->msg)
		odd("a second message");
	else
		h->reported++;
	t->msg = msg;
	t->says = *msg;
	me->ended = now_ms();
	check_private(msg->easy_handle);
	line("perform %d \"%s\"", (int)msg->data.result, me->error);
}

static CURLMsg *next_message(struct house *h, int *left_over)
{
	CURLMsg *msg;

	calling("info_read");
	msg = curl_multi_info_read(h->multi, left_over);
	called();
	return msg;
}

static void read_messages(struct house *h)
{
	int before = -1, left_over = -1;
	struct runner *whose = me;
	CURLMsg *msg;

	while ((msg = next_message(h, &left_over))) {
		reported(h, msg);
		if (left_over < 0 || (before >= 0 && left_over != before - 1))
			odd("%d messages are left after %d", left_over, before);
		before = left_over;
	}
	if (before > 0 || left_over)
		odd("no message, but %d of %d are left", left_over, before);
	me = whose;
}

static void do_each_after(struct house *h)
{
	struct runner *before = me;

	for (size_t i = 0; i < play->n; i++) {
		struct transfer *t = &play->all[i];
		CURLMcode rc;

		if (t->in != h || !t->msg)
			continue;
		me = &t->r;
		for (size_t k = 0; k < play->nafter; k++) {
			do_word(play->after[k]);
			me = &t->r;
		}
		rc = t->in && t->msg ? take_out() : CURLM_OK;
		if (rc)
			line("remove %d", (int)rc);
	}
	me = before;
}

void hear(struct house *h)
{
	read_messages(h);
	if (!play->keep)
		do_each_after(h);
}

/* What is to hold after each call that has not failed. */
static void check_all(struct house *h, int running, size_t before)
{
	check_timer(h);
	check_handles(h);
	if (!play->late && (running < 0 || (size_t)running != h->added - h->reported))
		odd("%d are said to run; %zu added, %zu reported before and %zu now", running,
		    h->added, before, h->reported - before);
}

void went_on(struct house *h, CURLMcode rc, int running)
{
	size_t before = h->reported;

	play->rounds++;
	if (!play->late && !play->notified)
		read_messages(h);
	if (rc) {
		odd("%d", (int)rc);
	} else {
		h->running = running;
		check_all(h, running, before);
	}
	if (!play->late && !play->notified && !play->keep)
		do_each_after(h);
}

/* --- the loop -------------------------------------------------------------------------------- */

bool is_over(const struct house *h)
{
	return play->over || !h->multi || h->added == 0 || h->running == 0 ||
	       (!play->late && h->added == h->reported);
}

static bool is_due(const struct cue *c)
{
	return c->file ? access(c->file, F_OK) == 0 : now_ms() - play->began >= c->after;
}

static void do_cues(struct house *h)
{
	struct runner *whose = me;

	for (size_t i = 0; i < play->ncues; i++) {
		struct cue *c = &play->cues[i];
		size_t first = play->first, last = play->last;
		const char *word = c->word;

		if (c->word && !is_due(c))
			break; /* in their order: the next one may be of the same file, just made */
		if (!c->word)
			continue;
		c->word = NULL;
		play->first = c->first;
		play->last = c->last;
		do_given(word);
		play->first = first;
		play->last = last;
	}
	me = whose;
}

/* A paused transfer wakes no loop. */
static void let_go_on(struct house *h)
{
	struct runner *before = me;

	for (size_t i = 0; i < play->n; i++) {
		struct transfer *t = &play->all[i];

		me = &t->r;
		if (t->in != h || !me->paused || !t->unpause || ++me->since_pause < t->unpause)
			continue;
		me->paused = false;
		line("goes on");
		complain("pause", "cont", (int)curl_easy_pause(t->easy, CURLPAUSE_CONT));
	}
	me = before;
}

/* Forever; but not while it looks after something that libcurl does not know of. */
int patience(void)
{
	bool busy = false;

	for (size_t i = 0; i < play->n; i++)
		busy |= play->all[i].r.paused && play->all[i].unpause;
	for (size_t i = 0; i < play->ncues; i++)
		busy |= play->cues[i].word != NULL;
	return busy && !play->waker ? 10 : PATIENCE_MS;
}

static void *wake(void *arg)
{
	struct theatre *t = arg;

	while (access(t->waker, F_OK) != 0 && !t->over)
		usleep(2000);
	if (!t->extra[1])
		curl_multi_wakeup(t->house->multi);
	else if (write(t->extra[1], "!", 1) != 1)
		return arg;
	return NULL;
}

static void loop(struct house *h)
{
	play->began = now_ms();
	play->rounds = 0;
	while (!is_over(h)) {
		h->style->round(h);
		do_cues(h);
		let_go_on(h);
		if (now_ms() - play->began > PATIENCE_MS) {
			odd("STALLED: %d run of %zu added, %zu were reported", h->running, h->added,
			    h->reported);
			play->over = true;
		}
	}
}

static void run(struct house *h)
{
	pthread_t waker;
	bool wakes = play->waker;

	play->over = false;
	if (wakes)
		pthread_create(&waker, NULL, wake, play);
	loop(h);
	play->over = true;
	if (wakes)
		pthread_join(waker, NULL);
	play->waker = NULL;
	if (play->late && !play->deaf && h->multi)
		hear(h);
}

static void do_run(const char *v)
{
	struct house *h = house();
	struct runner *whose = me;

	run(h);
	for (size_t i = 0; i < play->n; i++)
		if (play->all[i].in == h && !play->all[i].msg) {
			me = &play->all[i].r;
			line("has not ended");
		}
	me = whose;
}

static void do_perform(const char *v)
{
	bool keep = play->keep;
	CURLMcode rc = add();

	if (rc) {
		line("add %d", (int)rc);
		return;
	}
	play->keep = true;
	run(house());
	play->keep = keep;
	if (!turn()->msg)
		line("has not ended");
	rc = take_out();
	if (rc)
		line("remove %d", (int)rc);
}

static void do_eperform(const char *v)
{
	struct runner *before = me;
	struct transfer *t = *v ? &play->all[atoi(v) % TRANSFERS] : turn();
	bool was = t->alone;
	CURLcode rc;

	me = &t->r;
	t->alone = true;
	rc = curl_easy_perform(handle());
	t->alone = was;
	line("perform %d \"%s\"", (int)rc, me->error);
	me = before;
}

/* --- words for the whole --------------------------------------------------------------------- */

/* One transfer prints at once; several each for themselves, to be sorted at the end. */
static void have(size_t n)
{
	size_t from = play->n > 1 ? play->n : 0;

	if (n <= play->n || n > TRANSFERS)
		return;
	for (size_t i = from; i < n; i++) {
		struct transfer *t = &play->all[i];

		t->r.out = open_memstream(&t->told.p, &t->told.n);
	}
	play->n = n;
}

static void do_each(const char *v)
{
	unsigned first = 0, last = 0;

	sscanf(v, "%u-%u", &first, &last);
	have(last + 1);
	play->first = first;
	play->last = last;
	me = &play->all[first].r;
}

static void do_with(const char *v)
{
	have(strtoul(v, NULL, 10) + 1);
	play->first = play->last = strtoul(v, NULL, 10);
	me = &play->all[play->first].r;
}

static void cue(char *file, long long after, const char *word)
{
	play->cues[play->ncues++ % CUES] =
		(struct cue){ file, after, word, play->house, play->first, play->last };
}

static void do_cue(const char *v)
{
	const char *end = strchr(v, ':');

	cue(strndup(v, (size_t)(end - v)), 0, end + 1);
}

static void do_later(const char *v)
{
	char *end;
	long long ms = strtoll(v, &end, 10);

	cue(NULL, ms, end + 1);
}

static void do_extra(const char *v)
{
	if (pipe(play->extra))
		odd("no pipe");
	play->waker = strdup(v);
}

static void do_mopt(const char *v)
{
	char name[64];
	const char *value = strchr(v, '=');

	snprintf(name, sizeof(name), "%.*s", value ? (int)(value - v) : 63, v);
	set_multi_option(house()->multi, name, value ? value + 1 : "");
}

struct other {
	struct theatre *play;
	struct runner *me;
	const char *word;
};

static void *elsewhere(void *arg)
{
	struct other *o = arg;

	play = o->play;
	me = o->me;
	find_runner = owner;
	do_given(o->word);
	return NULL;
}

static void do_thread(const char *v)
{
	struct other o = { play, me, v };
	pthread_t thread;

	pthread_create(&thread, NULL, elsewhere, &o);
	pthread_join(thread, NULL);
}

static void do_forked(const char *v)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		do_given(v);
		_exit(0);
	}
	waitpid(child, &status, 0);
	tell("child %d", status);
}

/* How many descriptors are open, written to a file: the number is the test's to judge. */
static void do_fds(const char *v)
{
	DIR *dir = opendir("/proc/self/fd");
	FILE *f = fopen(v, "ab");
	int n = 0;

	while (dir && readdir(dir))
		n++;
	if (f) {
		fprintf(f, "%d\n", n);
		fclose(f);
	}
	closedir(dir);
}

static void do_rounds(const char *v)
{
	if (play->rounds <= strtoul(v, NULL, 10))
		tell("rounds %s", v);
	else
		tell("%zu rounds, not %s", play->rounds, v);
}

static void do_took(const char *v)
{
	long long low = 0, high = 0, took = now_ms() - play->began;

	sscanf(v, "%lld-%lld", &low, &high);
	if (took >= low && took <= high)
		tell("took %s", v);
	else
		tell("took %lld ms, not %s", took, v);
}

static void do_multi(const char *v) { play->house = &play->houses[atoi(v) % HOUSES]; }
static void do_style(const char *v) { play->style = style_named(v); }
static void do_after(const char *v) { play->after[play->nafter++ % AFTER] = v; }
static void do_waker(const char *v) { play->waker = strdup(v); }
static void do_messages(const char *v) { read_messages(house()); }
static void do_running(const char *v) { tell("running %d", play->house->running); }
static void do_late(const char *v) { play->late = true; }
static void do_deaf(const char *v) { play->late = play->deaf = true; }
static void do_notified(const char *v) { play->notified = true; }
static void do_keep(const char *v) { play->keep = true; }
static void do_stop(const char *v) { play->over = true; }
static void do_newest(const char *v) { tell_newest(); }

#define X(name) { #name, do_##name },
static const struct word of_all[] = {
	/* clang-format off */
	X(each) X(with) X(multi) X(style) X(run) X(late) X(keep) X(after) X(cue) X(later) X(waker)
	X(extra) X(mopt) X(thread) X(forked) X(mcleanup) X(messages) X(running) X(newest)
	X(fds) X(deaf) X(notified) X(rounds) X(took)
	/* clang-format on */
};

static const struct word of_each[] = {
	/* clang-format off */
	X(add) X(remove) X(perform) X(eperform) X(cleanup) X(unpause)
	/* clang-format on */
	{ "halt", do_stop },
};
#undef X

bool do_own(const char *name, const char *value)
{
	if (strcmp(name, "read") == 0) /* else whose callback is called could not be told */
		curl_easy_setopt(handle(), CURLOPT_READDATA, me);
	return do_one_of(of_each, COUNT(of_each), name, value) ||
	       do_one_of(of_all, COUNT(of_all), name, value);
}

void do_given(const char *word)
{
	size_t n = strcspn(word, "=");

	for (size_t i = 0; i < COUNT(of_all); i++)
		if (strncmp(of_all[i].name, word, n) == 0 && !of_all[i].name[n]) {
			do_word(word);
			return;
		}
	for (size_t i = play->first; i <= play->last; i++) {
		me = &play->all[i].r;
		do_word(word);
	}
}

/* --- the program ----------------------------------------------------------------------------- */

/* By these libcurl's callbacks find whose they are. */
void prepare(CURL *h)
{
	curl_easy_setopt(h, CURLOPT_XFERINFODATA, me);
	curl_easy_setopt(h, CURLOPT_OPENSOCKETDATA, me);
	curl_easy_setopt(h, CURLOPT_CLOSESOCKETDATA, me);
	curl_easy_setopt(h, CURLOPT_PRIVATE, me);
}

void begin(FILE *out)
{
	play = calloc(1, sizeof(*play));
	play->all = calloc(TRANSFERS, sizeof(*play->all));
	play->n = 1;
	play->house = play->houses;
	play->style = style_named("poll");
	play->over = true;
	play->whole.out = play->all[0].r.out = out;
	me = &play->all[0].r;
	find_runner = owner;
}

static void print_all(void)
{
	for (size_t i = 0; i < play->n; i++) {
		fclose(play->all[i].r.out);
		fprintf(play->whole.out, "--- %zu\n%s", i, play->all[i].told.p);
		free(play->all[i].told.p);
	}
}

void finish(void)
{
	for (size_t i = 0; i < play->n; i++) {
		me = &play->all[i].r;
		if (turn()->in)
			take_out();
		play->all[i].alone = true;
		runner_fini(me);
	}
	for (size_t i = 0; i < HOUSES; i++) {
		play->house = &play->houses[i];
		me = &play->all[0].r;
		if (play->house->multi)
			do_mcleanup("");
	}
	if (play->n > 1)
		print_all();
	for (size_t i = 0; i < play->ncues; i++)
		free(play->cues[i].file);
	free(play->all);
	free(play);
}
