/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Patching while other CPUs run, as patching/poke.c and core/switch.c do it, for spin(1).
 *
 * CPU 0 patches; all go through the sites in tasks, interrupts and NMIs. What stands behind a step as a comment
 * "C: FUNCTION: TEXT" is what it models; test_model.py looks whether it is there, and whether something stands
 * there that is not here. Assumed of CPU and host:
 *
 * - A CPU has a view of each byte of code, which follows memory whenever it likes, byte by byte, but no later
 *   than the CPU's next serialising instruction.
 * - Data are coherent, and what poke.c does to them is in order: it is __ATOMIC_SEQ_CST, or before or behind
 *   what is.
 * - sync_cores() comes back when each other CPU has taken an interrupt and serialised in it; alias_unmap()
 *   serialises the CPU that it runs on.
 * - The trap handler is entered with interrupts off. With LATE the interrupt of sync_cores() may come in between.
 *   So does a trap look where the host keeps an int3 too long, as QEMU before 8.1 may.
 *
 * -D CPUS=n, RUNS=n (times that each task goes through), IRQS (interrupts too), LATE, FAIL (writes do, or the table
 * stays closed), MODULE (with a second set of sites, that is patched, forgotten and given back), GATE (the op is a
 * gate and what it leads to), PAIR (it has two sites).
 */
#ifndef CPUS
#define CPUS	2		/* with the patcher's */
#endif
#ifndef RUNS
#define RUNS	1
#endif

/* Each byte of a site is of one of its forms, or int3. */
#define OLD	0		/* the backend's that is to go */
#define TABLE	1		/* a call through the table */
#define NEW	2		/* the backend's that takes over */
#define INT3	3
#define HALF	4		/* of the bytes behind the first: some are of one form, some of another */

/* Patch sets: the kernel's own, a module's. */
#define OURS	0
#define GUEST	1
#define SETS	2
#define NOBODY	2

/* What a CPU runs. */
#define TASK	0
#define IRQ	1
#define NMI	2

byte first[SETS], tail[SETS];				/* the text: first byte, all others */
byte slot = OLD;					/* pvops_table[op]: whose function it is */
byte view_first[CPUS * SETS], view_tail[CPUS * SETS];
byte level[CPUS];
bool closed[CPUS];					/* interrupts are off in the task */
bool wanted[CPUS];					/* sync_cores() waits for it */

/* What poke.c has: live and seen. */
bool live_pokes;
byte live_set = NOBODY, readers, seen_sites = NOBODY, seen_nr;	/* a set's number of sites: OURS + 1, GUEST + 1 */

/* For assertions. */
bool pokes_there;					/* the patcher's memory is what it was */
bool there[SETS];					/* so is that of a set */
bool in_batch[SETS];					/* the site is one of those */
bool switched, ended;
byte users;						/* contexts that have the module's site before them */
bool was_trap, was_late, was_nmi;

/*
 * With GATE the one site is a gate of an op that is nothing in its new form, and the other one the call that it leads
 * to. Both are of one batch; a CPU may be between them for as long as it likes. With PAIR they are two calls.
 */
#if defined(GATE) || defined(PAIR)
#define SECOND		1
#define SET_OF(site)	OURS
#define ALSO(x)		x
#define ALL(is)		is(OURS) && is(SECOND)
#else
#define SET_OF(site)	site
#define ALSO(x)		skip
#define ALL(is)		is(OURS)
#endif
#ifdef GATE
#define IS_GATE(site)	(site == OURS)
#define BEHIND(site)	(site == SECOND)
#else
#define IS_GATE(site)	false
#define BEHIND(site)	false
#endif
/* C: pvops_plan: if (set->ops[site->op].gate) */
#define STAYS_A_CALL	true				/* C: pvops_plan: return plan_call(site, form, out); */

#define VIEW(set)	(cpu * SETS + set)
#define SERIALISE_SET(set)				\
	view_first[VIEW(set)] = first[set];		\
	view_tail[VIEW(set)] = tail[set]
#if defined(MODULE) || defined(SECOND)
#define SERIALISE	SERIALISE_SET(OURS); SERIALISE_SET(GUEST)
#else
#define SERIALISE	SERIALISE_SET(OURS)
#endif

/* A step of a context is one when nothing has interrupted it. */
#define STEP(x)		atomic { level[cpu] == me -> x }
#define WHEN(is, x)	atomic { level[cpu] == me && (is) -> x }

/* A function of the op's runs: whose? */
inline called(set, whose)
{
	assert(whose == OLD || whose == NEW);
	assert(!switched || SET_OF(set) != OURS || whose == NEW);
	assert(whose == slot || SET_OF(set) != OURS)	/* never both */
}

