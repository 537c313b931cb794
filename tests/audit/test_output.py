# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""What pvaudit prints, takes and refuses."""
import json
import os
import random
import re
import shutil
import struct
import subprocess

import pytest

from images import MODES, OUT, TOP, audit, guest, label, make, run, suppressions


ABI = re.search(r"PVOPS_BACKEND_ABI\s+(\d+)", (TOP / "include/pvops/backend.h").read_text())[1]


@pytest.fixture(scope="module", name="stray")
def stray_(maker):
    return maker.text("cli", 64)


def test_text_says_where_what_and_what_instead(stray):
    text = run("pvaudit-checked", stray, status=1).stdout
    assert re.search(r"0x100001 start\+0x1: sensitive: cli \(C\): .* \[pv64: #GP\]; use irq\.disable\n\tcli\n", text)
    assert "1 findings" in run("pvaudit-checked", "--quiet", stray, status=1).stdout
    assert "1 in 1 functions: sensitive cli; use irq.disable" in run("pvaudit-checked", "--brief", stray, status=1).stdout


def test_lines_of_source_come_from_dwarf():
    """Where the compiler says it, inlined or not; and through a header that is included by a long way."""
    findings = audit(guest(64), program="pvaudit")["findings"]
    assert all(row["file"] and row["line"] for row in findings)
    files = {row["file"].removeprefix(f"{TOP}/") for row in findings}
    assert {"guest/bench.c", "guest/test.h", "guest/user/sensitive.h"} <= files
    for row in findings:
        if row["instruction"] == "swapgs" and row["file"].endswith("entry64.S"):
            line = (TOP / "guest/entry64.S").read_text(encoding="utf-8").splitlines()[row["line"] - 1]
            assert line.strip() == "swapgs"
            break
    else:
        pytest.fail("no swapgs in entry64.S")


def test_every_op_to_use_exists():
    ops = {op["op"] for op in json.loads((OUT / "include/pvops/ops.json").read_text(encoding="utf-8"))["ops"]}
    used = {line.split("\t")[3] for line in run("pvaudit", "--list", status=0).stdout.splitlines()}
    assert used - {"-"} <= ops and len(used) > 30


def test_umip_is_about_five():
    rows = [line.split("\t") for line in run("pvaudit", "--list", status=0).stdout.splitlines()]
    assert {name for name, _, effects, *_ in rows if effects[2] != "."} == {"sgdt", "sidt", "sldt", "smsw", "str"}
    assert all(len(effects) == 7 and set(effects) <= set(".twguv") and effects != "......." for _, _, effects, *_ in rows)
    assert all(set(kind) <= set("CML") and kind for _, kind, *_ in rows)


def test_sites_are_listed():
    lines = run("pvaudit", "--sites", "--quiet", guest(64), status=1).stdout.splitlines()
    sites = [line for line in lines if line.startswith("site 0x")]
    assert len(sites) == len(audit(guest(64), program="pvaudit")["sites"])
    assert any(re.search(r" irq\.save len 9 room 9 kind 0: 2e 2e 2e ff 15 ", line) for line in sites)


def test_sarif(stray, tmp_path):
    reasons = tmp_path / "reasons"
    reasons.write_text("cli\tstart\t*\tit is meant\n", encoding="utf-8")
    for args, suppressed in (((), False), ((f"--suppressions={reasons}",), True)):
        log = json.loads(run("pvaudit-checked", "--sarif", *args, stray, status=0 if suppressed else 1).stdout)
        assert log["version"] == "2.1.0" and "sarif" in log["$schema"]
        (one,) = log["runs"]
        rules = one["tool"]["driver"]["rules"]
        assert one["tool"]["driver"]["name"] == "pvaudit" and all(rule["shortDescription"]["text"] for rule in rules)
        (result,) = one["results"]
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == "sensitive"
        assert result["level"] == "error" and "use irq.disable" in result["message"]["text"]
        assert result["locations"][0]["logicalLocations"] == [{"kind": "function", "name": "start"}]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert result.get("suppressions", []) == \
            [{"kind": "external", "justification": "it is meant"}] * suppressed


