/* courier.c - a process beside the supervisor that delivers what waits to be told to a human
 *
 * How long each message waits after a failure is the outbox's own knowledge (agent/deliver.c); the
 * courier only comes by, soon after the program was started and then ever more seldom.
 */
#include "cli/courier.h"

#include "agent/understudy.h"
#include "base/clock.h"
#include "engine/backoff.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOON_MS 1000
#define SELDOM_MS 30000
#define TRIPS_MAX 16 /* by then it is seldom */

static void plan(struct us_courier *c, uint64_t now)
{
	c->at = now + us_backoff_ms(SOON_MS, SELDOM_MS, c->trips, &c->rand);
	c->trips += c->trips < TRIPS_MAX;
}

void us_courier_begin(struct us_courier *c, bool wanted, uint64_t now_ms)
{
	c->trips = 0;
	c->at = US_NEVER;
	if (wanted && !c->pid)
		plan(c, now_ms);
}

/* In the child. A connection to the store cannot be shared with the parent: it opens its own. */
static void deliver(const sigset_t *mask)
{
	struct understudy *u;
	int rc;

	sigprocmask(SIG_SETMASK, mask, NULL);
	rc = understudy_open(&u);
	if (!rc)
		rc = understudy_deliver(u);
	understudy_close(u);
	_exit(rc < 0);
}

void us_courier_tick(struct us_courier *c, const sigset_t *mask, uint64_t now_ms)
{
	if (c->pid || now_ms < c->at)
		return;
	c->pid = fork();
	if (c->pid == 0)
		deliver(mask);
	c->at = US_NEVER; /* until it is back */
	if (c->pid > 0)
		return;
	c->pid = 0;
	plan(c, now_ms);
}

bool us_courier_back(struct us_courier *c, pid_t pid, uint64_t now_ms)
{
	if (!c->pid || pid != c->pid)
		return false;
	c->pid = 0;
	plan(c, now_ms);
	return true;
}

void us_courier_end(struct us_courier *c, bool hurry)
{
	if (!c->pid)
		return;
	if (hurry)
		kill(c->pid, SIGTERM); /* what it was telling is told again later */
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
	c->pid = 0;
}
