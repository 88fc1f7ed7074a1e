"""Who speaks in a conversation: the user is human, the assistant is a machine, the system is not counted."""

from __future__ import annotations

from collections.abc import Iterable

from checker.model.composition import Origin
from checker.model.dataset import DatasetSettings
from checker.read.records.vocabulary import EXCLUDED_ROLES, HUMAN_ROLES, MACHINE_ROLES


class RoleMap:
    """`headwater.yaml` may say otherwise: `values: {role: {user: machine}}`, where the prompts were generated too."""

    def __init__(self, settings: DatasetSettings) -> None:
        self._given = {raw.casefold(): value.casefold() for raw, value in settings.values.get("role", {}).items()}

    def speaker(self, role: object) -> Origin | None:
        """The maker of a turn; None for turns that are not counted."""
        word = role.strip().casefold() if isinstance(role, str) else ""
        given = self._given.get(word)
        if given is not None:
            return {"human": Origin.HUMAN, "machine": Origin.MACHINE, "excluded": None}.get(given, Origin.UNKNOWN)
        if word in EXCLUDED_ROLES:
            return None
        if word in MACHINE_ROLES:
            return Origin.MACHINE
        return Origin.HUMAN if word in HUMAN_ROLES else Origin.UNKNOWN

    def origin(self, roles: Iterable[object]) -> Origin | None:
        """The maker of the whole conversation; None when it cannot be told. Unknown speakers do not pass for humans."""
        speakers = {self.speaker(role) for role in roles}
        if Origin.MACHINE in speakers:
            return Origin.MIXED if Origin.HUMAN in speakers else Origin.MACHINE
        return Origin.HUMAN if speakers - {None} == {Origin.HUMAN} else None
