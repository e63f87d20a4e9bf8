/* test_fuzz.c - plays the fuzz targets without libFuzzer
 *
 *   test_fuzz               seeds, mutants of them, and what once broke something; TAP
 *   test_fuzz --seeds DIR   writes the seeds to DIR/<target>/, for libFuzzer
 *   test_fuzz TARGET FILE   one input
 *
 * tests/fuzz/found/<target>.<what it broke> are inputs that broke something.
 */
#include "goldens.h"

#include "base/rand.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#define FOUND "tests/fuzz/found"
#define MUTANTS 8 /* of each seed */
#define LARGE ((size_t)256 << 10)
#define INPUT_MAX ((size_t)4 << 20)
#define HANG_S 5 /* of its own time, for one input */

static const struct fuzz_target *target;
static const char *what; /* is played */
static struct us_span input;
static const char *program; /* argv[0] */
static size_t plays;
static unsigned number; /* of the test */

/* What broke it is kept beside the program. */
static void keep_input(void)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s.broken", program);
	f = input.p ? fopen(path, "wb") : NULL;
	if (f) {
		fwrite(input.p, 1, input.n, f);
		fclose(f);
		printf("# the input is in %s\n", path);
	}
}

void fuzz_broken(const char *promise)
{
	printf("not ok %u - %s: %s: not so: %s\n", number, target->name, what, promise);
	keep_input();
	fflush(stdout);
	_exit(1);
}

static void on_signal(int sig) { fuzz_broken(sig == SIGVTALRM ? "it ends in time" : "it lives"); }

/* Not of the clock on the wall: others may keep the machine busy. */
static void watch(void)
{
	const struct itimerval limit = { .it_value.tv_sec = HANG_S };

	setitimer(ITIMER_VIRTUAL, &limit, NULL);
}

/* Once as it is, once with a failing allocation. */
static void play(struct us_span in, struct us_rand *chance)
{
	input = in;
	watch();
	fuzz_play(target, in, 0);
	fuzz_play(target, in, (unsigned long)us_rand_between(chance, 1, 40));
	input = us_span(NULL, 0);
	plays++;
}

/* --- mutants --------------------------------------------------------------------------------- */

static size_t place(struct us_rand *r, struct us_span in)
{
	return (size_t)us_rand_between(r, 0, in.n);
}

/* Another byte, often one that JSON or SSE cares for. */
static void change(struct us_buf *out, struct us_span in, struct us_rand *r)
{
	static const char odd[] = "\"\\{}[]:,\n\r0-e.tn \x80\xed\xff";
	size_t at = place(r, in);

	us_buf_add_span(out, in);
	if (at < out->n)
		out->p[at] = odd[us_rand_between(r, 0, sizeof(odd) - 1)];
}

static void cut(struct us_buf *out, struct us_span in, struct us_rand *r)
{
	us_buf_add(out, in.p, place(r, in));
}

/* A stretch is left out, or said twice. */
static void stretch(struct us_buf *out, struct us_span in, struct us_rand *r)
{
	size_t a = place(r, in), b = place(r, in), n = a < b ? b - a : a - b;

	us_buf_add(out, in.p, b);
	us_buf_add(out, in.p + a, in.n - a);
	if (n > 4096)
		us_buf_clear(out);
}

/* A value becomes another one of the same document. */
static void swap(struct us_buf *out, struct us_span in, struct us_rand *r)
{
	struct us_doc doc = { 0 };
	size_t skip = 0;

	while (skip < in.n && in.p[skip] != '{')
		skip++;
	if (!us_doc_parse(&doc, us_span(in.p + skip, in.n - skip)) && doc.n > 1) {
		const struct us_tok *x = &doc.tok[us_rand_between(r, 1, doc.n - 1)];
		const struct us_tok *y = &doc.tok[us_rand_between(r, 1, doc.n - 1)];

		us_buf_add(out, in.p, skip + x->start);
		us_buf_add(out, doc.src.p + y->start, y->end - y->start);
		us_buf_add(out, doc.src.p + x->end, doc.src.n - x->end);
	} else {
		stretch(out, in, r);
	}
	us_doc_fini(&doc);
}

static void mutate(struct us_span in, struct us_rand *r)
{
	static void (*const ways[])(struct us_buf *, struct us_span,
	                            struct us_rand *) = { change, change, cut, stretch,
		                                          swap,   swap,   swap };

	for (unsigned i = 0; i < MUTANTS; i++) {
		struct us_buf mutant;

		us_buf_init(&mutant, INPUT_MAX);
		ways[us_rand_between(r, 0, US_COUNT(ways) - 1)](&mutant, in, r);
		play(us_buf_span(&mutant), r);
		us_buf_fini(&mutant);
	}
}

/* --- large inputs ---------------------------------------------------------------------------- */

