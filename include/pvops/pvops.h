/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * pvops: one kernel image, natively and on every hypervisor.
 *
 * The kernel's side of the library, in the order of a boot:
 *
 *	pvops_guest_main(boot)		the kernel's own, called by the boot kit
 *	  pvops_init(boot, host)	detect, select, init; ops work from here, by the table
 *	  (memory management)
 *	  pvops_late_init()		the backend may allocate; timers and IPIs can be bound
 *	  pvops_patch()			sites take the selected backend's form
 *	  (other CPUs)
 *	  pvops_seal()			table and patcher are read-only for good
 */
#ifndef PVOPS_H
#define PVOPS_H

#ifdef __KERNEL__
#include <linux/stdarg.h>
#else
#include <stdarg.h>
#endif
#include <pvops/errno.h>
#include <pvops/types.h>
#include <pvops/percpu.h>
#include <pvops/host.h>
#include <pvops/boot.h>
#include <pvops/backend.h>
#include <pvops/ops.h>
#include <pvops/extable.h>

/** PVOPS_VERSION - of the library: in the image's note, and in pvops.pc. */
#define PVOPS_VERSION	"0.1"

/** enum pvops_seal_level - how much is closed by pvops_seal(). */
enum pvops_seal_level {
	PVOPS_SEAL_TABLE,	/* the table is read-only; sites may still be patched live */
	PVOPS_SEAL_FINAL,	/* no patching any more: -EPERM */
};

/** struct pvops_info - what was decided, for the kernel to show. */
struct pvops_info {
	const struct pvops_backend *backend;
	struct pvops_verdict verdict;
	struct pvops_probe probe;
	struct pvops_patch_stats stats;
	u32 nr_sites;
	u64 patch_ns;
};

/**
 * pvops_init() - detect, select and start a backend; fill the table.
 * @boot: from pvops_guest_main()
 * @host: the kernel's services; kept
 *
 * `pvops=NAME` on the command line wishes for a backend, `nopv` for the plainest that can run
 * here; a wish that cannot be met is said and not followed. Each backend that matched is
 * logged, with the choice and its reason; with `pvops=debug` or `pvops=NAME,debug` each decision.
 *
 * Context: CPU 0, interrupts off, once. GS base is set by this call (to host->percpu(0) minus
 * pvops_percpu).
 * Return: 0 or a negative errno after a line in the log; nothing can run then.
 */
int pvops_init(struct pvops_boot *boot, const struct pvops_host *host);

/** pvops_late_init() - the allocator and the direct map work. 0 or a negative errno. */
int pvops_late_init(void);

/**
 * pvops_prepare_cpu() - make ready what the backend keeps for a CPU that is to be started.
 * @cpu: 1 .. smp.nr_cpus() - 1; host->percpu(cpu) is there
 *
 * Return: 0 or a negative errno after a line in the log.
 */
int pvops_prepare_cpu(unsigned int cpu);

/**
 * pvops_patch() - give all sites the selected backend's form.
 *
 * Before other CPUs run; afterwards only if host->sync_cores is there (live). Says how many
 * sites got which form in how many microseconds. Safe to run again.
 *
 * Return: 0; -EPERM after the final seal; -EBUSY if other CPUs run and there is no sync_cores;
 * else the first error of a site (that site works on, through the table).
 */
int pvops_patch(void);

/** pvops_unpatch() - take all sites but those of the entry back to the table. As pvops_patch(). */
int pvops_unpatch(void);

/**
 * pvops_patch_range() - patch or unpatch the sites whose address is in [start, end).
 * @start: first byte
 * @end: first byte beyond
 * @on: patch, else unpatch
 * Return: as pvops_patch().
 */
int pvops_patch_range(const void *start, const void *end, bool on);

