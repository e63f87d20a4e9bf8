/* notice.h - inside agent: what is told about questions, and the channels that carry it */
#ifndef US_AGENT_NOTICE_H
#define US_AGENT_NOTICE_H

#include "agent/question.h"
#include "conf/conf.h"

#define US_NOTICE_MAX ((size_t)1 << 20)
#define US_NOTICE_LISTED 20 /* of a storm; the rest is counted */

/* Questions that are told together, mostly one. Their texts are clean. */
struct us_notice {
	const struct us_question *q;
	size_t n;
	const char *host;
	const struct us_conf *conf;
};

struct us_channel {
	const char *name;
	bool (*is_set)(const struct us_conf *c);
	/* 0: told. Otherwise it is tried again later; `why` gets a phrase, never an address: it may
	 * be a secret. */
	int (*tell)(const struct us_notice *n, struct us_buf *why);
};

#define X(name) extern const struct us_channel us_channel_##name;
#include "agent/channels.def"
#undef X

/* One line without line ends: who needs what. */
void us_notice_subject(const struct us_notice *n, struct us_buf *out);
/* For people, with how to answer. */
void us_notice_text(const struct us_notice *n, struct us_buf *out);
/* For programs: webhook and command. US_ENOTSUP without cJSON. */
int us_notice_json(const struct us_notice *n, struct us_buf *out);

#endif
