/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* A guest that goes on until it is told to end, and checks all the time that nothing is amiss. */
#ifndef GUEST_LIFE_H
#define GUEST_LIFE_H

#include "guest.h"

/* What is checked; each is a test of the report. */
enum life_test {
	LIFE_CLOCK,		/* does not go back, on no CPU and between no two */
	LIFE_TIMERS,		/* none early, none late */
	LIFE_EVENTS,		/* as many arrive as were sent, at all CPUs */
	LIFE_CPUS,		/* all alive */
	LIFE_PROCESSES,		/* those that run meanwhile do their work */
	LIFE_DEVICES,		/* of other domains; they do what they should */
	LIFE_MEMORY,		/* pages are what they were, whatever came and went */
	LIFE_ORDERS,		/* what the host asked for was done */
	NR_LIFE_TESTS,
};

/* How long a timer or an event may take on a slow and busy host, if no gap was announced. */
#define LIFE_LATE	15000000000ULL

/* `life` or `life=SECONDS` on the command line, in a thread. */
void life_main(void) __attribute__((noreturn));

/* Something is wrong: counted; the first of a kind are told. */
void life_wrong(enum life_test test, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Between these nothing counts as late: the host holds the guest. How late a tick came, in ns. */
bool life_gap(void);
void life_gap_begin(void);
u64 life_gap_end(void);

/* Report, and end the machine for this reason. */
void life_end(unsigned int reason);

/* The clock, which must not be behind what any CPU has read before. */
u64 life_clock(void);

/* life_orders.c: what the host wants; false: nobody can tell us. */
bool life_orders_start(void);
void life_orders(void);

/* life_balloon.c: do what memory/target says; 0 or -errno. */
int life_balloon_start(void);
void life_balloon(void);
void life_balloon_stop(void);

/* life_devices.c: a disk and a network in use; 0 or -errno. */
int life_devices_start(void);
void life_devices_stop(void);

/* life_work.c: threads that are busy on all CPUs; 0 or -errno. */
int life_work_start(void);
void life_work_stop(void);

/* Each CPU's ticks and rounds of work since before; called now and then. */
void life_work_look(void);

/* Forget what was late; the most that a tick was late, in ns. */
u64 life_work_forgive(void);

#endif /* GUEST_LIFE_H */
