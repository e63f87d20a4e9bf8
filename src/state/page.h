/* page.h - the mapped page that all processes of a user share
 *
 * One file per user, mode 0600, of fixed size, its blocks allocated beforehand (a full disk must
 * not become a SIGBUS in somebody's process). Every word is valid at every instant. Where it can't
 * be had, private memory takes its place and everything works within the process.
 */
#ifndef US_STATE_PAGE_H
#define US_STATE_PAGE_H

#include "base/buf.h"
#include "state/health.h"

#define US_PAGE_SLOTS 128
#define US_LATENCY_BUCKETS 20 /* bucket n: below 2^n ms; the last: all above */

/* X(name): what is counted per provider and model. Stored by number: append only. */
#define US_COUNTS(X)                                                                               \
	X(attempts)                                                                                \
	X(ok)                                                                                      \
	X(failed)                                                                                  \
	X(retries)                                                                                 \
	X(left)     /* calls that went on to another provider */                                   \
	X(stood_in) /* calls it served in another's place */                                       \
	X(probes)                                                                                  \
	X(skipped) /* calls that passed it by because its breaker was open or it was cooling */    \
	X(cut)     /* answers that broke off after their first byte was delivered */

enum us_count {
#define X(name) US_COUNT_##name,
	US_COUNTS(X)
#undef X
		US_COUNT_END
};

/* A provider and model. Names are cut to fit, always end in NUL, and hold no secret. */
struct us_slot {
	_Atomic uint64_t key; /* hash of the names; 0: free */
	struct us_health health;
	_Atomic uint64_t count[16];
	_Atomic uint64_t latency[US_LATENCY_BUCKETS]; /* ms to the first content */
	_Atomic uint64_t latency_sum_ms;
	char provider[32];
	char origin[128];
	char model[96];
};

struct us_page {
	struct us_page_file *file; /* never NULL once opened */
	bool shared;               /* false: private memory */
};

/* Opens or creates `dir`/state. Always leaves a usable page, unless memory itself is out
 * (US_ENOMEM); when it is a private one, `why` (may be NULL) gets a phrase that says why. */
int us_page_open(struct us_page *page, const char *dir, struct us_buf *why);
/* Opens what is there, to be read only, and makes nothing. US_ENOENT when nobody has made it;
 * US_EIO, with the reason in `why`, when it is not fit for use. */
int us_page_look(struct us_page *page, const char *dir, struct us_buf *why);
void us_page_close(struct us_page *page);

/* Where it lies when nobody says: $XDG_RUNTIME_DIR/understudy, else /dev/shm/understudy-<uid>. */
int us_page_default_dir(struct us_buf *out, const char *xdg_runtime_dir);

/* The slot of these names, claimed if new; when all are taken, one that the rest shares. */
struct us_slot *us_page_slot(struct us_page *page, struct us_span provider, struct us_span origin,
                             struct us_span model);

/* The nth slot in use; NULL past the last. */
struct us_slot *us_page_nth(struct us_page *page, size_t n);

static inline void us_slot_count(struct us_slot *s, enum us_count what)
{
	atomic_fetch_add_explicit(&s->count[what], 1, memory_order_relaxed);
}
void us_slot_latency(struct us_slot *s, uint64_t ms);
/* The latency below which `percent` of the calls stayed, as a bucket's upper bound; 0 unknown. */
uint64_t us_slot_percentile(const struct us_slot *s, unsigned percent);

#endif
