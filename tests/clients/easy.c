/* easy.c - a libcurl program by words: does its arguments one after the other
 *
 * It knows nothing of understudy: tests run it bare and under the preload and compare what it
 * prints. What its callbacks are given is printed as it came, consecutive body bytes joined,
 * because where the network cuts them is chance; all else, order included, is not. NAME=VALUE
 * words:
 *
 *   url curlu post copypost sized sizedcopy mime read header errbuf private
 *                     what is requested; a body is text or @FILE; `copy` scribbles over it after,
 *                     and behind a size there is more
 *   opt=NAME=VALUE    any option by its name
 *   wfunc hfunc       a, b or none; wdata hdata: a label, stdout, null or file:PATH
 *   perform           and info=NAME times within=LO-HI headers gethdr=NAME debugs cat=PATH say=T
 *   use=N dup=N reset cleanup madd mperform mremove upkeep pause=BITS sleep=MS
 *   on=C:N:WORD       does WORD in the Nth call of a callback (w write, h header, r read,
 *                     p progress), where ret=pause|short|zero|abort is what that call returns
 *   progress          with unpause=N (goes on in the Nth call after a pause), stop=MS, and
 *                     at=MS:WORD does WORD in the first call after that time; progressed tells
 *                     what it was told last; oldprogress: the callback of old
 *   sockets share     opening and closing are told; connections are shared between handles
 *   talk=TEXT         sent as it is on a connection of the program's own (CONNECT_ONLY)
 *   piece=N tee=PATH  what the read callback gives at most; written bytes to a file at once
 *   fork threads=N    the rest in a child and then here; the rest in N threads at once
 */
#include "easy/runner.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS_MAX 16
#define SLACK_MS 300 /* between a time that libcurl measured and one measured around it */

static void run(char **words);

/* --- performing ------------------------------------------------------------------------------ */

static void do_perform(const char *v)
{
	long long began = now_ms();
	CURLcode rc;

	me->failed = me->paused = false;
	me->began = began;
	rc = curl_easy_perform(handle());
	me->began = began; /* another one may have run within a callback */
	me->ended = now_ms();
	line("perform %d \"%s\"", (int)rc, me->error);
}

static void do_within(const char *v)
{
	long long low = 0, high = 0, took = me->ended - me->began;

	sscanf(v, "%lld-%lld", &low, &high);
	if (took >= low && took <= high)
		line("within %s", v);
	else
		line("took %lld ms, not %s", took, v);
}

static void do_madd(const char *v)
{
	if (!me->multi)
		me->multi = curl_multi_init();
	line("madd %d", (int)curl_multi_add_handle(me->multi, handle()));
}

static void do_mperform(const char *v)
{
	int running = 1, left;
	CURLMsg *msg;

	me->failed = false;
	while (running && curl_multi_perform(me->multi, &running) == CURLM_OK)
		curl_multi_poll(me->multi, NULL, 0, 1000, NULL);
	while ((msg = curl_multi_info_read(me->multi, &left)))
		line("mdone %d", (int)msg->data.result);
}

static void do_mremove(const char *v)
{
	line("mremove %d", (int)curl_multi_remove_handle(me->multi, handle()));
}

/* CONNECT_ONLY: the program talks by itself. */
static void do_talk(const char *v)
{
	char piece[4096];
	size_t n = 0;
	CURLcode rc = curl_easy_send(handle(), v, strlen(v), &n);

	line("sent %zu %d", n, (int)rc);
	do {
		usleep(10000);
		rc = curl_easy_recv(handle(), piece, sizeof(piece), &n);
	} while (rc == CURLE_AGAIN && now_ms() - me->ended < 5000);
	line("received %d", (int)rc);
	print_bytes(piece, rc ? 0 : n);
}

/* --- asking ---------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	CURLINFO info;
} infos[] = {
#define X(name) { #name, CURLINFO_##name },
	/* clang-format off */
	X(RESPONSE_CODE) X(CONTENT_TYPE) X(CONTENT_LENGTH_DOWNLOAD_T) X(CONTENT_LENGTH_DOWNLOAD)
	X(SIZE_DOWNLOAD_T) X(SIZE_DOWNLOAD) X(SIZE_UPLOAD_T) X(CONTENT_LENGTH_UPLOAD_T)
	X(HEADER_SIZE) X(REQUEST_SIZE) X(EFFECTIVE_URL) X(EFFECTIVE_METHOD) X(REDIRECT_URL)
	X(REDIRECT_COUNT) X(NUM_CONNECTS) X(HTTP_VERSION) X(SCHEME) X(PRIMARY_IP) X(PRIVATE)
	X(RETRY_AFTER) X(HTTP_CONNECTCODE) X(OS_ERRNO) X(SSL_VERIFYRESULT) X(FILETIME)
	X(CONDITION_UNMET) X(HTTPAUTH_AVAIL) X(ACTIVESOCKET) X(COOKIELIST)
