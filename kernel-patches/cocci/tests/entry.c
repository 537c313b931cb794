// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* What entry.cocci has to find. */
typedef struct { unsigned long pte; } pte_t;
typedef struct { unsigned long pmd; } pmd_t;
typedef struct { unsigned long pgd; } pgd_t;

static void stores(pte_t *ptep, pmd_t *pmdp, pgd_t *pgd, pte_t pte, pmd_t pmd, int i)
{
	*ptep = pte;				/* op: mmu.set_pte */
	ptep[i] = pte;				/* op: mmu.set_pte */
	*pmdp = pmd;				/* op: mmu.set_pmd */
	WRITE_ONCE(*ptep, pte);			/* op: mmu.set_pte */
	WRITE_ONCE(pgd[i], pgd[i + 1]);		/* op: mmu.set_pgd */
	ptep->pte = 0;				/* op: mmu.set_pte */
	ptep->pte |= 2;				/* op: mmu.set_pte */
	WRITE_ONCE(pmdp->pmd, 0);		/* op: mmu.set_pmd */
}

static pte_t exchanges(pte_t *ptep, pte_t pte)
{
	clear_bit(1, &ptep->pte);		/* op: mmu.xchg_pte */
	pte.pte = xchg(&ptep->pte, 0);		/* op: mmu.xchg_pte */
	test_and_clear_bit(5, (unsigned long *)&ptep->pte);	/* op: mmu.xchg_pte */
	while (!try_cmpxchg((long *)&ptep->pte, (long *)&pte, 0))	/* op: mmu.xchg_pte */
		;
	memset(ptep, 0, 4096);			/* op: mmu.set_pte */
	return pte;
}

/* Copies of entries, and pointers, are nobody's business. */
static pte_t harmless(pte_t *ptep, pte_t *other)
{
	pte_t pte = *ptep;
	unsigned long table[4];

	pte.pte |= 2;
	table[1] = pte.pte;
	ptep = other;
	set_pte(ptep, pte);
	return pte;
}
