/* dl_walk.c - dlsym without dlsym
 *
 * In a musl program the names dlopen and dlsym are ours, and nothing there finds those behind them.
 * So the libc's table of symbols is read as its loader reads it: it is the first object that
 * defines dl_iterate_phdr too, which we do not.
 */
#include "dl.h"

#include <link.h>
#include <string.h>

#define SIGN "dl_iterate_phdr"

struct table {
	uintptr_t base;
	const ElfW(Sym) * symbols;
	const char *strings;
	const uint32_t
		*gnu; /* the hash table; musl is built with one, and mostly with the old kind too */
};

struct walk {
	const char *name;
	void *found;
};

/* musl leaves addresses in the dynamic section as they are in the file, glibc adds the base. */
static const void *place(const struct table *t, uintptr_t address)
{
	return (const void *)(address < t->base ? t->base + address : address);
}

static bool read_table(struct table *t, const struct dl_phdr_info *info)
{
	const ElfW(Dyn) *d = NULL;

	*t = (struct table){ .base = info->dlpi_addr };
	for (int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
			d = (const ElfW(Dyn) *)(t->base + info->dlpi_phdr[i].p_vaddr);
	for (; d && d->d_tag != DT_NULL; d++) {
		if (d->d_tag == DT_SYMTAB)
			t->symbols = place(t, d->d_un.d_ptr);
		else if (d->d_tag == DT_STRTAB)
			t->strings = place(t, d->d_un.d_ptr);
		else if (d->d_tag == DT_GNU_HASH)
			t->gnu = place(t, d->d_un.d_ptr);
	}
	return t->symbols && t->strings && t->gnu;
}

static void *defined(const struct table *t, uint32_t i, const char *name)
{
	const ElfW(Sym) *s = &t->symbols[i];
	bool is_it = s->st_shndx != SHN_UNDEF && strcmp(t->strings + s->st_name, name) == 0;

	return is_it ? (void *)(t->base + s->st_value) : NULL;
}

/* buckets, first, words, shift | Bloom filter | bucket[] | chain[], whose lowest bit is an end */
static void *look(const struct table *t, const char *name)
{
	uint32_t hash = 5381, buckets = t->gnu[0], first = t->gnu[1];
	const uint32_t *bucket = t->gnu + 4 + t->gnu[2] * (sizeof(ElfW(Addr)) / 4);
	const uint32_t *chain = bucket + buckets;
	void *f = NULL;

	for (const char *c = name; *c; c++)
		hash = hash * 33 + (unsigned char)*c;
	for (uint32_t i = bucket[hash % buckets]; !f && i >= first; i++) {
		if ((chain[i - first] | 1) == (hash | 1))
			f = defined(t, i, name);
		if (chain[i - first] & 1)
			break;
	}
	return f;
}

static int look_in(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct walk *w = arg;
	struct table t;

	if (!read_table(&t, info) || !look(&t, SIGN))
		return 0;
	w->found = look(&t, w->name);
	return 1;
}

void *dl_walk(const char *name)
{
	struct walk w = { .name = name };

	dl_iterate_phdr(look_in, &w);
	return w.found;
}
