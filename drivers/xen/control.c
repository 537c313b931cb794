// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The toolstack's requests: read and acknowledged in one transaction, for it may take them back. */
#include <pvops/errno.h>
#include <pvops/pvops.h>
#include <pvops/text.h>
#include <pvops/xen-control.h>
#include <pvops/xen-store.h>

#define NODE	PVOPS_CONTROL_TOKEN
#define TRIES	8			/* of a transaction that somebody interferes with */

static const struct {
	const char *word;
	enum pvops_control what;
} words[] = {
	{ "", PVOPS_CONTROL_NONE }, { "poweroff", PVOPS_CONTROL_POWEROFF },
	{ "halt", PVOPS_CONTROL_HALT }, { "reboot", PVOPS_CONTROL_REBOOT },
	{ "suspend", PVOPS_CONTROL_SUSPEND }, { "crash", PVOPS_CONTROL_CRASH },
};

static int parse(const char *word)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (pvops_text_equal(word, words[i].word))
			return words[i].what;
	return PVOPS_CONTROL_UNKNOWN;
}

static int say(bool any, bool suspend)
{
	static const char *const features[] = {
		"control/feature-poweroff", "control/feature-reboot", "control/feature-suspend",
	};

	/* A toolstack that does not let us say so asks all the same. */
	for (int i = 0; i < 3; i++) {
		int err = pvops_store_write(0, features[i], any && (i < 2 || suspend) ? "1" : "0");

		if (err == -PVOPS_EACCES)
			pvops_log("xen-control: %s may not be written", features[i]);
		else if (err)
			return err;
	}
	return 0;
}

int pvops_control_watch(bool suspend)
{
	int err = say(true, suspend);

	if (!err)
		err = pvops_store_watch(NODE, PVOPS_CONTROL_TOKEN);
	return err == -PVOPS_EEXIST ? 0 : err;
}

int pvops_control_unwatch(void)
{
	int err = say(false, false), end = pvops_store_unwatch(NODE, PVOPS_CONTROL_TOKEN);

	return err ? err : end;
}

/* One try: -EAGAIN if the store says so. */
static int take(char *word, size_t size)
{
	int what = PVOPS_CONTROL_NONE, err;
	u32 tx;

	err = pvops_store_begin(&tx);
	if (err)
		return err;
	err = pvops_store_read(tx, NODE, word, size);
	if (err > 0) {
		what = parse(word);
		err = pvops_store_write(tx, NODE, "");
	}
	if (err == -PVOPS_ENOENT)
		err = 0;
	if (err || !what) {
		pvops_store_end(tx, false);
		return err;
	}
	err = pvops_store_end(tx, true);
	return err ? err : what;
}

int pvops_control_take(void)
{
	char word[16];
	int what = -PVOPS_EAGAIN;

	for (u32 i = 0; i < TRIES && what == -PVOPS_EAGAIN; i++)
		what = take(word, sizeof(word));
	if (what == PVOPS_CONTROL_UNKNOWN)
		pvops_log("xen-control: asked for %s: not known", word);
	return what;
}
