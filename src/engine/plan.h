/* plan.h - who may serve a call, in which order
 *
 * The program's own provider first, then the fallbacks that are not the same thing under another
 * name and whose key is at hand. Whether a fallback can carry the request is found out when its
 * turn comes: by translating it, before anything is sent.
 */
#ifndef US_ENGINE_PLAN_H
#define US_ENGINE_PLAN_H

#include "base/sha256.h"
#include "conf/conf.h"
#include "engine/keyring.h"
#include "state/page.h"
#include "wire/translate.h"

struct us_candidate {
	const struct us_provider *provider; /* NULL: the program's own, unknown by name */
	const struct us_dialect *dialect;
	struct us_span name, model, origin;
	struct us_span url;   /* of the own one no query; of others known once it is rendered */
	struct us_slot *slot; /* found when first needed */
	struct us_keys keys;
	const char *key; /* the variable of the key in use; NULL: none, or the program's own */
	bool own;
	bool spent;    /* not to be asked (again) in this call */
	bool rendered; /* `request` holds what to send; else the own one gets what came */
	enum us_admit admit;
	unsigned attempts;
	bool mended;   /* the request was repaired after an answer: only once */
	bool in_words; /* it has refused a begun answer */
	struct us_rendered request;
};

/* The request as the program makes it. Spans outlive the plan. */
struct us_own {
	const struct us_dialect *dialect;
	const struct us_provider *known; /* by host; NULL */
	struct us_span url;              /* for logs and comparison: no query, no user-info */
	struct us_span origin;           /* scheme://host:port */
	struct us_in_url in_url;         /* what the URL says of the request */
	struct us_span model;            /* "" when not found */
	struct us_slot *slot;            /* of all these, where it is known; else NULL */
	const char *key; /* where others may take its place: the variable that holds it, or
	                    US_KEY_OWN; else NULL */
	bool stream;
	uint64_t limit_ms;               /* the program's own limit on the whole transfer, 0 none */
	bool decoded;                    /* libcurl undoes content encodings */
	const struct us_http_tool *tool; /* it is no LLM, and this is; else NULL. Then: */
	struct us_span query;            /* ... what the URL has behind its question mark */
	bool repeatable;                 /* ... and the request may be made twice */
	bool follows;                    /* libcurl follows redirects */
	bool cacheable;                  /* the cache may answer it. Then: */
	unsigned char asked[US_SHA256_N]; /* ... of all that makes two the same, but the body */
	uint64_t cached_max_ms;           /* ... no older answer is wanted */
	bool keep;                        /* ... and its answer may be kept */
};

struct us_plan {
	struct us_candidate own;
	struct us_span model;        /* the program's; "" as long as it is not known */
	struct us_candidate *others; /* made when first asked for: a healthy call needs none */
	size_t nothers;
	bool expanded;
	struct us_arena arena;
};

void us_plan_init(struct us_plan *p, const struct us_own *own);
void us_plan_fini(struct us_plan *p);

/* Could there be anyone else at all? Cheap; us_plan_expand knows better. */
bool us_plan_has_chain(const struct us_conf *conf, const struct us_own *own);

/* Fills `others`. `has_key` says whether a variable of that name is set and not empty. */
void us_plan_expand(struct us_plan *p, const struct us_conf *conf, const struct us_own *own,
                    bool (*has_key)(void *self, const char *variable), void *self);

/* The same for the keys that may take the place of the program's own. */
void us_plan_own_keys(struct us_plan *p, const struct us_own *own,
                      bool (*has_key)(void *self, const char *variable), void *self);

/* The program's model has become known: others that name none are matched to it. */
void us_plan_match(struct us_plan *p, const struct us_own *own, struct us_span model);

struct us_slot *us_own_slot(const struct us_own *own, struct us_page *page);
struct us_slot *us_candidate_find_slot(struct us_candidate *c, struct us_page *page);
static inline struct us_slot *us_candidate_slot(struct us_candidate *c, struct us_page *page)
{
	return c->slot ? c->slot : us_candidate_find_slot(c, page);
}

/* Does the user's setting allow this loss? */
bool us_fidelity_allows(enum us_fidelity fidelity, enum us_loss loss);

/* Writes the request for this candidate of the plan, and its URL. False: it can't carry it, and is
 * spent; its diags say why. `framing` is that of the program's stream. */
bool us_candidate_render(struct us_candidate *c, const struct us_request *request,
                         enum us_framing framing, enum us_fidelity fidelity, struct us_arena *a);
/* The same for the own provider, whose URL stays. */
bool us_candidate_reword(struct us_candidate *c, const struct us_request *request,
                         enum us_fidelity fidelity);
/* The same for a tool's other: what it is sent is the very body. */
bool us_candidate_copy(struct us_candidate *c, struct us_span body);

#endif
