// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* An image is opened and closed; what is at an address. */
#include <fcntl.h>
#include <libelf.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "image.h"

bool image_fail(struct image_error *error, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(error->text, sizeof(error->text), fmt, args);
	va_end(args);
	return false;
}

void *image_alloc(size_t count, size_t size)
{
	void *list = calloc(count ? count : 1, size);

	if (!list) {
		fprintf(stderr, "no memory for %zu times %zu bytes\n", count, size);
		exit(2);
	}
	return list;
}

void *image_grow(void *list, size_t count, size_t size)
{
	if (count && (count < 16 || count & (count - 1)))
		return list;
	list = reallocarray(list, count ? 2 * count : 16, size);
	if (!list) {
		fprintf(stderr, "no memory for %zu times %zu bytes\n", 2 * count, size);
		exit(2);
	}
	return list;
}

/* The whole file, mapped. */
static bool map_file(struct image *image, struct image_error *error)
{
	/* A FIFO that nobody writes to is refused, not waited for. */
	int fd = open(image->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	void *bytes = MAP_FAILED;

	if (fd < 0)
		return image_fail(error, "%s", strerror(errno));
	if (fstat(fd, &status)) {
		image_fail(error, "%s", strerror(errno));
	} else if (!S_ISREG(status.st_mode)) {
		image_fail(error, "not a file");
	} else if (status.st_size < (off_t)sizeof(Elf32_Ehdr)) {
		image_fail(error, "not an ELF file: %lld bytes", (long long)status.st_size);
	} else {
		/* Private and writable, for libelf's interface; nothing is written there. */
		bytes = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE,
			     fd, 0);
		if (bytes == MAP_FAILED)
			image_fail(error, "%s", strerror(errno));
	}
	close(fd);
	if (bytes == MAP_FAILED)
		return false;
	image->bytes = bytes;
	image->size = (size_t)status.st_size;
	return true;
}

struct image *image_open(const char *path, const struct image_options *options,
			 struct image_error *error)
{
	struct image *image = image_alloc(1, sizeof(*image));
	bool symbols = !options || !options->no_symbols;

	image->path = path;
	if (!map_file(image, error) ||
	    !image_read_areas(image, options && options->objects, error) ||
	    (symbols && !image_read_symbols(image, error))) {
		image_close(image);
		return NULL;
	}
	image_read_abi(image);
	if (!image_read_sites(image, error)) {
		image_close(image);
		return NULL;
	}
	image_read_ops(image);
	return image;
}

void image_unmap(struct image *image)
{
	if (image->copied)
		free((void *)image->bytes);
	else if (image->bytes)
		munmap((void *)image->bytes, image->size);
	image->bytes = NULL;
}

void image_close(struct image *image)
{
	if (!image)
		return;
	if (image->elf)
		elf_end(image->elf);
	image_unmap(image);
	free(image->placed);
	free(image->areas);
	free(image->segments);
	free(image->symbols);
	free(image->by_name);
	free(image->ops);
	free(image->sites);
	free(image);
}

u32 image_before(const u64 *first, u32 count, size_t stride, u64 addr)
{
	u32 low = 0, high = count;

	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (*(const u64 *)((const char *)first + mid * stride) <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct image_area *image_area_at(const struct image *image, u64 addr)
{
	u32 count = image_before(&image->areas->addr, image->nr_areas, sizeof(*image->areas), addr);
	const struct image_area *area = count ? image->areas + count - 1 : NULL;

	return area && addr - area->addr < area->size ? area : NULL;
}

const struct image_area *image_area_named(const struct image *image, const char *name)
{
	for (u32 i = 0; i < image->nr_areas; i++)
		if (!strcmp(image->areas[i].name, name))
			return image->areas + i;
	return NULL;
}

bool image_span(const struct image *image, const char *section, const char *first,
		const char *last, u64 *start, u64 *end)
{
	const struct image_symbol *from = image_symbol(image, first);
	const struct image_symbol *to = image_symbol(image, last);
	const struct image_area *area = image_area_named(image, section);

	/* An object file may ask for symbols that the linker makes. */
	if (from && to && !image->object) {
		*start = from->addr;
		*end = to->addr;
	} else if (area) {
		*start = area->addr;
		*end = area->addr + area->size;
	} else {
		return false;
	}
	return true;
}

const char *image_place(const struct image *image, u64 addr, char *text, size_t size)
{
	const struct image_area *area = image->object ? image_area_at(image, addr) : NULL;

	if (area)
		snprintf(text, size, "%s+0x%llx", area->name, addr - area->addr);
	else
		snprintf(text, size, "0x%llx", addr);
	return text;
}

const u8 *image_at(const struct image *image, u64 addr, u64 len)
{
	const struct image_area *area = image_area_at(image, addr);

	if (!area || !area->data || len > area->size - (addr - area->addr))
		return NULL;
	return area->data + (addr - area->addr);
}

bool image_word(const struct image *image, u64 addr, u32 len, u64 *value)
{
	const u8 *bytes = image_at(image, addr, len);

	*value = 0;
	if (!bytes)
		return false;
	while (len--)
		*value = *value << 8 | bytes[len];
	return true;
}

bool image_pointer(const struct image *image, u64 addr, u64 *value)
{
	return image_word(image, addr, image->wide ? 8 : 4, value);
}

const char *image_text(const struct image *image, u64 addr)
{
	const struct image_area *area = image_area_at(image, addr);
	const u8 *bytes = image_at(image, addr, 1);

	if (!bytes || !memchr(bytes, 0, area->size - (addr - area->addr)))
		return NULL;
	return (const char *)bytes;
}

bool image_virtual(const struct image *image, u64 phys, u64 *addr)
{
	for (u32 i = 0; i < image->nr_segments; i++) {
		const struct image_segment *segment = image->segments + i;

		if (phys >= segment->phys && phys - segment->phys < segment->size) {
			*addr = segment->addr + (phys - segment->phys);
			return true;
		}
	}
	return false;
}
