/* hub.h - a request, in the language of none of the providers
 *
 * Each dialect decodes its wire into these structures and encodes them back; no dialect knows
 * another. Strings are decoded (see text.h); a field named raw, and tool schemas and arguments,
 * hold source bytes and are printed as they are. All memory is the arena's or the source's.
 *
 * Unset is different from false, from zero and from null everywhere: enum us_tri, and an empty
 * span whose p is NULL, mean "the program did not say".
 */
#ifndef US_WIRE_HUB_H
#define US_WIRE_HUB_H

#include "base/arena.h"
#include "base/span.h"

enum us_tri { US_UNSET, US_NO, US_YES };
enum us_role { US_ROLE_SYSTEM, US_ROLE_DEVELOPER, US_ROLE_USER, US_ROLE_ASSISTANT };

static inline bool us_set(struct us_span s) { return s.p != NULL; }

enum us_block_kind {
	US_TEXT,
	US_IMAGE,
	US_DOC,
	US_AUDIO,
	US_THINK,
	US_TOOL_CALL,
	US_TOOL_RESULT,
	US_REFUSAL,
	US_HOSTED, /* a provider's own tool at work */
	US_UNKNOWN
};

/* Where the bytes of an image, document or sound are. */
enum us_media { US_MEDIA_BASE64, US_MEDIA_URL, US_MEDIA_FILE_ID, US_MEDIA_TEXT, US_MEDIA_BLOCKS };

/* What a tool call's argument text is; see us_args_kind. */
enum us_args { US_ARGS_OBJECT, US_ARGS_EMPTY, US_ARGS_OTHER, US_ARGS_INVALID, US_ARGS_FREEFORM };

struct us_block {
	enum us_block_kind kind;
	struct us_span text;   /* TEXT, REFUSAL, THINK; DOC as text */
	struct us_span raw;    /* HOSTED, UNKNOWN: the source value; TEXT: its citations */
	struct us_span type;   /* HOSTED, UNKNOWN: the source's name for it */
	enum us_media media;   /* IMAGE, DOC, AUDIO */
	struct us_span data;   /* base64 without line ends, the URL, or the id */
	struct us_span mime;   /* of base64: image/png, application/pdf ...; AUDIO: wav, mp3 */
	struct us_span title;  /* DOC: title or file name */
	struct us_span detail; /* IMAGE: low, high, auto */
	struct us_span id;     /* TOOL_CALL, TOOL_RESULT */
	struct us_span item;   /* TEXT, TOOL_CALL of Responses: what bore it, where that is known */
	struct us_span name;   /* TOOL_CALL; TOOL_RESULT once paired, and args_kind */
	struct us_span args;   /* TOOL_CALL: JSON text, exact */
	enum us_args args_kind;
	enum us_tri is_error;    /* TOOL_RESULT */
	bool cite;               /* DOC: citations were asked for */
	struct us_span sig;      /* THINK: the signature; redacted data when text is unset; Gemini
	                          * signs its TOOL_CALLs, too */
	struct us_span cache;    /* raw cache_control, unset if none */
	struct us_block *blocks; /* TOOL_RESULT, DOC as blocks */
	size_t nblocks;
};

struct us_turn {
	enum us_role role;
	struct us_span name;
	struct us_block *blocks;
	size_t nblocks;
};

enum us_tool_kind { US_TOOL_FUNCTION, US_TOOL_CUSTOM, US_TOOL_HOSTED };

struct us_tool {
	enum us_tool_kind kind;
	struct us_span name, description;
	struct us_span schema;  /* raw; unset when missing or null */
	struct us_span grammar; /* CUSTOM: what its input is held to; unset: any text will do */
	struct us_span syntax;  /* of the grammar: lark, regex */
	struct us_span type;    /* HOSTED: the source's type */
	struct us_span cache;   /* raw cache_control */
	enum us_tri strict;
};

#endif
