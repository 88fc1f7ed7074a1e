"""The page in a real browser: it renders, nothing is refused by its own policy, nothing overflows."""

from __future__ import annotations

import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest
from report.evil import EVIL
from report.samples import SAMPLES, evil, failing, many

from checker.model.report import Report
from checker.report import render

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium or google-chrome on PATH")

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars --enable-logging=stderr --v=0"
)
# A frame of a given width reports what its page would scroll sideways; only this wrapper runs a script.
FRAME = """<!doctype html><meta charset="utf-8"><title>waiting</title>
<iframe id="frame" src="page.html" width="{width}" height="800"></iframe>
<script>onload = () => {{ const page = document.getElementById("frame").contentDocument.documentElement;
document.title = `${{page.scrollWidth}} of ${{page.clientWidth}}`; }}</script>"""


def browse(tmp_path: Path, page: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    assert BROWSER is not None
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    command = [BROWSER, *FLAGS.split(), profile, *flags, page.as_uri()]
    return subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", timeout=120)


def written(tmp_path: Path, report: Report) -> Path:
    page = tmp_path / "page.html"
    page.write_text(render("html", report), encoding="utf-8")
    return page


def complaints(log: str) -> list[str]:
    return re.findall(r".*(?:CONSOLE|Content Security Policy|Refused to).*", log)


@pytest.mark.parametrize("sample", SAMPLES)
def test_renders_without_a_complaint_and_with_every_outcome(sample: str, tmp_path: Path) -> None:
    report = SAMPLES[sample]()
    seen = browse(tmp_path, written(tmp_path, report), "--dump-dom")
    assert seen.returncode == 0, seen.stderr
    assert complaints(seen.stderr) == []
    text = unescape(re.sub(r"<[^>]*>", "", seen.stdout))
    for outcome in report.outcomes:
        assert outcome.message in text and outcome.rule in text


def test_a_foreign_style_would_be_refused(tmp_path: Path) -> None:
    """The console is really listened to: the policy of the page refuses what is not ours."""
    page = written(tmp_path, failing())
    page.write_text(
        page.read_text(encoding="utf-8").replace("<body>", '<body><p style="color:red">x</p><script>1</script>'),
        encoding="utf-8",
    )
    assert len(complaints(browse(tmp_path, page, "--dump-dom").stderr)) >= 2


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize(
    "report",
    [
        pytest.param(failing(), id="failing"),
        pytest.param(many(200), id="200 shards"),
        pytest.param(evil(EVIL["long"]), id="names of 10,000 letters"),
        pytest.param(evil(EVIL["many spaces"]), id="names with 300 spaces"),
        pytest.param(evil(EVIL["right to left"]), id="names from right to left"),
    ],
)
def test_nothing_overflows_sideways(report: Report, width: int, tmp_path: Path) -> None:
    written(tmp_path, report)
    frame = tmp_path / "frame.html"
    frame.write_text(FRAME.format(width=width), encoding="utf-8")
    seen = browse(tmp_path, frame, "--dump-dom", "--allow-file-access-from-files", "--window-size=1400,900")
    found = re.search(r"<title>(\d+) of (\d+)</title>", seen.stdout)
    assert found, seen.stdout[:500]
    assert int(found[1]) <= int(found[2]) <= width


def test_prints_what_is_folded(tmp_path: Path) -> None:
    target = tmp_path / "page.pdf"
    browse(tmp_path, written(tmp_path, failing()), f"--print-to-pdf={target}", "--no-pdf-header-footer")
    assert target.read_bytes().startswith(b"%PDF-")
    tool = shutil.which("pdftotext")
    if tool is None:
        pytest.skip("no pdftotext to read the printed page with")
    text = subprocess.run([tool, str(target), "-"], capture_output=True, encoding="utf-8", timeout=60).stdout
    joined = re.sub(r"\s", "", text)
    assert all(digest in joined for outcome in failing().outcomes for digest in outcome.evidence)
    assert "Thetrailasalist" in joined and all(shard.hash in joined for shard in failing().datasets[1].shards)
