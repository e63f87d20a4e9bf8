/* channel_program.c - the channels that are a program: e-mail by sendmail, any command */
#include "agent/feed.h"
#include "agent/notice.h"

#define SENDMAIL "/usr/sbin/sendmail"

static bool mail_is_set(const struct us_conf *c) { return c->escalate_mail[0]; }

/* What is not ASCII may not stand in a header as it is. */
static void add_subject(const struct us_notice *n, struct us_buf *out)
{
	size_t at;

	us_buf_add_str(out, "Subject: ");
	at = out->n;
	us_notice_subject(n, out);
	for (size_t i = at; i < out->n; i++)
		if ((unsigned char)out->p[i] < 0x20 || (unsigned char)out->p[i] > 0x7e)
			out->p[i] = '?';
	us_buf_add_char(out, '\n');
}

static int mail_tell(const struct us_notice *n, struct us_buf *why)
{
	const char *program = n->conf->escalate_sendmail[0] ? n->conf->escalate_sendmail : SENDMAIL;
	/* -i: a line with a dot only does not end it; -t: to whom stands in it. */
	char *const argv[] = { (char *)(uintptr_t)program, (char[]){ "-i" }, (char[]){ "-t" },
		               NULL };
	struct us_buf letter;
	int rc;

	us_buf_init(&letter, US_NOTICE_MAX);
	us_buf_addf(&letter, "To: %s\n", n->conf->escalate_mail);
	add_subject(n, &letter);
	us_buf_add_str(&letter, "Auto-Submitted: auto-generated\n"
	                        "MIME-Version: 1.0\n"
	                        "Content-Type: text/plain; charset=utf-8\n"
	                        "Content-Transfer-Encoding: 8bit\n\n");
	us_notice_text(n, &letter);
	rc = letter.err ? letter.err : us_feed(argv, us_buf_span(&letter), why);
	us_buf_fini(&letter);
	return rc;
}

const struct us_channel us_channel_mail = { "e-mail", mail_is_set, mail_tell };

static bool command_is_set(const struct us_conf *c) { return c->escalate_command[0]; }

static int command_tell(const struct us_notice *n, struct us_buf *why)
{
	char *const argv[] = { (char *)(uintptr_t)n->conf->escalate_command, NULL };
	struct us_buf json;
	int rc;

	us_buf_init(&json, US_NOTICE_MAX);
	rc = us_notice_json(n, &json);
	us_buf_add_char(&json, '\n');
	if (!rc)
		rc = json.err ? json.err : us_feed(argv, us_buf_span(&json), why);
	us_buf_fini(&json);
	return rc;
}

const struct us_channel us_channel_command = { "command", command_is_set, command_tell };
