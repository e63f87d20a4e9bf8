/* doctor.h - inside `understudy doctor`: the parts of its report */
#ifndef US_CLI_DOCTOR_H
#define US_CLI_DOCTOR_H

#include "cli/out.h"
#include "conf/conf.h"

#define US_DOCTOR_NAME "doctor"

enum us_mark { US_MARK_OK, US_MARK_NOTE, US_MARK_WARN, US_MARK_FAIL };

struct us_doctor {
	struct us_out out;
	struct us_arena arena;
	struct us_conf conf;
	struct us_span *complaints; /* about the settings */
	size_t ncomplaints;
	bool loads;  /* the preload is there and ld.so takes it */
	bool broken; /* something was marked as failed */
};

/* The title of a part. */
void us_doctor_title(const struct us_doctor *d, const char *title);
/* A line of it: the mark, what it is about, and the finding as printf says it. */
void us_doctor_say(struct us_doctor *d, enum us_mark mark, const char *about, const char *fmt, ...)
	US_PRINTF(4, 5);

/* Reads the settings into `conf`; freed by us_conf_fini. */
void us_doctor_load(struct us_doctor *d);
void us_doctor_settings(struct us_doctor *d);
/* Who stands in for whom. Needs the settings. */
void us_doctor_chain(struct us_doctor *d);
/* Starts a harmless program under the preload at `path`. */
void us_doctor_try(struct us_doctor *d, const char *path);
/* Would this program be covered? Needs the settings and `loads`. */
void us_doctor_program(struct us_doctor *d, const char *name);

#endif
