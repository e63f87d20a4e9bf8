/* words.c - a program by words: does its arguments one after the other */
#include "runner.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS_MAX 16

static void run(char **words);

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
static void do_reset(const char *v)
{
	curl_easy_reset(handle());
	prepare(handle());
}

static void do_upkeep(const char *v) { line("upkeep %d", (int)curl_easy_upkeep(handle())); }
static void do_pause(const char *v)
{
	me->paused = (atoi(v) & CURLPAUSE_RECV) != 0;
	me->since_pause = 0;
	line("pause %d", (int)curl_easy_pause(handle(), atoi(v)));
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

static const struct word words_of_all[] = {
#define X(name) { #name, do_##name },
	/* clang-format off */
	X(use) X(dup) X(reset) X(cleanup) X(upkeep) X(pause) X(talk)
	X(say) X(ret) X(piece) X(unpause) X(stop) X(tee) X(sleep) X(on) X(at)
/* clang-format on */
#undef X
};

bool do_one_of(const struct word *words, size_t n, const char *name, const char *value)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i].name, name) == 0) {
			words[i].act(value);
			return true;
		}
	return false;
}

void do_word(const char *word)
{
	char name[32];
	size_t n = strcspn(word, "=");
	const char *value = word[n] ? word + n + 1 : "";

	snprintf(name, sizeof(name), "%.*s", (int)n, word);
	if (!do_own(name, value) && !set_option(name, value) && !ask(name, value) &&
	    !do_one_of(words_of_all, COUNT(words_of_all), name, value))
		line("no such word: %s", word);
}

void runner_fini(struct runner *r)
{
	for (size_t i = 0; i < HANDLES; i++)
		curl_easy_cleanup(r->handles[i]);
	curl_share_cleanup(r->share);
	curl_slist_free_all(r->headers);
	curl_slist_free_all(r->list);
	curl_mime_free(r->mime);
	curl_url_cleanup(r->curlu);
	free(r->post.p);
	free(r->source.p);
	free(r->debugged.p);
	if (r->tee)
		fclose(r->tee);
}

/* --- threads and children -------------------------------------------------------------------- */

struct job {
	char **words;
	struct text told;
};

static void *thread(void *arg)
{
	struct job *job = arg;
	FILE *out = open_memstream(&job->told.p, &job->told.n);

	begin(out);
	run(job->words);
	finish();
	fclose(out);
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
		finish();
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
			do_given(*words);
	}
}

int main(int argc, char **argv)
{
	curl_global_init(CURL_GLOBAL_ALL);
	begin(stdout);
	run(argv + 1);
	finish();
	curl_global_cleanup();
	return 0;
}
