/* runner.h - a program by words: its state, its callbacks, its printing */
#ifndef EASY_RUNNER_H
#define EASY_RUNNER_H

#define CURL_DISABLE_DEPRECATION /* programs use the old ones too */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>

#define HANDLES 4
#define HOOKS 16
#define LABELS 16
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct text {
	char *p;
	size_t n;
};

/* What is to be done in a callback's nth call. */
struct hook {
	char callback;
	unsigned long nth;
	const char *word;
};

struct runner {
	FILE *out;
	CURL *handles[HANDLES];
	unsigned cur;
	CURLSH *share;
	struct curl_slist *headers, *list;
	curl_mime *mime;
	CURLU *curlu;
	struct text post, source;
	size_t read, piece; /* of `source`: how far, and how much at once */
	char error[CURL_ERROR_SIZE];
	char labels[LABELS][32]; /* what DATA options point to */
	struct text bytes;       /* body bytes not printed yet, and whose they are */
	char whose[64];
	struct hook hooks[HOOKS];
	size_t nhooks;
	unsigned long calls['z' + 1];
	const char *ret; /* what the callback in progress is to return */
	bool failed;     /* a callback has returned an error: none may be called again */
	bool paused;
	unsigned long unpause, since_pause;
	long long began, ended, stop;
	long long moment; /* when `later` is to be done in a progress callback, 0 never */
	const char *later;
	curl_off_t progress[4]; /* as the callback was told last */
	FILE *debug, *tee;
	struct text debugged;
};

/* The runner whose turn it is, in this thread. */
extern _Thread_local struct runner *me;

struct word {
	const char *name;
	void (*act)(const char *value);
};

/* --- what a program has of its own: easy.c, multi.c --- */
void begin(FILE *out);
void finish(void);
/* A new handle of `me`, or one that was reset. */
void prepare(CURL *h);
/* A word of the command line. */
void do_given(const char *word);
/* False: not a word of its own. */
bool do_own(const char *name, const char *value);

/* --- words.c --- */
void do_word(const char *word);
bool do_one_of(const struct word *words, size_t n, const char *name, const char *value);
void runner_fini(struct runner *r);

/* --- ask.c --- */
bool ask(const char *name, const char *value);

/* --- trace.c --- */
/* In a program of several runners: whose callback is called with this pointer. */
extern _Thread_local struct runner *(*find_runner)(const void *data);
/* Begins a call of a callback. What it is to return, or NULL. */
const char *enter(char callback);
void append(struct text *t, const char *p, size_t n);
void print_bytes(const char *p, size_t n);
__attribute__((format(printf, 1, 2))) void line(const char *format, ...);
void complain(const char *what, const char *of, int code);
long long now_ms(void);
curl_write_callback write_named(const char *name);
curl_write_callback header_named(const char *name);
size_t on_read(char *p, size_t size, size_t n, void *data);
int on_seek(void *data, curl_off_t offset, int origin);
int on_progress(void *data, curl_off_t dltotal, curl_off_t dlnow, curl_off_t ultotal,
                curl_off_t ulnow);
int on_old_progress(void *data, double dltotal, double dlnow, double ultotal, double ulnow);
curl_socket_t on_open(void *data, curlsocktype purpose, struct curl_sockaddr *address);
int on_close(void *data, curl_socket_t socket);
int on_debug(CURL *h, curl_infotype type, char *p, size_t n, void *data);

/* --- options.c --- */
/* The current handle, made when first asked for. */
CURL *handle(void);
/* False: not a word about options. */
bool set_option(const char *name, const char *value);

#endif
