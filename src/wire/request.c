/* request.c - what the hub's request is judged by */
#include "wire/request.h"

#include "wire/push.h"

/* The recogniser takes exactly the documents that the scanner takes, but needs no memory: the text
 * may be an argument of any size that is looked at once. */
enum us_args us_args_kind(struct us_span text)
{
	struct us_push push = { 0 };
	struct us_span value = us_span_trim(text);
	size_t used;

	if (!value.n || us_span_is(value, "null"))
		return US_ARGS_EMPTY;
	us_push_feed(&push, value, &used);
	if (us_push_end(&push) != US_PUSH_DONE || used < value.n)
		return US_ARGS_INVALID;
	return push.first == '{' ? US_ARGS_OBJECT : US_ARGS_OTHER;
}
