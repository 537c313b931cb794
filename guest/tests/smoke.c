// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* The guest's own legs: what the suite stands on. */
#include "../proc.h"
#include "../test.h"

GUEST_TEST(guest_smoke_process)
{
	EXPECT(process_run("t", "nothing") == 0);
}
