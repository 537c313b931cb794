# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""What pvexplain says before is what the running guest has then: all of its text, byte by byte."""
import pytest

from conftest import Boot
from elfsites import Image

# Backends whose forms are all in the file; and those whose init chooses, for which the guest is asked.
IN_THE_FILE = {"native-pvh": "native", "xen-pv": "xen-pv", "xen-pvh-dom0": "xen-hvm", "native-i386": "native"}
AT_BOOT = {"svm-kvm": "kvm", "svm-hyperv": "hyperv", "svm-vmware": "vmware", "vmi": "vmi"}
ARCH = {"native-i386": "i386", "vmi": "i386"}


def text_of(path):
    """The image's text and its address."""
    image = Image(path)
    start, end = image.symbols["pvops_text_start"], image.symbols["pvops_text_end"]
    return start, bytes(image.data[image.offset(start):image.offset(start) + end - start])


def rooms(image):
    """Where the text has nothing but room, for code that the hypervisor brings, or an address in it: from, to."""
    for name, size in (("vmi_image", None), ("hyperv_page", None), ("vmi_restore_to", 4)):
        if name in image.symbols:
            start = image.symbols[name]
            yield start, start + size if size else min(at for at in image.symbols.values() if at > start)


def running_text(boot, start):
    text = b""
    for address, data in sorted(boot.text.items()):
        assert address == start + len(text)
        text += data
    return text


def differing(left, right):
    assert len(left) == len(right)
    return [i for i in range(len(left)) if left[i] != right[i]]


@pytest.mark.parametrize("host", IN_THE_FILE)
def test_text_is_as_said_before(explain, images, booted, host, tmp_path):
    boot, image = booted(host), images[ARCH.get(host, "x86_64")]
    assert boot.backend == IN_THE_FILE[host]
    explain.text(image, "--backend", boot.backend, "--write", tmp_path / "patched.elf")
    start, before = text_of(image)
    _, said = text_of(tmp_path / "patched.elf")
    running = running_text(boot, start)
    assert len(running) > 200000
    assert differing(said, running) == []
    # And patching has done something.
    assert len(differing(before, running)) > 5000


@pytest.mark.parametrize("host", AT_BOOT)
def test_text_is_as_the_forms_said(explain, images, booted, host, tmp_path):
    boot, image = booted(host), images[ARCH.get(host, "x86_64")]
    assert boot.backend == AT_BOOT[host]
    explain.text(image, "--forms", boot.log, "--backend", f"{boot.backend}@running", "--write", tmp_path / "patched.elf")
    start, said = text_of(tmp_path / "patched.elf")
    running = running_text(boot, start)
    for first, last in rooms(Image(image)):
        assert set(said[first - start:last - start]) <= {0, 0x90, 0xcc}
        said = said[:first - start] + running[first - start:last - start] + said[last - start:]
    assert differing(said, running) == []


@pytest.mark.parametrize("host", [*IN_THE_FILE, *AT_BOOT])
def test_sites_by_form_are_as_counted(explain, images, booted, host):
    boot, image = booted(host), images[ARCH.get(host, "x86_64")]
    name = f"{boot.backend}@running"
    whole = explain.json(image, "--forms", boot.log, "--backend", name)
    backend = next(b for b in whole["backends"] if b["name"] == name)
    assert backend["sites"] == boot.sites
    assert sum(boot.sites.values()) == len(whole["sites"])
    by_op = {op: {} for op in backend["forms"]}
    for site in whole["sites"]:
        shapes, shape = by_op[site["op"]], site["after"][name]["form"]
        shapes[shape] = shapes.get(shape, 0) + 1
    assert by_op == boot.view
    assert backend["forms"] == boot.forms
    assert backend["failed"] == 0 and backend["complaints"] == []


@pytest.mark.parametrize("host", [*IN_THE_FILE, *AT_BOOT])
def test_what_the_file_has_is_said_not_to_be_all(explain, images, booted, host):
    """A backend that chose at boot is marked; one that is not marked did not."""
    boot, image = booted(host), images[ARCH.get(host, "x86_64")]
    backend = explain.json(image, "--backend", boot.backend)["backends"][0]
    changed = {op for op, form in boot.forms.items() if backend["forms"][op] != form}
    if host in AT_BOOT:
        assert backend["set_at_boot"]
    if not backend["set_at_boot"]:
        assert not changed
    if boot.backend in ("kvm", "vmi", "vmware"):
        assert changed


def test_a_form_that_is_not_the_files_is_seen(explain, images, tmp_path):
    """An op that is broken in the table before patching: its sites are not as the file says, and no others."""
    image = images["x86_64"]
    boot = Boot("native-pvh", image, "mutate=smp.yield")
    whole = explain.json(image, "--backend", "native", "--write", tmp_path / "patched.elf")
    start, said = text_of(tmp_path / "patched.elf")
    at = {start + i for i in differing(said, running_text(boot, start))}
    sites = [range(int(site["address"], 16), int(site["address"], 16) + site["length"])
             for site in whole["sites"] if site["op"] == "smp.yield"]
    assert sites and all(any(byte in site for byte in at) for site in sites)
    assert all(any(byte in site for site in sites) for byte in at)


def test_forms_of_another_image_are_refused(explain, images, booted):
    # Addresses that the other image does not have.
    done = explain.run(images["i386"], "--forms", booted("xen-pv").log, "--backend", "xen-pv@running")
    assert done.returncode == 1 and "target out of reach" in done.stdout + done.stderr
    done = explain.run(images["x86_64"], "--forms", "/dev/null")
    assert done.returncode == 2 and "not the forms of this image" in done.stderr
    done = explain.run(images["x86_64"], "--forms", "/no/such/file")
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
