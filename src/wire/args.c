/* args.c - the arguments of a tool call as a value, where the wire wants an object */
#include "wire/args.h"

void us_args_print(struct us_print *p, struct us_span args, enum us_args kind)
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
