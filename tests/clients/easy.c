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

/* What a thread of the program has: one runner, one multi. */
static _Thread_local struct runner runner;
static _Thread_local CURLM *multi;

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

static void do_madd(const char *v)
{
	if (!multi)
		multi = curl_multi_init();
	line("madd %d", (int)curl_multi_add_handle(multi, handle()));
}

static void do_mperform(const char *v)
{
	int running = 1, left;
	CURLMsg *msg;

	me->failed = false;
	while (running && curl_multi_perform(multi, &running) == CURLM_OK)
		curl_multi_poll(multi, NULL, 0, 1000, NULL);
	while ((msg = curl_multi_info_read(multi, &left)))
		line("mdone %d", (int)msg->data.result);
}

static void do_mremove(const char *v)
{
	line("mremove %d", (int)curl_multi_remove_handle(multi, handle()));
}

bool do_own(const char *name, const char *value)
{
	static const struct word words[] = { { "perform", do_perform },
		                             { "madd", do_madd },
		                             { "mperform", do_mperform },
		                             { "mremove", do_mremove } };

	return do_one_of(words, COUNT(words), name, value);
}

void do_given(const char *word) { do_word(word); }
void prepare(CURL *h) {}

void begin(FILE *out)
{
	runner = (struct runner){ .out = out };
	me = &runner;
}

void finish(void)
{
	runner_fini(&runner);
	curl_multi_cleanup(multi);
}
