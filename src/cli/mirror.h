/* mirror.h - the process that shares this host's page with others */
#ifndef US_CLI_MIRROR_H
#define US_CLI_MIRROR_H

/* Starts one that ends with this process, whatever that execs. */
void us_mirror_start(void);

#endif
