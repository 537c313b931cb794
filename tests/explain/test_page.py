# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""The page of --html, in a browser."""
import json
import re
import shutil
import struct
import subprocess
import zlib

import pytest

from conftest import OUT

# What a reader does, done by a script in a copy of the page; the answers are put into the document.
READER = """
<script>
const answers = {};
const type = (id, value) => { $(id).value = value; $(id).dispatchEvent(new Event("input")); };
const rows = () => [...document.querySelectorAll("#ops tr.op")];
answers.all = rows().length;
answers.hash = location.hash;
type("filter", "irq.");
answers.irq = rows().map(row => row.cells[0].textContent);
answers.shown = $("shown").textContent;
answers.address = location.hash;
rows()[0].click();
answers.detail = document.querySelector("#ops tr.detail").innerText;
rows()[0].click();
answers.closed = document.querySelectorAll("#ops tr.detail").length;
type("filter", "INVLPG");
answers.invlpg = rows().map(row => row.cells[0].textContent);
type("filter", "");
type("form", "nop");
answers.nop = rows().length;
type("on", "1");
answers.nopOnSecond = rows().length;
type("form", "");
type("function", "host_sync_cores");
answers.columns = [...$("code").tHead.rows[0].cells].map(cell => cell.textContent);
answers.site = [...document.querySelector("#code tr.site").cells].map(cell => cell.innerText);
type("function", "nobody");
answers.nobody = $("where").textContent;
answers.bars = document.querySelectorAll("#forms-plot rect").length;
document.body.dataset.answers = JSON.stringify(answers);
</script>
"""


def chromium(*words):
    done = subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", *map(str, words)],
                          capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-1000:]
    return done.stdout


@pytest.fixture(scope="module")
def page(explain, images):
    if not shutil.which("chromium"):
        pytest.skip("chromium is not installed")
    path = OUT / "tests/explain/page.html"
    explain.text(images["x86_64"], "--html", path)
    return path


@pytest.fixture(scope="module")
def answers(page):
    copy = page.with_name("read.html")
    copy.write_text(page.read_text(encoding="utf-8").replace("</body>", READER + "</body>"), encoding="utf-8")
    dom = chromium("--dump-dom", f"file://{copy}")
    text = re.search(r'data-answers="([^"]*)"', dom)[1]
    return json.loads(text.replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


def test_it_needs_nothing_else(page):
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"""<link|<img|src=|@import|fetch\(|XMLHttp|url\(""", text)
    assert set(re.findall(r"https?://[^\"' ]*", text)) == {"http://www.w3.org/2000/svg"}
    assert len(text) < 2000000


def test_the_table_and_the_filter(answers, explain, images):
    whole = explain.json(images["x86_64"])
    assert answers["all"] == len({(site["op"], site["kind"]) for site in whole["sites"]})
    ops = {site["op"] for site in whole["sites"] if site["op"].startswith("irq.")}
    assert set(answers["irq"]) == ops
    nr = sum(site["op"].startswith("irq.") for site in whole["sites"])
    assert answers["shown"] == f"{len(answers['irq'])} of {answers['all']} rows, {nr} sites"
    assert answers["address"].startswith("#filter=irq.&function=")
    # By what an instruction is, on any backend.
    assert {"mmu.flush_one", "mmu.set_fixmap"} == set(answers["invlpg"])
    assert 0 < answers["nopOnSecond"] < answers["nop"] < answers["all"]


def test_a_row_opens_and_closes(answers):
    assert "before patching" in answers["detail"] and "pushfq; pop %rax" in answers["detail"]
    assert answers["closed"] == 0


def test_a_function(answers):
    assert answers["columns"][:3] == ["address", "op", "before patching"] and len(answers["columns"]) == 5
    assert answers["site"][1] == "cpu.cpuid" and answers["site"][2].startswith("call *")
    assert answers["site"][3] == "cpuid" and answers["site"][4] == 'ud2\n.ascii "xen"\ncpuid'
    assert answers["nobody"] == "no function with sites of this name"


def test_plots(answers):
    # Three backends that differ, each of up to four forms, and the legend.
    assert answers["bars"] > 3 * 3 + 5


def test_what_is_in_the_address_is_shown(page):
    dom = chromium("--dump-dom", f"file://{page}#filter=cpu.clts&function=host_sync_cores")
    assert len(re.findall(r'<tr class="op">', dom)) == 1
    assert re.search(r'<tr class="site">.*cpu\.cpuid', dom)


def pixels(path):
    """Colours of a picture and how many dots have each; eight bits, RGB or RGBA."""
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    assert depth == 8 and kind in (2, 6)
    at, packed = 8, b""
    while at < len(data):
        size, name = struct.unpack(">I4s", data[at:at + 8])
        if name == b"IDAT":
            packed += data[at + 8:at + 8 + size]
        at += size + 12
    raw, n = zlib.decompress(packed), 3 if kind == 2 else 4
    line, last, colours = width * n, bytearray(width * n), {}
    for y in range(height):
        how, row = raw[y * (line + 1)], bytearray(raw[y * (line + 1) + 1:(y + 1) * (line + 1)])
        for i in range(line):
            a, b, c = row[i - n] if i >= n else 0, last[i], last[i - n] if i >= n else 0
            p = a + b - c
            best = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            row[i] = (row[i] + (0, a, b, (a + b) // 2, best)[how]) & 255
        for x in range(0, line, n):
            key = bytes(row[x:x + 3])
            colours[key] = colours.get(key, 0) + 1
        last = row
    return width, height, colours


def test_it_looks_like_something(page):
    """The bars' colours are on the picture, as much of each as the forms have sites."""
    picture = page.with_suffix(".png")
    chromium("--window-size=1400,900", f"--screenshot={picture}", f"file://{page}")
    width, height, colours = pixels(picture)
    assert (width, height) == (1400, 900)
    inline, call, jump, left = (colours.get(bytes.fromhex(c), 0) for c in ("2e9e6b", "3f78c9", "c98a1e", "d0433b"))
    assert inline > 2000 and call > 2000 and jump > 300
    # Nothing had to be left: that is in the legend alone.
    assert left < 150
