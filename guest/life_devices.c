// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * Devices of other domains in a guest's life: a disk that is written, read back and compared, and
 * a network that answers pings. Both go on over a restore, with another backend.
 */
#include <pvops/errno.h>
#include <pvops/xen-block.h>
#include "life.h"
#include "ping.h"
#include "sched.h"

#define MS		1000000ULL
#define SECTORS		24
#define PLACES		32		/* of so many sectors each */
#define ORDER		2
#define PATIENCE	(20000 * MS)

static struct pvops_block blk;
static struct pvops_net net;
static struct thread *threads[2];
static u32 written, pinged;
static bool stop;

static bool stopping(void)
{
	return __atomic_load_n(&stop, __ATOMIC_ACQUIRE);
}

static u64 word(u32 round, u32 at)
{
	return ((u64)round << 32 | at) * 0x9e3779b97f4a7c15ULL;
}

/* What one round writes is read by the next at the same place. */
static int look(u64 *buf, u32 round)
{
	int err = pvops_block_read(&blk, round % PLACES * SECTORS, buf, SECTORS);

	for (u32 at = 0; !err && at < SECTORS * PVOPS_SECTOR / sizeof(*buf); at++)
		if (buf[at] != word(round, at))
			err = -PVOPS_EIO;
	return err;
}

static int store(u64 *buf, u32 round)
{
	for (u32 at = 0; at < SECTORS * PVOPS_SECTOR / sizeof(*buf); at++)
		buf[at] = word(round, at);
	return pvops_block_write(&blk, round % PLACES * SECTORS, buf, SECTORS);
}

static void use_disk(void *arg)
{
	u64 *buf = pvops_get_host()->alloc_pages(ORDER);
	int err = buf ? pvops_block_open(&blk, 0) : -PVOPS_ENOMEM;

	for (; !err && !stopping(); written++) {
		err = written < PLACES ? 0 : look(buf, written - PLACES);
		if (!err)
			err = store(buf, written);
		sleep_ns(20 * MS);
	}
	if (err && err != -PVOPS_ENOENT)
		life_wrong(LIFE_DEVICES, "disk: error %d in round %u", err, written);
	else if (!err)
		pvops_block_close(&blk);
	thread_exit();
}

/* Frames that are under way at a restore are lost, and the other end needs a while to be there. */
static void use_net(void *arg)
{
	int err = pvops_net_open(&net, 0);
	u64 answered = life_clock();

	if (!err && !ping_find(&net))
		err = -PVOPS_ETIMEDOUT;
	for (; !err && !stopping(); pinged++) {
		if (ping(&net, pinged, pinged * 11 % 1400))
			answered = life_clock();
		else if (life_clock() - answered > PATIENCE && !life_gap())
			err = -PVOPS_ETIMEDOUT;
		else
			ping_find(&net);
		if (net.broken)
			err = -PVOPS_EIO;
		sleep_ns(50 * MS);
	}
	if (err && err != -PVOPS_ENOENT)
		life_wrong(LIFE_DEVICES, "network: error %d in round %u", err, pinged);
	else if (!err)
		pvops_net_close(&net);
	thread_exit();
}

int life_devices_start(void)
{
	threads[0] = thread_create(use_disk, NULL, -1, NULL);
	threads[1] = threads[0] ? thread_create(use_net, NULL, -1, NULL) : NULL;
	if (!threads[1])
		return -PVOPS_ENOMEM;
	thread_run(threads[0]);
	thread_run(threads[1]);
	return 0;
}

void life_devices_stop(void)
{
	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	thread_join(threads[0]);
	thread_join(threads[1]);
	kprintf("# life: %u rounds of the disk, %u pings\n", written, pinged);
}
