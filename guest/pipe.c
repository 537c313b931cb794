// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Pipes: a page of bytes between processes. */
#include "as.h"
#include "lock.h"
#include "proc.h"

#define MAX_PIPES	16
#define PIPE_SIZE	2048

struct pipe {
	struct lock lock;
	u32 readers;
	u32 writers;
	u32 head;		/* bytes ever written */
	u32 tail;		/* bytes ever read */
	u8 data[PIPE_SIZE];
};

static struct pipe pipes[MAX_PIPES];
static struct lock pipes_lock;

int pipe_create(struct thread *t, int fds[2])
{
	unsigned long flags = lock_irqsave(&pipes_lock);
	struct pipe *pipe = NULL;
	int n = 0;

	for (int i = 0; i < MAX_PIPES && !pipe; i++)
		if (!pipes[i].readers && !pipes[i].writers)
			pipe = pipes + i;
	/* 0 to 2 are what they are everywhere. */
	for (int i = 3; i < MAX_FILES && n < 2; i++)
		if (!t->files[i].pipe)
			fds[n++] = i;
	if (pipe && n == 2) {
		pipe->readers = 1;
		pipe->writers = 1;
		pipe->head = 0;
		pipe->tail = 0;
		t->files[fds[0]] = (struct fd){ pipe, false };
		t->files[fds[1]] = (struct fd){ pipe, true };
	}
	unlock_irqrestore(&pipes_lock, flags);
	return pipe && n == 2 ? 0 : -PVOPS_ENOSPC;
}

static struct pipe *pipe_of(struct thread *t, unsigned int fd, bool writes)
{
	if (fd >= MAX_FILES || !t->files[fd].pipe || t->files[fd].writes != writes)
		return NULL;
	return t->files[fd].pipe;
}

/* Move up to @len bytes between a buffer and the ring; how many. */
static u32 ring_move(struct pipe *pipe, u8 *buf, u32 len, bool writes)
{
	unsigned long flags = lock_irqsave(&pipe->lock);
	u32 n = writes ? PIPE_SIZE - (pipe->head - pipe->tail) : pipe->head - pipe->tail;

	n = n < len ? n : len;
	for (u32 i = 0; i < n; i++) {
		if (writes)
			pipe->data[pipe->head++ % PIPE_SIZE] = buf[i];
		else
			buf[i] = pipe->data[pipe->tail++ % PIPE_SIZE];
	}
	unlock_irqrestore(&pipe->lock, flags);
	return n;
}

static bool other_side(const struct pipe *pipe, bool writes)
{
	return __atomic_load_n(writes ? &pipe->readers : &pipe->writers, __ATOMIC_ACQUIRE);
}

/* Wait until some bytes could be moved; 0 if the other side is gone. */
static u32 move_some(struct pipe *pipe, u8 *buf, u32 len, bool writes)
{
	u32 n;

	for (;;) {
		sleep_prepare(pipe, 0);
		n = ring_move(pipe, buf, len, writes);
		if (n || !other_side(pipe, writes))
			break;
		schedule();
	}
	sleep_cancel();
	if (n)
		wake(pipe);
	return n;
}

long pipe_read(struct thread *t, unsigned int fd, unsigned long to, size_t len)
{
	struct pipe *pipe = pipe_of(t, fd, false);
	u8 buf[256];
	u32 n;

	if (!pipe)
		return -PVOPS_EINVAL;
	n = move_some(pipe, buf, len < sizeof(buf) ? (u32)len : sizeof(buf), false);
	return copy_to_user(to, buf, n) ? -PVOPS_EIO : (long)n;
}

long pipe_write(struct thread *t, unsigned int fd, unsigned long from, size_t len)
{
	struct pipe *pipe = pipe_of(t, fd, true);
	size_t done = 0;
	u8 buf[256];

	if (!pipe)
		return -PVOPS_EINVAL;
	while (done < len) {
		u32 part = len - done < sizeof(buf) ? (u32)(len - done) : sizeof(buf), n;

		if (copy_from_user(buf, from + done, part))
			return -PVOPS_EIO;
		if (!other_side(pipe, true))
			return -PVOPS_EIO;
		n = move_some(pipe, buf, part, true);
		if (!n)
			return -PVOPS_EIO;
		done += n;
	}
	return (long)done;
}

int pipe_close(struct thread *t, unsigned int fd)
{
	struct pipe *pipe;

	if (fd >= MAX_FILES || !t->files[fd].pipe)
		return -PVOPS_EINVAL;
	pipe = t->files[fd].pipe;
	__atomic_fetch_sub(t->files[fd].writes ? &pipe->writers : &pipe->readers, 1,
			   __ATOMIC_ACQ_REL);
	t->files[fd].pipe = NULL;
	wake(pipe);
	return 0;
}

void pipe_inherit(struct thread *child, const struct thread *parent)
{
	for (int i = 0; i < MAX_FILES; i++) {
		child->files[i] = parent->files[i];
		if (child->files[i].pipe)
			__atomic_fetch_add(child->files[i].writes ? &child->files[i].pipe->writers :
					   &child->files[i].pipe->readers, 1, __ATOMIC_ACQ_REL);
	}
}

void pipe_close_all(struct thread *t)
{
	for (unsigned int i = 0; i < MAX_FILES; i++)
		pipe_close(t, i);
}
