/* stranger.c - a program that no preload can be of use to, and that must not notice one
 *
 *   stranger CODE     prints what it is given and what it finds, and ends with CODE
 *
 * With CURL it is linked with a libcurl of its own kind of libc: with LIBRARY this is that libcurl.
 */
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void *curl_easy_init(void);
int curl_easy_setopt(void *h, int option, ...);
int curl_easy_perform(void *h);
void curl_easy_cleanup(void *h);
void *curl_multi_init(void);
int curl_multi_add_handle(void *m, void *h);

#ifdef LIBRARY
static int handle, multi;

void *curl_easy_init(void) { return &handle; }

int curl_easy_setopt(void *h, int option, ...)
{
	va_list ap;

	va_start(ap, option);
	handle = h == &handle ? option + (int)va_arg(ap, long) : -1;
	va_end(ap);
	return 0;
}

int curl_easy_perform(void *h) { return h == &handle ? handle : -1; }
void curl_easy_cleanup(void *h) { printf("cleaned up: %d\n", h == &handle); }
void *curl_multi_init(void) { return &multi; }
int curl_multi_add_handle(void *m, void *h) { return m == &multi && h == &handle ? 0 : -1; }
#else

static void use_curl(void)
{
#ifdef CURL
	void *h = curl_easy_init(), *m = curl_multi_init();
	int (*perform)(void *) = NULL;

	curl_easy_setopt(h, 40, 2L);
	*(void **)&perform = dlsym(RTLD_DEFAULT, "curl_easy_perform");
	printf("libcurl says %d %d %d\n", curl_easy_perform(h), perform ? perform(h) : -2,
	       curl_multi_add_handle(m, h));
	curl_easy_cleanup(h);
#endif
}

static void use_loader(void)
{
#ifndef STATIC
	void *self = dlopen(NULL, RTLD_NOW), *none = dlopen("/no/such.so", RTLD_NOW);

	printf("dlopen %d %d %s\n", self != NULL, none != NULL, dlerror());
	printf("dlsym %d %d %d\n", dlsym(self, "puts") != NULL, dlsym(RTLD_DEFAULT, "nope") != NULL,
	       dlsym(RTLD_DEFAULT, "strlen") != NULL);
#endif
}

int main(int argc, char **argv)
{
	pid_t child;
	int status = 0;

	printf("%s %d %d\n", argv[1], (int)getuid() - (int)geteuid(), (int)sizeof(void *));
	fprintf(stderr, "to stderr\n");
	use_loader();
	use_curl();
	fflush(stdout);
	child = fork();
	if (child == 0)
		_exit(5);
	waitpid(child, &status, 0);
	printf("child %d\n", WEXITSTATUS(status));
	return atoi(argv[1]);
}
#endif
