# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""What tools/pvlinux says of a series: builds that are the same and that are not, complaints, wrong words."""
import json
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tools"))
import pvhost                                                       # noqa: E402
import pvseries                                                     # noqa: E402

CODE = "int one(int a) { return a + 1; }\nconst char text[] = \"%s\";\n"


def compile_to(path, code):
    path.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["gcc", "-O1", "-c", "-x", "c", "-", "-o", path], input=code, text=True, check=True)


@pytest.fixture(name="builds")
def two_builds(tmp_path):
    """As kbuild leaves them behind: programs of this machine among them, which may differ."""
    for name in ("stock", "off"):
        for path in ("kernel/a.o", "vmlinux", "kernel/m.ko"):
            compile_to(tmp_path / name / path, CODE % "same")
        (tmp_path / name / "arch/x86/boot").mkdir(parents=True)
        (tmp_path / name / "arch/x86/boot/bzImage").write_bytes(b"image")
        compile_to(tmp_path / name / "tools/objtool/check.o", CODE % name)
    return tmp_path / "stock", tmp_path / "off"


def test_same_builds(builds):
    assert pvseries.differences(*builds) == ([], 4)


@pytest.mark.parametrize("path,code,line", [
    ("kernel/a.o", CODE.replace("+", "-") % "same", "kernel/a.o differs: .text"),
    ("kernel/a.o", CODE % "sane", "kernel/a.o differs: .rodata"),
    ("kernel/m.ko", CODE % "sane", "kernel/m.ko differs: .rodata"),
    ("vmlinux", CODE % "sane", "vmlinux differs: .rodata"),
    ("kernel/a.o", CODE % "same" + "int more;\n", "kernel/a.o differs: .bss"),
    ("kernel/a.o", CODE % "same" + "long f(void);long g(void) { return f(); }\n", "kernel/a.o differs: .text "),
    ("kernel/b.o", CODE % "same", "kernel/b.o: only in off")])
def test_what_differs_is_named(builds, path, code, line):
    compile_to(builds[1] / path, code)
    lines, _ = pvseries.differences(*builds)
    assert len(lines) == 1 and lines[0].startswith(line)


def test_names_of_symbols_may_differ(builds):
    compile_to(builds[1] / "kernel/a.o", CODE.replace("one", "once") % "same")
    assert (builds[0] / "kernel/a.o").read_bytes() != (builds[1] / "kernel/a.o").read_bytes()
    assert pvseries.differences(*builds) == ([], 4)


def test_image_and_missing_object(builds):
    (builds[1] / "arch/x86/boot/bzImage").write_bytes(b"other")
    (builds[1] / "kernel/a.o").unlink()
    assert pvseries.differences(*builds)[0] == ["kernel/a.o: only in stock", "arch/x86/boot/bzImage differs"]


@pytest.mark.parametrize("data", [b"", b"!<arch>\n", b"\x7fELF\x02\x01", b"\x7fELF\x02\x01" + b"\xff" * 90])
def test_no_elf_file(tmp_path, data):
    (tmp_path / "a.o").write_bytes(data)
    with pytest.raises(pvhost.Trouble, match="a.o"):
        pvseries.sections(tmp_path / "a.o")


class Kernel:
    """With a checkpatch that says what it is told to, and a make that does."""

    def __init__(self, folder, says, sparse):
        self.log, self.sparse, self.tree = folder / "log", sparse, self
        self.path, self.patches, self.says = folder, [folder / "1.patch"], says

    def run(self, cmd, **_how):
        assert cmd[0] == self.path / "scripts/checkpatch.pl" and "--strict" in cmd
        return self.says if "-f" not in cmd else ""

    def make(self, *words):
        assert "C=2" in words and "arch/x86/pvops/" in words
        return self.sparse

    def complain(self, text):
        if text:
            raise pvhost.Trouble(text)

    def prepare(self):
        pass

    start_log = configure = prepare


def test_lint_is_content(tmp_path):
    (tmp_path / "a.c").touch()
    assert "1 patches and 1 files are clean" in pvseries.lint(Kernel(tmp_path, "", ""), tmp_path)


@pytest.mark.parametrize("says", ["1.patch:3: WARNING: line length of 120 exceeds 100 columns",
                                  "1.patch:9: ERROR: trailing whitespace", "1.patch:9: CHECK: Alignment should match"])
def test_lint_says_what_checkpatch_says(tmp_path, says):
    with pytest.raises(pvhost.Trouble, match="checkpatch: 1 complaints.*\n1.patch"):
        pvseries.lint(Kernel(tmp_path, f"{says}\n", ""), tmp_path)


def test_lint_says_what_sparse_says(tmp_path):
    with pytest.raises(pvhost.Trouble, match="different base types"):
        pvseries.lint(Kernel(tmp_path, "", "a.c:3:4: warning: incorrect type (different base types)"), tmp_path)


@pytest.mark.parametrize("words,says", [
    (["build"], "build wants the name of a kernel"),
    (["same", "pvops"], "same wants no kernel"),
    (["lint", "pvops"], "lint wants no kernel"),
    (["build", "linus"], "no such kernel: linus (there are stock, native, pvops, plain, off, each with -hard too)"),
    (["build", "pvops-soft"], "no such kernel: pvops-soft"),
    (["make", "pvops"], "invalid choice: 'make'")])
def test_wrong_words(words, says, tmp_path):
    done = subprocess.run([TOP / "tools/pvlinux", "--out", tmp_path / "out", *words], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 2
    assert says in done.stderr
    assert not (tmp_path / "out").exists()


def test_build_folder_that_cannot_be(tmp_path):
    (tmp_path / "out").write_text("a file")
    done = subprocess.run([TOP / "tools/pvlinux", "--out", tmp_path / "out", "tree", "stock"], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 2
    assert "Not a directory" in done.stderr and "Traceback" not in done.stderr


def pvrun(out, *words):
    return subprocess.run([TOP / "tools/pvrun", "--json", "--out", out, *words], capture_output=True, text=True,
                          check=False)


@pytest.mark.parametrize("words,says", [
    (["--linux", "linus"], "linux/linus/arch/x86/boot/bzImage is not there: `make linux LINUX=linus` builds it"),
    (["--linux", "pvops", "linux-nowhere"], "no such host: linux-nowhere")])
def test_wrong_words_for_rows(words, says, tmp_path):
    done = pvrun(tmp_path, *words)
    assert done.returncode == 2 and says in done.stderr


def test_image_that_is_none(tmp_path):
    folder = tmp_path / "linux/bad"
    (folder / "arch/x86/boot").mkdir(parents=True)
    (folder / "arch/x86/boot/bzImage").write_bytes(bytes(4096))
    (folder / "initramfs.cpio").write_bytes(b"none")
    done = pvrun(tmp_path, "--linux", "bad", "--timeout", "30", "linux-native")
    row, = json.loads(done.stdout)
    assert done.returncode == 1
    assert (row["status"], row["passed"]) == ("failed", 0)
