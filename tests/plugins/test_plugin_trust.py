"""A plug-in is loaded from where it was installed, whole and by name, or it is refused by name: never in silence."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from plugins.wheels import build_wheel, unpack

from checker import added, cli, plugins, rules
from checker.errors import PluginError
from checker.plugins.installed import normal

_NUMBERS = count()
CHECK = '''"""Nothing is asked."""
from checker.plugins.api import Check, Parameters

headwater_api = 1


class Params(Parameters):
    pass


CHECK = Check(id="{id}", group="documents", params=Params, needs=lambda _: frozenset(), judge=lambda *_: iter(()))
'''
Install = Callable[..., str]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The repository that is judged."""
    folder = tmp_path / "repository"
    folder.mkdir()
    return folder


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs a distribution with one module, of a name that no other test has; gives the distribution's name."""
    before = set(sys.modules)

    def make(
        code: str = CHECK.format(id="asks-nothing"),
        point: str = "asks-nothing = {module}:CHECK",
        group: str = "headwater.checks",
        site: Path | None = None,
    ) -> str:
        number = next(_NUMBERS)
        name, module = f"acme-{number}", f"acme_module_{number}"
        key, _, target = point.format(module=module).partition(" = ")
        wheel = build_wheel(tmp_path, name, "1.0.0", {f"{module}.py": code}, {group: {key: target}})
        folder = unpack(wheel, site or tmp_path / f"site-{number}")
        monkeypatch.syspath_prepend(str(folder))
        return name

    yield make
    added.activate(())
    for name in set(sys.modules) - before:
        if name.startswith("acme_module"):
            del sys.modules[name]


def refusal(name: str, tree: Path) -> str:
    """Why it is refused."""
    with pytest.raises(PluginError) as caught:
        plugins.load((name,), str(tree))
    assert caught.value.hint
    return str(caught.value)


def test_a_whole_one_is_taken_with_its_version_and_digest(install: Install, tree: Path) -> None:
    name = install()
    [plugin] = plugins.load((name,), str(tree))
    assert plugin.stamp[:2] == (name, "1.0.0")
    assert plugin.stamp.digest.startswith("sha256:")
    assert plugin.stamp.offers == ("check asks-nothing",)


def test_only_while_it_is_active_is_its_check_a_check(install: Install, tree: Path) -> None:
    name = install()
    assert "asks-nothing" not in rules.check_ids()
    plugins.activate((name,), str(tree))
    assert rules.by_id("asks-nothing").id == "asks-nothing"
    assert "asks-nothing" in rules.check_ids()
    plugins.activate((), str(tree))
    with pytest.raises(KeyError):
        rules.by_id("asks-nothing")


def test_the_digest_is_of_the_files_and_not_of_the_place(install: Install, tree: Path, tmp_path: Path) -> None:
    files = {"acme_module_twin.py": CHECK.format(id="twin")}
    points = {"headwater.checks": {"twin": "acme_module_twin:CHECK"}}
    wheel = build_wheel(tmp_path, "acme-twin", "1", files, points)
    digests = []
    for folder in ("one", "two", "three"):
        site = unpack(wheel, tmp_path / folder)
        if folder == "three":
            (site / "acme_module_twin.py").write_text(files["acme_module_twin.py"] + "# altered\n")
        sys.path.insert(0, str(site))
        try:
            digests.append(plugins.load(("acme-twin",), str(tree))[0].stamp.digest)
        finally:
            sys.path.remove(str(site))
            sys.modules.pop("acme_module_twin", None)
    assert digests[0] == digests[1] != digests[2]


def test_one_that_is_not_installed(tree: Path) -> None:
    assert "the plug-in acme-nowhere, which headwater.yaml names, is not installed" in refusal("acme-nowhere", tree)