/**
 * pvops_switch() - have a family of ops done by another backend from now on.
 * @family: PVOPS_FAMILY_...
 * @name: of the selected backend, or of the one that it stands on: those two have been started
 *
 * Live, where host->sync_cores is there: the family's sites are taken back to the table, its
 * slots are exchanged, and the sites take the other backend's forms. All the while each call is
 * done once, by one of the two; after the return by the new one alone. Refused, after a line in
 * the log with the reason, unless the family's state is where both find it: `shared` in ops.tbl
 * and in the backend's @shares.
 *
 * Context: as pvops_patch(), and as host->protect once sealed; one patcher at a time.
 * Return: 0; -EINVAL: no such family; -ENODEV: no such backend has been started; -EACCES: the
 * state does not survive; -EBUSY: CPUs may stand in several instructions of an op that would
 * change, or no sync_cores; -EPERM after the final seal. With these, and where sites cannot be
 * taken back, all is as it was. Otherwise the family has been switched, and the first error is
 * returned: of a site (which works on, through the table), or of host->protect, which has not made
 * the table read-only again.
 */
int pvops_switch(enum pvops_family family, const char *name);

/** pvops_done_by() - whose forms a family has; NULL: no such family. Any context. */
const struct pvops_backend *pvops_done_by(enum pvops_family family);

/**
 * pvops_override() - put another form in the place of the backend's, for one op.
 * @op: its number
 * @form: copied
 *
 * For tracing, counting and tests. Before the first pvops_patch() only.
 * Return: 0, -EINVAL or -EBUSY.
 */
int pvops_override(unsigned int op, const struct pvops_form *form);

/** pvops_op_name() - "irq.disable", for messages; NULL if there is no such op. */
const char *pvops_op_name(unsigned int op);

/** pvops_seal() - make table and patcher read-only. 0 or the error of host->protect. */
int pvops_seal(enum pvops_seal_level level);

/**
 * pvops_suspend() - let the host save or move this kernel; comes back where it goes on.
 *
 * When the host asks for it (Xen: xenstore's control/shutdown says "suspend").
 * The kernel has stopped all other CPUs (smp.stop_cpu), and starts them afterwards; no batch is
 * open, no call of a driver is under way, and no pvops_pte_t or machine frame number is kept in a
 * variable over it: those of the next host are others. time.clock goes on where it was. Irqs keep
 * their numbers, and timers and IPIs their handlers; ports of drivers are lost, and the drivers
 * here see that and connect again. What user mode may do with ports is said again by
 * cpu.set_iopl and cpu.set_io_bitmap.
 *
 * Context: CPU 0, interrupts off.
 * Return: 0: restored; 1: the host has only looked, all is as before; -ENOSYS: cannot be done
 * here; -EBUSY: another CPU runs or a batch is open; -EINVAL: wrong context. Said in the log.
 * What cannot go on after a restore panics.
 */
int pvops_suspend(void);

/** pvops_get_info() - what was decided. Any context after pvops_init(). */
const struct pvops_info *pvops_get_info(void);

/**
 * pvops_form_of() - how an op is done on this host.
 * @op: PVOPS_OP_...
 *
 * Context: any, after pvops_init(). Return: the form; NULL for no op.
 */
const struct pvops_form *pvops_form_of(unsigned int op);

/** pvops_get_host() - for backends. */
const struct pvops_host *pvops_get_host(void);

/**
 * pvops_log() - one line to the kernel's log, "pvops: " in front, line feed behind.
 * @fmt: printf's %s %c %d %u %x %lx %lu %llx %llu %p with 0 and width, nothing else
 */
void pvops_log(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * pvops_console_write() - write to the host's console, by the selected backend or, before
 * there is one, by the means of the boot entry. Any context. What host->log ends in.
 */
void pvops_console_write(const char *text, size_t len);

/** pvops_panic() - the same, then host->panic. Does not return. */
void pvops_panic(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/** pvops_snprintf() - bounded formatting with the same few conversions; for who has none. */
int pvops_snprintf(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** pvops_vsnprintf() - the same for a list of arguments. */
int pvops_vsnprintf(char *buf, size_t size, const char *fmt, va_list args);

/**
 * pvops_fixup_exception() - did a safe access of the library fault?
 * @ip: address of the faulting instruction; changed if so
 *
 * For the kernel's #GP handler, first thing when the fault comes from the kernel.
 */
bool pvops_fixup_exception(unsigned long *ip);

#endif /* PVOPS_H */