def test_sarif_tells_findings_without_a_line_apart(maker):
    """By the message, which says where; and an address of the kernel's half is told whole."""
    image = maker.text("cli\n\tcli", 64)
    wanted = [row["address"] for row in audit(image, status=1)["findings"]]
    results = json.loads(run("pvaudit-checked", "--sarif", image, status=1).stdout)["runs"][0]["results"]
    assert [row["locations"][0]["physicalLocation"]["address"] for row in results] == [{"name": at} for at in wanted]
    messages = [row["message"]["text"] for row in results]
    assert [text.split(": cli (C)")[0] for text in messages] == \
        [f"start+{at - 0x100000:#x} ({at:#x}): cli" for at in (int(text, 16) for text in wanted)]
    known = audit(guest(64), program="pvaudit")["findings"]
    results = json.loads(run("pvaudit", "--sarif", guest(64), status=1).stdout)["runs"][0]["results"]
    assert [row["locations"][0]["physicalLocation"]["address"]["name"] for row in results] == [row["address"] for row in known]
    assert int(known[0]["address"], 16) >> 63 == 1


def test_the_op_to_use_has_the_width(maker):
    for width, port_in, port_out in ((8, "in %dx, %al", "out %al, $4"), (16, "in $4, %ax", "out %ax, %dx"),
                                     (32, "in %dx, %eax", "out %eax, %dx")):
        for bits in (64, 32):
            for text, op in ((port_in, f"cpu.in{width}"), (port_out, f"cpu.out{width}")):
                (found,) = audit(maker.text(text, bits), status=1)["findings"]
                assert found["use"] == op


def test_names_in_utf_8_stay_what_they_are(maker, tmp_path):
    """And bytes that are none do not spoil the JSON."""
    image = maker.text("cli", 64)
    for name in ("k\u00e9rnel-\u20ac-\U0001f427".encode(), b"\xff\xc0\x80-\xed\xa0\x80"):
        path = tmp_path / os.fsdecode(name)
        shutil.copy(image, path)
        done = subprocess.run([OUT / "pvaudit-checked", "--json", path], capture_output=True, check=False, timeout=60)
        told = json.loads(done.stdout.decode("utf-8"))["image"]
        assert done.returncode == 1
        assert told.encode("utf-8" if name[0] == ord("k") else "latin-1").endswith(name)


def test_sarif_of_the_guest_names_files_of_the_tree():
    done = subprocess.run([OUT / "pvaudit", "--sarif", *suppressions(64), guest(64)], cwd=TOP, capture_output=True,
                          text=True, check=True)
    results = json.loads(done.stdout)["runs"][0]["results"]
    for result in results:
        place = result["locations"][0]["physicalLocation"]
        lines = (TOP / place["artifactLocation"]["uri"]).read_text(encoding="utf-8").count("\n")
        assert 0 < place["region"]["startLine"] <= lines
    assert {result["level"] for result in results} == {"error", "warning"}


def test_suppressions(stray, tmp_path):
    path = tmp_path / "reasons"
    for line, status, says in (("cli\tstart\t*\twhy", 0, "1 suppressed; 0 findings"), ("@(sti|cli)\t@(end|st*)\t*\twhy", 0, "1 suppressed"),
                               ("@(sti|hlt)\t*\t*\twhy", 1, "fits no finding"), ("*\t*\t*\twhy", 0, "0 findings"),
                               ("sti\t*\t*\twhy", 1, "reasons:2: fits no finding: sti"),
                               ("cli\tother\t*\twhy", 1, "fits no finding"), ("cli\tstart\ta.c\twhy", 1, "fits no finding")):
        path.write_text(f"# a comment\n{line}\n", encoding="utf-8")
        assert says in run("pvaudit-checked", f"--suppressions={path}", stray, status=status).stdout
    path.write_text("cli\tstart\t*\twhy\nsti\t*\t*\tnever\n", encoding="utf-8")
    run("pvaudit-checked", f"--suppressions={path}", stray, status=0)
    run("pvaudit-checked", "--strict", f"--suppressions={path}", stray, status=1)
    for line in ("cli\tstart\t*\t", "cli start * why", "cli\tstart\t*\twhy\tmore"):
        path.write_text(line + "\n", encoding="utf-8")
        assert "reasons:1: not 'what" in run("pvaudit-checked", f"--suppressions={path}", stray, status=2).stderr
    assert "No such file" in run("pvaudit-checked", "--suppressions=/nowhere", stray, status=2).stderr
    assert "Is a directory" in run("pvaudit-checked", f"--suppressions={tmp_path}", stray, status=2).stderr


