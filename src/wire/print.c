/* print.c - writes JSON into a buffer, commas included */
#include "wire/print.h"

#include "wire/text.h"

static void separate(struct us_print *p)
{
	if (p->comma)
		us_buf_add_char(p->out, ',');
	p->comma = true;
}

void us_print_open(struct us_print *p, char bracket)
{
	separate(p);
	us_buf_add_char(p->out, bracket);
	p->comma = false;
}

void us_print_close(struct us_print *p, char bracket)
{
	us_buf_add_char(p->out, bracket);
	p->comma = true;
}

void us_print_key(struct us_print *p, const char *name)
{
	separate(p);
	us_buf_add_char(p->out, '"');
	us_buf_add_str(p->out, name);
	us_buf_add(p->out, "\":", 2);
	p->comma = false;
}

void us_print_raw(struct us_print *p, struct us_span json)
{
	separate(p);
	us_buf_add_span(p->out, json);
}

void us_print_str(struct us_print *p, struct us_span text)
{
	separate(p);
	us_buf_add_char(p->out, '"');
	us_text_escape(p->out, text);
	us_buf_add_char(p->out, '"');
}

void us_print_gathered(struct us_print *p, struct us_buf *text)
{
	us_print_str(p, us_buf_span(text));
	if (!p->out->err)
		p->out->err = text->err;
	us_buf_clear(text);
}

void us_print_u64(struct us_print *p, uint64_t v)
{
	separate(p);
	us_buf_add_u64(p->out, v);
}

void us_print_bool(struct us_print *p, bool v)
{
	us_print_raw(p, v ? US_SPAN("true") : US_SPAN("false"));
}

void us_print_null(struct us_print *p) { us_print_raw(p, US_SPAN("null")); }

void us_print_member(struct us_print *p, const char *name, struct us_span text)
{
	us_print_key(p, name);
	us_print_str(p, text);
}

void us_print_member_raw(struct us_print *p, const char *name, struct us_span json)
{
	us_print_key(p, name);
	us_print_raw(p, json);
}

void us_print_member_u64(struct us_print *p, const char *name, uint64_t v)
{
	us_print_key(p, name);
	us_print_u64(p, v);
}

void us_print_member_bool(struct us_print *p, const char *name, bool v)
{
	us_print_key(p, name);
	us_print_bool(p, v);
}

void us_print_member_null(struct us_print *p, const char *name)
{
	us_print_key(p, name);
	us_print_null(p);
}
