// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* What the kernel shows of its ops in /sys/kernel/debug/pvops, against what it did. */
#include "work.h"

#define FOLDER "/sys/kernel/debug/pvops/"
#define ROUNDS 100
#define SHORTEST 5		/* bytes of a site: a gate, and any that there can be */
#define LONGEST 16
#define SHAPES 6

struct op {
	char name[64], form[16];
	unsigned int sites, bytes, patched, table, wrong, shapes[SHAPES], modules, modules_left;
	unsigned long long calls;
	bool counted;
};

static FILE *show(const char *name)
{
	char path[64];
	FILE *file;

	only_in_own_kernel();
	snprintf(path, sizeof(path), FOLDER "%s", name);
	file = fopen(path, "re");
	if (!file && !access("/sys/kernel/debug", R_OK))
		skip("not this library's kernel");
	NEED(file);
	return file;
}

/* The number in a line `NAME: NUMBER` of the file on the backend. */
static unsigned int told(const char *name)
{
	char line[128], format[64];
	FILE *file = show("backend");
	unsigned int number = ~0U;

	snprintf(format, sizeof(format), "%s: %%u", name);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, format, &number) == 1)
			break;
	fclose(file);
	NEED(number != ~0U);
	return number;
}

static bool next(FILE *file, struct op *op)
{
	char line[256];
	int words;

	if (!fgets(line, sizeof(line), file))
		return false;
	words = sscanf(line, "%63s %15s %u %u %u %u %u %u %u %u %u %u %u %u %u %*s %llu", op->name,
		       op->form, &op->sites, &op->bytes, &op->patched, &op->table, &op->wrong,
		       op->shapes, op->shapes + 1, op->shapes + 2, op->shapes + 3, op->shapes + 4,
		       op->shapes + 5, &op->modules, &op->modules_left, &op->calls);
	NEED(words >= 15);
	op->counted = words == 16;
	return true;
}

static FILE *ops(void)
{
	char head[128];
	FILE *file = show("ops");

	NEED(fgets(head, sizeof(head), file) && !strncmp(head, "op form sites ", 14));
	return file;
}

static struct op find(const char *name)
{
	struct op op;
	FILE *file = ops();

	while (next(file, &op)) {
		if (strcmp(op.name, name))
			continue;
		fclose(file);
		return op;
	}
	check_failed(__FILE__, __LINE__, name);
	_exit(1);
}

TEST(debugfs_ops_add_up)
{
	static const char *const shapes[SHAPES] = {
		"nop", "inline", "call", "jump", "lead", "unused",
	};
	unsigned int sites = 0, by_shape = 0, sums[SHAPES] = { 0 };
	FILE *file = ops();
	struct op op;

	while (next(file, &op)) {
		sites += op.sites;
		/* What is in the text, read from there. */
		CHECK(op.patched == op.sites && !op.table && !op.wrong && !op.modules_left);
		CHECK(op.bytes >= SHORTEST * op.sites && op.bytes <= LONGEST * op.sites);
		CHECK(!strcmp(op.form, "nop") || !strcmp(op.form, "inline") ||
		      !strcmp(op.form, "call") || !op.sites);
		for (int i = 0; i < SHAPES; i++)
			sums[i] += op.shapes[i];
	}
	fclose(file);
	say("# %u sites, of irq.disable %u, %s", sites, find("irq.disable").sites,
	    find("irq.disable").form);
	for (int i = 0; i < SHAPES; i++) {
		CHECK(sums[i] == told(shapes[i]));
		by_shape += sums[i];
	}
	CHECK(sites > 1000 && sites == told("sites") && sites == by_shape);
	/* As many gates lead to nothing any more as there are calls behind those. */
	CHECK(told("nop") + told("lead") >= told("unused"));
	CHECK(told("not patched") == 0);
}

/* The next line of the kernel's log that `pvops=debug` makes there. */
static bool next_told(int log, char *line, size_t size)
{
	static const char before[] = ";pvops: debug: ";
	char record[1024], *text;
	ssize_t n;

	while ((n = read(log, record, sizeof(record) - 1)) > 0) {
		record[n] = '\0';
		text = strstr(record, before);
		if (!text)
			continue;
		snprintf(line, size, "%s", text + strlen(before));
		line[strcspn(line, "\n")] = '\0';
		return true;
	}
	/* EPIPE: what comes next has been overwritten. */
	NEED(!n || errno == EAGAIN);
	return false;
}

/* What is told of an op and what is shown of it. */
static void compare(const char *line, const struct op *op)
{
	unsigned int sites = 0, gates = 0, left = 0;
	char name[64], form[16];
	int words = sscanf(line, "op %63[^:]: %15s by %*[^,], %u sites (%u gates) from %*x to %*x, "
			   "%u not patched", name, form, &sites, &gates, &left);

	CHECK(words == 5 || (words == 2 && strstr(line, ", no sites")));
	CHECK(!strcmp(name, op->name) && !strcmp(form, op->form));
	CHECK(sites == op->sites && left == op->sites - op->patched && gates <= sites);
}