def test_a_pattern_for_files_stays_in_its_folder(tmp_path):
    """`*` is no slash: guest/* does not take what is in guest/tests."""
    path = tmp_path / "reasons"
    path.write_text("*\t*\tguest/*\twhy\n", encoding="utf-8")
    findings = audit(f"--suppressions={path}", guest(64), program="pvaudit", status=1)["findings"]
    for row in findings:
        below = row["file"].removeprefix(f"{TOP}/")
        assert bool(row["suppressed"]) == bool(re.fullmatch("guest/[^/]*", below)), below
    assert len({row["suppressed"] for row in findings}) == 2


def test_a_defect_is_suppressed_by_its_name_alone(maker, tmp_path):
    bad = maker.file(TOP / "tests/audit/overlap.S", 64, "-DBAD")
    path = tmp_path / "reasons"
    path.write_text("*\t*\t*\tany instruction\n", encoding="utf-8")
    run("pvaudit-checked", f"--suppressions={path}", bad, status=1)
    path.write_text("site-overlap\t*\t*\tthis one\n", encoding="utf-8")
    run("pvaudit-checked", f"--suppressions={path}", bad, status=0)


@pytest.mark.parametrize("bits", (64, 32))
def test_note(bits):
    ops = json.loads((MODES[bits][1] / "include/pvops/ops.json").read_text(encoding="utf-8"))
    said = dict(line.split(" ", 1) for line in run("pvaudit-checked", "--note", guest(bits), status=0).stdout.splitlines())
    assert said["abi"] == ABI
    assert said["ops"].split(",")[0] == str(len(ops["ops"])) and said["families"].split() == list(ops["families"])
    assert {"native", "kvm", "hyperv", "vmware", "xen-hvm", "xen-pv" if bits == 64 else "vmi"} <= set(said["backends"].split())
    version = re.search(r'PVOPS_VERSION\s+"(.*)"', (TOP / "include/pvops/pvops.h").read_text(encoding="utf-8"))[1]
    assert said["version"] == version
    count = len(audit(guest(bits), program="pvaudit")["sites"])
    assert said["sites"] == f"{count}, at {label(guest(bits), 'pvops_sites_start'):#x}; table at {label(guest(bits), 'pvops_table'):#x}"


@pytest.mark.parametrize("needs,status,says", (
    (f"abi:{ABI},backend:native", 0, ""), (f"abi:{ABI}x", 1, f"refused: its ABI is not {ABI}x"),
    ("backend:xen-pv,backend:kvm", 0, ""), ("abi:99", 1, "refused: its ABI is not 99"),
    ("backend:moon", 1, "refused: has no backend moon"), ("family:cpu,family:irq,family:mmu", 1, "needs op family time"),
    ("family:cpu,family:irq,family:mmu,family:time,family:smp,family:lock", 0, ""), ("moon", 2, "not moon")))
def test_a_loader_can_refuse(needs, status, says):
    done = run("pvaudit-checked", "--note", "--needs", needs, guest(64), status=status)
    assert says in done.stderr and bool(done.stderr) == bool(says)


def by_hand(*notes):
    """Notes in assembly: (type, description)."""
    return "".join(f"""	.section .note.pvops, "a", @note
	.balign	4
	.long	6, 2f - 1f, {kind}
	.asciz	"pvops"
	.balign	4
1:	{text}
2:	.balign	4
""" for kind, text in notes)


def naming(maker, tmp_path, bits, names):
    """An image whose kernel names backends in place of registering them."""
    source, obj = tmp_path / "names.s", tmp_path / "names.o"
    source.write_text(by_hand((1, f'.long {ABI}, 1, 2; .asciz "0.1"'), (2, '.asciz "cpu"'), (4, names)) +
                      "\t.text\n\t.globl start\nstart:\tret\n", encoding="utf-8")
    subprocess.run(["as", f"--{bits}", source, "-o", obj], check=True, timeout=30)
    return maker.link(obj, bits)


