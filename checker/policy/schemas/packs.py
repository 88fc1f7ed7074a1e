"""The schema of what makes a policy a pack, or use one: `include`, `extends` and `parameters`."""

from __future__ import annotations

from checker.policy.schemas.shapes import END, Schema, identifier, listing, path, record, text, values
from checker.rules._base import Stricter

TYPES = ("number", "integer", "string", "boolean", "array")


def extends() -> Schema:
    """One pack that a policy extends."""
    return record(
        {
            "pack": {
                **text("A pack with its version (baseline@1, or one that is included), or the id of a policy here."),
                "examples": ["baseline@1", "high-stakes@1", "model-collapse@1"],
            },
            "with": {
                "type": "object",
                "minProperties": 1,
                "description": "Values for the parameters that the pack declares; never looser than its defaults.",
                "examples": [{"cap": 0.1}],
            },
        },
        "pack",
    )


def include() -> Schema:
    """One pack from elsewhere, pinned. Which of the two ways it is decides what else is asked."""
    by_file = {
        "file": path("A pack in this repository.", "governance/packs/org-core.yaml"),
        "sha256": {
            "type": "string",
            "pattern": "^[0-9a-f]{64}" + END,
            "patternErrorMessage": "write the 64 lower-case hex digits that sha256sum prints",
            "description": "The sha256 of the file: other bytes are refused.",
            "examples": ["0" * 64],
        },
        "signature": _signature("this repository"),
    }
    by_git = {
        "git": {
            "type": "string",
            # No password, no option, no other transport: git would run a program for ext::.
            "pattern": r"^(https|ssh)://(?!-)([A-Za-z0-9._-]+@)?[A-Za-z0-9\[][^\s@?#\\\u0000-\u0020]*"
            + END
            + r"|^file:///[^\s?#\\\u0000-\u0020]+"
            + END,
            "patternErrorMessage": "write https://host/path, ssh://git@host/path or file:///path, without a password",
            "description": "A git repository of packs.",
            "examples": ["https://git.example.org/data-governance/policies.git"],
        },
        "commit": {
            "type": "string",
            "pattern": "^[0-9a-f]{40}" + END,
            "patternErrorMessage": "write the 40 lower-case hex digits of the commit; a branch or tag may move",
            "description": "The commit that holds the pack, whole.",
            "examples": ["0" * 40],
        },
        "path": path("The pack in that repository.", "packs/org-core.yaml"),
        "signature": _signature("the same commit"),
    }
    return {
        "type": "object",
        "if": {"required": ["git"]},
        "then": record(by_git, "git", "commit", "path"),
        "else": record(by_file, "file", "sha256"),
        # For editors, which complete from here.
        "properties": dict.fromkeys((*by_file, *by_git), True),
        "description": "Either git, commit and path, or file and sha256.",
    }


def declarations() -> Schema:
    """The parameters of a pack."""
    value = {"type": ["number", "string", "boolean", "array"], "items": {"type": "string"}}
    declaration = record(
        {
            "type": {"enum": list(TYPES), "description": "The type of the value; an array is a list of texts."},
            "minimum": {"type": "number", "description": "The least value.", "examples": [0]},
            "maximum": {"type": "number", "description": "The most.", "examples": [1]},
            "enum": {
                **listing({"type": ["string", "number"]}),
                "uniqueItems": True,
                "description": "The values there are, from the loosest to the strictest where stricter is ordered.",
                "examples": [["excluded", "prior", "machine"]],
            },
            "default": {
                **value,
                "description": "The value where nobody sets one; nobody may set a looser one.",
                "examples": [0.2],
            },
            "stricter": {
                "enum": values(Stricter),
                "description": "In which direction the value gets stricter: as the parameter of the check that it goes "
                "to, or fixed.",
            },
            "description": text(
                "What the parameter is for, in one sentence.", "The largest share of machine-made records."
            ),
        },
        "type",
        "stricter",
    )
    return {
        "type": "object",
        "minProperties": 1,
        "propertyNames": identifier("The name of a parameter."),
        "additionalProperties": declaration,
        "description": "Values that whoever extends this pack may set; rules use them as {parameter: NAME}.",
        "examples": [{"cap": {"type": "number", "minimum": 0, "maximum": 0.5, "default": 0.2, "stricter": "lower"}}],
    }


def _signature(source: str) -> Schema:
    return {
        **record(
            {
                "file": path(
                    f"The signature in {source}, made by ssh-keygen -Y sign -n headwater-pack.",
                    "governance/packs/org-core.yaml.sig",
                ),
                "principal": text(
                    "Whose signature it has to be, as governance/allowed_signers names the key.", "ana@example.org"
                ),
            },
            "file",
            "principal",
        ),
        "description": "Who must have signed the pack. A signature that is missing or wrong is a fault.",
    }