/* The array's elements, or another value, said over and over. */
static void swell_one(struct us_span in, size_t skip, const struct us_doc *doc,
                      const struct us_tok *array, struct us_span element, struct us_rand *r)
{
	struct us_buf large;

	us_buf_init(&large, INPUT_MAX);
	us_buf_add(&large, in.p, skip + array->start + 1);
	us_buf_add_span(&large, element);
	while (large.n < LARGE) {
		us_buf_add_char(&large, ',');
		us_buf_add_span(&large, element);
	}
	us_buf_add(&large, doc->src.p + array->end - 1, doc->src.n - array->end + 1);
	play(us_buf_span(&large), r);
	us_buf_fini(&large);
}

/* Documents that are nothing but tiny values: what is known of each must not add up. */
static void swell(struct us_span in, struct us_rand *r)
{
	struct us_doc doc = { 0 };
	size_t skip = 0;

	while (skip < in.n && in.p[skip] != '{')
		skip++;
	if (us_doc_parse(&doc, us_span(in.p + skip, in.n - skip)))
		doc.n = 0;
	for (size_t i = 0; i < doc.n; i++) {
		const struct us_tok *t = &doc.tok[i];

		if (t->type != US_J_ARRAY || t->next == i + 1)
			continue;
		swell_one(in, skip, &doc, t,
		          us_span(doc.src.p + t->start + 1, t->end - t->start - 2), r);
		swell_one(in, skip, &doc, t, US_SPAN("{}"), r);
		swell_one(in, skip, &doc, t, US_SPAN("0"), r);
		swell_one(in, skip, &doc, t, US_SPAN("\"\""), r);
	}
	us_doc_fini(&doc);
}

/* --- inputs ---------------------------------------------------------------------------------- */

static void play_seed(void *self, struct us_span in)
{
	what = "a seed";
	play(in, self);
	what = "a mutant";
	mutate(in, self);
	what = "a large one";
	if (us_rand_between(self, 0, 63) == 0)
		swell(in, self);
}

static void play_golden(void *self, const struct fuzz_golden *g)
{
	struct fuzz_seeds to = { play_seed, self };

	target->seed(g, &to);
}

static bool play_file(const char *path, struct us_rand *chance)
{
	struct us_buf in;
	bool read;

	us_buf_init(&in, INPUT_MAX);
	read = fuzz_read_file(&in, path);
	what = path;
	if (read)
		play(us_buf_span(&in), chance);
	us_buf_fini(&in);
	return read;
}

static void play_found(struct us_rand *chance)
{
	struct dirent **files;
	int count = scandir(FOUND, &files, NULL, alphasort);
	size_t n = strlen(target->name);

	for (int i = 0; i < count; i++) {
		char path[512];

		snprintf(path, sizeof(path), FOUND "/%s", files[i]->d_name);
		if (strncmp(files[i]->d_name, target->name, n) == 0 && files[i]->d_name[n] == '.')
			play_file(path, chance);
		free(files[i]);
	}
	if (count >= 0)
		free(files);
}

static int play_all(void)
{
	while (fuzz_target_at(number))
		number++;
	printf("1..%u\n", number);
	for (number = 1; (target = fuzz_target_at(number - 1)); number++) {
		struct us_rand chance = { number };

		plays = 0;
		play_found(&chance);
		if (!fuzz_goldens(play_golden, &chance))
			fuzz_broken("there are golden files");
		printf("ok %u - %s: %zu inputs\n", number, target->name, plays);
		fflush(stdout);
	}
	return 0;
}

/* --- seeds for libFuzzer --------------------------------------------------------------------- */

static void write_seed(void *dir, struct us_span in)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s/%zu", (const char *)dir, target->name, plays++);
	f = fopen(path, "wb");
	if (!f || fwrite(in.p, 1, in.n, f) != in.n || fclose(f))
		fuzz_broken("a seed can be written");
}

static void write_golden(void *dir, const struct fuzz_golden *g)
{
	struct fuzz_seeds to = { write_seed, dir };

	target->seed(g, &to);
}

static int write_seeds(char *dir)
{
	mkdir(dir, 0755);
	for (size_t i = 0; (target = fuzz_target_at(i)); i++) {
		char path[512];

		snprintf(path, sizeof(path), "%s/%s", dir, target->name);
		mkdir(path, 0755);
		plays = 0;
		fuzz_goldens(write_golden, dir);
	}
	return 0;
}

static int play_one(const char *name, const char *path)
{
	struct us_rand chance = { 1 };

	for (size_t i = 0; (target = fuzz_target_at(i)); i++)
		if (strcmp(target->name, name) == 0)
			return play_file(path, &chance) ? 0 : 1;
	return 1;
}

int main(int argc, char **argv)
{
	program = argv[0];
	signal(SIGVTALRM, on_signal);
	what = "nothing";
	if (argc == 3 && strcmp(argv[1], "--seeds") == 0)
		return write_seeds(argv[2]);
	if (argc == 3)
		return play_one(argv[1], argv[2]);
	signal(SIGSEGV, on_signal);
	signal(SIGFPE, on_signal);
	return play_all();
}
