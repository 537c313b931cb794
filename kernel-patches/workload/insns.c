// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * insns.so, a plugin of QEMU: instructions of user, kernel and Xen, and hypercalls by address.
 *
 * -plugin ./insns.so,out=FILE[,at=FILE][,from=ADDRESS,to=ADDRESS][,image=SIZE]
 *
 * Counts between the two marks of bench.c, a line for each pair of them, and a line for what is
 * between the first executions of two addresses. With image= each instruction of so many bytes from
 * the kernel's base on is counted, and a line `insn ADDRESS COUNT` printed before that of its row.
 * A hypercall of a PV guest is a syscall instruction in the kernel's half; at= names addresses to
 * count besides, one a line. Debian ships QEMU without the plugins' header: what is used of the
 * interface (version 1) is declared here. One CPU only.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT		__attribute__((visibility("default")))
#define MAX_PLACES	8192

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info_t;
typedef uint64_t qemu_plugin_id_t;
typedef void qemu_cb_t(unsigned int cpu, void *data);

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t nr);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
typedef void qemu_block_cb_t(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, qemu_block_cb_t *cb);
/* 0: what the callback may touch (no registers), what is done (an addition) */
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, qemu_cb_t *cb, int flags,
					    void *data);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn, int op, void *at,
						uint64_t add);

EXPORT int qemu_plugin_version = 1;

enum part { USER, KERNEL, XEN, PARTS };

static const char *const part_names[PARTS] = { "user", "kernel", "xen" };

struct place {
	uint64_t address;
	bool hypercall;
};

static struct place places[MAX_PLACES];
static unsigned int nr_places;

struct counts {
	uint64_t parts[PARTS], places[MAX_PLACES];
};

static struct counts now, begun, from_counts;
static uint64_t from, to;
static bool from_seen, to_seen;
static FILE *out;

/* Of each byte of the image that begins an instruction, how often. */
#define IMAGE		0xffffffff80000000
static uint64_t *image, image_size;

static enum part part_of(uint64_t address)
{
	if (!(address >> 63))
		return USER;
	/* The kernel's half up to here is reserved to Xen. */
	return address < 0xffff880000000000 ? XEN : KERNEL;
}

static struct place *place_of(uint64_t address, bool add)
{
	for (unsigned int i = 0; i < nr_places; i++)
		if (places[i].address == address)
			return &places[i];
	if (!add || nr_places == MAX_PLACES)
		return NULL;
	places[nr_places].address = address;
	return &places[nr_places++];
}

static void print(const char *what, const struct counts *start)
{
	fputs(what, out);
	for (unsigned int i = 0; i < PARTS; i++)
		fprintf(out, " %s=%llu", part_names[i],
			(unsigned long long)(now.parts[i] - start->parts[i]));
	for (unsigned int i = 0; i < nr_places; i++)
		if (now.places[i] != start->places[i])
			fprintf(out, " %s:%llx=%llu", places[i].hypercall ? "hypercall" : "at",
				(unsigned long long)places[i].address,
				(unsigned long long)(now.places[i] - start->places[i]));
	fputc('\n', out);
	fflush(out);
}

static void on_begin(unsigned int cpu, void *data)
{
	begun = now;
	memset(image, 0, image_size * sizeof(*image));
}

static void on_end(unsigned int cpu, void *data)
{
	for (uint64_t i = 0; i < image_size; i++)
		if (image[i])
			fprintf(out, "insn %llx %llu\n", (unsigned long long)IMAGE + i,
				(unsigned long long)image[i]);
	print("row", &begun);
}

static void on_from(unsigned int cpu, void *data)
{
	if (!from_seen)
		from_counts = now;
	from_seen = true;
}

static void on_to(unsigned int cpu, void *data)
{
	if (from_seen && !to_seen)
		print("interval", &from_counts);
	to_seen |= from_seen;
}

static void call_at(struct qemu_plugin_insn *insn, qemu_cb_t *cb)
{
	qemu_plugin_register_vcpu_insn_exec_cb(insn, cb, 0, NULL);
}

static void on_insn(struct qemu_plugin_insn *insn)
{
	static const uint8_t syscall[] = { 0x0f, 0x05 };
	static const uint8_t mark[] = { 0x0f, 0x1f, 0x84, 0x00 }, mark_end[] = { 0x6b, 0x76, 0x70 };
	uint64_t address = qemu_plugin_insn_vaddr(insn);
	size_t size = qemu_plugin_insn_size(insn);
	const uint8_t *data = qemu_plugin_insn_data(insn);
	enum part part = part_of(address);
	struct place *place = NULL;

	qemu_plugin_register_vcpu_insn_exec_inline(insn, 0, &now.parts[part], 1);
	if (part == USER && size == 8 && !memcmp(data, mark, sizeof(mark)) &&
	    !memcmp(data + 5, mark_end, sizeof(mark_end)))
		call_at(insn, data[4] == 1 ? on_begin : on_end);
	if (part != KERNEL)
		return;
	if (address - IMAGE < image_size)
		qemu_plugin_register_vcpu_insn_exec_inline(insn, 0, &image[address - IMAGE], 1);
	if (address == from || address == to)
		call_at(insn, address == from ? on_from : on_to);
	if (size == sizeof(syscall) && !memcmp(data, syscall, size)) {
		place = place_of(address, true);
		if (place)
			place->hypercall = true;
	} else {
		place = place_of(address, false);
	}
	if (place)
		qemu_plugin_register_vcpu_insn_exec_inline(insn, 0, &now.places[place - places], 1);
}

static void on_block(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	for (size_t i = 0, n = qemu_plugin_tb_n_insns(tb); i < n; i++)
		on_insn(qemu_plugin_tb_get_insn(tb, i));
}

static bool read_places(const char *name)
{
	unsigned long long address;
	FILE *file = fopen(name, "r");

	if (!file)
		return false;
	while (fscanf(file, "%llx", &address) == 1)
		if (!place_of(address, true))
			break;
	return !fclose(file);
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info_t *info, int argc,
			       char **argv)
{
	for (int i = 0; i < argc; i++) {
		char *value = strchr(argv[i], '=');

		if (!value)
			return 1;
		*value++ = 0;
		if (!strcmp(argv[i], "out"))
			out = fopen(value, "w");
		else if (!strcmp(argv[i], "from"))
			from = strtoull(value, NULL, 16);
		else if (!strcmp(argv[i], "to"))
			to = strtoull(value, NULL, 16);
		else if (!strcmp(argv[i], "image"))
			image_size = strtoull(value, NULL, 0);
		else if (strcmp(argv[i], "at") || !read_places(value))
			return 1;
	}
	image = calloc(image_size + 1, sizeof(*image));
	if (!out || !image)
		return 1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_block);
	return 0;
}
