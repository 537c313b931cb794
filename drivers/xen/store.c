// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Requests to xenstore and their answers; watch events that come between are kept. */
#include <pvops/text.h>
#include "store.h"

#define PATIENCE_NS	5000000000ULL
#define TURN_NS		10000000ULL	/* of who waits for events */
#define MAX_EVENTS	16
#define MAX_TOKEN	64
#define MAX_WATCHES	16
#define MAX_PATH	96

struct part {
	const void *bytes;
	u32 len;
};

static u32 lock;
static u32 last_request;
static char payload[XENSTORE_PAYLOAD_MAX + 1];
static char events[MAX_EVENTS][MAX_TOKEN];
static u32 events_in, events_out;

/* For the store forgets them when the domain is saved. */
static struct {
	char path[MAX_PATH];		/* "": free */
	char token[MAX_TOKEN];
} watches[MAX_WATCHES];

static void take(void)
{
	while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
		pvops_smp_yield();
}

static void give(void)
{
	__atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
}

static u32 length(const char *text)
{
	u32 len = 0;

	while (text[len])
		len++;
	return len;
}

static void copy_text(char *to, size_t size, const char *from)
{
	size_t i;

	for (i = 0; i + 1 < size && from[i]; i++)
		to[i] = from[i];
	if (size)
		to[i] = '\0';
}

