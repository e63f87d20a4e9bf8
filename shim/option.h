/* option.h - what is known of libcurl's options: setopt.def, by number */
#ifndef SHIM_OPTION_H
#define SHIM_OPTION_H

#include "real.h"

#define OPTION_NUMBERS 512u /* libcurl's end at some 330 */

enum kind { KIND_LONG, KIND_OFF, KIND_FUNC, KIND_PTR, KIND_STR, KIND_SLIST, KIND_BLOB };
enum class {
	CLASS_PLAIN,
	CLASS_CARRY,
	CLASS_ASKS,
	CLASS_SHAPE,
	CLASS_OURS,
	CLASS_BARS,
	CLASS_SECRET
};

/* What is known of an option; never NULL. */
struct option_info {
	enum kind kind;
	enum class class;
};
struct option_info option_info(CURLoption o);

/* One that a program has set. */
struct option {
	CURLoption id;
	struct option_info is;
	bool given;  /* to something: of a secret all that is kept */
	void *value; /* as it was passed; STR and BLOB: our copy, if anything reads it (see
	                setopt.def) */
};

/* An option's name is a number and, in ten thousands, what it takes. */
static inline unsigned option_number(CURLoption o) { return (unsigned)o % 10000; }

#endif
