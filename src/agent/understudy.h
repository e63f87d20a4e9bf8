/* understudy.h - checkpoints, tools that are retried, and a human when nothing else helps
 *
 * For agents whose authors will change a few lines. Each part works alone, and with or without the
 * preload. Link with `pkg-config --cflags --libs understudy`, or load libunderstudy.so by FFI: the
 * handles are opaque, all else is numbers, strings and bytes.
 *
 *   struct understudy *u;
 *   struct understudy_task *t;
 *
 *   understudy_open(&u);
 *   understudy_resume_or_start(u, "report-7", &t);
 *   if (!understudy_step_get(t, "fetch", &p, &n)) {
 *           ... fetch ...
 *           understudy_step_complete(t, "fetch", p, n);
 *   }
 *   understudy_drop(t);
 *   understudy_task_free(t);
 *   understudy_close(u);
 *
 * Settings are those of the preload (README, understudy(1)): a config file and UNDERSTUDY_*
 * variables, read by understudy_open. UNDERSTUDY_REDIS_URL keeps everything in Redis, else it lies
 * in files below UNDERSTUDY_STORE.
 *
 * Units. Times are milliseconds, points in time milliseconds since 1970. Sizes are bytes. Strings
 * are UTF-8 and end in NUL; bytes are any bytes and have a length.
 *
 * Errors. Calls return 0 or more for success, and a negative number of enum understudy_error for
 * failure. understudy_error() then says in words what went wrong, in the thread that called.
 *
 * Ownership. Who gets a handle frees it by the function named beside; these accept NULL. What a
 * `const` pointer points to belongs to the handle it came from and is valid until the next call
 * that changes that handle. What is passed in is copied.
 *
 * Threads. A struct understudy may be used by any number of threads at once. A struct
 * understudy_task is used by one at a time. After a fork the child opens its own. No call exits the
 * process, raises a signal, prints, or starts a thread.
 *
 * Time. A call that reaches a store is over within UNDERSTUDY_STORE_TIMEOUT (2 s), or it fails with
 * UNDERSTUDY_ETIME; it has then been obeyed or not, and may be repeated.
 */
#ifndef UNDERSTUDY_H
#define UNDERSTUDY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define UNDERSTUDY_API __attribute__((visibility("default")))

enum understudy_error {
	UNDERSTUDY_OK = 0,
	UNDERSTUDY_ENOMEM = -1,     /* out of memory */
	UNDERSTUDY_E2BIG = -2,      /* larger than its limit */
	UNDERSTUDY_EINVAL = -3,     /* an argument or a setting is wrong */
	UNDERSTUDY_ESYNTAX = -4,    /* what the store answers makes no sense */
	UNDERSTUDY_EDEPTH = -5,     /* (not returned here) */
	UNDERSTUDY_ENOTSUP = -6,    /* nobody can do this */
	UNDERSTUDY_EIO = -7,        /* the disk, or Redis, refuses */
	UNDERSTUDY_ENOENT = -8,     /* not there */
	UNDERSTUDY_ETIME = -9,      /* no answer in time */
	UNDERSTUDY_EAWAY = -10,     /* not reachable */
	UNDERSTUDY_ECONFLICT = -11, /* changed by somebody else meanwhile */
	UNDERSTUDY_ESTALE = -12,    /* claimed by another since: stop working on it */
	UNDERSTUDY_EDAMAGED = -13   /* stored, but neither copy can be read */
};

struct understudy;
struct understudy_task;

/* Reads the settings and opens the store. Redis is reached at the first use. */
UNDERSTUDY_API int understudy_open(struct understudy **u);
UNDERSTUDY_API void understudy_close(struct understudy *u);

/* What went wrong in this thread's last call that failed; valid until its next one. Never NULL. */
UNDERSTUDY_API const char *understudy_error(void);
/* A short phrase for an error code. Never NULL. */
UNDERSTUDY_API const char *understudy_strerror(int error);
UNDERSTUDY_API const char *understudy_version(void);

/* --- checkpoints -------------------------------------------------------------------------------
 *
 * A task is a piece of work with a name (up to UNDERSTUDY_ID_MAX bytes) that outlives the process
 * which does it. Its checkpoint holds the steps that are completed, each with its result, and any
 * bytes of state. It is saved whole: who reads sees all of it as it was at one save, the last one
 * or one made since.
 *
 * Who resumes a task claims it. From then on the saves of everybody who claimed it before fail with
 * UNDERSTUDY_ESTALE, checked where the checkpoint lies: a process that was believed dead and is not
 * cannot overwrite what its successor does.
 *
 * Durability. A save that returned 0 survives kill -9 of this process at any time. With
 * UNDERSTUDY_DURABLE=data or full it survives the machine's power too (full: the name in its
 * directory as well). In Redis it is as durable as that Redis was set up to be.
 */

