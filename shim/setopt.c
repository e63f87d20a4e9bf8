/* setopt.c - record and forward */
#include "setopt.h"

#include "run.h"

/* While a managed transfer runs, these hold our callbacks: what the program sets takes effect all
 * the same, because the relay looks into the shadow for each piece. */
static bool is_ours_now(const struct shadow *s, CURLoption o)
{
	return s->run && s->run->dressed && option_info(o).class == CLASS_OURS;
}

CURLcode setopt_forward(struct shadow *s, CURLoption o, void *value)
{
	CURLcode rc = CURLE_OK;

	if (!is_ours_now(s, o))
		rc = s->real->easy_setopt(s->handle, o, value);
	if (rc == CURLE_OK)
		shadow_record(s, o, value);
	/* What is asked from now on is another request: the one in progress can't be made again. */
	if (s->run && option_info(o).class == CLASS_ASKS)
		us_call_unrepeatable(s->run->call);
	return rc;
}
