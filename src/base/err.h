/* err.h - the error codes of everything below the drivers */
#ifndef US_BASE_ERR_H
#define US_BASE_ERR_H

/* X(name, value, text). Functions return 0 or one of these. */
#define US_ERRORS(X)                                                                               \
	X(ENOMEM, -1, "out of memory")                                                             \
	X(E2BIG, -2, "larger than its ceiling")                                                    \
	X(EINVAL, -3, "invalid value")                                                             \
	X(ESYNTAX, -4, "malformed")                                                                \
	X(EDEPTH, -5, "nested too deeply")                                                         \
	X(ENOTSUP, -6, "cannot be expressed")                                                      \
	X(EIO, -7, "input/output failed")                                                          \
	X(ENOENT, -8, "not there")                                                                 \
	X(ETIME, -9, "no answer in time")                                                          \
	X(EAWAY, -10, "not reachable")                                                             \
	X(ECONFLICT, -11, "changed by somebody else meanwhile")                                    \
	X(ESTALE, -12, "claimed by somebody else since")                                           \
	X(EDAMAGED, -13, "damaged")

enum us_err {
	US_OK = 0,
#define X(name, value, text) US_##name = value,
	US_ERRORS(X)
#undef X
};

#define US_MUST_CHECK __attribute__((warn_unused_result))
#define US_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define US_COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A short phrase for `err`; never NULL. */
const char *us_err_text(int err);

#endif