/* What is at a site when it is not patched: the op by the table, or a jump. */
inline unpatched(set)
{
	if
	:: IS_GATE(set) -> open = true			/* C: emulate: if (is_gate(site)) */
							/* C: emulate: *ip = behind + (unsigned long)(long)(s32)saved; */
							/* C: emulate: return; */
	:: else -> called(set, slot)			/* C: emulate: *ip = (unsigned long)table[site->op]; */
	fi
}

inline find(set)
{
	STEP(poke = live_pokes);			/* C: find: const struct pvops_poke *pokes = __atomic_load_n(&live.pokes, __ATOMIC_SEQ_CST); */
	if
	:: WHEN(poke, assert(pokes_there && there[live_set]); poke = live_set == SET_OF(set) && in_batch[set])
							/* C: find: for (u32 i = 0; pokes && i < live.nr; i++) */
							/* C: find: if ((unsigned long)pvops_site_addr(pokes[i].site) == addr) */
							/* C: find: return pokes + i; */
	:: WHEN(!poke, skip)				/* C: find: return NULL; */
	fi
}

#ifdef LATE
#define ENTER_TRAP	skip
#else
#define ENTER_TRAP	closed[cpu] = closed[cpu] || me == TASK
#endif

/* A late trap is known as one of the set that was patched last: not if another one has come since. */
#if defined(LATE) && defined(MODULE)
#define MAY_LOSE	late
#else
#define MAY_LOSE	false
#endif

/* The handler of the trap. */
inline trap(set)
{
	STEP(readers++; closed[cpu] = closed[cpu] || me == TASK);
							/* C: pvops_poke_trap: __atomic_fetch_add(&live.readers, 1, __ATOMIC_SEQ_CST); */
							/* C: pvops_poke_trap: ours = take_trap(*ip - 1, ip, sp); */
	find(set);					/* C: take_trap: const struct pvops_poke *poke = find(addr); */
	if
	:: WHEN(poke, ours = true)
	:: WHEN(!poke, skip) ->
		if
		:: WHEN(first[set] != INT3, was_late = true; late = true);
							/* C: take_trap: if (!poke && *(volatile u8 *)addr != OP_INT3) */
							/* C: take_trap: return emulate_seen(addr, ip, sp); */
			STEP(nr = seen_nr);		/* C: emulate_seen: u32 nr = __atomic_load_n(&seen.nr, __ATOMIC_SEQ_CST); */
			if
			:: WHEN(nr, assert(there[seen_sites] && nr == seen_sites + 1); ours = seen_sites == SET_OF(set))
							/* C: emulate_seen: for (u32 i = 0; i < nr; i++) */
							/* C: emulate_seen: const struct pvops_site *site = seen.sites + i; */
							/* C: emulate_seen: if ((unsigned long)pvops_site_addr(site) != addr) */
							/* C: emulate_seen: continue; */
			:: WHEN(!nr, skip)		/* C: emulate_seen: return false; */
			fi;
			if
			:: WHEN(ours, assert(there[seen_sites] && nr == seen_sites + 1); unpatched(set))
							/* C: emulate_seen: emulate(site, seen.table, seen.saved ? seen.saved[i] : 0, ip, sp); */
							/* C: emulate_seen: return true; */
			:: WHEN(!ours, skip)
			fi
		:: WHEN(first[set] == INT3, skip);
			find(set);			/* C: take_trap: if (!poke) */
							/* C: take_trap: poke = find(addr); */
			STEP(ours = poke)		/* C: take_trap: return false; */
		fi
	fi;
	if
	:: WHEN(poke, assert(pokes_there && there[live_set]); unpatched(set))
							/* C: take_trap: emulate(poke->site, live.set->table, poke->saved, ip, sp); */
							/* C: take_trap: return true; */
	:: WHEN(!poke, skip)
	fi;
	STEP(readers--);				/* C: pvops_poke_trap: __atomic_fetch_sub(&live.readers, 1, __ATOMIC_SEQ_CST); */
							/* C: pvops_poke_trap: return ours; */
	STEP(assert(ours || MAY_LOSE);			/* else the kernel dies of it */
	     poke = false; ours = false; late = false; nr = 0; closed[cpu] = closed[cpu] && me != TASK)
}

