/* settings.c - the settings as a program that is started here would find them */
#include "cli/settings.h"

#include "cli/out.h"
#include "engine/known.h"
#include "state/page.h"

#include <stdlib.h>

static const char *env(void *command, const char *name) { return getenv(name); }

static void complain(void *command, const char *text) { us_out_tell(command, "%s", text); }

void us_settings_load(struct us_conf *c, const char *command)
{
	struct us_conf_source from = { env, complain, (void *)(uintptr_t)command };

	us_conf_load(c, &from);
	us_known_read(c->models, complain, (void *)(uintptr_t)command);
}

int us_settings_state_dir(const struct us_conf *c, struct us_buf *out)
{
	if (c->state[0])
		return us_buf_add_str(out, c->state);
	return us_page_default_dir(out, getenv("XDG_RUNTIME_DIR"));
}
