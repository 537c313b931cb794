// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/// Direct stores to page-table entries. Under Xen PV a live table is read-only, and what is stored
/// must hold machine frames: these go through ops.
///
// Confidence: Moderate: a table that is not declared yet may be written in any way
// Options: --no-includes --include-headers
// usage: spatch --sp-file entry.cocci -D report DIR; -D patch changes what has one answer

virtual report
virtual patch

@initialize:python@
@@
OPS = {"pte_t": "pte", "pmd_t": "pmd", "pud_t": "pud", "p4d_t": "pgd", "pgd_t": "pgd", "pvops_pte_t": "pte"}

def tell(position, kind, what, verb):
    level = OPS.get(kind.strip())
    if level:
        coccilib.report.print_report(position[0], what + ": op mmu." + verb + "_" + level)

// ---- *p = entry, p[i] = entry, and what is the same ----

@store@
type T;
T *p;
expression e, i;
position at;
@@
(
 *p@at = e
|
 p@at[i] = e
|
 WRITE_ONCE(*p@at, e)
|
 WRITE_ONCE(p@at[i], e)
|
 smp_store_release(p@at, e)
)

@script:python depends on report@
at << store.at;
T << store.T;
@@
tell(at, T, "a plain store to an entry", "set")

// ---- a member of the entry ----

@part@
type T;
T *p;
expression e;
identifier member =~ "^(pte|pmd|pud|p4d|pgd)(_low|_high)?$";
assignment operator op;
position at;
@@
(
 p@at->member op e
|
 WRITE_ONCE(p@at->member, e)
)

@script:python depends on report@
at << part.at;
T << part.T;
@@
tell(at, T, "a plain store to a part of an entry", "set")

// ---- read and write in one ----

@atomic@
type T, as;
T *p;
identifier member =~ "^(pte|pmd|pud|p4d|pgd)$";
identifier fn =~ "^(xchg|cmpxchg|try_cmpxchg|(__)?(set|clear|change|test_and_(set|clear))_bit)$";
expression list behind;
expression b;
position at;
@@
(
 fn(b, &p@at->member)
|
 fn(b, (as)&p@at->member)
|
 fn(&p@at->member, behind)
|
 fn((as)&p@at->member, behind)
)

@script:python depends on report@
at << atomic.at;
T << atomic.T;
@@
tell(at, T, "an entry changed by an atomic instruction", "xchg")

@whole@
type T;
T *p;
identifier fn =~ "^(xchg|cmpxchg|try_cmpxchg)$";
expression list behind;
position at;
@@
 fn(p@at, behind)

@script:python depends on report@
at << whole.at;
T << whole.T;
@@
tell(at, T, "an entry changed by an atomic instruction", "xchg")

// ---- many at once ----

@bytes@
type T;
T *p;
expression list behind;
identifier fn =~ "^(memset|memcpy|memmove|__memcpy)$";
position at;
@@
 fn(p@at, behind)

@script:python depends on report@
at << bytes.at;
T << bytes.T;
@@
tell(at, T, "entries written as memory", "set")

// ---- what has one answer ----

@depends on patch@
typedef pte_t;
pte_t *p;
expression e;
@@
(
- *p = e
+ set_pte(p, e)
|
- WRITE_ONCE(*p, e)
+ set_pte(p, e)
)

@depends on patch@
typedef pmd_t;
pmd_t *p;
expression e;
@@
(
- *p = e
+ set_pmd(p, e)
|
- WRITE_ONCE(*p, e)
+ set_pmd(p, e)
)

@depends on patch@
typedef pud_t;
pud_t *p;
expression e;
@@
(
- *p = e
+ set_pud(p, e)
|
- WRITE_ONCE(*p, e)
+ set_pud(p, e)
)

@depends on patch@
typedef pgd_t;
pgd_t *p;
expression e;
@@
(
- *p = e
+ set_pgd(p, e)
|
- WRITE_ONCE(*p, e)
+ set_pgd(p, e)
)