/* A context comes to a site. */
inline go_through(set)
{
	assert(there[set]);
	if
	:: WHEN(view_first[VIEW(set)] == INT3, was_trap = true; was_nmi = was_nmi || me == NMI; ENTER_TRAP);
		trap(set)
	:: WHEN(view_first[VIEW(set)] != INT3,
		assert(view_first[VIEW(set)] == view_tail[VIEW(set)]);
		if
		:: view_first[VIEW(set)] == NEW && IS_GATE(set)
		:: view_first[VIEW(set)] != NEW && IS_GATE(set) -> open = true
		:: view_first[VIEW(set)] == TABLE && !IS_GATE(set) -> called(set, slot)
		:: else ->
			/* Nops give no answer. */
			assert(!BEHIND(set) || view_first[VIEW(set)] != NEW || STAYS_A_CALL);
			called(set, view_first[VIEW(set)])
		fi)
	fi
}

inline call_op()
{
#ifdef PAIR
	if
	:: go_through(OURS)
	:: go_through(SECOND)
	fi
#else
	go_through(OURS);
#endif
#ifdef GATE
	if
	:: WHEN(open, skip) -> go_through(SECOND); STEP(open = false)
	:: WHEN(!open, skip)
	fi
#endif
}

proctype task(byte cpu)
{
	byte me = TASK, runs;
	bool poke, ours, late, open;
	byte nr;

#ifdef MODULE
	if
	:: cpu == 1 ->
		go_through(GUEST);
		STEP(users--)
	:: else
	fi;
#endif
	do
	:: runs < RUNS -> call_op(); STEP(runs++)
	:: else -> break
	od
}

proctype irq(byte cpu)
{
	byte me = IRQ;
	bool poke, ours, late, open;
	byte nr;

end:	atomic { level[cpu] == TASK && !closed[cpu] -> level[cpu] = IRQ };
	call_op();
	STEP(level[cpu] = TASK)
}

proctype nmi(byte cpu)
{
	byte me = NMI, interrupted;
	bool poke, ours, late, open;
	byte nr;

end:	atomic { level[cpu] != NMI -> interrupted = level[cpu]; level[cpu] = NMI };
	call_op();
	STEP(level[cpu] = interrupted)
}

/* The interrupt of sync_cores(). */
proctype ipi(byte cpu)
{
end:	do
	:: atomic { wanted[cpu] && level[cpu] == TASK && !closed[cpu] -> SERIALISE; wanted[cpu] = false }
	od
}

/* A CPU looks at code whenever it likes. */
proctype fetch(byte cpu)
{
	byte set;

end:	do
	:: atomic { view_first[VIEW(OURS)] != first[OURS] -> view_first[VIEW(OURS)] = first[OURS] }
	:: atomic { view_tail[VIEW(OURS)] != tail[OURS] -> view_tail[VIEW(OURS)] = tail[OURS] }
	:: atomic { view_tail[VIEW(OURS)] != tail[OURS] && view_tail[VIEW(OURS)] != HALF -> view_tail[VIEW(OURS)] = HALF }
#if defined(MODULE) || defined(SECOND)
	:: atomic { view_first[VIEW(GUEST)] != first[GUEST] -> view_first[VIEW(GUEST)] = first[GUEST] }
	:: atomic { view_tail[VIEW(GUEST)] != tail[GUEST] -> view_tail[VIEW(GUEST)] = tail[GUEST] }
	:: atomic { view_tail[VIEW(GUEST)] != tail[GUEST] && view_tail[VIEW(GUEST)] != HALF -> view_tail[VIEW(GUEST)] = HALF }
#endif
	od
}

/* ---- the patcher ---- */

inline wait_for_readers()
{
	WHEN(readers == 0, skip)			/* C: wait_for_readers: while (__atomic_load_n(&live.readers, __ATOMIC_SEQ_CST)) */
							/* C: wait_for_readers: asm volatile("pause"); */
}

inline forget()
{
	STEP(seen_nr = 0);				/* C: forget: __atomic_store_n(&seen.nr, 0, __ATOMIC_SEQ_CST); */
	wait_for_readers()				/* C: forget: wait_for_readers(); */
}

inline patch_forget(set)
{
	if
	:: WHEN(seen_sites == set, skip) -> forget()		/* C: pvops_patch_forget: if (seen.sites == set->sites) */
							/* C: pvops_patch_forget: forget(); */
	:: WHEN(seen_sites != set, skip)
	fi
}

