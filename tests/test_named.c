// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Hypervisors with a name and little else; the TSC as a clock; wide messages. */
#include <pvops/msi.h>
#include <pvops/tsc.h>
#include "scripted.h"
#include "../backends/named/named.c"

#define KHZ	1900000U

static const struct pvops_backend *const all[] = {
	&named_acrn, &named_bhyve, &named_jailhouse, &named_parallels, &named_virtualbox,
	&named_tcg,
};
#define ALL	(sizeof(all) / sizeof(*all))

static int fresh(void **state)
{
	scripted_reset();
	return 0;
}

/* The only one that answers to this name, or NULL. */
static const struct pvops_backend *who(const char *signature)
{
	const struct pvops_backend *found = NULL;

	fresh(NULL);
	face_of(0x40000000, 0x40000001, signature);
	for (size_t i = 0; i < ALL; i++) {
		if (!ask(all[i]).score)
			continue;
		assert_null(found);
		found = all[i];
	}
	return found;
}

static void by_name(void **state)
{
	static const struct {
		const char *signature, *name;
	} rows[] = {
		{ "ACRNACRNACRN", "acrn" }, { "bhyve bhyve ", "bhyve" },
		{ "Jailhouse\0\0\0", "jailhouse" }, { " lrpepyh  vr", "parallels" },
		{ "prl hyperv  ", "parallels" }, { "VBoxVBoxVBox", "virtualbox" },
		{ "TCGTCGTCGTCG", "qemu-tcg" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_string_equal(who(rows[i].signature)->name, rows[i].name);
	/* All twelve bytes count. */
	assert_null(who("Jailhouse\0\0x"));
	assert_null(who("bhyve bhyve\0"));
	assert_null(who("ACRNACRNACRM"));
	assert_null(who(" KVMKVMKVM  "));
	assert_null(who("\0\0\0\0\0\0\0\0\0\0\0\0"));
}

static void not_without_ring_0(void **state)
{
	face_of(0x40000000, 0x40000010, "ACRNACRNACRN");
	proto.ring0 = false;
	assert_int_equal(ask(&named_acrn).score, 0);
}

static void score_is_the_base(void **state)
{
	face_of(0x40000200, 0x40000210, "VBoxVBoxVBox");
	leaf(0x40000210, KHZ, 0, 0, 0);
	assert_int_equal(ask(&named_virtualbox).score, 0x40000200);
	assert_string_equal(ask(&named_virtualbox).reason,
			    "VirtualBox, TSC at 1900000 kHz told, all else native");
	assert_int_equal(ask(&named_virtualbox).role, PVOPS_ROLE_GUEST);
	/* What emulates bare hardware is no more than that, unless somebody asks for it. */
	fresh(state);
	face_of(0x40000000, 0x40000001, "TCGTCGTCGTCG");
	assert_int_equal(ask(&named_tcg).score, 1);
	assert_string_equal(ask(&named_tcg).reason,
			    "QEMU's emulation, offers nothing beyond its name: all is native");
}

/* The clock is native's in any case; the leaf is told of. */
static void told_by_the_leaf(void **state)
{
	static const struct {
		u32 max, khz;
		const char *reason, *says;
	} rows[] = {
		{ 0x40000010, KHZ, "ACRN, TSC at 1900000 kHz told, all else native",
		  "ACRN: the TSC's frequency is told; no extended destination ids" },
		{ 0x400000ff, KHZ, "ACRN, TSC at 1900000 kHz told, all else native",
		  "ACRN: the TSC's frequency is told" },
		{ 0x4000000f, KHZ, "ACRN, offers nothing beyond its name: all is native",
		  "ACRN: no frequency told" },
		{ 0x40000010, 0, "ACRN, offers nothing beyond its name: all is native",
		  "ACRN: no frequency told" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		fresh(state);
		face_of(0x40000000, rows[i].max, "ACRNACRNACRN");
		leaf(0x40000010, rows[i].khz, 0, 0, 0);
		assert_string_equal(ask(&named_acrn).reason, rows[i].reason);
		assert_int_equal(named_acrn.init(&boot), 0);
		SAYS(rows[i].says);
		for (u32 op = 0; op < PVOPS_NR_OPS; op++)
			assert_int_equal(named_forms[op].kind, PVOPS_FORM_EMPTY);
	}
}

static void clock_goes_right(void **state)
{
	struct pvops_timespec ts;

	pvops_tsc_start(2500000);
	assert_in_range(pvops_tsc_clock(), 4937, 4938);
	pvops_tsc_wallclock(&ts);
	assert_true(ts.sec == DATE && ts.nsec == 500);
	tsc += 2500000ULL * 1000 * 3600 - 12345;
	assert_in_range(pvops_tsc_clock(), 3600000000000ULL - 10000, 3600000000000ULL + 10000);
	pvops_tsc_wallclock(&ts);
	assert_in_range(ts.sec, DATE + 3599, DATE + 3600);
	assert_true(ts.nsec < 1000000000);
	/* Odd frequencies: better than a part in 10^8. */
	pvops_tsc_start(3333333);
	tsc += 3333333ULL * 1000 * 100 - 12345;
	assert_in_range(pvops_tsc_clock(), 100000000000ULL - 1000, 100000000000ULL + 1000);
}

static void clock_never_goes_back(void **state)
{
	u64 now;

	pvops_tsc_start(1000000);
	tsc += 5000 - 12345;
	now = pvops_tsc_clock();
	assert_int_equal(now, 12345);
	tsc += 20000;
	now = pvops_tsc_clock();
	assert_int_equal(now, 25000);
	tsc -= 3000;
	assert_int_equal(pvops_tsc_clock(), now);
	tsc -= 40000;				/* a CPU whose TSC is behind the start */
	assert_int_equal(pvops_tsc_clock(), now);
	tsc += 50000;
	assert_int_equal(pvops_tsc_clock(), 32000);
}

static void ticks_to_ns(void **state)
{
	pvops_tsc_start(100000);
	assert_true(pvops_tsc_ns(~0ULL) == ~0ULL);	/* ten times as many ns: they do not fit */
	assert_int_equal(pvops_tsc_ns(7), 70);
	pvops_tsc_start(40000000);
	assert_in_range(pvops_tsc_ns(40000), 999, 1000);
}

static void measured_by_the_base(void **state)
{
	static const u32 khz[] = { 10000, 1000000, 2500000, 3333333, 40000000 };

	for (size_t i = 0; i < sizeof(khz) / sizeof(*khz); i++) {
		u64 start = tsc;

		true_khz = khz[i];
		assert_in_range(pvops_tsc_measure(), khz[i] - khz[i] / 100, khz[i] + khz[i] / 100);
		assert_true(tsc - start >= khz[i]);	/* long enough to be exact */
	}
	/* A clock that stands: bounded, and no answer. */
	true_khz = 0;
	assert_int_equal(pvops_tsc_measure(), 0);
}

static void composes(u32 apic_id, int err, u64 address)
{
	struct pvops_msi msi = { 0 };

	assert_int_equal(pvops_msi_compose(apic_id, 0x41, &msi), err);
	assert_true(msi.address == address);
	assert_int_equal(msi.data, err ? 0 : 0x41);
}

/* First of all tests: it is for good. */
static void wide_where_the_bit_is(void **state)
{
	static const struct {
		const char *signature;
		const struct pvops_backend *backend;
		u32 max, eax;
		unsigned int bits;
	} rows[] = {
		{ "bhyve bhyve ", &named_bhyve, 0x40000001, 0xfffffffe, 8 },
		{ "bhyve bhyve ", &named_bhyve, 0x40000000, 1, 8 },
		{ "ACRNACRNACRN", &named_acrn, 0x40000001, 1, 8 },	/* ACRN's: privileged VM */
		{ "bhyve bhyve ", &named_bhyve, 0x40000001, 1, 15 },
	};
	struct pvops_msi msi;

	composes(0, 0, 0xfee00000);
	composes(0x12, 0, 0xfee12000);
	composes(0xfe, 0, 0xfeefe000);
	composes(0xff, -PVOPS_ERANGE, 0);
	composes(0x100, -PVOPS_ERANGE, 0);
	composes(~0U, -PVOPS_ERANGE, 0);
	assert_int_equal(pvops_msi_compose(0, 15, &msi), -PVOPS_EINVAL);
	assert_int_equal(pvops_msi_compose(0, 256, &msi), -PVOPS_EINVAL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		fresh(state);
		face_of(0x40000000, rows[i].max, rows[i].signature);
		leaf(0x40000001, rows[i].eax, 0, 0, 0);
		assert_int_equal(ask(rows[i].backend).score, 0x40000000);
		assert_int_equal(rows[i].backend->init(&boot), 0);
		assert_int_equal(pvops_msi_bits(), rows[i].bits);
		SAYS(rows[i].bits == 15 ? "APIC ids of 15 bits" : "no extended destination ids");
	}
	assert_string_equal(ask(&named_bhyve).reason,
			    "bhyve, 15-bit destinations, all else native");
	composes(0x12, 0, 0xfee12000);
	composes(0x100, 0, 0xfee00020);
	composes(0x1234, 0, 0xfee34240);
	composes(0x7fff, 0, 0xfeefffe0);
	composes(0xff, -PVOPS_ERANGE, 0);
	composes(0x8000, -PVOPS_ERANGE, 0);
}

static void reasons_fit(void **state)
{
	static const char *const names[ALL] = {
		"ACRNACRNACRN", "bhyve bhyve ", "Jailhouse\0\0\0", " lrpepyh  vr", "VBoxVBoxVBox",
		"TCGTCGTCGTCG",
	};

	for (size_t i = 0; i < ALL; i++) {
		struct pvops_verdict verdict;

		fresh(state);
		face_of(0x40000000, 0x40000010, names[i]);
		leaf(0x40000001, ~0U, 0, 0, 0);
		leaf(0x40000010, ~0U, 0, 0, 0);
		verdict = ask(all[i]);
		assert_true(verdict.score);
		assert_string_equal(verdict.reason + strlen(verdict.reason) - 6, "native");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup(name, fresh)
		T(wide_where_the_bit_is),
		T(by_name),
		T(not_without_ring_0),
		T(score_is_the_base),
		T(told_by_the_leaf),
		T(clock_goes_right),
		T(clock_never_goes_back),
		T(ticks_to_ns),
		T(measured_by_the_base),
		T(reasons_fit),
	};

	return cmocka_run_group_tests_name("named", tests, NULL, NULL);
}
