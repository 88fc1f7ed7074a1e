"""The one style sheet (`page.css`: light, dark, narrow, printed), and the policy that allows nothing else."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

FILTERS = (
    ("all", "All", ()),
    ("act", "To act on", ("fail", "warn", "not-evaluated")),
    ("fail", "Failed", ("fail",)),
    ("warn", "Warnings", ("warn",)),
    ("not-evaluated", "Not evaluated", ("not-evaluated",)),
    ("waived", "Waived", ("waived",)),
    ("pass", "Passed", ("pass",)),
)


def sheet() -> str:
    """The whole style sheet, with the rules that make the filter work without a script."""
    hide = []
    for name, _, statuses in FILTERS:
        if statuses:
            others = "".join(f":not(.s-{status})" for status in statuses)
            hide.append(f"@media screen {{ body:has(#show-{name}:checked) .outcome{others} {{ display: none; }} }}")
    plain = (files("checker.report._html") / "page.css").read_text(encoding="utf-8")
    return plain + "\n".join(hide) + "\n"


def csp(style: str) -> str:
    """Nothing may load or run; this one style sheet is allowed by its hash."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
