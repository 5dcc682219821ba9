"""`data`: public data sets to learn from: whose they are, under which terms, and fetched with their checksums."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pippin.core import registry
from pippin.core.application_parts import PublicDataset
from pippin.core.errors import PippinError, missing_extra, reason, writing
from pippin.core.report.cells import Table
from pippin.core.report.report import Report


def data(
    name: Annotated[str | None, "the set to fetch; nothing means: list them"] = None,
    *,
    out: Annotated[Path | None, "where to put it (default: a folder of its name)"] = None,
    files: Annotated[str, "other files of it than the usual ones, as in 's2.zip,s3.zip'"] = "",
) -> Report:
    """List public data sets, or fetch the one named."""
    known = {known.name: (app.name, known) for app in registry.all_applications() for known in app.data.public}
    if name is None:
        return _listed(known)
    if name not in known:
        raise PippinError(f"No data set {name!r} is known; there are: {', '.join(known)}.", input=name)
    found = known[name][1]
    folder = out or Path(name)
    wanted = [file.strip() for file in files.split(",") if file.strip()] or list(found.files)
    paths = fetched(found, folder, wanted)
    return Report(
        title=f"{found.name}: {', '.join(wanted)} in {folder}",
        summary=f"{found.terms}.",
        payload={"name": found.name, "folder": str(folder), "files": [str(path) for path in paths]},
        next=found.learn.replace("FOLDER", str(folder)),
    )


def _listed(known: dict[str, tuple[str, PublicDataset]]) -> Report:
    rows = tuple((name, app, one.what, one.terms, one.size, one.home) for name, (app, one) in known.items())
    return Report(
        title="Public data sets that can be fetched",
        summary="Nothing is fetched until you name one; its files are checked against the checksums of their archive.",
        tables=(Table(("name", "for", "what it is", "terms", "size", "home"), rows),),
        payload={"sets": [{"name": name, "application": app, **vars(one)} for name, (app, one) in known.items()]},
        next="pippin data NAME",
    )


def fetched(known: PublicDataset, folder: Path, files: list[str]) -> list[Path]:
    """Fetch files of a set into a folder and unpack them there; what is there already, whole, is not fetched again."""
    try:
        import pooch
    except ImportError as problem:
        raise missing_extra("pooch", "data", "Fetching data") from problem
    from zipfile import BadZipFile

    from requests import RequestException

    pooch.get_logger().setLevel("WARNING")
    paths = []
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        store = pooch.create(folder, known.base, registry=dict(known.checksums))
        if not known.checksums:
            store.load_registry_from_doi()
        if unknown := sorted(set(files) - set(store.registry)):
            raise PippinError(f"{known.name} has no file {unknown[0]!r}; see {known.home}.", input=unknown[0])
        for file in files:
            store.fetch(file, processor=pooch.Unzip(extract_dir=".") if file.endswith(".zip") else None)
            paths.append(folder / file)
    except RequestException as problem:
        raise PippinError(f"Cannot fetch {known.name} from {known.home}: no answer; are you online?") from problem
    except OSError as problem:
        raise PippinError(f"Cannot write into {folder}: {reason(problem)}.", input=folder) from problem
    except (ValueError, BadZipFile) as problem:
        raise PippinError(f"What came from {known.home} is damaged: {problem}".split("\n")[0][:300]) from problem
    return paths
