// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * A xenstored that puts anything into its ring: calls end, texts are terminated and as long as
 * said, and once nothing can be believed nothing is asked any more, which one line says.
 */
#include "fuzz.h"
#include "dom0_kernel.h"
#include "../drivers/xen/store_ring.c"
#include "../drivers/xen/store.c"

#define PORT	7
#define STALE	'\xfe'		/* what is no part of a message that came */

static struct xenstore_domain_interface *page;
static u32 restored;			/* times */
static char answers[512];

static void put(const void *bytes, u32 len)
{
	for (u32 i = 0; i < len; i++)
		page->rsp[MASK_XENSTORE_IDX(page->rsp_prod++)] = ((const char *)bytes)[i];
}

static void fill_fresh(char *to, u32 len)
{
	fill(to, len);
	for (u32 i = 0; i < len; i++)
		to[i] = to[i] == STALE ? 'x' : to[i];
}

/* A message that is right in all that is not said to be wrong. */
static void message(void)
{
	static const u8 types[] = { XS_READ, XS_DIRECTORY, XS_WRITE, XS_TRANSACTION_START,
				    XS_TRANSACTION_END, XS_WATCH, XS_WATCH_EVENT, XS_ERROR, XS_RM,
				    XS_UNWATCH };
	struct xsd_sockmsg head = { .type = types[byte() % sizeof(types)], .len = word() % 250 };
	u32 wrong = byte(), there = head.len;

	head.req_id = last_request - (wrong % 16 == 1);
	if (wrong % 16 == 2)
		fill_fresh((char *)&head, sizeof(head));
	if (wrong % 16 == 3)
		there = byte();
	fill_fresh(answers, there);
	put(&head, sizeof(head));
	put(answers, there);
}

static void act(void)
{
	char *bytes = (char *)page;

	for (u32 n = byte() % 4; n; n--) {
		switch (byte() % 8) {
		case 0 ... 2:
			message();
			break;
		case 3 ... 4:
			page->req_cons = page->req_prod;
			break;
		case 5:
			page->req_cons = near(page->req_cons);
			break;
		case 6:
			page->rsp_prod = near(page->rsp_prod);
			break;
		case 7:
			fill_fresh(bytes + word() % (sizeof(*page) - 8), 8);
			break;
		}
	}
}

void *pvops_xen_store_page(u32 *to)
{
	*to = PORT;
	return page;
}

u32 pvops_xen_generation(void)
{
	return restored;
}

int pvops_xen_listen(u32 at, bool keep)
{
	return (int)at;
}

void pvops_xen_wait(u32 at, u64 deadline)
{
	clock_ns += 500000000;
	act();
}

int pvops_xen_notify(u32 at)
{
	act();
	return byte() % 64 == 63 ? -PVOPS_EINVAL : 0;
}

/* Text of the size it was said to have, so that one byte too many is found. */
static void read_text(int (*how)(u32 tx, const char *path, char *text, size_t size))
{
	size_t size = byte();
	char *text = malloc(size);
	int len = how(byte(), "a/b", text, size);

	check(len <= XENSTORE_PAYLOAD_MAX);
	if (len >= 0 && size)
		check(!text[size - 1] && (len >= (int)size || !text[len]));
	free(text);
}

static void await(void)
{
	size_t size = byte();
	char *token = malloc(size);
	int err = pvops_store_event(token, size, clock_ns + byte() * 100000000ULL);

	check(err || !size || memchr(token, '\0', size));
	free(token);
}

static void one_call(void)
{
	static char big[XENSTORE_PAYLOAD_MAX + 100];
	u64 number;
	u32 tx, len;

	switch (byte() % 8) {
	case 0:
		read_text(pvops_store_read);
		break;
	case 1:
		read_text(pvops_store_list);
		break;
	case 2:
		check(pvops_store_read_number(0, "n", &number) || number < 10000000000000000000ULL);
		break;
	case 3:
		len = byte() % 4 ? byte() : XENSTORE_PAYLOAD_MAX - 10 + byte() % 20;
		memset(big, 'x', len);
		big[len] = '\0';
		pvops_store_write(0, "w", big);
		break;
	case 4:
		check(pvops_store_begin(&tx) || tx);
		break;
	case 5:
		pvops_store_end(word(), byte() & 1);
		break;
	case 6:
		pvops_store_watch("a", "token");
		break;
	case 7:
		await();
		break;
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	u32 said = 0;

	if (!page) {
		kernel_starts();
		page = alloc_pages(0);
	}
	input(data, size);
	memset(page, 0, sizeof(*page));
	ring = NULL;
	broken = false;
	last_request = events_in = events_out = restored = generation = 0;
	memset(watches, 0, sizeof(watches));
	logged[0] = '\0';
	for (int i = 0; i < 40 && left; i++) {
		u32 asked = page->req_prod;
		bool was_broken;

		/* On another host everything begins anew. */
		restored += byte() % 32 == 31;
		was_broken = broken && generation == restored;
		memset(payload, STALE, sizeof(payload) - 1);
		one_call();
		for (u32 k = events_out; k != events_in; k++)
			check(broken || !strchr(events[k % MAX_EVENTS], STALE));
		check(!lock);
		check(!was_broken || asked == page->req_prod);
	}
	for (const char *at = logged; (at = strstr(at, "not used any more")); at++)
		said++;
	check(said >= broken && said <= 1 + restored);
	return 0;
}
