/* status.h - inside `understudy status`: two ways to show the page */
#ifndef US_CLI_STATUS_H
#define US_CLI_STATUS_H

#include "cli/view.h"

#define US_STATUS_NAME "status"
#define US_STATUS_DIR_MAX 4096

struct us_status {
	struct us_page *page; /* NULL: there is none */
	const char *dir;      /* where it lies */
	struct us_health_policy policy;
	uint64_t budget; /* its size; 0: any number of retries */
	uint64_t now_ms;
};

void us_status_tables(const struct us_status *st, const struct us_out *out);

/* The exit status: 1 when JSON can't be had. */
int us_status_json(const struct us_status *st, const struct us_out *out);

/* "closed", "open", "half-open" or "cooling". */
const char *us_status_breaker(const struct us_health_look *h);

/* A cell: the provider's name, and of one of its keys the variable's. */
void us_status_add_provider(struct us_table *t, const struct us_slot *s);
/* Two cells: how its breaker is, and when it may be asked again. */
void us_status_add_breaker(struct us_table *t, const struct us_health_look *h);
/* A cell: the time below which `percent` of the attempts had their first content. */
void us_status_add_time(struct us_table *t, const struct us_slot *s, unsigned percent);

static inline uint64_t us_status_count(const struct us_slot *s, enum us_count what)
{
	return atomic_load_explicit(&s->count[what], memory_order_relaxed);
}

#endif
