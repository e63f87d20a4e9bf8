/* elf.c - what an ELF file says of itself
 *
 * Every number in the file is doubted: headers are copied out through at(), which knows the length
 * of the file, and counts have ceilings. Only the program headers are used, as ld.so does; section
 * headers may have been stripped.
 */
#include "cli/elf.h"

#include <elf.h>

#define HEADERS_MAX 128
#define ENTRIES_MAX 4096 /* of the dynamic section */

#if defined(__x86_64__)
#define OUR_MACHINE EM_X86_64
#else
#define OUR_MACHINE EM_AARCH64
#endif

struct image {
	struct us_span file;
	Elf64_Ehdr header;
};

/* Copies n bytes from there; false when the file does not reach that far. */
static bool at(struct us_span file, uint64_t where, void *to, size_t n)
{
	if (where > file.n || file.n - where < n)
		return false;
	memcpy(to, file.p + where, n);
	return true;
}

static bool header_at(const struct image *im, unsigned i, Elf64_Phdr *ph)
{
	return at(im->file, im->header.e_phoff + (uint64_t)i * sizeof(*ph), ph, sizeof(*ph));
}

/* The text that begins there, up to its NUL; empty when it has none. */
static struct us_span text_at(struct us_span file, uint64_t where)
{
	const char *end = where < file.n ? memchr(file.p + where, 0, file.n - where) : NULL;

	return end ? us_span(file.p + where, (size_t)(end - file.p) - where) : us_span("", 0);
}

/* Where in the file a loaded address lies; past its end if nowhere. */
static uint64_t offset_of(const struct image *im, uint64_t address)
{
	Elf64_Phdr ph;

	for (unsigned i = 0; i < im->header.e_phnum && header_at(im, i, &ph); i++)
		if (ph.p_type == PT_LOAD && address - ph.p_vaddr < ph.p_filesz)
			return address - ph.p_vaddr + ph.p_offset;
	return im->file.n;
}

struct dynamic {
	struct us_span file;
	uint64_t from;
	size_t n;
	uint64_t strings; /* where they lie in the file */
};

static bool entry_at(const struct dynamic *d, size_t i, Elf64_Dyn *entry)
{
	return i < d->n && at(d->file, d->from + i * sizeof(*entry), entry, sizeof(*entry)) &&
	       entry->d_tag != DT_NULL;
}

static bool find_dynamic(const struct image *im, const Elf64_Phdr *ph, struct dynamic *d)
{
	Elf64_Dyn entry;

	*d = (struct dynamic){ im->file, ph->p_offset, ph->p_filesz / sizeof(entry), im->file.n };
	if (d->n > ENTRIES_MAX)
		return false;
	for (size_t i = 0; entry_at(d, i, &entry); i++)
		if (entry.d_tag == DT_STRTAB)
			d->strings = offset_of(im, entry.d_un.d_ptr);
	return true;
}

static struct us_span string(const struct dynamic *d, uint64_t offset)
{
	uint64_t room = d->strings < d->file.n ? d->file.n - d->strings : 0;

	return offset < room ? text_at(d->file, d->strings + offset) : us_span("", 0);
}

/* All of the strings, of which the file says they are so many. */
static struct us_span all_names(const struct dynamic *d, uint64_t size)
{
	uint64_t room = d->strings < d->file.n ? d->file.n - d->strings : 0;

	return us_span(d->file.p + d->strings, size < room ? size : room);
}

static int read_dynamic(struct us_elf *e, const struct dynamic *d, struct us_arena *a)
{
	struct us_span *needed;
	Elf64_Dyn entry;

	for (size_t i = 0; entry_at(d, i, &entry); i++) {
		struct us_span text = string(d, entry.d_un.d_val);

		if (entry.d_tag == DT_STRSZ)
			e->names = all_names(d, entry.d_un.d_val);
		if (entry.d_tag == DT_RPATH)
			e->rpath = text;
		if (entry.d_tag == DT_RUNPATH)
			e->runpath = text;
		if (entry.d_tag != DT_NEEDED || !text.n)
			continue;
		needed = us_arena_push(a, &e->needed, &e->nneeded, sizeof(*needed));
		if (!needed)
			return US_ENOMEM;
		*needed = text;
	}
	return 0;
}

static int read_headers(struct us_elf *e, const struct image *im, struct us_arena *a)
{
	struct dynamic d;
	Elf64_Phdr ph;
	int rc = 0;

	if (im->header.e_phentsize != sizeof(ph) || im->header.e_phnum > HEADERS_MAX)
		return US_ESYNTAX;
	for (unsigned i = 0; !rc && i < im->header.e_phnum; i++) {
		if (!header_at(im, i, &ph))
			return US_ESYNTAX;
		if (ph.p_type == PT_INTERP)
			e->interpreter = text_at(im->file, ph.p_offset);
		if (ph.p_type == PT_DYNAMIC)
			rc = find_dynamic(im, &ph, &d) ? read_dynamic(e, &d, a) : US_ESYNTAX;
	}
	e->is_dynamic = e->interpreter.n > 0;
	return rc;
}

int us_elf_read(struct us_elf *e, struct us_span file, struct us_arena *a)
{
	struct image im = { .file = file };
	unsigned char ident[EI_NIDENT];

	*e = (struct us_elf){ 0 };
	if (!at(file, 0, ident, sizeof(ident)) || memcmp(ident, ELFMAG, SELFMAG) != 0)
		return US_ESYNTAX;
	e->is_64 = ident[EI_CLASS] == ELFCLASS64;
	if (!e->is_64 || ident[EI_DATA] != ELFDATA2LSB)
		return 0;
	if (!at(file, 0, &im.header, sizeof(im.header)))
		return US_ESYNTAX;
	e->is_ours = im.header.e_machine == OUR_MACHINE;
	return e->is_ours ? read_headers(e, &im, a) : 0;
}

bool us_elf_names(const struct us_elf *e, const char *name)
{
	return e->names.n && memmem(e->names.p, e->names.n, name, strlen(name) + 1);
}