inline remember(set)
{
	if
	:: WHEN(seen_sites == set && seen_nr, skip)		/* C: remember: if (seen.sites == set->sites && seen.nr == set->nr_sites && seen.table == set->table && */
							/* C: remember: seen.saved == set->saved) */
							/* C: remember: return; */
	:: WHEN(seen_sites != set || !seen_nr, skip) ->
		forget();				/* C: remember: forget(); */
		STEP(seen_sites = set);			/* C: remember: seen.sites = set->sites; */
							/* C: remember: seen.table = set->table; */
							/* C: remember: seen.saved = set->saved; */
		STEP(seen_nr = set + 1)			/* C: remember: __atomic_store_n(&seen.nr, set->nr_sites, __ATOMIC_SEQ_CST); */
	fi
}

inline publish(set)
{
	remember(set);					/* C: publish: remember(set); */
	STEP(live_set = set);				/* C: publish: live.set = set; */
							/* C: publish: live.nr = nr; */
	STEP(live_pokes = true)				/* C: publish: __atomic_store_n(&live.pokes, pokes, __ATOMIC_SEQ_CST); */
}

inline unpublish()
{
	STEP(live_pokes = false);			/* C: unpublish: __atomic_store_n(&live.pokes, NULL, __ATOMIC_SEQ_CST); */
	wait_for_readers();				/* C: unpublish: wait_for_readers(); */
							/* the next batch's, or nobody's */
	STEP(pokes_there = false; live_set = NOBODY; in_batch[OURS] = false; in_batch[GUEST] = false)
}

/* pvops_write_text(): an alias that is there with interrupts off only. */
inline write(where, value)
{
	STEP(closed[cpu] = true; where = value);	/* C: pvops_write_text: volatile u8 *alias = set->alias_map(at, len); */
							/* C: pvops_write_text: alias[i] = bytes[i]; */
	STEP(SERIALISE; closed[cpu] = false)		/* C: pvops_write_text: set->alias_unmap((void *)(unsigned long)alias, len); */
}

/* The same for several bytes, one after the other. */
inline write_all(where, value)
{
	STEP(closed[cpu] = true; where = HALF);		/* C: pvops_write_text: for (u32 i = 0; i < len; i++) */
	STEP(where = value);
	STEP(SERIALISE; closed[cpu] = false)
}

/* One that may not come about: there is no alias. C: pvops_write_text: return -PVOPS_ENOMEM; */
#ifdef FAIL
#define TRY(x)			if :: x :: lost = true fi
#define OF_BATCH(set, x)	if :: in_batch[set] -> x :: else fi
#else
#define TRY(x)			x
#define OF_BATCH(set, x)	x
#endif

inline sync_cores()
{
	STEP(other = 1; do :: other < CPUS -> wanted[other] = true; other++ :: else -> break od);
	WHEN(!wanted[1] && !wanted[CPUS - 1], skip)
}

/* The three steps of a site. */
inline breakpoint(set)
{
	OF_BATCH(set, TRY(write(first[set], INT3)))	/* C: pvops_poke_sites: pokes[i].err = pvops_write_text(set, pvops_site_addr(pokes[i].site), &int3, 1); */
}

inline others(set, to)
{
	if
	:: WHEN(first[set] == INT3, skip) ->		/* C: pvops_poke_sites: if (*addr == OP_INT3) */
		TRY(write_all(tail[set], to))
							/* C: pvops_poke_sites: pokes[i].err = pvops_write_text(set, addr + 1, pokes[i].new + 1, */
							/* C: pvops_poke_sites: pokes[i].site->len - 1U); */
	:: WHEN(first[set] != INT3, skip)
	fi
}

inline first_byte(set)
{
	if
	:: WHEN(first[set] == INT3 && tail[set] != HALF, skip) ->
							/* C: pvops_poke_sites: const u8 *first = first_byte(pokes + i); */
							/* C: pvops_poke_sites: if (*addr != OP_INT3 || !first) */
							/* C: pvops_poke_sites: continue; */
		write(first[set], tail[set])		/* C: first_byte: if (same(tail, poke->new + 1, len)) */
							/* C: first_byte: return poke->new; */
							/* C: first_byte: return same(tail, poke->old + 1, len) ? poke->old : NULL; */
							/* C: pvops_poke_sites: err = pvops_write_text(set, addr, first, 1); */
	:: WHEN(first[set] != INT3 || tail[set] == HALF, skip)
	fi
}

inline poke_sites(set, to)
{
	publish(set);					/* C: pvops_poke_sites: publish(set, pokes, nr); */
	breakpoint(set);
	ALSO(breakpoint(SECOND));
	sync_cores();					/* C: pvops_poke_sites: set->sync_cores(); */
	others(set, to);
	ALSO(others(SECOND, to));
	sync_cores();					/* C: pvops_poke_sites: set->sync_cores(); */
	first_byte(set);
	ALSO(first_byte(SECOND));
	sync_cores();					/* C: pvops_poke_sites: set->sync_cores(); */
	unpublish()					/* C: pvops_poke_sites: unpublish(); */
}

