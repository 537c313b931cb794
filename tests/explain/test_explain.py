# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""pvexplain's outputs, and what it does with images that are none."""
import json
import random
import re
import struct
import subprocess

import pytest

from conftest import OUT, TOP, make
from elfsites import Image, section_rows


def test_all_backends_in_one_table(explain, images):
    text = explain.text(images["x86_64"])
    assert re.search(r"^backend +stands on +own forms +nop +inline +call +jump +lead +unused +left$", text, re.M)
    rows = dict(re.findall(r"^(\S+) +\S+ +\d+\*? +(\d+(?: +\d+){6})$", text, re.M))
    assert {"native", "kvm", "hyperv", "vmware", "xen-hvm", "xen-pv"} <= set(rows)
    nr = int(re.search(r", (\d+) sites", text)[1])
    assert all(sum(map(int, row.split())) == nr and row.split()[6] == "0" for row in rows.values())
    assert re.search(r"^irq.disable +call +\d+ +\d+ inline +inline ", text, re.M)
    assert re.search(r"^cpu.write_cr3 +call +\d+ +\d+ inline +call ", text, re.M)


def test_gates_and_what_is_behind_them(explain, images):
    """On bare hardware a gate is a nop and nobody comes behind it; on Xen it stays a jump to a call."""
    text = explain.text(images["x86_64"], "--diff", "native", "xen-pv")
    assert re.search(r"^mmu.pfn_to_mfn +gate .* nop -> jump$", text, re.M)
    assert re.search(r"^mmu.pfn_to_mfn +call .* unused -> call$", text, re.M)


def test_gates_that_lead(explain, images, tmp_path):
    """Which Linux has: two of a guest's sites are made such, of an op that is nothing but has no gates otherwise."""
    image = Image(images["x86_64"])
    ops = list(explain.json(images["x86_64"], "--backend", "xen-pv")["backends"][0]["forms"])
    gate = next(site for site in image.sites() if ops[site.op] == "mmu.pfn_to_mfn" and site.length == 5)
    first, other = [site for site in image.sites() if ops[site.op] == "cpu.write_cr8"][:2]
    struct.pack_into("<B", image.data, image.offset(gate.record) + 7, 3)
    struct.pack_into("<BB", image.data, image.offset(first.record) + 6, 5, 3)
    image.save(tmp_path / "leads.elf")
    done = explain.run(tmp_path / "leads.elf", "--backend", "native", "--backend", "xen-pv", "--json")
    # The second has no jump there.
    assert done.returncode == 1 and f"site {first.address:#x} of cpu.write_cr8: not patched" in done.stdout
    whole = json.loads(done.stdout)
    sites = {int(site["address"], 16): site["after"] for site in whole["sites"]}
    assert sites[gate.address]["native"] == {"form": "lead", "bytes": "3e 3e 3e 3e 3e", "text": "(prefixes of what follows)"}
    assert sites[gate.address]["xen-pv"]["form"] == "jump"
    # The calls of its op would be behind such gates.
    assert [sites[site.address]["xen-pv"]["form"] for site in (first, other)] == ["left", "unused"]
    assert sites[other.address]["xen-pv"]["text"] == "nop" and sites[other.address]["native"]["form"] == "inline"
    for backend in whole["backends"]:
        for shape, nr in backend["sites"].items():
            assert nr == sum(after[backend["name"]]["form"] == shape for after in sites.values())


def test_templates_have_a_length(explain, images):
    native, xen = explain.json(images["x86_64"], "--backend", "native", "--backend", "xen-pv")["backends"]
    assert native["template_bytes"]["irq.disable"] == 1 and xen["template_bytes"]["irq.disable"] == 8
    for backend in (native, xen):
        assert set(backend["template_bytes"]) == {op for op, form in backend["forms"].items() if form == "inline"}


def test_a_name_on_two_bases(explain, images):
    """Each backend has a name of its own, in the table and for --backend."""
    whole = explain.json(images["x86_64"])
    names = [backend["name"] for backend in whole["backends"]]
    assert len(set(names)) == len(names) and {"tally", "tally@native"} <= set(names)
    assert all(len(site["after"]) == len(names) for site in whole["sites"])
    assert explain.json(images["x86_64"], "--backend", "tally@native")["backends"][0]["base"] == "native"


@pytest.mark.parametrize("backend, instruction", [("native", "cli"), ("xen-pv", r"movb \$0x01, %gs:\S+")])
def test_a_backend_with_its_bytes(explain, images, backend, instruction):
    text = explain.text(images["x86_64"], "--backend", backend)
    assert re.search(r"^irq.disable .*\n    - 2e 2e ff 15 .*call \*.*<pvops_table\+.*\n    \+ .*" + instruction + "$",
                     text, re.M)


def test_sizes_are_the_records(explain, images):
    whole = explain.json(images["x86_64"])
    sites = list(Image(images["x86_64"]).sites())
    assert len(whole["sites"]) == len(sites) and whole["record_bytes"] == 8 * len(sites)
    by_address = {f"{site.address:#x}": site for site in sites}
    for site in whole["sites"]:
        record = by_address[site["address"]]
        assert site["length"] == record.length and len(site["before"]["bytes"].split()) == record.length
        assert all(len(after["bytes"].split()) == record.length for after in site["after"].values())


