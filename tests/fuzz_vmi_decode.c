// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/* Any bytes as an instruction that faulted in a deprivileged kernel. */
#include <string.h>
#include "fuzz.h"
#include "vmi-rom/monitor/decode.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct m_insn insn, again;
	u32 gpr[8];
	u8 *exact;

	if (!m_decode(data, (u32)size, &insn))
		return 0;
	check(insn.kind < M_NR_KINDS && insn.len && insn.len <= M_INSN_MAX && insn.len <= size);
	check(m_name(&insn) && m_name(&insn)[0]);
	check(insn.size == 1 || insn.size == 2 || insn.size == 4);
	check(insn.reg < 8 && insn.rm < 8 && insn.segment <= M_GS && insn.scale < 4);
	check(insn.base <= M_NO_REG && insn.index <= M_NO_REG && insn.index != M_ESP);
	/* Nothing behind its end is looked at, and nothing before is left out. */
	exact = malloc(insn.len);
	memcpy(exact, data, insn.len);
	check(m_decode(exact, insn.len, &again) && !memcmp(&insn, &again, sizeof(insn)));
	check(!m_decode(exact, insn.len - 1U, &again));
	free(exact);
	input(data + insn.len, size - insn.len);
	fill(gpr, sizeof(gpr));
	check(!insn.addr16 || m_offset(&insn, gpr) <= 0xffff);
	return 0;
}
