/* host.c - a program that is not linked with libcurl, and is particular about its process
 *
 *   host URL BODY WORD...
 *
 *   local deepbind    loads what follows with RTLD_LOCAL, or RTLD_DEEPBIND too
 *   PATH              a plugin: asks by it
 *   sym=LIBRARY       asks by functions that dlsym finds in a libcurl
 *   vsym=LIBRARY      by those that dlvsym finds
 *   mixed=LIBRARY     by a handle that dlvsym's curl_easy_init made, and dlsym for the rest
 *   space=LIBRARY     by a libcurl in a namespace of its own (dlmopen)
 *   unload            closes them all
 *   again             all of them once more
 *   fork              a child asks once more, then this
 *   close             closes every descriptor it does not know, as daemons do, and opens a file
 *   list              a command lists the descriptors it was given
 *   quirks            tells what has changed in the process since it began
 *   errno             tells errno after each call that should leave it alone
 *
 * It has functions by names of cJSON and hiredis that nobody else should call.
 */
#include <curl/curl.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flavour.h"

#undef curl_easy_setopt
#undef curl_easy_getinfo

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ERRNO 4242
#define SA_RESTORER 0x04000000 /* the libc's own mark of a handler that was set once */
#define NOT_YOURS(name)                                                                            \
	void *name(void);                                                                          \
	void *name(void) { abort(); }

NOT_YOURS(cJSON_Parse)
NOT_YOURS(cJSON_ParseWithOpts)
NOT_YOURS(cJSON_ParseWithLength)
NOT_YOURS(cJSON_ParseWithLengthOpts)
NOT_YOURS(cJSON_Delete)
NOT_YOURS(cJSON_New_Item)
NOT_YOURS(cJSON_GetObjectItem)
NOT_YOURS(cJSON_GetErrorPtr)
NOT_YOURS(cJSON_Print)
NOT_YOURS(cJSON_InitHooks)
NOT_YOURS(redisConnect)
NOT_YOURS(redisConnectWithOptions)
NOT_YOURS(redisCommand)
NOT_YOURS(redisvCommand)
NOT_YOURS(redisReaderCreate)
NOT_YOURS(redisReaderGetReply)
NOT_YOURS(redisFree)
NOT_YOURS(freeReplyObject)
NOT_YOURS(hi_malloc)
NOT_YOURS(sdsempty)

static const char *url, *body;

/* --- who asks -------------------------------------------------------------------------------- */

typedef void *lookup(void *lib, const char *name);

struct asker {
	int (*plugin)(const char *url, const char *body);
	void *lib;          /* the plugin, or a libcurl */
	lookup *init, *get; /* of a libcurl: how curl_easy_init is found, and all else */
};

static struct asker askers[8];
static size_t naskers;

#define SYM(lib, name) ((__typeof__(name) *)dlsym(lib, #name))
#define GET(a, name) ((__typeof__(name) *)(a)->get((a)->lib, #name))

static void *by_name(void *lib, const char *name) { return dlsym(lib, name); }

static void *by_version(void *lib, const char *name)
{
	static const char *const versions[] = { "CURL_OPENSSL_4", "CURL_GNUTLS_3", "CURL_NSS_3" };
	void *f = NULL;

	for (size_t i = 0; !f && i < COUNT(versions); i++)
		f = dlvsym(lib, name, versions[i]);
	return f;
}

static size_t swallow(char *p, size_t size, size_t n, void *data)
{
	char *hello = data;
	const char *at = memmem(p, size * n, "Hello from ", 11);

	if (at)
		snprintf(hello, 20, "%.*s", (int)(p + size * n - at), at);
	return size * n;
}

static void ask_by_symbols(const struct asker *a)
{
	__typeof__(curl_easy_setopt) *set = GET(a, curl_easy_setopt);
	CURL *h = ((__typeof__(curl_easy_init) *)a->init(a->lib, "curl_easy_init"))();
	curl_mime *mime = GET(a, curl_mime_init)(h); /* not hooked: it must be its own handle */
	char hello[32] = "nothing";
	long status = 0;
	CURLcode code;

	GET(a, curl_mime_free)(mime);
	set(h, CURLOPT_URL, url);
	set(h, CURLOPT_POSTFIELDS, body);
	set(h, CURLOPT_WRITEFUNCTION, swallow);
	set(h, CURLOPT_WRITEDATA, hello);
	code = GET(a, curl_easy_perform)(h);
	GET(a, curl_easy_getinfo)(h, CURLINFO_RESPONSE_CODE, &status);
	printf("%s %d %ld %s\n", flavour(h, GET(a, curl_easy_getinfo), GET(a, curl_version)()),
	       (int)code, status, hello);
	GET(a, curl_easy_cleanup)(h);
	fflush(stdout);
}

static void ask(const struct asker *a)
{
	if (a->plugin)
		a->plugin(url, body);
	else
		ask_by_symbols(a);
}

static void ask_all(void)
{
	for (size_t i = 0; i < naskers; i++)
		ask(&askers[i]);
}

static void add(void *lib, bool plugin, lookup *init, lookup *get)
{
	struct asker *a = &askers[naskers];

	if (!lib || naskers == COUNT(askers)) {
		printf("not loaded: %s\n", dlerror());
		return;
	}
	*a = (struct asker){ .lib = lib, .init = init, .get = get };
	if (plugin)
		*(void **)&a->plugin = dlsym(lib, "ask");
	naskers++;
	ask(a);
}

static void unload_all(void)
{
	while (naskers)
		dlclose(askers[--naskers].lib);
}

