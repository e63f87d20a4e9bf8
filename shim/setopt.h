/* setopt.h - record and forward */
#ifndef SHIM_SETOPT_H
#define SHIM_SETOPT_H

#include "shadow.h"

CURLcode setopt_forward(struct shadow *s, CURLoption o, void *value);

#endif
