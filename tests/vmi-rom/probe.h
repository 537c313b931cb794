/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
#ifndef PROBE_H
#define PROBE_H

#include <stdarg.h>
#include <pvops/types.h>

/** struct regs - in and out of a call. */
struct regs {
	u32 a, b, c, d, si, di, bp;
};

int pvops_vsnprintf(char *buf, size_t size, const char *fmt, va_list args);

/* probe_entry.S */
extern u64 gdt[8];
extern struct ptr {
	u16 limit;
	u32 base;
} __attribute__((packed)) gdt_ptr;
extern volatile u32 ticks;
bool rom_call(u32 target, struct regs *regs, u32 s0, u32 s1);
bool rom_iret(u32 target, u32 flags);
void timer_handler(void);
void fault_handler(void);

/* probe.c */
void probe(void);
void fault(const u32 *stack);
void result(const char *name, bool right);
u8 type_of(u32 call);
u32 target_of(u32 call);
struct regs go(u32 call, u32 a, u32 d, u32 c, u32 s0, u32 s1);

/* probe_calls.c */
void set_up(void);
void try_all(void);

#endif /* PROBE_H */
