/* events.c - a record is the words of an event and their check
 *
 * The check is a hash of the words and of the event's number. It is written last. A record that is
 * half written, or by two writers one of whom slept for a whole round, does not bear it: it takes
 * no second look to know that what was read is of one piece.
 */
#include "state/events.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

static_assert(sizeof(struct us_event) == US_EVENT_WORDS * 8, "no more, no less");
static_assert(sizeof(struct us_events) == 64 + US_EVENTS_MAX * 64, "a record is a cache line");

static const char *const kinds[] = {
#define X(name, word) word,
	US_EVENT_KINDS(X)
#undef X
};
static const char *const ends[] = {
#define X(name, word) word,
	US_ENDS(X)
#undef X
};
static const char *const end_names[] = {
#define X(name, word) #name,
	US_ENDS(X)
#undef X
};

const char *us_event_word(unsigned kind) { return kind < US_EVENT_KINDS_END ? kinds[kind] : "?"; }
const char *us_end_word(unsigned end) { return end < US_END_END ? ends[end] : "?"; }
const char *us_end_name(unsigned end) { return end < US_END_END ? end_names[end] : "?"; }

/* Never 0, which is what an empty page is full of. */
static uint64_t check_of(uint64_t number, const uint64_t *word)
{
	uint64_t h = (number + 1) * 0x9e3779b97f4a7c15u;

	for (unsigned i = 0; i < US_EVENT_WORDS; i++) {
		h = (h ^ word[i]) * 0xff51afd7ed558ccdu;
		h ^= h >> 32;
	}
	return h ? h : 1;
}

void us_events_add(struct us_events *r, struct us_event *e)
{
	uint64_t number = atomic_fetch_add_explicit(&r->next, 1, memory_order_relaxed);
	_Atomic uint64_t *to = r->record[number % US_EVENTS_MAX].word;
	uint64_t word[US_EVENT_WORDS];

	e->pid = (uint32_t)getpid();
	memcpy(word, e, sizeof(word));
	for (unsigned i = 0; i < US_EVENT_WORDS; i++)
		atomic_store_explicit(&to[i], word[i], memory_order_relaxed);
	atomic_store_explicit(&r->record[number % US_EVENTS_MAX].check, check_of(number, word),
	                      memory_order_release);
}

enum us_event_read us_events_read(const struct us_events *r, uint64_t number, struct us_event *out)
{
	uint64_t word[US_EVENT_WORDS], check, first, end;

	check = atomic_load_explicit(&r->record[number % US_EVENTS_MAX].check,
	                             memory_order_acquire);
	for (unsigned i = 0; i < US_EVENT_WORDS; i++)
		word[i] = atomic_load_explicit(&r->record[number % US_EVENTS_MAX].word[i],
		                               memory_order_relaxed);
	us_events_range(r, &first, &end);
	if (check != check_of(number, word))
		return number < first ? US_EVENT_GONE : US_EVENT_NOT_YET;
	memcpy(out, word, sizeof(word));
	return out->kind < US_EVENT_KINDS_END ? US_EVENT_GOOD : US_EVENT_GONE;
}

void us_events_range(const struct us_events *r, uint64_t *first, uint64_t *end)
{
	*end = atomic_load_explicit(&r->next, memory_order_acquire);
	*first = *end > US_EVENTS_MAX ? *end - US_EVENTS_MAX : 0;
}

bool us_end_is_good(unsigned end)
{
	return end == US_END_SERVED || end == US_END_CACHED || end == US_END_STALE;
}
