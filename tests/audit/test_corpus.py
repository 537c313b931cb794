# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""Each sensitive instruction and each defect in a small ELF file of its own, and a clean twin."""
import re

import pytest

import objdump
from images import HERE, audit, label, run


def rows(name, fields):
    for line in (HERE / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            words = line.split("\t")
            assert len(words) == fields, line
            yield from ((int(bits), *words[1:]) for bits in words[0].split())


INSTRUCTIONS = sorted(rows("instructions.txt", 3))
DEFECTS = [path for path in sorted(HERE.glob("*.S")) if path.stem not in ("table", "corpus.lds")]


@pytest.mark.parametrize("bits,name,text", INSTRUCTIONS)
def test_an_instruction_is_found(maker, bits, name, text):
    image = maker.text(text, bits)
    report = audit(image, status=1)
    found = report["findings"]
    assert [(row["rule"], row["instruction"], int(row["address"], 16)) for row in found] == \
        [("sensitive", name, label(image, "bad"))]
    # All others know it too; gas may not know what objdump has, nor the other way round.
    address, length, says = next(row for row in objdump.lines(image) if row[0] == label(image, "bad"))
    assert length == found[0]["length"]
    assert objdump.agrees(name, says) or text.startswith(".byte")
    run("pvaudit-checked", "--no-symbols", image, status=1)


def test_every_row_of_the_list_has_a_file():
    listed = {line.split("\t")[0] for line in run("pvaudit", "--list", status=0).stdout.splitlines()}
    assert listed == {name for _, name, _ in INSTRUCTIONS}


@pytest.mark.parametrize("bits", (64, 32))
def test_what_only_looks_like_one_is_not(maker, bits):
    body = "\n\t".join(text for width, text in rows("plain.txt", 2) if width == bits)
    report = audit(maker.text(body, bits), status=0)
    assert report["findings"] == [] and report["instructions"] > 20


@pytest.mark.parametrize("bits", (64, 32))
@pytest.mark.parametrize("path", DEFECTS, ids=lambda path: path.stem)
def test_a_defect_is_found_and_its_twin_is_clean(maker, path, bits):
    rule = re.search(r"/\* finding: ([\w-]+): ", path.read_text(encoding="utf-8"))[1]
    bad, good = maker.file(path, bits, "-DBAD"), maker.file(path, bits)
    assert [(row["rule"], int(row["address"], 16)) for row in audit(bad, status=1)["findings"]] == \
        [(rule, label(bad, "bad"))]
    assert [row for row in audit(good, status=0)["findings"] if row["reached"]] == []


def test_every_rule_has_a_file():
    report = run("pvaudit", "--sarif", "/bin/true").stdout
    rules = set(re.findall(r'"id": "([\w-]+)"', report))
    assert rules == {re.search(r"/\* finding: ([\w-]+): ", path.read_text(encoding="utf-8"))[1] for path in DEFECTS}


def test_bytes_that_nothing_leads_to_are_told_of(maker):
    image = maker.text("jmp 1f\n\t.byte 0xfa, 0xfb\n1:", 64)
    report = audit(image, status=0)
    assert {row["reached"] for row in report["findings"]} == {False}
    assert [row["instruction"] for row in report["findings"]] == ["cli", "sti"] and report["unreached_bytes"] == 2
    run("pvaudit-checked", "--strict", image, status=1)
    assert "nothing leads to 2 bytes in 1 places" in run("pvaudit-checked", image, status=0).stdout


def test_what_is_not_understood_is_told(maker):
    """LKGS is younger than this Zydis, and than this gas."""
    image = maker.text(".byte 0xf2, 0x0f, 0x00, 0xf7", 64)
    assert "not understood: start+0x1: f2 0f 00 f7\n" in run("pvaudit-checked", image, status=0).stdout
    assert audit(image, status=0)["not_understood"] == ["0x100001"]
    run("pvaudit-checked", "--strict", image, status=1)


def test_what_is_behind_it_is_looked_at(maker):
    for text, unknown, found in ((".byte 0xf2, 0x0f, 0x00, 0xf7; cli", 1, ["cli"]), (".byte 0x0f, 0x01, 0xc6; cli", 1, ["cli"]),
                                 ("uiret; .byte 6, 6", 0, ["uiret"])):
        report = audit(maker.text(text.replace("uiret", ".byte 0xf3, 0x0f, 0x01, 0xec"), 64), status=1)
        assert len(report["not_understood"]) == unknown
        assert [row["instruction"] for row in report["findings"] if row["reached"]] == found


def test_hosts_decide_what_counts(maker):
    clean = {"cli": ("hvm", "svm,vtx", "confidential", "umip"), "wbinvd": ("umip",), "sgdt": ("svm", "confidential"),
             "mov %cs, %eax": ("hvm", "confidential", "umip")}
    for text, hosts in clean.items():
        operand = " (%rax)" if text == "sgdt" else ""
        image = maker.text(text + operand, 64)
        for host in hosts:
            run("pvaudit-checked", "--host", host, image, status=0)
        run("pvaudit-checked", "--host", "pv," + hosts[0], image, status=1)
    for words in ("moon", "pv,moon", "pv,,svm", ""):
        assert "words are pv umip" in run("pvaudit-checked", "--host", words, image, status=2).stderr


def test_a_long_site_overlaps_more_than_the_next_one(maker):
    records = "".join(f"\n\t.pushsection .pvops_sites, \"a\"\n\t.long bad + {at} - .\n\t.short 0\n\t.byte {size}, 0\n\t.popsection"
                      for at, size in ((0, 15), (2, 2), (8, 6)))
    image = maker.text("nop; .fill 20, 1, 0x90" + records, 64)
    base = label(image, "bad")
    found = [row for row in audit(image, status=1)["findings"] if row["rule"] == "site-overlap"]
    assert [int(row["address"], 16) - base for row in found] == [2, 8]
