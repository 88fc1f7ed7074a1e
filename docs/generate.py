"""Write everything that is generated: pages, schemas, the hook catalog, the help texts in the README.

`python -m docs.generate` writes; `--check` writes nothing, prints what is stale as a diff and ends with 1.
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from docs.pages import policies_page, rules_page, with_help, with_variables

ROOT = Path(__file__).resolve().parents[1]
# Folders whose every file of that kind is generated: what nothing produces any more is stale too.
OWNED = ("policies/schema/*.json",)


def main() -> int:
    """Write what differs, or with `--check` say what differs."""
    parser = argparse.ArgumentParser(prog="python -m docs.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; print a diff of what is stale, end with 1")
    check = parser.parse_args().check
    stale = {path: texts for path, texts in compare().items() if texts[0] != texts[1]}
    for path, (old, new) in stale.items():
        if check:
            print("".join(diff(path, old, new)))
        elif new is None:
            (ROOT / path).unlink()
            print(f"removed {path}")
        else:
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / path).write_text(new, encoding="utf-8", newline="\n")
            print(f"wrote {path}")
    if check and stale:
        print(f"{len(stale)} generated files are stale; run `make docs` and commit the result")
    return int(check and bool(stale))


def compare() -> dict[str, tuple[str | None, str | None]]:
    """Path -> (what is there, what should be there); None means no file."""
    wanted: dict[str, str | None] = dict(produce())
    for pattern in OWNED:
        for path in ROOT.glob(pattern):
            wanted.setdefault(path.relative_to(ROOT).as_posix(), None)
    return {path: (read(path), text) for path, text in sorted(wanted.items())}


def produce() -> dict[str, str]:
    """Every generated file with its text."""
    from checker import hooks_catalog
    from checker.rules._cel import installed

    if not installed():
        print("docs/rules.md is left as it is: its examples of `expression` need the extra cel", file=sys.stderr)
    packs = sorted((ROOT / "policies" / "packs").glob("*.yaml"))
    return {
        **({"docs/rules.md": rules_page()} if installed() else {}),
        "docs/policies.md": policies_page({path.relative_to(ROOT).as_posix(): path.read_bytes() for path in packs}),
        ".pre-commit-hooks.yaml": hooks_catalog.render(),
        "docs/expressions.md": with_variables(read("docs/expressions.md") or ""),
        "README.md": with_help(read("README.md") or ""),
        **{f"policies/schema/{name}": text for name, text in schemas()},
    }


def schemas() -> Iterator[tuple[str, str]]:
    """The published schemas: those of the policy files and that of the JSON report."""
    from checker.policy.schema import published
    from checker.report._schema import schema as report_schema

    for name, schema in {**published(), "report-v1.schema.json": report_schema()}.items():
        yield name, json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def read(path: str) -> str | None:
    """A file's text, or None."""
    file = ROOT / path
    return file.read_text(encoding="utf-8") if file.is_file() else None


def diff(path: str, old: str | None, new: str | None) -> Iterator[str]:
    """A unified diff from what is there to what should be."""
    before, after = [(text or "").splitlines(keepends=True) for text in (old, new)]
    return difflib.unified_diff(before, after, fromfile=path, tofile=f"{path} (generated)")


if __name__ == "__main__":
    sys.exit(main())