#define UNDERSTUDY_ID_MAX 480                        /* bytes of a task's name */
#define UNDERSTUDY_CHECKPOINT_MAX ((size_t)64 << 20) /* bytes of steps, results and state */
#define UNDERSTUDY_STEPS_MAX 100000

/* Claims the task and reads its checkpoint: 1 when there is one to go on from, 0 when the task is
 * new or was finished. `id` NULL is the task of `understudy run --task`. Under that command, whose
 * claim is used. Freed by understudy_task_free. */
UNDERSTUDY_API int understudy_resume_or_start(struct understudy *u, const char *id,
                                              struct understudy_task **t);
/* Reads a checkpoint without claiming the task: it can be looked at, not saved. UNDERSTUDY_ENOENT:
 * there is none. */
UNDERSTUDY_API int understudy_load(struct understudy *u, const char *id,
                                   struct understudy_task **t);
/* Stores the checkpoint as it is now. Its life begins anew (understudy_task_set_ttl). */
UNDERSTUDY_API int understudy_save(struct understudy_task *t);
/* The task is finished: removes its checkpoint. Earlier claimers stay refused. The handle is empty
 * afterwards and may be saved again. */
UNDERSTUDY_API int understudy_drop(struct understudy_task *t);
UNDERSTUDY_API void understudy_task_free(struct understudy_task *t);

/* Calls `each` with the name of every task that has a checkpoint and begins with `prefix`, until it
 * returns 0. No other call may be made within on the same `u`. */
UNDERSTUDY_API int understudy_list(struct understudy *u, const char *prefix,
                                   int (*each)(void *self, const char *id), void *self);

UNDERSTUDY_API const char *understudy_task_id(const struct understudy_task *t);
/* The index of the step that comes next: how many are completed. */
UNDERSTUDY_API uint64_t understudy_task_step(const struct understudy_task *t);
/* When it was saved last; 0: never. */
UNDERSTUDY_API uint64_t understudy_task_saved_at(const struct understudy_task *t);
/* 1: the newest copy turned out damaged when it was read, and this is the one before. */
UNDERSTUDY_API int understudy_task_damaged(const struct understudy_task *t);
/* The fencing token of this claim; 0: not claimed. It grows from claim to claim, and is for other
 * stores that the task writes to. */
UNDERSTUDY_API uint64_t understudy_task_token(const struct understudy_task *t);
/* How long the checkpoint is kept after each save; 0: for ever. UNDERSTUDY_CHECKPOINT_TTL, which is
 * 3600000, until it is set. */
UNDERSTUDY_API void understudy_task_set_ttl(struct understudy_task *t, uint64_t ttl_ms);

/* Was this step completed, in this life or an earlier one? 1, with its result, or 0. `result` and
 * `n` may be NULL. */
UNDERSTUDY_API int understudy_step_get(const struct understudy_task *t, const char *name,
                                       const void **result, size_t *n);
/* Notes that it is completed, with its result (which may be empty), and saves. A step that fails
 * to be saved is not completed. Completed once more, it gets the new result. */
UNDERSTUDY_API int understudy_step_complete(struct understudy_task *t, const char *name,
                                            const void *result, size_t n);
/* The completed steps in their order: 1, or 0 past the last. The pointers may be NULL. */
UNDERSTUDY_API int understudy_step_nth(const struct understudy_task *t, uint64_t index,
                                       const char **name, const void **result, size_t *n);

/* Any bytes beside the steps; they are stored by the next save. */
UNDERSTUDY_API int understudy_state_set(struct understudy_task *t, const void *state, size_t n);
/* Never NULL; followed by a NUL that does not count. */
UNDERSTUDY_API const void *understudy_state_get(const struct understudy_task *t, size_t *n);

/* --- tools -------------------------------------------------------------------------------------
 *
 * Any function is a tool. It is called in the thread of understudy_tool_call; a failure is retried
 * after a growing wait, a tool that fails again and again (UNDERSTUDY_BREAKER) is not called for a
 * while, by all processes of the user, and its alternatives are called in their order. The breaker
 * of a tool is shown by `understudy status` beside those of the providers.
 */

