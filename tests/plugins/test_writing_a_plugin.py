"""`docs/writing-a-plugin.md` builds a plug-in that works: installed by pip, used by a real `headwater check`."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

from e2e.data_repository import DataRepository
from plugins.conftest import SHARD, Page, write


def test_the_check_of_the_page_is_about_twenty_lines_of_code(page: Page) -> None:
    functions = [node for node in ast.parse(page.files["acme_headwater/checks.py"]).body if isinstance(node, ast.stmt)]
    statements = [node for node in ast.walk(ast.Module(functions, [])) if isinstance(node, ast.stmt)]
    assert len(statements) <= 20


def test_everything_it_offers_takes_part(repository: DataRepository, site: Path) -> None:
    done = repository.headwater("check", "--format", "json", env={"PYTHONPATH": str(site)})
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    [plugin] = report["plugins"]
    assert plugin["name"] == "acme-headwater"
    assert plugin["version"] == "1.0.0"
    assert plugin["digest"].startswith("sha256:")
    assert plugin["offers"] == [
        "check enough-words",
        "check few-shards",
        "card format ini",
        "record format pipes",
        "renderer line",
        "metric words",
    ]
    outcomes = {outcome["rule"]: outcome for outcome in report["outcomes"]}
    assert outcomes["team/few-shards"]["measured"] == 1
    assert outcomes["team/enough-words"]["measured"] == 5.0
    assert outcomes["team/card"]["status"] == "pass"


def test_its_checks_refuse_what_they_should(repository: DataRepository, site: Path) -> None:
    policy = (repository.path / "policies/team.yaml").read_text("utf-8")
    stricter = policy.replace("max: 3", "max: 1").replace("min_mean: 3", "min_mean: 6")
    write(repository, "policies/team.yaml", stricter)
    write(repository, "data/notes/b.pipes", SHARD + "no bar here\n")
    repository.track("data/notes")
    repository.git("add", "--all", ".")
    done = repository.headwater("check", env={"PYTHONPATH": str(site)})
    assert done.returncode == 1, done.stdout + done.stderr
    assert "data/notes has 2 shards; allowed are 1 to 1" in done.stdout
    assert "data/notes: its records have 5.0 words on average; the least is 6" in done.stdout
    assert "plug-ins: acme-headwater 1.0.0 (check enough-words" in done.stdout


def test_its_report_is_written(repository: DataRepository, site: Path) -> None:
    done = repository.headwater("check", "--format", "acme-headwater:line", env={"PYTHONPATH": str(site)})
    assert (done.returncode, done.stdout) == (0, "PASS 3 outcomes, 1 plug-in\n")


def test_a_format_of_nobody_is_named(repository: DataRepository, site: Path) -> None:
    done = repository.headwater("check", "--format", "acme-headwater:poem", env={"PYTHONPATH": str(site)})
    assert done.returncode == 2
    assert "there is no format 'acme-headwater:poem'" in done.stderr


def test_every_report_lists_it_with_its_digest(repository: DataRepository, site: Path) -> None:
    names = ("text", "json", "sarif", "junit", "markdown", "html")
    formats = [word for name in names for word in ("--format", f"{name}={repository.path.parent / name}")]
    done = repository.headwater("check", *formats, env={"PYTHONPATH": str(site)})
    assert done.returncode == 0, done.stderr
    for name in names:
        written = (repository.path.parent / name).read_text("utf-8")
        assert "acme-headwater" in written, name
        assert re.search("sha256(:|&#58;)[0-9a-f]{12}", written), name
