"""One governed repository, made by real git and DVC once, and copied for each pull request that attacks it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from e2e.data_repository import DataRepository, empty, environment
from redteam.pull_request import CARD, CLINICAL, CRAWL, GROUPS, PACK, SETTINGS, TEAM, WAIVER, PullRequest, rows


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither git's settings nor the evidence of this machine take part."""
    for name, value in environment(tmp_path).items():
        if name.startswith(("GIT_", "XDG_", "HOME", "DVC_")):
            monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def governed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository as everybody agreed on it; `main` passes its own judgement."""
    repository: DataRepository = empty(tmp_path_factory.mktemp("governed"))
    made = PullRequest(repository.path)
    made.write("data/train/a.jsonl", rows(90, 10))
    made.write("data/train/b.jsonl", rows(95, 5))
    repository.run("dvc", "add", "--quiet", "data/train")
    made.track("data/old", {"a.jsonl": rows(75, 25)})
    made.track("data/gold", {"a.jsonl": rows(50)})
    made.track("data/clinic", {"a.jsonl": rows(40, domain="health"), "b.jsonl": rows(40, domain="sport")})
    made.track("web/crawl", {"a.jsonl": rows(80, 20)}, "  labels: [web]\n")
    for name in ("data/train", "data/old", "data/gold", "data/clinic"):
        made.write(f"{name}.md", CARD if name in ("data/train", "data/old") else CARD.replace("true", "false"))
    made.write("policies/team.yaml", TEAM)
    made.write("policies/clinical.yaml", CLINICAL)
    made.write("policies/crawl.yaml", CRAWL)
    made.write("packs/org.yaml", PACK)
    made.write("headwater.yaml", SETTINGS)
    made.write("governance/groups.yaml", GROUPS)
    made.write("governance/vendors.yaml", "vendors:\n- {name: Acme, until: 2026-12-31}\n")
    made.write("governance/incidents.yaml", "incidents:\n- {dataset: data/old, open: true}\n- {dataset: data/x}\n")
    made.write("waivers/old.yaml", WAIVER)
    made.commit("Govern the data")
    made.git("switch", "--quiet", "-c", "proposal")
    return repository.path


@pytest.fixture
def pull_request(governed: Path, tmp_path: Path) -> PullRequest:
    """A clone that the test may change."""
    folder = tmp_path / "data-repository"
    shutil.copytree(governed, folder, symlinks=True)
    return PullRequest(folder)
