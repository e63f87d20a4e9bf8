/* needs.c - does an ELF file need libcurl?
 *
 * Read by pread, not mapped: PHP opens some twenty extensions this way at every start.
 */
#include "dl.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

#define HEADERS_MAX 32
#define ENTRIES_MAX 256

struct file {
	int fd;
	ElfW(Phdr) ph[HEADERS_MAX];
	int nph;
};

static bool read_at(int fd, void *to, size_t n, uint64_t at)
{
	return pread(fd, to, n, (off_t)at) == (ssize_t)n;
}

static bool read_headers(struct file *f)
{
	ElfW(Ehdr) eh;

	if (!read_at(f->fd, &eh, sizeof(eh), 0) || memcmp(eh.e_ident, ELFMAG, SELFMAG) != 0 ||
	    eh.e_ident[EI_CLASS] != ELFCLASS64 || eh.e_phentsize != sizeof(f->ph[0]) ||
	    eh.e_phnum > HEADERS_MAX)
		return false;
	f->nph = eh.e_phnum;
	return read_at(f->fd, f->ph, eh.e_phnum * sizeof(f->ph[0]), eh.e_phoff);
}

/* Where in the file a loaded address lies; 0 if nowhere. */
static uint64_t offset_of(const struct file *f, uint64_t address)
{
	for (int i = 0; i < f->nph; i++)
		if (f->ph[i].p_type == PT_LOAD && address - f->ph[i].p_vaddr < f->ph[i].p_filesz)
			return address - f->ph[i].p_vaddr + f->ph[i].p_offset;
	return 0;
}

static bool is_libcurl(const struct file *f, uint64_t strings, uint64_t name)
{
	char text[16] = "";

	return read_at(f->fd, text, sizeof("libcurl") - 1, strings + name) &&
	       strcmp(text, "libcurl") == 0;
}

static bool dynamic_names_libcurl(const struct file *f, const ElfW(Phdr) * dynamic)
{
	ElfW(Dyn) d[ENTRIES_MAX]; /* 4 KiB */
	size_t n = dynamic->p_filesz / sizeof(d[0]);
	uint64_t strings = 0;

	if (n > ENTRIES_MAX)
		n = ENTRIES_MAX;
	if (!read_at(f->fd, d, n * sizeof(d[0]), dynamic->p_offset))
		return false;
	for (size_t i = 0; i < n && d[i].d_tag != DT_NULL; i++)
		if (d[i].d_tag == DT_STRTAB)
			strings = offset_of(f, d[i].d_un.d_ptr);
	for (size_t i = 0; strings && i < n && d[i].d_tag != DT_NULL; i++)
		if (d[i].d_tag == DT_NEEDED && is_libcurl(f, strings, d[i].d_un.d_val))
			return true;
	return false;
}

bool dl_needs_libcurl(const char *path)
{
	struct file f = { .fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) };
	bool needs = false;

	if (f.fd < 0)
		return false;
	if (read_headers(&f))
		for (int i = 0; !needs && i < f.nph; i++)
			if (f.ph[i].p_type == PT_DYNAMIC)
				needs = dynamic_names_libcurl(&f, &f.ph[i]);
	close(f.fd);
	return needs;
}
