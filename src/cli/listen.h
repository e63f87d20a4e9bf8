/* listen.h - a socket that listens */
#ifndef US_CLI_LISTEN_H
#define US_CLI_LISTEN_H

#include <stdint.h>

/* On the first address that the name stands for. -1 when it can't be had, which is said as words
 * of that command. */
int us_listen_open(const char *command, const char *bind, const char *port);

/* Prints its URL, the one line on standard output: whoever has started the command waits for it.
 * The port (may be NULL), or -1. */
int us_listen_announce(const char *command, int fd, uint64_t *port);

#endif