def test_diff(explain, images):
    text = explain.text(images["x86_64"], "--diff", "native", "xen-pv")
    assert re.search(r"^cpu.write_cr3 .* inline -> call\n    - .*mov %rdi, %cr3\n    \+ .*call .*<xen_write_cr3_op>$",
                     text, re.M)
    assert not re.search(r"^cpu.io_delay .* nop -> nop$", text, re.M)
    nr = int(re.search(r", (\d+) sites", text)[1])
    assert 0 < int(re.search(r"^(\d+) of \d+ sites are the same$", text, re.M)[1]) < nr
    text = explain.text(images["x86_64"], "--diff", "native", "native")
    assert f"{nr} of {nr} sites are the same" in text


def test_a_function_side_by_side(explain, images):
    text = explain.text(images["x86_64"], "--function", "host_sync_cores", "--backend", "native", "--backend", "xen-pv")
    head, = re.findall(r"^ +before patching +native +xen-pv$", text, re.M)
    row, = [line for line in text.splitlines() if "> call *" in line]
    at = head.index("native"), head.index("xen-pv")
    assert row[at[0]:at[1]].strip() == "cpuid" and row[at[1]:] == 'ud2; .ascii "xen"'
    # By an address within it, too.
    address = f"{Image(images['x86_64']).symbols['host_sync_cores'] + 3:#x}"
    assert row in explain.text(images["x86_64"], "--function", address, "--backend", "native", "--backend", "xen-pv")


def test_another_disassembler_sees_the_same(explain, images, tmp_path):
    """objdump, on the image as it is written."""
    patched = tmp_path / "patched.elf"
    whole = explain.json(images["x86_64"], "--backend", "xen-pv", "--write", patched)
    dump = subprocess.run(["objdump", "-d", patched], capture_output=True, text=True, check=True).stdout
    lines = {}
    for line in dump.splitlines():
        match = re.match(r"^([0-9a-f]+):\t([0-9a-f ]+?) *\t(.*)$", line)
        if match:
            lines[f"0x{match[1]}"] = match[2].split(), match[3]
    seen = 0
    for site in whole["sites"]:
        after = site["after"]["xen-pv"]
        data, text = lines[site["address"]]
        assert after["bytes"].split()[:len(data)] == data[:site["length"]], site
        if after["form"] == "call":
            target = re.search(r"<(\S+)>", after["text"])[1]
            # One address may have several names.
            symbols = Image(images["x86_64"]).symbols if target not in text else {target: 0}
            assert "call" in text and (target in text or symbols[target] == int(re.search(r"call +([0-9a-f]+)", text)[1], 16))
            seen += 1
    assert seen > 1000


@pytest.mark.parametrize("words, why", [
    ([], "no image"), (["/no/such/file"], "No such file"), (["/dev/null"], "not a file"), (["/etc/passwd"], "not an ELF"),
    (["/bin/true"], "no sites"), ([TOP], "not a file"), (["GUEST", "--backend", "nobody"], "no such backend"),
    (["GUEST", "--function", "nobody"], "no such function"), (["GUEST", "--diff", "native"], "two words"),
    (["GUEST", "--write", "/tmp/x"], "one --backend"), (["GUEST", "--html", "/no/such/folder/x"], "No such file"),
    (["GUEST", "GUEST"], "--help"), (["GUEST", "--nonsense"], "unrecognized"),
    *((["GUEST", *one, *other], "do not go together") for one, other in (
        (["--diff", "native", "kvm"], ["--json"]), (["--diff", "native", "kvm"], ["--function", "guest_main"]),
        (["--pairs", "a", "b"], ["--diff", "native", "kvm"]), (["--diff", "native", "kvm"], ["--backend", "kvm"]),
        (["--backend", "kvm", "--write", "/tmp/x"], ["--diff", "native", "kvm"]), (["--json"], ["--function", "guest_main"]),
        (["--function", "guest_main"], ["--pairs", "a", "b"]))),
    (["GUEST", "--json", "--json"], "--json: once"), (["GUEST", "--html", "/tmp/x", "--html", "/tmp/y"], "--html: once"),
    (["GUEST", "--pairs", "a", "b", "--backend", "kvm", "--backend", "native"], "one --backend"),
])
def test_bad_input_is_one_line(explain, images, words, why):
    done = explain.run(*[images["x86_64"] if word == "GUEST" else word for word in words])
    assert done.returncode == 2 and why in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr


def test_an_object_file_has_no_addresses(explain, images):
    done = explain.run(OUT / "guest/main.o")
    assert done.returncode == 2 and "not linked" in done.stderr


