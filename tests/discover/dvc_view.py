"""Prints, as JSON, what DVC itself sees: `dvc_view.py [FOLDER REVISION]...`; `-` is the work tree."""

from __future__ import annotations

import json
import sys
from typing import Any

from dvc.exceptions import DvcException
from dvc.repo import Repo


def view(folder: str, rev: str) -> dict[str, Any]:
    """Every out and stage of one state, or the name of the error that DVC raises."""
    problems: list[str] = []
    with Repo(folder, rev=None if rev == "-" else rev) as repo:
        repo.stage_collection_error_handler = lambda path, error: problems.append(f"{path}: {error}")
        index = repo.index
        try:
            outs = [_out(repo, stage, out) for stage in index.stages for out in stage.outs]
            stages = [_stage(repo, stage) for stage in index.stages]
        except DvcException as error:
            return {"error": str(error)}
    return {"outs": outs, "stages": stages, "problems": problems}


def _out(repo: Repo, stage: Any, out: Any) -> dict[str, Any]:
    inside = out.protocol == "local"
    return {
        "path": repo.fs.relpath(out.fs_path, repo.root_dir) if inside else out.def_path,
        "stage": getattr(stage, "name", None),
        "hash": out.hash_info.value,
        "hash_name": out.hash_info.name if out.hash_info.value else None,
        "size": out.meta.size,
        "files": out.meta.nfiles,
        "cached": out.use_cache,
        "pushed": out.can_push,
        "remote": out.remote,
        "desc": out.annot.desc,
        "type": out.annot.type,
        "labels": out.annot.labels,
        "meta": out.annot.meta,
        "role": "metric" if out.metric else "plot" if out.plot else "out",
        "frozen": stage.frozen,
    }


def _stage(repo: Repo, stage: Any) -> dict[str, Any]:
    plain = [dep for dep in stage.deps if type(dep).__name__ == "Dependency" and dep.protocol == "local"]
    deps = [dep for dep in plain if not dep.def_path.startswith("/")]
    return {
        "file": stage.path_in_repo,
        "name": getattr(stage, "name", None),
        "cmd": stage.cmd,
        "deps": {repo.fs.relpath(dep.fs_path, repo.root_dir): dep.hash_info.value for dep in deps},
        "params": {
            repo.fs.relpath(dep.fs_path, repo.root_dir): sorted(dep.params)
            for dep in stage.deps
            if type(dep).__name__ == "ParamsDependency"
        },
    }


if __name__ == "__main__":
    asked = zip(sys.argv[1::2], sys.argv[2::2], strict=True)
    sys.stdout.write(json.dumps([view(folder, rev) for folder, rev in asked]))