/* clang-format on */
#undef X
};

static void print_info(const char *name, CURLINFO info)
{
	char *text = NULL;
	long number = 0;
	double real = 0;
	curl_off_t size = 0;
	struct curl_slist *list = NULL;

	switch ((int)info & CURLINFO_TYPEMASK) {
	case CURLINFO_STRING:
		complain("info", name, (int)curl_easy_getinfo(handle(), info, &text));
		line("%s %s", name, text ? text : "(null)");
		break;
	case CURLINFO_LONG:
		complain("info", name, (int)curl_easy_getinfo(handle(), info, &number));
		line("%s %ld", name, number);
		break;
	case CURLINFO_DOUBLE:
		complain("info", name, (int)curl_easy_getinfo(handle(), info, &real));
		line("%s %.0f", name, real);
		break;
	case CURLINFO_OFF_T:
		complain("info", name, (int)curl_easy_getinfo(handle(), info, &size));
		line("%s %lld", name, (long long)size);
		break;
	case CURLINFO_SLIST:
		complain("info", name, (int)curl_easy_getinfo(handle(), info, &list));
		line("%s %s", name, list ? list->data : "(none)");
		curl_slist_free_all(list);
		break;
	default:
		complain("info", name, (int)curl_easy_getinfo(handle(), info, &number));
		line("%s %s", name, number == -1 ? "none" : "some");
	}
}

static void do_info(const char *v)
{
	for (size_t i = 0; i < COUNT(infos); i++)
		if (strcmp(infos[i].name, v) == 0) {
			print_info(v, infos[i].info);
			return;
		}
	line("no such info: %s", v);
}

/* Times grow from one stage to the next, as far as it came, and end when the call did. */
static void do_times(const char *v)
{
	static const CURLINFO stages[] = { CURLINFO_NAMELOOKUP_TIME_T, CURLINFO_CONNECT_TIME_T,
		                           CURLINFO_PRETRANSFER_TIME_T,
		                           CURLINFO_STARTTRANSFER_TIME_T, CURLINFO_TOTAL_TIME_T };
	curl_off_t t = 0, before = 0, took = me->ended - me->began;
	bool ordered = true;

	for (size_t i = 0; i < COUNT(stages); i++) {
		curl_easy_getinfo(handle(), stages[i], &t);
		ordered &= !t || t >= before;
		before = t ? t : before;
	}
	if (ordered && t / 1000 <= took && t / 1000 + SLACK_MS >= took)
		line("times fit");
	else
		line("times do not fit: %sordered, %lld us of %lld ms", ordered ? "" : "not ",
		     (long long)t, (long long)took);
}

static void do_progressed(const char *v)
{
	const curl_off_t *p = me->progress;

	line("progressed %lld of %lld, %lld of %lld up", (long long)p[1], (long long)p[0],
	     (long long)p[3], (long long)p[2]);
}

static void do_headers(const char *v)
{
	struct curl_header *h = NULL;

	while ((h = curl_easy_nextheader(handle(), CURLH_HEADER, -1, h)))
		line("N %s=%s %zu/%zu %u", h->name, h->value, h->index, h->amount, h->origin);
}

static void do_gethdr(const char *v)
{
	struct curl_header *h = NULL;
	CURLHcode rc = curl_easy_header(handle(), v, 0, CURLH_HEADER, -1, &h);

	if (rc == CURLHE_OK)
		line("G %s=%s %zu/%zu", h->name, h->value, h->index, h->amount);
	else
		line("G %s: %d", v, (int)rc);
}

static void do_debugs(const char *v)
{
	if (me->debug)
		fclose(me->debug);
	line("debug\n%s", me->debugged.p ? me->debugged.p : "");
	free(me->debugged.p);
	me->debugged.p = NULL;
	me->debug = NULL;
}

static void do_cat(const char *v)
{
	char piece[65536];
	FILE *f = fopen(v, "rb");
	size_t n = f ? fread(piece, 1, sizeof(piece), f) : 0;

	line("file%s", f ? "" : " missing");
	print_bytes(piece, n);
	if (f)
		fclose(f);
}

/* --- handles --------------------------------------------------------------------------------- */

static void do_dup(const char *v)
{
	me->handles[atoi(v) % HANDLES] = curl_easy_duphandle(handle());
}

static void do_cleanup(const char *v)
{
	curl_easy_cleanup(handle());
	me->handles[me->cur] = NULL;
}

