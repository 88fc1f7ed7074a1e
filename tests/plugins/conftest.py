"""The plug-in that `docs/writing-a-plugin.md` builds, installed once a session, and a repository that uses it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import tomlkit
from e2e.data_repository import DataRepository, empty
from plugins.wheels import build_wheel, install

PAGE = Path(__file__).resolve().parents[2] / "docs" / "writing-a-plugin.md"
# A line that is a path, then the block that is the file.
BLOCK = re.compile(r"^`([\w./-]+)`\n\n```(?:python|yaml|toml)\n(.*?)^```", re.DOTALL | re.MULTILINE)
SHARD = "human|the river stood high\nmachine|the wind came from the west\n"


@dataclass(frozen=True)
class Page:
    """The files of the page: those of the package, and those of the repository that uses it."""

    files: Mapping[str, str]

    @property
    def package(self) -> dict[str, str]:
        """The modules."""
        return {path: text for path, text in self.files.items() if path.endswith(".py")}

    @property
    def points(self) -> dict[str, dict[str, str]]:
        """The entry points of its pyproject.toml."""
        declared = tomlkit.parse(self.files["pyproject.toml"]).unwrap()
        points: dict[str, dict[str, str]] = declared["project"]["entry-points"]
        return points


@pytest.fixture(scope="session")
def page() -> Page:
    """As it is written."""
    return Page(dict(BLOCK.findall(PAGE.read_text(encoding="utf-8"))))


@pytest.fixture(scope="session")
def site(page: Page, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that pip has installed the page's package into."""
    folder = tmp_path_factory.mktemp("acme")
    return install(build_wheel(folder, "acme-headwater", "1.0.0", page.package, page.points), folder / "site")


@pytest.fixture(scope="session")
def template(page: Page, tmp_path_factory: pytest.TempPathFactory) -> DataRepository:
    """A repository with a shard of the plug-in's format and a card of its other one, all staged."""
    repository = empty(tmp_path_factory.mktemp("using"))
    for name in ("headwater.yaml", "policies/team.yaml"):
        write(repository, name, page.files[name])
    write(repository, "cards/notes.ini", "[card]\nlicense = CC-BY-4.0\n")
    write(repository, "data/notes/a.pipes", SHARD)
    repository.track("data/notes")
    repository.git("add", "--all", ".")
    return repository


@pytest.fixture
def repository(template: DataRepository, tmp_path: Path) -> DataRepository:
    """A copy that the test may change."""
    import shutil

    path = tmp_path / "data-repository"
    shutil.copytree(template.path, path, symlinks=True)
    return DataRepository(path)


def write(repository: DataRepository, path: str, text: str) -> None:
    """A file, its folders included."""
    file = repository.path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