def test_one_inside_the_judged_tree(install: Install, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = install(site=tree / "vendor")
    assert "inside the repository that is judged" in refusal(name, tree)


def test_one_behind_a_link_into_the_judged_tree(install: Install, tree: Path, tmp_path: Path) -> None:
    (tree / "vendor").mkdir()
    (tmp_path / "innocent").symlink_to(tree / "vendor", target_is_directory=True)
    name = install(site=tmp_path / "innocent")
    assert "inside the repository that is judged" in refusal(name, tree)


@pytest.mark.parametrize("entry", ["", "{tree}", "{tree}/src"], ids=["working folder", "PYTHONPATH", "folder below"])
def test_any_import_path_into_the_judged_tree(
    entry: str, install: Install, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = install()
    monkeypatch.chdir(tree)
    monkeypatch.setattr(sys, "path", [*sys.path, entry.format(tree=tree)])
    assert "the import path holds" in refusal(name, tree)


@pytest.mark.parametrize("words", [("lint",), ("list",), ("explain", "--resolved")])
def test_a_command_elsewhere_in_the_same_process_knows_it_no_more(
    install: Install, tree: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    plugins.activate((install(),), str(tree))
    monkeypatch.chdir(tree)
    assert cli.main(["policy", *words]) == 0
    assert added.active() == ()


def test_a_module_that_another_place_has_put_before_it(install: Install, tree: Path, tmp_path: Path) -> None:
    name = install()
    [site] = [
        entry
        for entry in sys.path
        if "site-" in entry and (Path(entry) / f"{name.replace('-', '_')}-1.0.0.dist-info").is_dir()
    ]
    [module] = Path(site).glob("acme_module_*.py")
    shadow = tmp_path / "shadow"
    shadow.mkdir()
    (shadow / module.name).write_text("raise SystemExit('the wrong module was run')\n")
    sys.path.insert(0, str(shadow))
    try:
        assert "which is none of its installed files" in refusal(name, tree)
    finally:
        sys.path.remove(str(shadow))


def test_an_editable_install(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, site = tmp_path / "source", tmp_path / "editable"
    source.mkdir()
    (source / "acme_module_editable.py").write_text(CHECK.format(id="editable"))
    points = {"headwater.checks": {"editable": "acme_module_editable:CHECK"}}
    unpack(build_wheel(tmp_path, "acme-editable", "1", {"_acme_editable.pth": f"{source}\n"}, points), site)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.syspath_prepend(str(source))
    assert "not editable" in refusal("acme-editable", tree)


@pytest.mark.parametrize(
    ("code", "point", "group", "says"),
    [
        pytest.param(
            CHECK.format(id="asks-nothing").replace("headwater_api = 1", ""),
            "asks-nothing = {module}:CHECK",
            "headwater.checks",
            "does not say which API it is for, this is 1",
            id="no api version",
        ),
        pytest.param(
            CHECK.format(id="asks-nothing").replace("headwater_api = 1", "headwater_api = 2"),
            "asks-nothing = {module}:CHECK",
            "headwater.checks",
            "is for the API 2, this is 1",
            id="another api",
        ),
        pytest.param(
            CHECK.format(id="asks-nothing").replace("headwater_api = 1", "headwater_api = True"),
            "asks-nothing = {module}:CHECK",
            "headwater.checks",
            "is for the API True, this is 1",
            id="an api that equals 1",
        ),
        pytest.param(
            "import no_such_module_anywhere\n",
            "asks-nothing = {module}:CHECK",
            "headwater.checks",
            "cannot be imported (ModuleNotFoundError",
            id="an import fails",
        ),
        pytest.param(
            "headwater_api = 1\n1 / 0\n",
            "asks-nothing = {module}:CHECK",
            "headwater.checks",
            "cannot be imported (ZeroDivisionError",
            id="it fails when imported",
        ),
        pytest.param(
            CHECK.format(id="asks-nothing"),
            "asks-nothing = {module}:CHEKC",
            "headwater.checks",
            "cannot be imported (AttributeError",
            id="no such object",
        ),
        pytest.param(
            CHECK.format(id="asks-nothing"),
            "asks-nothing = {module}_typo:CHECK",
            "headwater.checks",
            "names the module",
            id="no such module",
        ),
        pytest.param(
            "headwater_api = 1\nCHECK = print\n",
            "asks-nothing = {module}:CHECK",
            "headwater.checks",
            "is builtin_function_or_method, a checker.plugins.api.Check is expected",
            id="another type",
        ),
        pytest.param(
            CHECK.format(id="synthetic-cap"),
            "synthetic-cap = {module}:CHECK",
            "headwater.checks",
            "has the name of a check that headwater ships",
            id="the name of a shipped check",
        ),
        pytest.param(
            CHECK.format(id="synthetic-cap"),
            "asks-nothing = {module}:CHECK",
            "headwater.checks",
            "calls itself 'synthetic-cap'",
            id="a shipped check under another name",
        ),
        pytest.param(
            CHECK.format(id="asks-nothing").replace('"""Nothing is asked."""', ""),
            "asks-nothing = {module}:CHECK",
            "headwater.checks",
            "says nothing of itself",
            id="no docstring",
        ),
        pytest.param(
            CHECK.format(id="asks-nothing"),
            "Asks_Nothing = {module}:CHECK",
            "headwater.checks",
            "has no name for a check",
            id="a name that no policy can write",
        ),
        pytest.param(
            "from checker.plugins.api import RecordFormat\nheadwater_api = 1\n"
            "READ = RecordFormat(('.pipes',), lambda stream: iter(()))\n",
            "lines = {module}:READ",
            "headwater.record_formats",
            "has no name in its module",
            id="a function that a worker cannot find",
        ),
        pytest.param(
            "from checker.plugins.api import RecordFormat\nheadwater_api = 1\ndef read(stream): return iter(())\n"
            "READ = RecordFormat(('.train.jsonl',), read)\n",
            "lines = {module}:READ",
            "headwater.record_formats",
            "takes the ending .train.jsonl, which headwater reads itself",
            id="an ending that headwater reads",
        ),
        pytest.param(
            "from checker.plugins.api import CardFormat\nheadwater_api = 1\nREAD = CardFormat((), dict)\n",
            "ini = {module}:READ",
            "headwater.card_formats",
            "names no endings",
            id="no endings, which every name ends with",
        ),
        pytest.param(
            "from checker.plugins.api import CardFormat\nheadwater_api = 1\nREAD = CardFormat(('',), dict)\n",
            "ini = {module}:READ",
            "headwater.card_formats",
            "names the ending ''",
            id="an empty ending",
        ),
        pytest.param(
            "from checker.plugins.api import Renderer\nheadwater_api = 1\nLINE = Renderer('no function')\n",
            "line = {module}:LINE",
            "headwater.renderers",
            "render of the renderer line",
            id="a renderer that cannot be called",
        ),
        pytest.param(
            CHECK.format(id="asks-nothing"),
            "asks-nothing = {module}:CHECK",
            "other.group",
            "offers nothing to headwater",
            id="no entry point of ours",
        ),
    ],
)
def test_a_broken_one_is_named(code: str, point: str, group: str, says: str, install: Install, tree: Path) -> None:
    name = install(code, point, group)
    said = refusal(name, tree)
    assert says in said
    assert name in said


def test_two_that_offer_one_name(install: Install, tree: Path) -> None:
    one, two = install(), install()
    with pytest.raises(PluginError, match=f"{two} and {one} both offer the check asks-nothing"):
        plugins.load((one, two), str(tree))


@pytest.mark.parametrize("written", ["Acme.Checks", "acme_checks", "ACME--checks"])
def test_a_name_is_compared_as_packaging_tools_do(written: str) -> None:
    assert normal(written) == "acme-checks"
