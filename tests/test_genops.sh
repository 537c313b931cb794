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
	grep -q "$dir/t.tbl:4: .*$3" "$dir/err"
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
refused pure_call 'cpu x call+pure 6 any void ()\n\tText.' "only a save op"
refused else_with_a_result 'cpu x call+else 6 any int ()\n\tText.' "has no result"
refused too_many_for_save 'cpu x save 6 any void (u32 a, u32 b, u32 c, u32 d, u32 e)\n\tText.' "save op"

# A kernel's own table behind it: numbered after the library's, which keep theirs.
printf '@family own bound Text.\nown first call 6 any void (struct thing *t)\n\tText.\n' > "$dir/own.tbl"
"$top/tools/genops" "$top/include/pvops/ops.tbl,$dir/own.tbl" "$dir/two" &&
	grep -A1 'PVOPS_OP_own_first,' "$dir/two/ops.h" | grep -q PVOPS_NR_OPS &&
	[ "$(grep -c '^PVOPS_ROW' "$dir/two/ops-names.h")" = $(($(grep -c '^PVOPS_ROW' "$dir/out/ops-names.h") + 1)) ]
verdict takes_a_second_table $?

# What memory holds is kept over a pure op alone; the inline of an else says who has done it.
printf '@family own bound Text.\nown a save+gate+pure 6 any ulong@rax (ulong v@rax)\n\tText.\n' > "$dir/own.tbl"
printf 'own b save+gate 6 any ulong@rax (ulong v@rax)\n\tText.\nown c call+else 6 any void (int v)\n\tText.\n' >> "$dir/own.tbl"
"$top/tools/genops" "$dir/own.tbl" "$dir/own" && [ "$(grep -c '"memory"' "$dir/own/ops.h")" = 2 ]
verdict keeps_memory_over_a_pure_op $?
grep -q 'bool pvops_own_c(int v)' "$dir/own/ops.h" &&
	[ "$(grep -A20 'bool pvops_own_c' "$dir/own/ops.h" | grep -cE 'return (false|true);')" = 2 ]
verdict says_whether_a_backend_did_it $?

# i386, from the same table.
"$top/tools/genops" "$top/include/pvops/ops.tbl" "$dir/again" x86_64 && diff -r "$dir/out" "$dir/again" > /dev/null
verdict says_x86_64_by_default $?
"$top/tools/genops" "$top/include/pvops/ops.tbl" "$dir/32/pvops" i386
verdict takes_the_real_table_for_i386 $?
# A prefix more for each op of the entry.
sed -nE 's,^([a-z]+)[[:space:]]+([a-z_]+)[[:space:]]+entry[[:space:]]+6 .*,s/"\1.\2"\, 6\,/"\1.\2"\, 7\,/; s/PAD_\1_\2 0/PAD_\1_\2 1/,p' \
	"$top/include/pvops/ops.tbl" > "$dir/wider"
[ "$(wc -l < "$dir/wider")" = 4 ] &&
	sed -f "$dir/wider" "$dir/out/ops-names.h" | cmp -s - "$dir/32/pvops/ops-names.h" &&
	sed -f "$dir/wider" "$dir/out/ops-asm.h" | cmp -s - "$dir/32/pvops/ops-asm.h"
verdict gives_i386_the_same_numbers_and_rooms $?
! "$top/tools/genops" "$top/include/pvops/ops.tbl" "$dir/other" vax 2> /dev/null && [ ! -e "$dir/other" ]
verdict refuses_another_machine $?
printf '@family cpu bound Text.\ncpu x save 6 any void (u64 a, u64 b, u32 c)\n\tText.\n' > "$dir/t.tbl"
"$top/tools/genops" "$dir/t.tbl" "$dir/wide" &&
	! "$top/tools/genops" "$dir/t.tbl" "$dir/wide" i386 2> "$dir/err" && grep -q 't.tbl:2: .*do not fit' "$dir/err"
verdict refuses_what_i386_has_no_registers_for $?

# Each inline and each thunk is something that compilers and their assemblers take.
{
	printf '#include <pvops/pvops.h>\n#include <pvops/thunks.h>\n'
	sed -n 's/^#define PVOPS_THUNK_\([a-z0-9_]*\)(.*/PVOPS_THUNK_\1(t_\1, c_\1);/p' "$dir/32/pvops/thunks.h"
	printf 'const void *const uses[] = {\n'
	sed -n 's/^static PVOPS_INLINE_OP [^(]*[ *]\(pvops_[a-z0-9_]*\)(.*/(const void *)\1,/p' "$dir/32/pvops/ops.h"
	printf '};\n'
} > "$dir/all.c"
[ "$(grep -c '^(const' "$dir/all.c")" -gt 90 ]
verdict uses_all_inlines $?
for cc in gcc clang; do for opt in -O0 -O2; do
	$cc -m32 -march=i686 -mregparm=3 -freg-struct-return -ffreestanding -fno-pic -mgeneral-regs-only $opt \
		-I"$dir/32" -I"$top/include" -Wall -Werror -c "$dir/all.c" -o "$dir/all.o"
	verdict "i386_by_${cc}_$opt" $?
done; done

# A narrow argument arrives as what it is: clang's callee does not look at how wide it was.
printf '@family own bound Text.\nown first call 6 any int (bool a, u8 b, u16 c)\n\tText.\n' > "$dir/own.tbl"
printf 'own second save 6 any ulong@rax (u8 a@rbx, u16 b@rdx)\n\tText.\n' >> "$dir/own.tbl"
cat > "$dir/narrow.c" <<-'END'
	#include <pvops/pvops.h>
	#include <pvops/thunks.h>
	static volatile unsigned int many = 0xabcdef12;
	int first(bool a, u8 b, u16 c) { return a == 1 && (int)b == 0x12 && (int)c == 0xef12; }
	PVOPS_THUNK_own_second(thunk, second);
	unsigned long second(u8 a, u16 b) { return (unsigned long)a << 16 | b; }
	const void *pvops_table[PVOPS_NR_OPS] = {
		[PVOPS_OP_own_first] = (const void *)first, [PVOPS_OP_own_second] = thunk,
	};
	int main(void)
	{
		unsigned int seen = many;

		if (!pvops_own_first(seen & 2, (u8)seen, (u16)seen))
			return 1;
		return pvops_own_second((u8)seen, (u16)seen) == 0x12ef12 ? 0 : 2;
	}
END
for arch in x86_64 i386; do
	"$top/tools/genops" "$top/include/pvops/ops.tbl,$dir/own.tbl" "$dir/narrow-$arch/pvops" $arch
	flags="-m64 -mno-red-zone"; [ $arch = i386 ] && flags="-m32 -march=i686 -mregparm=3"
	for cc in gcc clang; do for opt in -O0 -O2; do
		$cc $flags $opt -fno-pie -DPVOPS_HOSTED -I"$dir/narrow-$arch" -I"$top/include" -Wall \
			-c "$dir/narrow.c" -o "$dir/narrow.o" &&
			$cc ${flags%-mregparm*} -no-pie "$dir/narrow.o" -o "$dir/narrow" -Wl,--defsym=pvops_percpu=0 && "$dir/narrow"
		verdict "narrow_arguments_${arch}_by_${cc}_$opt" $?
	done; done
done
exit $bad
