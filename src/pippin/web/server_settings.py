"""What a studio allows: secrets, names, sizes, rates and quotas."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pippin.core import registry
from pippin.core.application import Application
from pippin.core.application_parts import SENSITIVE
from pippin.core.errors import PippinError

MEBIBYTE = 1 << 20
MEGAPIXEL = 1_000_000


@dataclass(frozen=True)
class ServerSettings:
    """What is allowed; sizes in bytes or pixels, rates a second.

    `largest` is the upload limit: the largest body of a request. `rate` and `burst` are the rate limit of each caller.
    `token` is asked of all, `teacher` opens the teacher's page; `names` are those the server answers to, `proxies`
    addresses whose X-Forwarded-For is believed. `shared` gives each visitor a workspace of their own, kept until they
    did not come for so many `days` (0: until the studio ends, None: for ever). `allowed` names sensitive kinds and
    applications that are open to visitors. `training_seconds` and `disk` are quotas of each visitor. `warm` has each
    built-in model answer once before a class asks for all of them. `lesson` is the lesson at /learn, built-in or a
    folder; a class that has one joins by nicknames. `programs` serves programs instead of browsers: no
    cookies, any name of this machine where there is a token, and no header of ours (a page of another site is refused).
    """

    token: str = ""
    teacher: str = ""
    names: frozenset[str] = frozenset({"localhost"})
    proxies: tuple[str, ...] = ()
    shared: bool = False
    secure: bool = False
    largest: int = 256 * MEBIBYTE
    rate: float = 30.0
    burst: float = 150.0
    days: int | None = 1
    allowed: frozenset[str] = frozenset()
    training_seconds: float = 3600.0
    disk: int = 500_000_000
    warm: bool = True
    lesson: str = ""
    programs: bool = False

    @property
    def max_pixels(self) -> int:
        """The most pixels of one image."""
        return (25 if self.shared else 50) * MEGAPIXEL

    def refusal(self, app: Application) -> str | None:
        """Return why visitors do not get this application; None where they do."""
        if not self.shared or not app.data.sensitive or self.allowed & {app.data.sensitive, app.name}:
            return None
        about = SENSITIVE[app.data.sensitive]
        return f"`{app.name}` is closed here, since it is about {about}; ask the teacher to open it."


def allowed(words: Iterable[str]) -> frozenset[str]:
    """Read the values of --allow: kinds of sensitive data, in one or many, and names of applications."""
    kinds = {**{kind: kind for kind in SENSITIVE}, **{f"{kind}s": kind for kind in SENSITIVE}}
    found = [word.strip() for word in words if word.strip()]
    for word in found:
        if word not in kinds and word not in registry.names():
            known = ", ".join([*SENSITIVE, *registry.names()])
            raise PippinError(f"--allow must name a kind or an application ({known}), not {word!r}.", input=word)
    return frozenset(kinds.get(word, word) for word in found)
