/* args.c - the arguments of a tool call, where they must be an object */
#include "wire/args.h"

/* Neither dropped nor mended: a tool that is run with other arguments than the model's is worse
 * than one that complains (wire-formats 3.2). */
void us_print_args(struct us_print *p, struct us_span args, enum us_args kind)
{
	switch (kind) {
	case US_ARGS_OBJECT:
		us_print_raw(p, us_span_trim(args));
		return;
	case US_ARGS_EMPTY:
		us_print_raw(p, US_SPAN("{}"));
		return;
	case US_ARGS_OTHER:
		us_print_open(p, '{');
		us_print_member_raw(p, "value", us_span_trim(args));
		break;
	case US_ARGS_INVALID:
		us_print_open(p, '{');
		us_print_member(p, "INVALID_JSON", args);
		break;
	case US_ARGS_FREEFORM:
		us_print_open(p, '{');
		us_print_member(p, "input", args);
		break;
	}
	us_print_close(p, '}');
}

bool us_args_may_be_none(struct us_span args)
{
	args = us_span_trim(args);
	return args.n <= 4 && memcmp("null", args.n ? args.p : "", args.n) == 0;
}
