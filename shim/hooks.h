/* hooks.h - the exported functions, by name */
#ifndef SHIM_HOOKS_H
#define SHIM_HOOKS_H

/* Our function of that name, NULL if we have none. */
void *hook_named(const char *name);

#endif
