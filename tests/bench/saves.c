/* saves.c - how long a save of a checkpoint takes, in files without fsync or in a local Redis
 *
 *   saves files|Redis     prints the median and the 99th percentile, in nanoseconds
 */
#include "../unit/redis_server.h"
#include "agent/understudy.h"

#include <time.h>

#define SAVES 5000
#define STATE 4096

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int measure(struct understudy_task *t)
{
	static uint64_t took[SAVES];
	static char state[STATE];
	char name[] = "step-0";

	for (; name[5] < '4'; name[5]++)
		if (understudy_step_complete(t, name, state, 200))
			return -1;
	for (size_t i = 0; i < SAVES; i++) {
		uint64_t began = now_ns();

		state[i % STATE]++;
		if (understudy_state_set(t, state, STATE) || understudy_save(t))
			return -1;
		took[i] = now_ns() - began;
	}
	qsort(took, SAVES, sizeof(*took), by_size);
	printf("%llu %llu\n", (unsigned long long)took[SAVES / 2],
	       (unsigned long long)took[SAVES * 99 / 100]);
	return 0;
}

int main(int argc, char **argv)
{
	char dir[] = "/tmp/understudy-saves-XXXXXX", command[64];
	struct redis_server server = { .pid = 0 };
	struct understudy *u;
	struct understudy_task *t;
	int rc = -1;

	if (argc < 2 || !mkdtemp(dir))
		return 2;
	setenv("UNDERSTUDY_STORE", dir, 1);
	if (strcmp(argv[1], "Redis") == 0 && redis_server_make(&server))
		setenv("UNDERSTUDY_REDIS_URL", server.url, 1);
	if (understudy_open(&u) == 0 && understudy_resume_or_start(u, "t", &t) >= 0) {
		rc = measure(t);
		understudy_task_free(t);
		understudy_close(u);
	}
	if (rc)
		fprintf(stderr, "%s\n", understudy_error());
	redis_server_drop(&server);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command) || rc ? 1 : 0;
}