TEST(debug_tells_each_decision)
{
	const char *cmdline = read_line("/proc/cmdline");
	bool command_line = false, entry = false, choice = false, module = false;
	char line[1024], backend[64], chosen[80];
	FILE *shown = show("backend"), *rows = ops();
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	bool loaded = !load_module("quiet=1") && !unload_module();
	struct op op;

	NEED(log >= 0 && cmdline && fscanf(shown, "backend: %63s", backend) == 1);
	snprintf(chosen, sizeof(chosen), "choice: %s", backend);
	if (!strstr(cmdline, "pvops=debug")) {
		CHECK(!next_told(log, line, sizeof(line)));
		return;
	}
	while (next_told(log, line, sizeof(line))) {
		command_line |= !strncmp(line, "command line: ", 14) &&
				strstr(line, "pvops=debug");
		entry |= !strncmp(line, "entered by ", 11);
		choice |= !strcmp(line, chosen);
		module |= !strncmp(line, "pvsites: ", 9);
		if (strncmp(line, "op ", 3))
			continue;
		NEED(next(rows, &op));
		compare(line, &op);
	}
	CHECK(command_line && entry && choice && module == loaded && !next(rows, &op));
	close(log);
	fclose(rows);
	fclose(shown);
}

TEST(debugfs_counts_sites_of_modules)
{
	unsigned int before = told("sites of modules"), once;
	long ret = load_module("quiet=1");

	if (ret == -ENOSYS || ret == -ENOENT)
		skip("no module");
	CHECK(!ret && !unload_module());
	once = told("sites of modules") - before;
	CHECK(once >= 10);
	CHECK(!load_module("quiet=1") && !unload_module());
	CHECK(told("sites of modules") == before + 2 * once);
}

/* By the device of MSRs one op is run, once for each read. */
TEST(debugfs_counts_calls)
{
	struct op before = find("linux.read_msr_safe");
	uint64_t value;
	int fd;

	if (!before.counted)
		skip("the kernel does not count");
	fd = open("/dev/cpu/0/msr", O_RDONLY);
	NEED(fd >= 0);
	for (int i = 0; i < ROUNDS; i++)
		CHECK(pread(fd, &value, sizeof(value), 0xc0000080) == sizeof(value));
	close(fd);
	CHECK(find("linux.read_msr_safe").calls >= before.calls + ROUNDS);
	CHECK(find("linux.read_msr_safe").calls < before.calls + 2 * ROUNDS);
	/* What is nothing, or an instruction in place, counts like a call. */
	CHECK(find("irq.disable").calls > 1000);
	CHECK(find("mmu.set_pte").calls > 1000);
}

static unsigned long long hypercalls(const char *name)
{
	unsigned long long calls, found = 0;
	char line[1024], word[64], *at, *end;
	FILE *file = show("hypercalls");
	int words;

	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63s %llu%n", word, &calls, &words) != 2)
			continue;
		if (!strcmp(word, name))
			found = calls;
		/* Of all CPUs, and of each. */
		for (at = line + words; *at != '\n' && *at; at = end)
			calls -= strtoull(at, &end, 10);
		CHECK(!calls);
	}
	fclose(file);
	return found;
}

static void starts_processes(void *arg)
{
	for (int i = 0; i < ROUNDS; i++)
		CHECK(!system("exit 0"));
	(void)arg;
}

TEST(debugfs_counts_hypercalls)
{
	const char *type = read_line("/sys/hypervisor/type");
	unsigned long long before;
	pid_t pid;

	/* Is it this library's kernel at all? */
	fclose(show("backend"));
	if (!type || strcmp(type, "xen")) {
		CHECK(access(FOLDER "hypercalls", F_OK) && errno == ENOENT);
		return;
	}
	type = read_line("/sys/hypervisor/guest_type");
	NEED(type);
	if (strcmp(type, "PV")) {
		CHECK(hypercalls("hvm_op") > 0);
		return;
	}
	/* A process comes and goes: its top-level table is pinned and unpinned, or kept. */
	before = hypercalls("mmuext_op") + hypercalls("mmu_update") + hypercalls("multicall");
	pid = start(starts_processes, NULL);
	/* Sums are right meanwhile, too. */
	for (int i = 0; i < ROUNDS; i++)
		hypercalls("mmuext_op");
	CHECK(!end_of(pid));
	CHECK(hypercalls("mmuext_op") + hypercalls("mmu_update") + hypercalls("multicall") >=
	      before + ROUNDS);
	/* Sleeping is a hypercall, and so is the timer that ends it. */
	before = hypercalls("sched_op");
	for (int i = 0; i < 20; i++)
		usleep(2000);
	CHECK(hypercalls("sched_op") >= before + 20);
}
