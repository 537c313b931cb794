/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Block devices of Xen, the frontend (Xen's public io/blkif.h). One request at a time.
 *
 * Context of all: task, one caller at a time a device.
 */
#ifndef PVOPS_XEN_BLOCK_H
#define PVOPS_XEN_BLOCK_H

#include <pvops/xen-bus.h>

#define PVOPS_SECTOR	512

/**
 * struct pvops_block - one open device. The first four are for the caller.
 * @sectors: of 512 bytes
 * @read_only: writing is refused
 * @can_flush: pvops_block_flush() does something
 * @broken: the backend does not keep to the protocol, or does not answer: all calls fail
 */
struct pvops_block {
	u64 sectors;
	bool read_only;
	bool can_flush;
	bool broken;
	struct pvops_bus_device bus;
	struct {
		void *shared;
		u32 req_prod, rsp_cons, nr, size;
	} ring;
	u64 next_id;
};

/** pvops_block_open() - connect to the n-th device. -ENOENT when there are not so many. */
int pvops_block_open(struct pvops_block *blk, unsigned int index);

/**
 * pvops_block_read() - read.
 * @blk: device
 * @sector: first
 * @buf: page-aligned, of the direct map
 * @count: sectors
 *
 * Return: 0; -EINVAL beyond the end; -EIO as the backend says; -EPROTO, -ETIMEDOUT (and broken).
 */
int pvops_block_read(struct pvops_block *blk, u64 sector, void *buf, u32 count);

/** pvops_block_write() - the same way; -EPERM when read_only. */
int pvops_block_write(struct pvops_block *blk, u64 sector, const void *buf, u32 count);

/** pvops_block_flush() - what was written is on the disk. -ENOSYS without can_flush. */
int pvops_block_flush(struct pvops_block *blk);

/** pvops_block_close() - end it; it may be opened again. */
void pvops_block_close(struct pvops_block *blk);

#endif /* PVOPS_XEN_BLOCK_H */
