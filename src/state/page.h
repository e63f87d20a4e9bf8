/* page.h - the mapped page that all processes of a user share
 *
 * One file per user, mode 0600, of fixed size, its blocks allocated beforehand (a full disk must
 * not become a SIGBUS in somebody's process). Every word is valid at every instant. Where it can't
 * be had, private memory takes its place and everything works within the process.
 */
#ifndef US_STATE_PAGE_H
#define US_STATE_PAGE_H

#include "base/buf.h"
#include "state/budget.h"
#include "state/events.h"
#include "state/slot.h"
#include "state/tree.h"

#define US_PAGE_SLOTS 128
#define US_PAGE_TREES 64

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

/* The same for one of the keys that it may be asked with, by the name of its variable. */
struct us_slot *us_page_key_slot(struct us_page *page, struct us_span provider,
                                 struct us_span origin, struct us_span model,
                                 struct us_span variable);

/* The nth slot in use; NULL past the last. */
struct us_slot *us_page_nth(struct us_page *page, size_t n);

/* Its number, as events have it. */
unsigned us_page_number(const struct us_page *page, const struct us_slot *s);
/* NULL where there is none of that number, or nobody has named it yet. */
const struct us_slot *us_page_numbered(const struct us_page *page, unsigned number);

/* The same for trees of processes. Without a name: NULL, and US_EVENT_NOBODY. */
struct us_tree *us_page_tree(struct us_page *page, struct us_span name);
unsigned us_page_tree_number(const struct us_page *page, const struct us_tree *t);
const struct us_tree *us_page_tree_numbered(const struct us_page *page, unsigned number);

/* When the file was made, since 1970: another one is another page. 0: it is private memory. */
uint64_t us_page_made_ms(const struct us_page *page);
struct us_budget *us_page_budget(struct us_page *page);
struct us_events *us_page_events(struct us_page *page);

#endif
