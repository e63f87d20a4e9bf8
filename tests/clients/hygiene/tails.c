/* tails.c - what dlopen and dlsym answer depends on who asks
 *
 * Built four times. FIRST and SECOND define one name, and the first asks for the next. OUTER, which
 * the program opens RTLD_LOCAL, opens INNER by its own RUNPATH and finds a name that only it sees.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#if defined(FIRST)
const char *who(void);
const char *who(void)
{
	const char *(*next)(void) = NULL;
	static char text[32] = "first, then ";

	*(void **)&next = dlsym(RTLD_NEXT, "who");
	return strncat(text, next ? next() : "nobody", 15);
}
#elif defined(SECOND)
const char *who(void);
const char *who(void) { return "second"; }
#elif defined(INNER)
int inner(void);
int inner(void) { return 42; }
#elif defined(OUTER)
int seen_from_here(void);
int seen_from_here(void) { return 7; }

int outer(void);
int outer(void)
{
	int (*f)(void) = NULL;
	void *lib = dlopen("libinner.so", RTLD_NOW | RTLD_LOCAL);

	if (!lib)
		printf("%s\n", dlerror());
	*(void **)&f = lib ? dlsym(lib, "inner") : NULL;
	printf("by its own path: %d\n", f ? f() : -1);
	*(void **)&f = dlsym(RTLD_DEFAULT, "seen_from_here");
	printf("in its own scope: %d\n", f ? f() : -1);
	return 0;
}
#else
const char *who(void);

int main(int argc, char **argv)
{
	void *lib = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL), *none;
	int (*outer)(void) = NULL;

	printf("%s\n", who());
	*(void **)&outer = lib ? dlsym(lib, "outer") : NULL;
	printf("outer: %d\n", outer ? outer() : -1);
	printf("not from here: %d\n", dlsym(RTLD_DEFAULT, "seen_from_here") != NULL);
	printf("%s\n", dlerror());
	none = dlsym(lib, "curl_easy_init");
	printf("%d %s\n", none != NULL, dlerror());
	none = dlopen("libinner.so", RTLD_NOW);
	printf("%d %s\n", none != NULL, dlerror());
	return 0;
}
#endif
