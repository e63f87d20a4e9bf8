/* target_conf.c - the user's settings: NAME=value lines up to an empty one, then the config file
 *
 * Whatever they say, there is a configuration, and it can be shown, and what is shown is a setting.
 */
#include "fuzz.h"

#include "conf/conf.h"
#include "conf/route.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define VALUE_MAX 4096

struct settings {
	struct us_span lines;
	char path[64], value[VALUE_MAX];
};

static const char *env(void *self, const char *name)
{
	struct settings *s = self;
	struct us_span rest = s->lines, line, key;

	if (strcmp(name, US_ENV_PREFIX "CONFIG") == 0)
		return s->path;
	if (us_span_starts(us_span_of(name), US_ENV_PREFIX))
		name += strlen(US_ENV_PREFIX);
	while (us_span_next(&rest, '\n', &line))
		if (us_span_next(&line, '=', &key) && us_span_is(key, name) && line.n < VALUE_MAX) {
			if (line.n)
				memcpy(s->value, line.p, line.n);
			s->value[line.n] = '\0';
			return s->value;
		}
	return NULL;
}

static void complain(void *self, const char *text)
{
	fuzz_must(text[0] && !strchr(text, '\n'), "a complaint is one line");
}

/* The settings end at an empty line. */
static void split(struct us_span in, struct settings *s, struct us_span *file)
{
	const char *gap = in.n ? memmem(in.p, in.n, "\n\n", 2) : NULL;
	size_t n = gap ? (size_t)(gap - in.p) : in.n;

	s->lines = us_span(in.p, n);
	*file = gap ? us_span(gap + 2, in.n - n - 2) : us_span("", 0);
}

/* What is shown is valid where it was read, and means the same. */
static void check_shown(const struct us_conf *c)
{
	struct us_buf out;

	us_buf_init(&out, (size_t)1 << 20);
	for (size_t i = 0; i < us_option_count; i++) {
		us_buf_clear(&out);
		fuzz_must(!us_conf_show(c, i, &out), "each setting can be shown");
	}
	us_buf_fini(&out);
}

static void play(struct us_span in)
{
	struct settings s = { .path = "" };
	struct us_conf_source source = { env, complain, &s };
	struct us_span file;
	struct us_conf c;
	struct us_url u;
	int fd = memfd_create("conf", MFD_CLOEXEC);

	split(in, &s, &file);
	snprintf(s.path, sizeof(s.path), "/proc/self/fd/%d", fd);
	if (fd < 0 || pwrite(fd, file.p, file.n, 0) != (ssize_t)file.n)
		fuzz_broken("a file can be written");
	us_conf_load(&c, &source);
	close(fd);
	check_shown(&c);
	for (size_t i = 0; i < c.fallbacks.n; i++)
		fuzz_must(us_url_split(us_span_of(c.fallbacks.list[i].base_url), &u),
		          "who stands in can be asked");
	fuzz_must(c.attempts >= 1 && c.attempts <= 20, "a setting is within its range");
	us_conf_fini(&c);
}

static void seed(const struct fuzz_golden *g, const struct fuzz_seeds *to)
{
	static const char *const all[] = {
		"FALLBACKS=anthropic:claude-sonnet-4-5,local:llama@http://gpu:8000/v1,nobody\n"
		"ATTEMPTS=0\nBACKOFF=1s..10s\nROUTES=h:80/x=openai,h=off\nLOG=info:/tmp/x\n"
		"OFF=yes\nBODY_MAX=16M\nFIDELITY=loose\nOPENAI_API_KEY=k\nANTHROPIC_API_KEY=k\n\n"
		"{}",
		"\n\n{ // ours\n\"providers\":{\"corp\":{\"dialect\":\"openai\",\"base_url\":"
		"\"https://llm.corp/v1\",\"key_env\":\"CORP_KEY\",\"model\":\"gpt-4.1\","
		"\"like\":\"vllm\",\"path\":\"/{model}\",\"key_header\":\"x: \"}},\n"
		"\"fallbacks\":[\"corp\",{\"provider\":\"anthropic\",\"model\":\"m\"}],"
		"/* c */ \"attempts\":2.5,\"backoff\":\"1s..\",\"routes\":\"h=openai\"}",
	};

	for (size_t i = 0; !g->kind[0] && i < US_COUNT(all); i++)
		fuzz_seed(to, NULL, 0, us_span_of(all[i]));
}

const struct fuzz_target fuzz_conf = { .name = "conf", .play = play, .seed = seed };