static void do_use(const char *v) { me->cur = (unsigned)atoi(v) % HANDLES; }
static void do_reset(const char *v) { curl_easy_reset(handle()); }
static void do_upkeep(const char *v) { line("upkeep %d", (int)curl_easy_upkeep(handle())); }
static void do_pause(const char *v)
{
	me->paused = (atoi(v) & CURLPAUSE_RECV) != 0;
	me->since_pause = 0;
	line("pause %d", (int)curl_easy_pause(handle(), atoi(v)));
}

/* --- this program ---------------------------------------------------------------------------- */

static void do_say(const char *v) { line("%s", v); }
static void do_ret(const char *v) { me->ret = v; }
static void do_piece(const char *v) { me->piece = strtoul(v, NULL, 10); }
static void do_unpause(const char *v) { me->unpause = strtoul(v, NULL, 10); }
static void do_stop(const char *v) { me->stop = strtol(v, NULL, 10); }
static void do_tee(const char *v) { me->tee = fopen(v, "ab"); }
static void do_sleep(const char *v) { usleep((useconds_t)strtoul(v, NULL, 10) * 1000); }

static void do_at(const char *v)
{
	char *rest;

	me->moment = strtol(v, &rest, 10);
	me->later = rest + 1;
}

static void do_on(const char *v)
{
	struct hook *h = &me->hooks[me->nhooks++ % HOOKS];
	char *rest;

	h->callback = v[0];
	h->nth = strtoul(v + 2, &rest, 10);
	h->word = rest + 1;
}

void do_word(const char *word)
{
	static const struct {
		const char *name;
		void (*act)(const char *value);
	} words[] = {
#define X(name) { #name, do_##name },
		/* clang-format off */
		X(perform) X(within) X(madd) X(mperform) X(mremove) X(info) X(times) X(headers)
		X(gethdr) X(debugs) X(cat) X(use) X(dup) X(reset) X(cleanup) X(upkeep) X(pause)
		X(say) X(ret) X(piece) X(unpause) X(stop) X(tee) X(sleep) X(on) X(at)
		X(talk) X(progressed)
	/* clang-format on */
#undef X
	};
	char name[32];
	size_t n = strcspn(word, "=");
	const char *value = word[n] ? word + n + 1 : "";

	snprintf(name, sizeof(name), "%.*s", (int)n, word);
	if (set_option(name, value))
		return;
	for (size_t i = 0; i < COUNT(words); i++)
		if (strcmp(words[i].name, name) == 0) {
			words[i].act(value);
			return;
		}
	line("no such word: %s", word);
}

static void finish(struct runner *r)
{
	for (size_t i = 0; i < HANDLES; i++)
		curl_easy_cleanup(r->handles[i]);
	curl_multi_cleanup(r->multi);
	curl_share_cleanup(r->share);
	curl_slist_free_all(r->headers);
	curl_slist_free_all(r->list);
	curl_mime_free(r->mime);
	curl_url_cleanup(r->curlu);
	free(r->post.p);
	free(r->source.p);
	if (r->tee)
		fclose(r->tee);
}

struct job {
	char **words;
	struct text told;
};

static void *thread(void *arg)
{
	struct job *job = arg;
	struct runner r = { .out = open_memstream(&job->told.p, &job->told.n) };

	me = &r;
	run(job->words);
	finish(&r);
	fclose(r.out);
	return NULL;
}

/* Says once what all threads told, or, if they differ, what each did. */
static void run_threads(size_t n, char **words)
{
	pthread_t threads[THREADS_MAX];
	struct job jobs[THREADS_MAX] = { { 0 } };
	size_t alike = 0;

	for (size_t i = 0; i < n; i++) {
		jobs[i].words = words;
		pthread_create(&threads[i], NULL, thread, &jobs[i]);
	}
	for (size_t i = 0; i < n; i++) {
		pthread_join(threads[i], NULL);
		alike += strcmp(jobs[i].told.p, jobs[0].told.p) == 0;
	}
	for (size_t i = 0; i < (alike == n ? 1 : n); i++)
		line("%zu of %zu threads alike\n%s", alike, n, jobs[i].told.p);
	for (size_t i = 0; i < n; i++)
		free(jobs[i].told.p);
}

static void run_child(char **words)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		line("child");
		run(words);
		finish(me);
		exit(0);
	}
	waitpid(child, &status, 0);
	line("parent, child %d", status);
}

static void run(char **words)
{
	for (; *words; words++) {
		if (strncmp(*words, "threads=", 8) == 0) {
			run_threads(strtoul(*words + 8, NULL, 10) % (THREADS_MAX + 1), words + 1);
			return;
		}
		if (strcmp(*words, "fork") == 0)
			run_child(words + 1);
		else
			do_word(*words);
	}
}

int main(int argc, char **argv)
{
	struct runner r = { .out = stdout };

	curl_global_init(CURL_GLOBAL_ALL);
	me = &r;
	run(argv + 1);
	finish(&r);
	curl_global_cleanup();
	return 0;
}