def test_a_stripped_image_is_said_to_be_one(explain, images, tmp_path):
    subprocess.run(["strip", "-s", "-o", tmp_path / "stripped.elf", images["x86_64"]], check=True)
    done = explain.run(tmp_path / "stripped.elf")
    assert done.returncode == 2 and "no symbols of backends or forms (stripped?)" in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_site_that_cannot_be_patched_is_said(explain, images, tmp_path):
    """Bytes that are not the unpatched site's, a template that is too long, a record of no op."""
    image = Image(images["x86_64"])
    first, second, third = list(image.sites())[:3]
    image.data[first.offset] ^= 0xff
    struct.pack_into("<H", image.data, image.offset(second.record) + 4, 60000)
    struct.pack_into("<B", image.data, image.offset(third.record) + 6, 200)
    image.save(tmp_path / "bad.elf")
    done = explain.run(tmp_path / "bad.elf", "--backend", "native", "--json")
    assert done.returncode == 1
    complaints = "\n".join(line for line in done.stdout.splitlines() if "complaints" in line)
    assert f"site {first.address:#x} of" in complaints and "not patched: expected" in complaints
    assert complaints.count("the record makes no sense") == 2
    done = explain.run(tmp_path / "bad.elf", "--function", "pvops_patch")
    assert done.returncode == 1


def symbol_row(image, name):
    """Where the file has a symbol of ELF64's table."""
    for _, row in section_rows(image.data):
        if row[1] == 2:
            for at in range(row[4], row[4] + row[5], 24):
                if image.data[at + 8:at + 16] == struct.pack("<Q", image.symbols[name]):
                    return at
    raise ValueError(name)


def test_a_function_that_ends_within_a_site(explain, images, tmp_path):
    image = Image(images["x86_64"])
    start = image.symbols["host_sync_cores"]
    site = next(site for site in image.sites() if start <= site.address < start + 60)
    struct.pack_into("<Q", image.data, symbol_row(image, "host_sync_cores") + 16, site.address + 2 - start)
    image.save(tmp_path / "short.elf")
    text = explain.text(tmp_path / "short.elf", "--function", "host_sync_cores", "--backend", "native")
    assert f"{site.address:x} >" in text
    explain.text(tmp_path / "short.elf", "--html", tmp_path / "page.html")


@pytest.mark.parametrize("reloc", [1, 1 << 63, (1 << 64) - 1, 0xffffffff80000000])
def test_a_form_whose_operand_is_elsewhere(explain, images, tmp_path, reloc):
    """Such a template is none: the engine refuses it, and the sites go on through the table."""
    image = Image(images["x86_64"])
    ops = list(explain.json(images["x86_64"], "--backend", "xen-pv")["backends"][0]["forms"])
    at = image.offset(image.symbols["xen_forms"]) + ops.index("cpu.read_cr2") * image.width.form.size
    struct.pack_into("<Q", image.data, at + 24, reloc)
    image.save(tmp_path / "bad.elf")
    done = explain.run(tmp_path / "bad.elf", "--backend", "xen-pv")
    assert done.returncode == 1 and "of cpu.read_cr2: the form makes no sense" in done.stdout


def test_truncated_and_broken_files(explain, images, tmp_path):
    """Nothing of it is believed: it ends with a status, whatever the file says."""
    rnd = random.Random(6)
    codes = set()
    for arch, image in images.items():
        small = tmp_path / f"{arch}.elf"
        subprocess.run(["strip", "-g", "-o", small, image], check=True)
        data = small.read_bytes()
        elf = Image(small)
        hot = [(0, 64), (elf.offset(elf.symbols["pvops_sites_start"]), 4000),
               (elf.offset(elf.symbols["native_forms"]), 4000), (elf.offset(elf.symbols["pvops_backends_start"]), 96)]
        for n in range(60):
            broken = bytearray(data)
            if n % 6 == 0:
                broken = broken[:rnd.randrange(len(broken))]
            for _ in range(rnd.choice((1, 3, 30))):
                start, size = rnd.choice(hot) if rnd.random() < .7 else (0, len(data))
                at = start + rnd.randrange(size)
                if at < len(broken):
                    broken[at] = rnd.choice((0, 0xff, 0x80, rnd.randrange(256)))
            path = tmp_path / "broken.elf"
            path.write_bytes(broken)
            output = (["--html", tmp_path / "page.html"], ["--json"], ["--function", "pvops_patch"],
                      ["--pairs", "native_", "xen_"])[n % 4]
            done = explain.run(path, *output)
            assert done.returncode in (0, 1, 2), done.stderr
            assert done.returncode < 2 or len(done.stderr.splitlines()) == 1
            codes.add(done.returncode)
    assert codes == {0, 1, 2}


def test_functions_that_do_not_execute_the_same(explain):
    """The pairs of the residue gate, on a backend where an op is no instruction."""
    image = OUT / "residue/guest.elf"
    make(f"O={OUT}", image)
    done = explain.run(image, "--pairs", "hand_", "op_", "--backend", "xen-pv")
    assert done.returncode == 1
    assert re.search(r'^gcc_O2_cpu_clts .* differs: "clts" against "call ', done.stdout, re.M)
    assert explain.run(image, "--pairs", "no_such_", "op_").returncode == 1
