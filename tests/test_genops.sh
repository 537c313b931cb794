#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
# The generator: a good table goes through, each bad row is refused with its line.
top=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
bad=0

verdict() {	# name, 0 if it went well
	if [ "$2" = 0 ]; then echo "[       OK ] genops_$1"; else echo "[  FAILED  ] genops_$1"; bad=1; fi
}

refused() {	# name, row, what the message must say
	{ printf '@family cpu bound Text.\ncpu good save 6 any void ()\n\tText.\n'; printf '%b\n' "$2"; } > "$dir/t.tbl"
	if "$top/tools/genops" "$dir/t.tbl" "$dir/out" 2> "$dir/err"; then verdict "$1" 1; return; fi
	grep -q "ops.tbl:[0-9]*: .*$3" "$dir/err"
	verdict "$1" $?
}

"$top/tools/genops" "$top/include/pvops/ops.tbl" "$dir/out"
verdict takes_the_real_table $?
[ "$(grep -c '^PVOPS_ROW' "$dir/out/ops-names.h")" = "$(grep -cE '^(cpu|irq|mmu|time|smp|lock) ' "$top/include/pvops/ops.tbl")" ]
verdict makes_a_row_an_op $?
refused unknown_family 'abc x save 6 any void ()\n\tText.' "no family"
refused unknown_convention 'cpu x fast 6 any void ()\n\tText.' "no convention"
refused room_too_large 'cpu x save 12 any void ()\n\tText.' "room"
refused no_text 'cpu x save 6 any void ()' "has no text"
refused twice 'cpu good save 6 any void ()\n\tText.' "twice"
refused not_a_row 'cpu x save' "not understood"
refused call_with_own_register 'cpu x call 6 any void (u32 a@ebx)\n\tText.' "C ABI"
refused too_many_for_save 'cpu x save 6 any void (u32 a, u32 b, u32 c, u32 d, u32 e)\n\tText.' "save op"
exit $bad