@pytest.mark.parametrize("bits", (64, 32))
def test_a_kernel_may_just_name_its_backends(maker, tmp_path, bits):
    image = naming(maker, tmp_path, bits, '.asciz "native"; .asciz "xen-pv"; .asciz "a-third"')
    done = run("pvaudit-checked", "--note", "--needs", "backend:a-third", image, status=0)
    assert "\nbackends native xen-pv a-third\n" in done.stdout
    assert "has no backend kvm" in run("pvaudit-checked", "--note", "--needs", "backend:kvm", image, status=1).stderr
    for text in ('.ascii "native"', ""):
        assert "makes no sense" in run("pvaudit-checked", "--note", naming(maker, tmp_path, bits, text), status=2).stderr


def test_what_the_pages_show_works():
    """Each command line of theirs that is about what is built here, and its exit status."""
    lines = {}
    for page in ("audit.rst", "man/pvaudit.rst"):
        text = (TOP / "Documentation" / page).read_text(encoding="utf-8").replace("\\\n", "")
        for example in re.finditer(r"^    (?:\$ build/)?pvaudit (.*)\n((?:    [^$\n]+\n|\t.*\n)*)", text, re.M):
            lines[example[1]] = example[2]
    shown = [line for line in lines if "vmlinux" not in line]
    assert len(shown) >= 4 and any("--needs" in line for line in shown)
    make("ARCH=i386", f"O={OUT}/i386", f"{OUT}/i386/guest-naughty.elf")
    for line in shown:
        bad = "refused" in lines[line] or ": sensitive: " in lines[line]
        words = [re.sub(r"^build/", f"{OUT}/", word) for word in line.split()]
        done = subprocess.run([OUT / "pvaudit", *words], cwd=TOP, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == int(bad), (line, done.stderr)


def test_an_image_without_a_note(stray):
    assert "has no pvops note" in run("pvaudit-checked", "--note", stray, status=2).stderr


def test_the_digest_is_of_the_list(tmp_path):
    """Another room, another digest: a tool can tell that it has the list of another image."""
    table = (TOP / "include/pvops/ops.tbl").read_text(encoding="utf-8")
    digests = set()
    for text in (table, table.replace("cpu read_cr2	save	8", "cpu read_cr2	save	9")):
        (tmp_path / "ops.tbl").write_text(text, encoding="utf-8")
        for header in (TOP / "include/pvops").glob("*.h"):
            shutil.copy(header, tmp_path)
        subprocess.run([TOP / "tools/genops", tmp_path / "ops.tbl", tmp_path / "out"], check=True)
        digests.add(re.search(r"PVOPS_OPS_DIGEST\s+(\w+)", (tmp_path / "out/ops.h").read_text(encoding="utf-8"))[1])
    assert len(digests) == 2


def test_ops_of_another_list_have_no_names(tmp_path):
    """An image whose note has another digest: its sites are told by number, their rooms are not known."""
    data, path = bytearray(guest(64).read_bytes()), tmp_path / "other"
    at = data.index(struct.pack("<I", 1) + b"pvops\0\0\0") + 12
    data[at + 8] ^= 1
    path.write_bytes(data)
    report = audit(path, status=1, program="pvaudit")
    assert all(re.fullmatch(r"op \d+", row["op"]) and row["room"] == 0 for row in report["sites"])
    assert {row["rule"] for row in report["findings"]} == {"sensitive"}


def test_each_pair_of_options_does_something_or_is_refused(tmp_path):
    """With one line, and not by leaving one of them out."""
    image, reasons = guest(64), tmp_path / "reasons"
    reasons.write_text("cli\t*\t*\tit is meant\n", encoding="utf-8")
    options = {"--host": "hvm", "--suppressions": reasons, "--sites": None, "--brief": None, "--quiet": None, "--json": None,
               "--sarif": None, "--strict": None, "--no-symbols": None, "--note": None, "--list": None}
    listed = set(re.findall(r"^  (--[\w-]+)", run("pvaudit", "--help", status=0).stdout, re.M))
    assert listed == {*options, "--needs", "--help"}

    def told(*names):
        words = [word for name in names for word in (name, options[name]) if word]
        done = run("pvaudit", *words, *[image] * ("--list" not in names))
        return done.returncode, done.stdout, done.stderr
    alone = {name: told(name) for name in options}
    # All sites are in that form anyway; the note's addresses are not by symbols.
    same, refusals = {("--json", "--sites"), ("--note", "--no-symbols")}, 0
    for one in options:
        for other in options.keys() - {one}:
            code, out, err = told(one, other)
            if code == 2:
                refusals += 1
                assert out == "" and re.fullmatch(r"pvaudit: --\S+ and --\S+ do not go together\n", err), (one, other)
            # A matter of the exit status, which the guest has with and without it; other tests see to it.
            elif "--strict" not in (one, other) and (one, other) not in same:
                assert out != alone[one][1], (one, other)
    assert refusals == 2 * (10 + 8 + 3 + 3 + 1)
    for words in (("--json", "--json"), ("--host", "pv", "--host", "pv"), ("--note", "--needs", "abi:1", "--needs", "abi:2")):
        assert re.fullmatch(r"pvaudit: --\w+: once\n", run("pvaudit", *words, image, status=2).stderr)
    assert "of no image" in run("pvaudit", "--list", image, status=2).stderr


def refused(path, *args):
    done = run("pvaudit-checked", *args, path, status=2)
    assert done.stdout == "" and done.stderr.count("\n") == 1 and done.stderr.startswith("pvaudit: ")
    return done.stderr


def test_what_is_no_image_is_refused_in_one_line(tmp_path):
    empty, text = tmp_path / "empty", tmp_path / "text"
    empty.write_bytes(b"")
    text.write_bytes(b"#!/bin/sh\n" * 20)
    assert "No such file" in refused(tmp_path / "nowhere")
    assert "not a file" in refused(tmp_path)
    os.mkfifo(tmp_path / "fifo")
    assert "not a file" in refused(tmp_path / "fifo")
    assert "not an ELF file" in refused(empty) and "not an ELF file" in refused(text)
    core = bytearray(guest(64).read_bytes())
    core[16] = 4
    text.write_bytes(core)
    assert "neither linked nor an object" in refused(text)
    arm = bytearray(guest(64).read_bytes())
    arm[18] = 183
    text.write_bytes(arm)
    assert "not of x86-64 or i386" in refused(text)
    assert "one image, please" in run("pvaudit-checked", status=2).stderr
    assert "one image, please" in run("pvaudit-checked", text, text, status=2).stderr
    run("pvaudit-checked", "--moon", text, status=2)


def test_a_multiboot2_header_that_leads_nowhere(tmp_path):
    """Tags whose sizes would make a reader stand still or leave the header."""
    whole, path = guest(64).read_bytes(), tmp_path / "header"
    at = whole.index(struct.pack("<I", 0xe85250d6))
    for size in (0, 7, 8, 0xfffffff9, 0xffffffff, 0x80000000):
        path.write_bytes(whole[:at + 20] + struct.pack("<I", size) + whole[at + 24:])
        run("pvaudit-checked", "--quiet", path, status=1)


def test_damaged_images_end_in_a_line_or_a_report(tmp_path):
    """Cut short, or with bytes of its headers and tables changed: no crash, no sanitizer's word, no long wait."""
    rand, path = random.Random(6), tmp_path / "damaged"
    whole = guest(64).read_bytes()
    shoff = int.from_bytes(whole[40:48], "little")
    ends = [64, 65, 1000, 4096, 0x3c000, len(whole) // 2, len(whole) - 1]
    refusals = 0
    for number in range(60):
        data = bytearray(whole)
        if number < len(ends):
            data = data[:ends[number]]
        else:
            for _ in range(rand.randrange(1, 8)):
                at = rand.choice((rand.randrange(16, 64), rand.randrange(64, 300), shoff + rand.randrange(0, 64 * 18),
                                  rand.randrange(0x3c000, 0x6c000)))
                data[at] = rand.choice((0, 0xff, 0x7f, 0x80, rand.randrange(256)))
        path.write_bytes(data)
        done = run("pvaudit-checked", "--quiet", path, limit=60)
        assert done.returncode in (0, 1, 2), done.stderr
        refusals += done.returncode == 2
        assert (done.returncode == 2) == (done.stderr != "") and done.stderr.count("\n") <= 1
        note = run("pvaudit-checked", "--note", path)
        assert note.returncode in (0, 2)
    assert 5 < refusals < 60