/* A site that is not what it is to be, but what it is thought to be. */
#define TO_GO(set)	(first[set] == was && tail[set] == was)

/* Of the sites those that have to go; the others are what they are to be, or are left alone. */
inline patch_sites(set, from, to)
{
	STEP(was = from; in_batch[set] = TO_GO(set); ALSO(in_batch[SECOND] = TO_GO(SECOND)); pokes_there = in_batch[OURS] || in_batch[GUEST]);
							/* C: prepare: if (same(addr, poke->new, site->len)) */
							/* C: prepare: if (err || !same(addr, poke->old, site->len)) */
	if
	:: WHEN(pokes_there, skip) -> poke_sites(set, to)
							/* C: flush: if (nr && set->sync_cores) */
							/* C: flush: pvops_poke_sites(set, pokes, nr); */
	:: WHEN(!pokes_there, skip)
	fi
}

#ifdef MODULE
/* The module's sites are patched before the first pass or behind it; it goes at once, or behind that pass. */
#define PATCH_MODULE(when)	if :: order == when -> patch_sites(GUEST, TABLE, OLD) :: else fi
#define MODULE_GOES(early)					\
	if							\
	:: (order == 0) == early ->				\
		WHEN(users == 0, skip);				\
		patch_forget(GUEST);				\
		STEP(there[GUEST] = false)			\
	:: else							\
	fi
#else
#define PATCH_MODULE(when)	skip
#define MODULE_GOES(early)	skip
#endif

#define TAKEN_BACK(site)	first[site] == TABLE
/* As who does the family has it; or the site goes on through the table. */
#define AS_SAID(site)		first[site] == tail[site] && (first[site] == forms || lost && first[site] == TABLE)

/* The slot and the form, if the table can be opened. That it cannot be closed changes nothing here. */
inline exchange()
{
	if
	:: STEP(slot = NEW; forms = NEW)		/* C: exchange: __atomic_store_n(&pvops_table[op], next.func, __ATOMIC_SEQ_CST); */
							/* C: exchange: state->forms[op] = next; */
#ifdef FAIL
	:: skip						/* C: exchange: int err = pvops_unseal(); */
							/* C: exchange: return err; */
#endif
	fi
}

/* pvops_switch(), with a module that comes and goes meanwhile. */
proctype patcher()
{
	byte cpu = 0, me = TASK, other, order;
	byte was, forms = OLD;				/* pvops_state.forms[op] */
	bool lost;					/* a write has failed since then */

	if
	:: order = 0
#ifdef MODULE
	:: order = 1
	:: order = 2
#endif
	fi;
	if
	:: order < 2 -> PATCH_MODULE(order)
	:: else
	fi;
	MODULE_GOES(true);
	patch_sites(OURS, OLD, TABLE);			/* C: pvops_switch: err = pvops_patch_ops(changes, false); */
	PATCH_MODULE(2);
	MODULE_GOES(false);
	if
	:: WHEN(ALL(TAKEN_BACK), lost = false) -> exchange()	/* else all is to be as it was */
							/* C: pvops_switch: if (!err) */
							/* C: pvops_switch: err = exchange(family); */
	:: WHEN(!(ALL(TAKEN_BACK)), lost = false)
	fi;
	patch_sites(OURS, TABLE, forms);		/* C: pvops_switch: worst = patched ? pvops_patch_ops(changes, true) : 0; */
	STEP(assert(ALL(AS_SAID)); assert(slot == forms); switched = forms == NEW; ended = true)
}

#ifdef WITNESS
/* Not a property: what can come about, so that no property holds for lack of it. */
active proctype witness()
{
end:	atomic { (WITNESS) -> assert(false) }
}
#endif

init
{
	byte cpu;

	atomic {
		there[OURS] = true;
		there[GUEST] = true;
#ifdef MODULE
		first[GUEST] = TABLE; tail[GUEST] = TABLE;
#endif
		users = 1;
		do
		:: cpu < CPUS ->
			SERIALISE_SET(OURS);
			SERIALISE_SET(GUEST);
			run fetch(cpu);
			if
			:: cpu -> run task(cpu); run ipi(cpu)
			:: else -> run patcher()
			fi;
			if
			:: cpu < 2 -> run nmi(cpu)
			:: else
			fi;
#ifdef IRQS
			run irq(cpu);
#endif
			cpu++
		:: else -> break
		od
	}
}
