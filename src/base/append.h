/* append.h - lines that are added to a file, by many processes at once
 *
 * Each is one write to a descriptor that is kept no longer than that: daemons close what they do
 * not know. What cannot be written is lost, and disturbs nobody.
 */
#ifndef US_BASE_APPEND_H
#define US_BASE_APPEND_H

#include <stddef.h>
#include <stdint.h>

/* To stderr, or to the file `path`, which is made if need be. When it has grown to `max` bytes (0:
 * as large as it may get) it becomes PATH.1, in the place of the one before, and a new one begins.
 */
void us_append(const char *path, const char *line, size_t n, uint64_t max);

#endif
