"""What can go wrong because of the input or the command; each error says what, where and what to do next."""

from __future__ import annotations

from checker.model.location import Location


class HeadwaterError(Exception):
    """A fault that the user can mend. `cli` prints it and ends with exit code 2.

    `message` says what is wrong and what was expected, `hint` the next step, `location` the place.
    """

    def __init__(self, message: str, *, hint: str = "", location: Location | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.location = location

    def __str__(self) -> str:
        place = f"{self.location}: " if self.location else ""
        hint = f"; {self.hint}" if self.hint else ""
        return f"{place}{self.message}{hint}"


class UsageError(HeadwaterError):
    """The command line asks for something that does not exist or does not fit together."""


class YamlError(HeadwaterError):
    """A YAML file is malformed, hostile, or holds a scalar that readers of YAML understand differently."""


class PolicyError(HeadwaterError):
    """A policy file, a pack or `headwater.yaml` is wrong."""


class PluginError(HeadwaterError):
    """A plug-in that `headwater.yaml` names is not installed, not whole, or not to be trusted here."""


class RepositoryError(HeadwaterError):
    """git: no repository, unknown revision, shallow clone, unmerged index."""


class DatasetError(HeadwaterError):
    """DVC metadata is malformed or hostile."""


class CardError(HeadwaterError):
    """A card cannot be read at all."""


class RecordError(HeadwaterError):
    """A shard cannot be read at all: wrong format, damaged, a decompression bomb."""


class ObjectError(HeadwaterError):
    """The bytes of a shard or manifest could not be had. The subclass says why, `address` where."""

    def __init__(self, message: str, *, hint: str = "", address: str = "") -> None:
        super().__init__(message, hint=hint)
        self.address = address


class ObjectMissing(ObjectError):
    """Neither the cache nor the remote holds the object."""


class ObjectDenied(ObjectError):
    """The remote refused the credentials, or none were found."""


class ObjectOffline(ObjectError):
    """The remote cannot be reached."""


class ObjectDamaged(ObjectError):
    """The bytes do not have the hash that git records for them."""


class EvidenceDamaged(HeadwaterError):
    """An entry of kept evidence is not, or no longer, what was written: measure its shard again."""


class EvidenceUnreachable(HeadwaterError):
    """A shared store of evidence could not be asked, or not be written to."""


class EngineError(HeadwaterError):
    """Workers cannot be had, here or on the engine that was chosen, or they are not what this process needs."""
