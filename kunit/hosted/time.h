/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
#ifndef KUNIT_HOSTED_TIME_H
#define KUNIT_HOSTED_TIME_H

#include <linux/types.h>

struct timespec {
	long tv_sec;
	long tv_nsec;
};

#define CLOCK_PROCESS_CPUTIME_ID	2

int hosted_time(struct timespec *ts);

#define clock_gettime(clock, ts)	hosted_time(ts)

#endif /* KUNIT_HOSTED_TIME_H */