/* What an attempt came to. */
enum understudy_class {
	UNDERSTUDY_CLASS_OK = 0,
	UNDERSTUDY_CLASS_RETRY = 1,  /* may work in a moment; counts against the tool */
	UNDERSTUDY_CLASS_LATER = 2,  /* wants to be left alone for a while; does not count */
	UNDERSTUDY_CLASS_GONE = 3,   /* does not work now: on to the alternative at once */
	UNDERSTUDY_CLASS_REFUSED = 4 /* the arguments are wrong: nobody else is asked */
};

/* The call that a tool is in; it lives as long as the function runs. */
struct understudy_call;

/* The arguments, as they were given to understudy_tool_call. */
UNDERSTUDY_API const void *understudy_call_args(const struct understudy_call *call, size_t *n);
/* From 1, for each tool anew. */
UNDERSTUDY_API unsigned understudy_call_attempt(const struct understudy_call *call);
/* Until the deadline; UINT64_MAX: there is none. A function is not interrupted: it should not take
 * longer. */
UNDERSTUDY_API uint64_t understudy_call_remaining_ms(const struct understudy_call *call);
/* What the tool brings back; the last one holds. */
UNDERSTUDY_API int understudy_call_result(struct understudy_call *call, const void *bytes,
                                          size_t n);
/* Why it fails, for people. */
UNDERSTUDY_API void understudy_call_error(struct understudy_call *call, const char *words);
/* It wishes to be left alone for so long (Retry-After). */
UNDERSTUDY_API void understudy_call_wait(struct understudy_call *call, uint64_t ms);

/* 0: done. Any other number is an error of the tool's own, which is then classified. */
typedef int understudy_tool_fn(void *self, struct understudy_call *call);
/* A class, or -1: no opinion. */
typedef int understudy_classify_fn(void *self, int error);

/* Errors from..to are of this class. */
struct understudy_rule {
	int from, to;
	int classified;
};

/* An error is classified by `classify`, else by the first of `rules` that holds, else by a table
 * of ours, which takes it for an HTTP status (429 LATER; 408, 425, 5xx RETRY; 401, 403 GONE; other
 * 4xx REFUSED) or an exit status (126, 127 GONE; 64, 65 REFUSED; 69 GONE); what is in none of them
 * is RETRY. */
struct understudy_tool {
	const char *name; /* also that of its breaker */
	understudy_tool_fn *call;
	void *self;
	understudy_classify_fn *classify;    /* NULL: none */
	const struct understudy_rule *rules; /* NULL: none */
	size_t nrules;
};

/* What is 0 is as the settings say: UNDERSTUDY_ATTEMPTS (3), _BACKOFF (1s..10s), _DEADLINE. */
struct understudy_policy {
	unsigned attempts;        /* on each tool */
	uint64_t backoff_low_ms;  /* first wait; doubled from try to try, with jitter */
	uint64_t backoff_high_ms; /* longest wait */
	uint64_t deadline_ms;     /* of the whole call, waits included */
};

struct understudy_result;

/* Calls the first of `tools`, and its alternatives where it fails. 0: one of them has done it.
 * UNDERSTUDY_EAWAY: none works now. UNDERSTUDY_ETIME: the deadline came. UNDERSTUDY_EINVAL: it
 * refuses the arguments. `result` (may be NULL) is given in all these cases, freed by
 * understudy_result_free; `policy` may be NULL. */
UNDERSTUDY_API int understudy_tool_call(struct understudy *u, const struct understudy_tool *tools,
                                        size_t ntools, const void *args, size_t nargs,
                                        const struct understudy_policy *policy,
                                        struct understudy_result **result);
UNDERSTUDY_API void understudy_result_free(struct understudy_result *r);

/* Never NULL; followed by a NUL that does not count. */
UNDERSTUDY_API const void *understudy_result_bytes(const struct understudy_result *r, size_t *n);
/* Who was asked last; "" when all breakers were open. */
UNDERSTUDY_API const char *understudy_result_tool(const struct understudy_result *r);
/* Attempts on all tools together. */
UNDERSTUDY_API unsigned understudy_result_attempts(const struct understudy_result *r);
/* The last error and its words; 0 and "" where it went well at last. */
UNDERSTUDY_API int understudy_result_code(const struct understudy_result *r);
UNDERSTUDY_API const char *understudy_result_error(const struct understudy_result *r);

