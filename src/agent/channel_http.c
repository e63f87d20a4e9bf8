/* channel_http.c - the channels that are an HTTP request: webhook, Slack, PagerDuty */
#include "agent/notice.h"
#include "agent/post.h"
#include "base/hash.h"
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>

#define PAGERDUTY "https://events.pagerduty.com/v2/enqueue"

/* --- webhook -----------------------------------------------------------------------------------
 */

static bool webhook_is_set(const struct us_conf *c) { return c->escalate_webhook[0]; }

static int webhook_tell(const struct us_notice *n, struct us_buf *why)
{
	struct us_buf body;
	int rc;

	us_buf_init(&body, US_NOTICE_MAX);
	rc = us_notice_json(n, &body);
	if (!rc)
		rc = us_post_json(n->conf->escalate_webhook, us_buf_span(&body), why);
	us_buf_fini(&body);
	return rc;
}

const struct us_channel us_channel_webhook = { "webhook", webhook_is_set, webhook_tell };

/* Prints `doc`, which is given up, and posts it. */
static int post(const struct us_json *j, cJSON *doc, const char *url, struct us_buf *why)
{
	char *text = doc ? j->PrintUnformatted(doc) : NULL;
	int rc = text ? us_post_json(url, us_span_of(text), why) : US_ENOMEM;

	j->free(text);
	j->Delete(doc);
	return rc;
}

/* --- Slack -------------------------------------------------------------------------------------
 */

static bool slack_is_set(const struct us_conf *c) { return c->escalate_slack[0]; }

/* In Slack's text only these three mean something. */
static void escape(struct us_span text, struct us_buf *out)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '&')
			us_buf_add_str(out, "&amp;");
		else if (text.p[i] == '<')
			us_buf_add_str(out, "&lt;");
		else if (text.p[i] == '>')
			us_buf_add_str(out, "&gt;");
		else
			us_buf_add_char(out, text.p[i]);
	}
}

static int slack_tell(const struct us_notice *n, struct us_buf *why)
{
	const struct us_json *j = us_json();
	cJSON *doc = j ? j->CreateObject() : NULL;
	struct us_buf plain, text;
	int rc = US_ENOTSUP;

	if (!j)
		return rc;
	us_buf_init(&plain, US_NOTICE_MAX);
	us_buf_init(&text, US_NOTICE_MAX);
	us_notice_text(n, &plain);
	escape(us_buf_span(&plain), &text);
	j->AddStringToObject(doc, "text", us_buf_cstr(&text));
	rc = post(j, doc, n->conf->escalate_slack, why);
	us_buf_fini(&plain);
	us_buf_fini(&text);
	return rc;
}

const struct us_channel us_channel_slack = { "Slack", slack_is_set, slack_tell };

/* --- PagerDuty ---------------------------------------------------------------------------------
 */

static const char *routing_key(const struct us_conf *c)
{
	const char *key = c->escalate_pagerduty[0] ? getenv(c->escalate_pagerduty) : NULL;

	return key && key[0] ? key : NULL;
}

static bool pagerduty_is_set(const struct us_conf *c) { return c->escalate_pagerduty[0]; }

/* An event with the same key is the same incident there: told twice, it is one. */
static void dedup_key(const struct us_notice *n, char key[40])
{
	struct us_span of = n->n == 1 ? n->q->key : us_span_of(n->host);

	snprintf(key, 40, "understudy-%s%016llx", n->n == 1 ? "" : "storm-",
	         (unsigned long long)us_hash64(1, of));
}

static cJSON *event(const struct us_json *j, const struct us_notice *n)
{
	cJSON *doc = j->CreateObject(), *payload, *details;
	struct us_buf text;
	char key[40];

	us_buf_init(&text, US_NOTICE_MAX);
	dedup_key(n, key);
	j->AddStringToObject(doc, "routing_key", routing_key(n->conf));
	j->AddStringToObject(doc, "event_action", "trigger");
	j->AddStringToObject(doc, "dedup_key", key);
	payload = j->AddObjectToObject(doc, "payload");
	us_notice_subject(n, &text);
	j->AddStringToObject(payload, "summary", us_buf_cstr(&text));
	j->AddStringToObject(payload, "source", n->host);
	j->AddStringToObject(payload, "severity", "error");
	details = j->AddObjectToObject(payload, "custom_details");
	us_buf_clear(&text);
	us_notice_text(n, &text);
	j->AddStringToObject(details, "text", us_buf_cstr(&text));
	j->AddStringToObject(details, "id", n->n == 1 ? n->q->id : "");
	us_buf_fini(&text);
	return doc;
}

static int pagerduty_tell(const struct us_notice *n, struct us_buf *why)
{
	const char *url = n->conf->escalate_pagerduty_url;
	const struct us_json *j = us_json();

	if (!j)
		return US_ENOTSUP;
	if (!routing_key(n->conf)) {
		us_buf_addf(why, "%s is not set", n->conf->escalate_pagerduty);
		return US_EINVAL;
	}
	return post(j, event(j, n), url[0] ? url : PAGERDUTY, why);
}

const struct us_channel us_channel_pagerduty = { "PagerDuty", pagerduty_is_set, pagerduty_tell };