/* The errors by their names, as the store sends them. */
static int error_of(const char *name)
{
	static const struct {
		const char *name;
		int err;
	} names[] = {
		{ "EINVAL", PVOPS_EINVAL }, { "EACCES", PVOPS_EACCES }, { "EEXIST", PVOPS_EEXIST },
		{ "ENOENT", PVOPS_ENOENT }, { "ENOMEM", PVOPS_ENOMEM }, { "ENOSPC", PVOPS_ENOSPC },
		{ "EBUSY", PVOPS_EBUSY }, { "EAGAIN", PVOPS_EAGAIN }, { "ENOSYS", PVOPS_ENOSYS },
		{ "EPERM", PVOPS_EPERM },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (pvops_text_equal(name, names[i].name))
			return -names[i].err;
	return -PVOPS_EIO;
}

/*
 * An event is path and token, both terminated. Once a token, for it says only that there is
 * something to look at: so there is room for all of ours, and what is nobody's is not kept.
 */
static void keep_event(u32 len)
{
	u32 token = length(payload) + 1, ours = 0;

	_Static_assert(MAX_EVENTS >= MAX_WATCHES, "not each watch may have an event");
	if (token >= len)
		return;
	for (u32 i = 0; i < MAX_WATCHES; i++)
		ours += watches[i].path[0] && pvops_text_equal(watches[i].token, payload + token);
	for (u32 i = events_out; i != events_in; i++)
		if (pvops_text_equal(events[i % MAX_EVENTS], payload + token))
			return;
	if (ours && events_in - events_out < MAX_EVENTS)
		copy_text(events[events_in++ % MAX_EVENTS], MAX_TOKEN, payload + token);
}

/* One message into payload; a stream out of step ends it all. */
static int get_message(struct xsd_sockmsg *head, u64 deadline)
{
	int err = store_get(head, sizeof(*head), deadline);

	if (err)
		return err;
	if (head->len > XENSTORE_PAYLOAD_MAX) {
		store_broken("a message is longer than any may be");
		return -PVOPS_EPROTO;
	}
	err = store_get(payload, head->len, deadline);
	payload[head->len] = '\0';
	if (err == -PVOPS_ETIMEDOUT)
		store_broken("a message ends in the middle");
	return err;
}

/* Ask; the answer is in payload. Its length, or a negative errno. */
static int ask_now(u32 type, u32 tx, const struct part *parts, u32 nr)
{
	struct xsd_sockmsg head = { .type = type, .req_id = ++last_request, .tx_id = tx };
	u64 deadline = pvops_time_clock() + PATIENCE_NS;
	int err = 0;

	for (u32 i = 0; i < nr; i++)
		head.len += parts[i].len;
	if (!err && head.len > XENSTORE_PAYLOAD_MAX)
		err = -PVOPS_EINVAL;
	if (!err)
		err = store_put(&head, sizeof(head), deadline);
	for (u32 i = 0; !err && i < nr; i++)
		err = store_put(parts[i].bytes, parts[i].len, deadline);
	while (!err) {
		err = get_message(&head, deadline);
		if (err)
			break;
		if (head.type == XS_WATCH_EVENT) {
			keep_event(head.len);
		} else if (head.req_id != last_request) {
			/* Of a request that we gave up: its answer came late. */
			continue;
		} else if (head.type == XS_ERROR) {
			return error_of(payload);
		} else if (head.type != type) {
			store_broken("an answer to something else");
			err = -PVOPS_EPROTO;
		} else {
			return (int)head.len;
		}
	}
	return err;
}

static int watch_now(u32 type, const char *path, const char *token)
{
	const struct part parts[] = { { path, length(path) + 1 }, { token, length(token) + 1 } };

	return ask_now(type, PVOPS_STORE_NO_TRANSACTION, parts, 2);
}

static void drop_watch(u32 at)
{
	watches[at].path[0] = '\0';
	watches[at].token[0] = '\0';
}

/* Connect, if this is the first time or the first since a restore. */
static int ready(void)
{
	int err = store_ring_init();

	for (u32 i = 0; err > 0 && i < MAX_WATCHES; i++) {
		int again = watches[i].path[0] ?
			    watch_now(XS_WATCH, watches[i].path, watches[i].token) : 0;

		if (again < 0) {
			pvops_log("xenstore: %s is not watched any more: error %d",
				  watches[i].path, again);
			drop_watch(i);
		}
		/* One that does not answer is not asked for each. */
		if (again == -PVOPS_ETIMEDOUT || again == -PVOPS_EPROTO)
			return again;
	}
	return err < 0 ? err : 0;
}

static int ask(u32 type, u32 tx, const struct part *parts, u32 nr)
{
	int err = ready();

	return err ? err : ask_now(type, tx, parts, nr);
}

static int ask_path(u32 type, u32 tx, const char *path)
{
	const struct part part = { path, length(path) + 1 };

	return ask(type, tx, &part, 1);
}

static int answer(int err)
{
	give();
	return err < 0 ? err : 0;
}

int pvops_store_init(void)
{
	int err;

	take();
	err = ready();
	return answer(err);
}

static int get_text(u32 type, u32 tx, const char *path, char *text, size_t size)
{
	int len;

	take();
	len = ask_path(type, tx, path);
	for (size_t i = 0; len >= 0 && i < size; i++)
		text[i] = i <= (size_t)len ? payload[i] : '\0';
	if (size)
		text[size - 1] = '\0';
	give();
	return len;
}

int pvops_store_read(u32 tx, const char *path, char *value, size_t size)
{
	return get_text(XS_READ, tx, path, value, size);
}

int pvops_store_list(u32 tx, const char *path, char *names, size_t size)
{
	return get_text(XS_DIRECTORY, tx, path, names, size);
}

int pvops_store_read_number(u32 tx, const char *path, u64 *number)
{
	char text[24];
	int len = pvops_store_read(tx, path, text, sizeof(text));

	*number = 0;
	if (len < 0)
		return len;
	for (int i = 0; i < len; i++) {
		if (i == 19 || text[i] < '0' || text[i] > '9')
			return -PVOPS_EINVAL;
		*number = *number * 10 + (u64)(text[i] - '0');
	}
	return len ? 0 : -PVOPS_EINVAL;
}

int pvops_store_write(u32 tx, const char *path, const char *value)
{
	/* Path terminated, value not. */
	const struct part parts[] = { { path, length(path) + 1 }, { value, length(value) } };
	int err;

	take();
	err = ask(XS_WRITE, tx, parts, 2);
	return answer(err);
}

int pvops_store_write_number(u32 tx, const char *path, u64 number)
{
	char text[24];

	pvops_snprintf(text, sizeof(text), "%llu", number);
	return pvops_store_write(tx, path, text);
}

int pvops_store_remove(u32 tx, const char *path)
{
	int err;

	take();
	err = ask_path(XS_RM, tx, path);
	return answer(err);
}

int pvops_store_begin(u32 *tx)
{
	int err;

	take();
	err = ask_path(XS_TRANSACTION_START, 0, "");
	*tx = 0;
	for (int i = 0; err > 0 && payload[i] >= '0' && payload[i] <= '9'; i++)
		*tx = *tx * 10 + (u32)(payload[i] - '0');
	if (err >= 0 && !*tx)
		err = -PVOPS_EPROTO;
	return answer(err);
}

int pvops_store_end(u32 tx, bool commit)
{
	int err;

	take();
	err = ask_path(XS_TRANSACTION_END, tx, commit ? "T" : "F");
	return answer(err);
}

static u32 find_watch(const char *path, const char *token)
{
	u32 i = 0;

	while (i < MAX_WATCHES && !(pvops_text_equal(watches[i].path, path) &&
				    pvops_text_equal(watches[i].token, token)))
		i++;
	return i;
}

int pvops_store_watch(const char *path, const char *token)
{
	int err;
	u32 at;

	if (length(token) >= MAX_TOKEN || length(path) >= MAX_PATH)
		return -PVOPS_EINVAL;
	take();
	err = find_watch(path, token) < MAX_WATCHES ? -PVOPS_EEXIST : ready();
	at = find_watch("", "");
	if (!err && at == MAX_WATCHES)
		err = -PVOPS_ENOSPC;
	if (!err) {
		/* Noted first: its event may be here before the answer. */
		copy_text(watches[at].path, MAX_PATH, path);
		copy_text(watches[at].token, MAX_TOKEN, token);
		err = watch_now(XS_WATCH, path, token);
		if (err < 0)
			drop_watch(at);
	}
	return answer(err);
}

int pvops_store_unwatch(const char *path, const char *token)
{
	int err;
	u32 at;

	take();
	at = find_watch(path, token);
	err = ready();
	if (!err)
		err = watch_now(XS_UNWATCH, path, token);
	if (at < MAX_WATCHES)
		drop_watch(at);
	return answer(err);
}

/* One look, and a wait no longer than others may have to wait for the store. */
static int next_event(char *token, size_t size, u64 deadline)
{
	u64 pause = pvops_time_clock() + TURN_NS;
	struct xsd_sockmsg head;
	int err = ready();

	while (!err && events_in == events_out) {
		if (!store_readable(pause < deadline ? pause : deadline))
			return -PVOPS_ETIMEDOUT;
		err = get_message(&head, pvops_time_clock() + PATIENCE_NS);
		if (!err && head.type == XS_WATCH_EVENT)
			keep_event(head.len);
	}
	if (!err)
		copy_text(token, size, events[events_out++ % MAX_EVENTS]);
	return err;
}

int pvops_store_event(char *token, size_t size, u64 deadline)
{
	int err;

	for (;;) {
		take();
		err = next_event(token, size, deadline);
		give();
		if (err != -PVOPS_ETIMEDOUT || pvops_time_clock() >= deadline)
			return err;
		pvops_smp_yield();
	}
}
