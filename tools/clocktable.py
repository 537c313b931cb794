#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""Print the table of clocks (core/clock.c) for Documentation/clocks.rst: of each backend, its rows.

A backend's facts are those of CPUID, if it asks for them, and those that its sources name.
"""
import re
from collections import namedtuple
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
START, END = "pvops_clock_rows[] = {\n", "\t{ 0 }\n"
MEASURED = {"KHZ_MEASURED", "KHZ_LEAF_16"}	# the base's to use: see pvops_clock_offer()

Row = namedtuple("Row", "name kind all any none why")


def span(text):
    """Where the rows begin and end in core/clock.c."""
    start = text.index(START) + len(START)
    return start, text.index(END, start)


def split(text):
    """The rows as they are written: fields of text."""
    start, end = span(text)
    rows = []
    for row in re.findall(r"\{.*?\}", text[start:end], re.S):
        fields = re.fullmatch(r"\{\s*(\"[^\"]*\"), (\S+), ([^,]*), ([^,]*),\s*([^,]*),\s*(\".*\")\s*\}", row, re.S)
        rows.append(Row(*fields.groups()))
    return rows


def facts(field, text):
    """Names of the facts of a field; macros of several are those of core/clock.c."""
    found = []
    for macro, arg in re.findall(r"(\w+)(?:\((\w+)\))?", field):
        if macro == "HAS":
            found.append(arg)
        elif macro == "KHZ":
            found.append("KHZ_" + arg)
        elif macro != "0":
            found += facts(re.search(rf"#define {macro}\s+\((.*?)\)(?:\s*/\*.*)?\n", text).group(1), text)
    return found


def table(text):
    """The rows with names of facts."""
    return [Row(row.name.strip('"'), re.search(r"\((\w+)\)", row.kind).group(1),
                *(facts(field, text) for field in row[2:5]), row.why.strip('"')) for row in split(text)]


def named(text):
    names = re.findall(r"PVOPS_(?:CLOCK_(?!KIND_|KHZ)|(?=KHZ_))([A-Z0-9_]+)", text)
    return set(names) - {"KHZ_"}


def backends(core):
    """(name, facts it may know, facts that are always there)"""
    cpuid = named(core[core.index("void pvops_clock_cpuid_facts"):core.index("static bool allows")])
    for folder in sorted((TOP / "backends").iterdir(), key=lambda path: (path.name != "native", path.name)):
        text = "".join(path.read_text() for path in sorted(folder.glob("*.c")))
        if "pvops_clock_offer(" not in text:
            continue
        if "pvops_clock_cpuid_facts(" in text:
            always = named("".join(re.findall(r"^\tfacts\.has \|= .*;", text, re.M)))
            yield folder.name, named(text) | cpuid, always
        else:
            yield folder.name, named(text), named(text)


def hides(early, row, always):
    """Whether whatever does for a row does for an earlier one."""
    return set(early.all) - always <= set(row.all) and set(early.none) <= set(row.none) and \
        (not early.any or bool(row.any) and set(row.any) <= set(early.any))


def rows_of(rows, known, always, native):
    able = []
    for row in rows:
        told = set(row.any) & known - (set() if native else MEASURED)
        row = row._replace(any=[name for name in row.any if name in told]) if told or not row.any else None
        if row and set(row.all) <= known and not any(hides(early, row, always) for early in able):
            able.append(row)
    return able


def condition(row):
    text = ", ".join(row.all)
    if row.any:
        text += "; of " + ", ".join(row.any) + (" one" if len(row.any) > 1 else "")
    return text + ("; not " + ", ".join(row.none) if row.none else "")


def reason(row):
    return (f"{row.name} at N kHz WHO: " if row.kind == "TSC" else f"{row.name}: ") + row.why


def rst():
    core = (TOP / "core/clock.c").read_text()
    rows = table(core)
    used = set()
    out = []
    for name, known, always in backends(core):
        able = rows_of(rows, known, always, name == "native")
        out += [f"``{name}``", "", ".. list-table::", "   :header-rows: 1", "   :widths: 45 55", "",
                "   * - if", "     - then"]
        for row in able:
            used.add((row.all and tuple(row.all), row.why))
            out += [f"   * - {condition(row)}", f"     - ``{reason(row)}``"]
        out.append("")
    rest = [row for row in rows if (row.all and tuple(row.all), row.why) not in used]
    out += ["Rows that no backend here has facts for: " + ", ".join(f"``{row.name}``" for row in rest) + ".", ""]
    return "\n".join(out)


if __name__ == "__main__":
    print(rst(), end="")
