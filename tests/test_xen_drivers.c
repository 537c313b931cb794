// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The Xen drivers against a domain that misbehaves: each fault ends in one line and an error, and
 * nothing of ours is lost to it. Each case in a process of its own: the store's state stays.
 */
#include <setjmp.h>
#include "dom0.h"
#include <cmocka.h>
#include <sys/wait.h>
#include <unistd.h>

static u8 *buf, back[2048];
static struct pvops_block blk;
static struct pvops_net nic;

static unsigned int lines_with(const char *what)
{
	unsigned int nr = 0;

	for (const char *at = logged; (at = strstr(at, what)); at++)
		nr++;
	return nr;
}

#define CHECK(cond)								\
	do {									\
		if (!(cond)) {							\
			fprintf(stderr, "%s:%d: %s\n%s", __FILE__, __LINE__, #cond, logged); \
			_exit(1);						\
		}								\
	} while (0)

/* Run it apart: 0 is good, a crash and a sanitizer's complaint are not. */
static void apart(void (*fn)(void))
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		alarm(20);
		new_world();
		buf = alloc_pages(6);
		fn();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* ---- all is well ---- */

static void use_store(void)
{
	static char big[1901], value[2000];
	u64 number;
	u32 tx;

	CHECK(pvops_store_write(0, "a", "hello") == 0);
	CHECK(pvops_store_read(0, "a", value, sizeof(value)) == 5 && !strcmp(value, "hello"));
	CHECK(pvops_store_read(0, "a", value, 3) == 5 && !strcmp(value, "he"));
	CHECK(pvops_store_read(0, "a", NULL, 0) == 5);
	CHECK(pvops_store_read(0, "b", value, sizeof(value)) == -PVOPS_ENOENT);
	CHECK(pvops_store_read_number(0, "a", &number) == -PVOPS_EINVAL);
	store_set("n", "18446744073709551616");
	CHECK(pvops_store_read_number(0, "n", &number) == -PVOPS_EINVAL);
	store_set("n", "");
	CHECK(pvops_store_read_number(0, "n", &number) == -PVOPS_EINVAL);
	CHECK(pvops_store_begin(&tx) == 0 && tx == 77);
	CHECK(pvops_store_end(tx, true) == 0);
	memset(big, 'x', 1900);
	CHECK(pvops_store_write(0, "big", big) == 0);
	CHECK(!strcmp(store_get("big"), big));
	CHECK(logged[0] == '\0');
}

static void use_block(void)
{
	CHECK(pvops_block_open(&blk, 1) == -PVOPS_ENOENT);
	CHECK(pvops_block_open(&blk, 0) == 0 && blk.sectors == DISK_SECTORS && blk.can_flush);
	for (u32 i = 0; i < 200 * 512; i++)
		buf[i] = (u8)(i * 31 + i / 512);
	CHECK(pvops_block_write(&blk, 3, buf, 200) == 0);
	CHECK(!memcmp(disk + 3 * 512, buf, 200 * 512));
	memset(buf, 0, 200 * 512);
	CHECK(pvops_block_read(&blk, 3, buf, 200) == 0);
	CHECK(!memcmp(disk + 3 * 512, buf, 200 * 512));
	CHECK(pvops_block_flush(&blk) == 0);
	CHECK(pvops_block_read(&blk, DISK_SECTORS, buf, 1) == -PVOPS_EINVAL);
	CHECK(pvops_block_read(&blk, 1, buf, DISK_SECTORS) == -PVOPS_EINVAL);
	freed = 0;
	pvops_block_close(&blk);
	CHECK(freed == 1);
}

static void use_net(void)
{
	u8 frame[100] = { 1, 2, 3 };

	CHECK(pvops_net_open(&nic, 0) == 0);
	CHECK(nic.mac[0] == 0 && nic.mac[1] == 0x16 && nic.mac[5] == 0xff);
	for (u32 i = 0; i < 1000; i++) {
		frame[50] = (u8)i;
		CHECK(pvops_net_send(&nic, frame, sizeof(frame)) == 0);
		CHECK(pvops_net_receive(&nic, back, sizeof(back), clock_ns + 50000000) == 100);
		CHECK(!memcmp(frame, back, 100));
	}
	CHECK(pvops_net_receive(&nic, back, sizeof(back), clock_ns + 50000000) == -PVOPS_ETIMEDOUT);
	freed = 0;
	pvops_net_close(&nic);
	CHECK(freed == 2 + PVOPS_NET_SEND_SLOTS + PVOPS_NET_RECEIVE_SLOTS);
}

static void grants_of_version_2(void)
{
	CHECK(pvops_grant_init(2) == 2);
	use_block();
	use_net();
}

static void everything_works(void **state)
{
	apart(use_store);
	apart(use_block);
	apart(use_net);
	apart(grants_of_version_2);
}

/* ---- faults ---- */

static const struct {
	enum fault fault;
	int err;
	const char *line;		/* NULL: an error like any other, nothing is broken */
} store_faults[] = {
	{ STORE_SILENT, -PVOPS_ETIMEDOUT, NULL },
	{ STORE_LONG, -PVOPS_EPROTO, "a message is longer than any may be" },
	{ STORE_INDEX, -PVOPS_EPROTO, "the ring's indices make no sense" },
	{ STORE_TYPE, -PVOPS_EPROTO, "an answer to something else" },
	{ STORE_HALF, -PVOPS_ETIMEDOUT, "a message ends in the middle" },
	{ STORE_DENIES, -PVOPS_EACCES, NULL },
}, block_faults[] = {
	{ BLOCK_SILENT, -PVOPS_ETIMEDOUT, "no response" },
	{ BLOCK_INDEX, -PVOPS_EPROTO, "the ring's indices make no sense" },
	{ BLOCK_ID, -PVOPS_EPROTO, "a response to what was not asked" },
	{ BLOCK_OPERATION, -PVOPS_EPROTO, "a response to what was not asked" },
	{ BLOCK_KEEPS, -PVOPS_EBUSY, "the backend keeps pages" },
	{ BLOCK_ERROR, -PVOPS_EIO, NULL },
	{ BLOCK_UNSUPPORTED, -PVOPS_ENOSYS, NULL },
}, net_faults[] = {
	{ NET_INDEX, -PVOPS_EPROTO, "the receiving ring's indices make no sense" },
	{ NET_ID, -PVOPS_EPROTO, "a frame in what was not offered" },
	{ NET_LONG, -PVOPS_EPROTO, "a frame beyond its page" },
	{ NET_PARTS, -PVOPS_EPROTO, "a frame in parts, which was not offered" },
	{ NET_SILENT, -PVOPS_ETIMEDOUT, NULL },
	{ NET_DROPS, -PVOPS_ETIMEDOUT, NULL },
	{ NET_SEND_INDEX, -PVOPS_EPROTO, "the sending ring's indices make no sense" },
	{ NET_SEND_ID, -PVOPS_EPROTO, "a response to what was not sent" },
	{ NET_SEND_SILENT, -PVOPS_ETIMEDOUT, NULL },
};

static size_t row;

static void one_store_fault(void)
{
	char value[8];

	store_set("a", "hello");
	fault = store_faults[row].fault;
	CHECK(pvops_store_read(0, "a", value, sizeof(value)) == store_faults[row].err);
	fault = NONE;
	if (store_faults[row].line) {
		CHECK(lines_with("xenstore: ") == 1 && lines_with(store_faults[row].line) == 1);
		CHECK(pvops_store_read(0, "a", value, sizeof(value)) == -PVOPS_EPROTO);
		CHECK(lines_with("xenstore: ") == 1);
	} else {
		CHECK(logged[0] == '\0');
		CHECK(pvops_store_read(0, "a", value, sizeof(value)) == 5);
	}
}

static void one_block_fault(void)
{
	const char *line = block_faults[row].line;

	CHECK(pvops_block_open(&blk, 0) == 0);
	fault = block_faults[row].fault;
	CHECK(pvops_block_read(&blk, 0, buf, 10) == block_faults[row].err);
	fault = NONE;
	CHECK(blk.broken == !!line);
	CHECK(lines_with("not used any more") == !!line);
	CHECK(!line || lines_with(line) == 1);
	CHECK(pvops_block_read(&blk, 0, buf, 10) == (line ? -PVOPS_EIO : 0));
	pvops_block_close(&blk);
}

/* Both directions, often enough that a slot would be needed again. */
static int exchange(void)
{
	u8 frame[60] = { 0 };
	int err = 0;

	for (int i = 0; i < 2 * PVOPS_NET_SEND_SLOTS && !err; i++) {
		err = pvops_net_send(&nic, frame, sizeof(frame));
		if (!err)
			err = pvops_net_receive(&nic, back, sizeof(back), clock_ns + 50000000);
		err = err > 0 ? 0 : err;
	}
	return err;
}

static void one_net_fault(void)
{
	const char *line = net_faults[row].line;

	CHECK(pvops_net_open(&nic, 0) == 0);
	fault = net_faults[row].fault;
	CHECK(exchange() == net_faults[row].err);
	CHECK(nic.broken == !!line);
	CHECK(lines_with("not used any more") == !!line);
	CHECK(!line || lines_with(line) == 1);
	CHECK((fault == NET_DROPS) == (nic.dropped > 0));
	fault = NONE;
	if (!line) {
		while (pvops_net_receive(&nic, back, sizeof(back), clock_ns + 50000000) > 0)
			;
		CHECK(exchange() == 0);
	}
	pvops_net_close(&nic);
}

static void faults_of_the_store(void **state)
{
	for (row = 0; row < sizeof(store_faults) / sizeof(store_faults[0]); row++)
		apart(one_store_fault);
}

static void faults_of_the_disk(void **state)
{
	for (row = 0; row < sizeof(block_faults) / sizeof(block_faults[0]); row++)
		apart(one_block_fault);
}

static void faults_of_the_network(void **state)
{
	for (row = 0; row < sizeof(net_faults) / sizeof(net_faults[0]); row++)
		apart(one_net_fault);
}

static void late_answer(void)
{
	char value[8];

	store_set("a", "hello");
	CHECK(pvops_store_read(0, "a", value, sizeof(value)) == 5);
	fault = STORE_STALE;
	CHECK(pvops_store_read(0, "a", value, sizeof(value)) == 5 && !strcmp(value, "hello"));
}

static void refused(const char *path, const char *value, int err)
{
	store_set(path, value);
	CHECK(pvops_block_open(&blk, 0) == err);
	CHECK(blk.bus.ring[0] == NULL);
}

static void bad_nodes(void)
{
	refused("device/vbd/51712/backend-id", "70000", -PVOPS_EINVAL);
	refused("device/vbd/51712/backend-id", "x", -PVOPS_EINVAL);
	store_set("device/vbd/51712/backend-id", "0");
	refused("back/vbd/sectors", "0", -PVOPS_EPROTO);
	refused("back/vbd/sectors", "999999999999999999", -PVOPS_EPROTO);
	refused("back/vbd/sectors", "many", -PVOPS_EINVAL);
	store_set("back/vbd/sectors", "256");
	store_set("device/vif/0/mac", "00:16:3e:01:02");
	CHECK(pvops_net_open(&nic, 0) == -PVOPS_EINVAL);
	store_set("device/vif/0/mac", "00:16:3e:01:02:xx");
	CHECK(pvops_net_open(&nic, 0) == -PVOPS_EINVAL);
	fault = BLOCK_CLOSES;
	CHECK(pvops_block_open(&blk, 0) == -PVOPS_EIO && blk.bus.ring[0] == NULL);
	fault = NONE;
	store_set("back/vbd/info", "4");
	CHECK(pvops_block_open(&blk, 0) == 0 && blk.read_only);
	CHECK(pvops_block_write(&blk, 0, buf, 1) == -PVOPS_EPERM);
}

static void store_that_lies(void **state)
{
	apart(late_answer);
	apart(bad_nodes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_works), cmocka_unit_test(faults_of_the_store),
		cmocka_unit_test(faults_of_the_disk), cmocka_unit_test(faults_of_the_network),
		cmocka_unit_test(store_that_lies),
	};

	return cmocka_run_group_tests_name("xen drivers", tests, NULL, NULL);
}