static const struct {
	const char *word;
	lookup *init, *get;
	bool apart;
} ways[] = {
	{ "sym=", by_name, by_name, false },
	{ "vsym=", by_version, by_version, false },
	{ "mixed=", by_version, by_name, false },
	{ "space=", by_name, by_name, true },
};

static void load(const char *word, int flags)
{
	for (size_t i = 0; i < COUNT(ways); i++) {
		size_t n = strlen(ways[i].word);

		if (strncmp(word, ways[i].word, n) == 0) {
			add(ways[i].apart ? dlmopen(LM_ID_NEWLM, word + n, RTLD_NOW)
			                  : dlopen(word + n, RTLD_NOW | flags),
			    false, ways[i].init, ways[i].get);
			return;
		}
	}
	add(dlopen(word, RTLD_NOW | flags), true, NULL, NULL);
}

static void ask_in_child(void)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		ask_all();
		_exit(0);
	}
	waitpid(child, &status, 0);
	printf("child %d\n", status);
	ask_all();
}

/* --- what a guest must leave alone ----------------------------------------------------------- */

static size_t entries(const char *directory)
{
	DIR *d = opendir(directory);
	size_t n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

/* All that can be said of the process in one text. */
static void describe(char *text, size_t size)
{
	extern char **environ;
	mode_t mask = umask(0);
	char cwd[256] = "";
	size_t n = 0;

	umask(mask);
	getcwd(cwd, sizeof(cwd));
	n += (size_t)snprintf(
		text, size, "umask %o; cwd %s; locale %s; descriptors %zu; threads %zu", mask, cwd,
		setlocale(LC_ALL, NULL), entries("/proc/self/fd"), entries("/proc/self/task"));
	for (int s = 1; s < NSIG; s++) {
		struct sigaction now;

		if (sigaction(s, NULL, &now) == 0 && n < size)
			n += (size_t)snprintf(text + n, size - n, "; %d: %p %x", s,
			                      (void *)now.sa_handler,
			                      (unsigned)now.sa_flags & ~SA_RESTORER);
	}
	for (char **e = environ; *e && n < size; e++)
		n += (size_t)snprintf(text + n, size - n, "; %s", *e);
}

static char before[16384];

static void tell_quirks(void)
{
	static char after[sizeof(before)];

	describe(after, sizeof(after));
	printf(strcmp(before, after) ? "before %s\nafter %s\n" : "no quirks\n", before, after);
}

static void close_all(void)
{
	for (int fd = 3; fd < 1024; fd++)
		close(fd);
	for (int i = 0; i < 8; i++) /* whoever still writes to an old number writes here */
		open("mine", O_RDWR | O_CREAT | O_APPEND, 0600);
}

#define TELL_ERRNO(call)                                                                           \
	do {                                                                                       \
		errno = ERRNO;                                                                     \
		call;                                                                              \
		if (errno != ERRNO)                                                                \
			printf("errno %d after %s\n", errno, #call);                               \
	} while (0)

/* libcurl itself leaves it alone in these. */
static void tell_errno(void *lib)
{
	__typeof__(curl_easy_setopt) *set = SYM(lib, curl_easy_setopt);
	__typeof__(curl_easy_getinfo) *get = SYM(lib, curl_easy_getinfo);
	CURL *h = NULL, *twin = NULL;
	long status;

	TELL_ERRNO(dlopen("libcurl.so.4", RTLD_NOW));
	TELL_ERRNO(dlsym(lib, "curl_easy_init"));
	TELL_ERRNO(dlsym(lib, "curl_easy_strerror"));
	TELL_ERRNO(dlsym(RTLD_DEFAULT, "strlen"));
	TELL_ERRNO(h = SYM(lib, curl_easy_init)());
	TELL_ERRNO(set(h, CURLOPT_URL, url));
	TELL_ERRNO(set(h, CURLOPT_POSTFIELDS, body));
	TELL_ERRNO(set(h, CURLOPT_TIMEOUT, 20L));
	TELL_ERRNO(get(h, CURLINFO_RESPONSE_CODE, &status));
	TELL_ERRNO(twin = SYM(lib, curl_easy_duphandle)(h));
	TELL_ERRNO(SYM(lib, curl_easy_reset)(h));
	TELL_ERRNO(SYM(lib, curl_easy_cleanup)(h));
	TELL_ERRNO(SYM(lib, curl_easy_cleanup)(twin));
	printf("errno was told\n");
}

int main(int argc, char **argv)
{
	int flags = RTLD_LOCAL;

	url = argc > 2 ? argv[1] : "";
	body = argc > 2 ? argv[2] : "";
	describe(before, sizeof(before));
	for (int i = 3; i < argc; i++) {
		const char *word = argv[i];

		if (strcmp(word, "local") == 0)
			flags = RTLD_LOCAL;
		else if (strcmp(word, "deepbind") == 0)
			flags = RTLD_LOCAL | RTLD_DEEPBIND;
		else if (strcmp(word, "again") == 0)
			ask_all();
		else if (strcmp(word, "fork") == 0)
			ask_in_child();
		else if (strcmp(word, "close") == 0)
			close_all();
		else if (strcmp(word, "list") == 0)
			system("ls /proc/self/fd");
		else if (strcmp(word, "quirks") == 0)
			tell_quirks();
		else if (strcmp(word, "errno") == 0)
			tell_errno(dlopen("libcurl.so.4", RTLD_NOW));
		else if (strcmp(word, "unload") == 0)
			unload_all();
		else
			load(word, flags);
	}
	return 0;
}
