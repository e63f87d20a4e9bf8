/* explain.c - understudy explain: how would this request be translated, and what would be lost?
 *
 * Nothing is sent. The plan and the translation are those that a call would have; breakers are not
 * looked at, for they say how a provider is today and not what it can do.
 */
#include "cli/explain.h"

#include "engine/known.h"

#include "cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

#define WRONG 2
#define TO_MAX ((size_t)64 << 10)

struct options {
	struct us_out out;
	const struct us_dialect *from;
	struct us_buf to; /* as UNDERSTUDY_FALLBACKS; empty: the configured chain */
	const char *file; /* NULL or "-" is stdin */
	bool json, body, help;
};

/* --- judging --------------------------------------------------------------------------------- */

const char *us_explain_loss(enum us_loss loss)
{
	static const char *const words[] = {
		[US_EXACT] = "exact",
		[US_DEGRADED] = "degraded",
		[US_RISKY] = "risky",
		[US_IMPOSSIBLE] = "impossible",
	};

	return words[loss];
}

static bool lacks_key(const struct us_provider *p)
{
	const char *name, *key;

	for (size_t i = 0; (name = us_provider_key(p, i)); i++)
		if ((key = getenv(name)) && key[0])
			return false;
	return p->key_env[0] && !p->compatible;
}

bool us_explain_nth(struct us_explain *e, enum us_fidelity fidelity, size_t n,
                    struct us_explained *out)
{
	struct us_candidate *c = n < e->plan.nothers ? &e->plan.others[n] : NULL;

	if (!c)
		return false;
	*out = (struct us_explained){ .to = c };
	if (!us_candidate_render(c, &e->request, US_FRAMING_UNKNOWN, fidelity, &e->plan.arena))
		out->why = c->request.diags.worst == US_IMPOSSIBLE
		                   ? "it cannot carry the request"
		                   : "more would be lost than UNDERSTUDY_FIDELITY allows";
	else if (lacks_key(c->provider))
		out->why = "its key is not set";
	return true;
}

/* --- for people ------------------------------------------------------------------------------ */

static void print_losses(const struct us_out *out, const struct us_diags *d)
{
	static const struct us_column columns[] = {
		{ "", false }, { "", false }, { "", false }, { "", false }
	};
	static const enum us_paint paints[] = {
		[US_EXACT] = US_PAINT_NONE,
		[US_DEGRADED] = US_PAINT_YELLOW,
		[US_RISKY] = US_PAINT_YELLOW,
		[US_IMPOSSIBLE] = US_PAINT_RED,
	};
	struct us_table t;

	us_table_init(&t, columns, US_COUNT(columns));
	for (size_t i = 0; i < d->n; i++) {
		const struct us_diag *one = &d->list[i];

		us_table_add(&t, paints[one->loss], "%s", us_explain_loss(one->loss));
		us_table_add(&t, US_PAINT_NONE, "%.*s", (int)one->what.n, one->what.p);
		us_table_add(&t, US_PAINT_NONE, "%s", us_loss_words(one->code));
		us_table_add(&t, US_PAINT_NONE, "%s", one->code);
	}
	us_table_print(&t, out, 2);
	us_table_fini(&t);
}

/* A body that was patched has the lines of the program's. */
static void print_body(const struct options *o, struct us_span url, struct us_span body)
{
	struct us_span line;

	us_out_add(&o->out, US_PAINT_NONE, "  POST %.*s", (int)url.n, url.p);
	fputc('\n', o->out.to);
	while (us_span_next(&body, '\n', &line)) {
		line = us_span_trim(line);
		us_out_add(&o->out, US_PAINT_NONE, "  %.*s", (int)line.n, line.p);
		fputc('\n', o->out.to);
	}
}

/* With which of several keys, and by what chance. */
static void print_choice(const struct us_out *out, const struct us_provider *p)
{
	if (p->keys.n > 1) {
		us_out_add(out, US_PAINT_NONE, "  keys");
		for (size_t i = 0; i < p->keys.n; i++)
			us_out_add(out, US_PAINT_NONE, "%s %s", i ? ", then" : "", p->keys.list[i]);
		fputc('\n', out->to);
	}
	if (p->weight) {
		us_out_add(out, US_PAINT_NONE, "  weight %u, among its neighbours that have one",
		           p->weight);
		fputc('\n', out->to);
	}
}

static void print_target(const struct options *o, const struct us_explained *x)
{
	const struct us_candidate *c = x->to;
	const struct us_rendered *r = &c->request;

	us_out_add(&o->out, US_PAINT_BOLD, "%.*s %.*s", (int)c->name.n, c->name.p,
	           (int)r->to.model_name.n, r->to.model_name.p);
	us_out_add(&o->out, x->why ? US_PAINT_RED : US_PAINT_GREEN, "  %s%s",
	           x->why ? "would be passed by: " : "would be asked",
	           x->why       ? x->why
	           : r->diags.n ? ""
	                        : ", and nothing is lost");
	fputc('\n', o->out.to);
	print_choice(&o->out, c->provider);
	print_losses(&o->out, &r->diags);
	if (o->body && r->body.n)
		print_body(o, c->url, us_span_trim(us_buf_span(&r->body)));
}

static void print(const struct options *o, struct us_explain *e, enum us_fidelity fidelity)
{
	struct us_explained x;

	us_out_add(&o->out, US_PAINT_NONE, "a request in the language of %s, for %.*s%s",
	           e->own.dialect->name, (int)e->own.model.n, e->own.model.p,
	           e->own.stream ? ", streaming" : "");
	fputc('\n', o->out.to);
	for (size_t n = 0; us_explain_nth(e, fidelity, n, &x); n++) {
		fputc('\n', o->out.to);
		print_target(o, &x);
	}
}