/* --- escalation --------------------------------------------------------------------------------
 *
 * When nothing else helps, a human is asked: by a webhook, Slack, PagerDuty, e-mail or a command
 * (UNDERSTUDY_ESCALATE_*). The question is stored before anybody is told, so it survives a crash;
 * who is told is tried again with growing waits, by whoever calls understudy_escalate,
 * understudy_await or understudy_deliver, by `understudy run --restart` while its program runs, and
 * by `understudy inbox --deliver`, for a timer of cron or systemd. With a Redis that does not
 * answer it is stored in files. The same failure (`key`), reported again while its question is
 * open, is counted and not told again.
 *
 * The human sees `understudy inbox` and gives `understudy answer ID retry|abort|use TOOL|text ...`.
 */

#define UNDERSTUDY_QUESTION_ID 17 /* bytes of a question's id, its NUL included */
#define UNDERSTUDY_RETRIES 3      /* after 1, 2 and 4 seconds */
#define UNDERSTUDY_FALLBACKS 2

struct understudy_failure {
	const char *task;     /* who failed; NULL: the task of `understudy run --task` */
	const char *error;    /* what happened, in a sentence */
	const char *context;  /* what a human needs to know to decide; NULL: nothing more */
	const char *key;      /* failures with the same key are the same; NULL: the task's */
	unsigned retry_count; /* retries that were made already */
	int unavailable;      /* 1: the tool is not there at all; a retry is pointless */
	const char *const *fallbacks; /* names of tools that could stand in, in order */
	size_t nfallbacks;
	unsigned fallbacks_used;
};

enum understudy_action {
	UNDERSTUDY_ACTION_RETRY = 1,    /* wait delay_ms, then try again */
	UNDERSTUDY_ACTION_FALLBACK = 2, /* go on with `tool` */
	UNDERSTUDY_ACTION_HUMAN = 3     /* one is being asked: understudy_await(question) */
};

struct understudy_decision {
	int action;
	uint64_t delay_ms;
	const char *tool; /* one of the failure's own */
	char question[UNDERSTUDY_QUESTION_ID];
};

/* What to do about a failure: up to 3 retries after 2^n seconds, then (or at once when the tool is
 * unavailable) up to 2 fallbacks, then a human, who is asked here. */
UNDERSTUDY_API int understudy_handle_failure(struct understudy *u,
                                             const struct understudy_failure *f,
                                             struct understudy_decision *d);

/* Asks a human. When it returns 0 the question is stored, with UNDERSTUDY_DURABLE=full on the disk;
 * the channels were tried once (10 s each at most). `id` may be NULL. */
UNDERSTUDY_API int understudy_escalate(struct understudy *u, const struct understudy_failure *f,
                                       char id[UNDERSTUDY_QUESTION_ID]);

enum understudy_answer_state {
	UNDERSTUDY_PENDING = 1,  /* the time is over and nobody has answered yet */
	UNDERSTUDY_ANSWERED = 2, /* retry, use or text */
	UNDERSTUDY_DENIED = 3,   /* a human said: abort */
	UNDERSTUDY_EXPIRED = 4,  /* nobody answered within UNDERSTUDY_ESCALATE_TTL */
	UNDERSTUDY_DEFAULTED = 5 /* nobody did in time: the default holds, and is noted */
};

struct understudy_answer;

/* Waits for the answer, up to `timeout_ms` (0: only looks). Returns one of the states above, or an
 * error; UNDERSTUDY_ENOENT: there is no such question (any more). May be called again, by another
 * process too. `otherwise` is the answer that holds when none came in time, "abort" or "use TOOL"
 * say; NULL: none, the question stays open. `answer` (may be NULL) is freed by
 * understudy_answer_free. */
UNDERSTUDY_API int understudy_await(struct understudy *u, const char *id, uint64_t timeout_ms,
                                    const char *otherwise, struct understudy_answer **answer);
/* "retry", "abort", "use", "text"; "" when there is none. */
UNDERSTUDY_API const char *understudy_answer_verb(const struct understudy_answer *a);
/* The tool, the text; "" when there is none. */
UNDERSTUDY_API const char *understudy_answer_text(const struct understudy_answer *a);
UNDERSTUDY_API void understudy_answer_free(struct understudy_answer *a);

/* Tells what is still to be told, as far as it is due. Returns how many questions are waiting to be
 * told on some channel, or an error. */
UNDERSTUDY_API int understudy_deliver(struct understudy *u);

#ifdef __cplusplus
}
#endif

#endif