/* --- the request and the chain ---------------------------------------------------------------- */

/* Appends the whole; 0 or WRONG, told. */
static int read_request(const struct options *o, struct us_buf *body)
{
	bool standard = !o->file || strcmp(o->file, "-") == 0;
	FILE *f = standard ? stdin : fopen(o->file, "rb");
	const char *name = standard ? "standard input" : o->file;
	char part[65536];
	size_t n;

	if (!f) {
		us_out_tell(US_EXPLAIN_NAME, "%s: %s", name, strerror(errno));
		return WRONG;
	}
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		us_buf_add(body, part, n);
	if (ferror(f) || body->err)
		us_out_tell(US_EXPLAIN_NAME, "%s: %s", name,
		            body->err ? us_err_text(body->err) : strerror(errno));
	n = (size_t)ferror(f);
	if (!standard)
		fclose(f);
	return n || body->err ? WRONG : 0;
}

static const char *env(void *self, const char *name)
{
	struct options *o = self;

	if (o->to.n && strcmp(name, US_ENV_PREFIX "FALLBACKS") == 0)
		return us_buf_cstr(&o->to);
	return getenv(name);
}

static void complain(void *self, const char *text) { us_out_tell(US_EXPLAIN_NAME, "%s", text); }

static bool any_asked(struct us_explain *e, enum us_fidelity fidelity)
{
	struct us_explained x;

	for (size_t n = 0; us_explain_nth(e, fidelity, n, &x); n++)
		if (!x.why)
			return true;
	return false;
}

/* 0: somebody would be asked. */
static int explain_for(struct options *o, const struct us_conf *conf, struct us_span body)
{
	const struct us_dialect *from = o->from ? o->from : us_explain_guess(body);
	struct us_explain e;
	int rc = 0;

	if (!from) {
		us_out_tell(US_EXPLAIN_NAME, "this is no request in any language that is known");
		return WRONG;
	}
	us_explain_init(&e, conf, from, body, !o->to.n);
	if (e.request.rc) {
		us_out_tell(US_EXPLAIN_NAME, "this is no request in the language of %s: %s",
		            from->name, us_err_text(e.request.rc));
		rc = WRONG;
	} else if (!e.plan.nothers) {
		us_out_tell(US_EXPLAIN_NAME, "nobody stands in: say --to, or set "
		                             "UNDERSTUDY_FALLBACKS");
		rc = 1;
	} else {
		if (o->json)
			rc = us_explain_json(&e, conf->fidelity, &o->out);
		else
			print(o, &e, conf->fidelity);
		rc = rc || !any_asked(&e, conf->fidelity);
	}
	us_explain_fini(&e);
	return us_out_done(&o->out) ? 1 : rc;
}

static int explain(struct options *o)
{
	struct us_conf_source source = { env, complain, o };
	struct us_conf conf;
	struct us_buf body;
	int rc;

	us_conf_load(&conf, &source);
	us_known_read(conf.models, complain, o);
	us_buf_init(&body, conf.body_max);
	rc = read_request(o, &body);
	if (!rc)
		rc = explain_for(o, &conf, us_buf_span(&body));
	us_buf_fini(&body);
	us_conf_fini(&conf);
	return rc;
}

/* --- the command line ------------------------------------------------------------------------- */

static const char usage[] =
	"usage: understudy explain [OPTION]... [REQUEST.json]\n"
	"\n"
	"Shows what the providers of the chain, or those of --to, would be sent for the body of a\n"
	"request (of standard input without a file), what of it would be lost, and why one would\n"
	"be passed by. Nothing is sent.\n"
	"\n"
	"  --to PROVIDER[:MODEL][@URL]  for this one; may be given again\n"
	"  --from DIALECT               the language it is in, if it is not what it seems\n"
	"  --losses                     without the bodies\n"
	"  --json                       one line of JSON; see understudy(1)\n"
	"  --help\n"
	"\n"
	"The exit status is 0 when somebody would be asked, 1 when nobody, 2 when the request\n"
	"cannot be read or the command line is wrong.\n";

static int take_from(struct options *o, const char *word)
{
	o->from = us_dialect_by_name(us_span_of(word));
	if (o->from)
		return 0;
	us_out_tell(US_EXPLAIN_NAME, "--from: there is no language '%s'", word);
	return WRONG;
}

static int take_options(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "to", required_argument, NULL, 't' }, { "from", required_argument, NULL, 'f' },
		{ "losses", no_argument, NULL, 'l' },   { "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },     { 0 },
	};
	int c, rc = 0;

	while (!rc && (c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 't')
			us_buf_addf(&o->to, "%s%s", o->to.n ? "," : "", optarg);
		else if (c == 'f')
			rc = take_from(o, optarg);
		else if (c == 'l')
			o->body = false;
		else if (c == 'j')
			o->json = true;
		else if (c == 'h')
			o->help = true;
		else
			rc = WRONG; /* told by getopt */
	}
	if (!rc && argc - optind > 1) {
		us_out_tell(US_EXPLAIN_NAME, "one request at a time: '%s'", argv[optind + 1]);
		rc = WRONG;
	}
	o->file = argv[optind];
	return rc;
}

int us_cli_explain(int argc, char **argv)
{
	struct options o = { .out = us_out_open(stdout), .body = true };
	int rc;

	us_buf_init(&o.to, TO_MAX);
	rc = take_options(&o, argc, argv);
	if (!rc && o.help) {
		fputs(usage, stdout);
		rc = fflush(stdout) ? 1 : 0;
	} else if (!rc) {
		rc = explain(&o);
	}
	us_buf_fini(&o.to);
	return rc;
}
