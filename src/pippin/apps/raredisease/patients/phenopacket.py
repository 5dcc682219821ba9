"""GA4GH phenopackets, version 2, as JSON: read into ids, and written with what was ranked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pippin.core.errors import PippinError

_HPO = re.compile(r"HP:\d{7}$")
CANDIDATES = "Pippin: candidates of a ranking, no diagnosis."
_ELSEWHERE = re.compile(r"(?!HP:)[A-Za-z][\w.-]*:\S{1,40}$")  # a term of another ontology: noted, and left out


@dataclass(frozen=True)
class PhenopacketContent:
    """What a phenopacket says of findings, papers and diagnosis."""

    name: str
    present: tuple[str, ...]
    excluded: tuple[str, ...]
    papers: tuple[str, ...]
    disease: str


def read_phenopacket(text: str, name: str = "") -> PhenopacketContent:
    """Read a phenopacket; PippinError names the field that is invalid."""
    try:
        value = json.loads(text, object_hook=_camel)
    except (ValueError, RecursionError) as problem:
        raise PippinError(
            f"{name or 'This phenopacket'} is not valid JSON; give a phenopacket.", input=name
        ) from problem
    packet = _object(value, "the phenopacket", name)
    if "phenotypicFeatures" not in packet and isinstance(packet.get("proband"), dict):  # a family
        packet = packet["proband"]
    features = _list(packet, "phenotypicFeatures", name)
    present: list[str] = []
    excluded: list[str] = []
    for number, feature in enumerate(features):
        where = f"phenotypicFeatures[{number}]"
        term, is_excluded = _feature(_object(feature, where, name), where, name)
        (excluded if is_excluded else present).append(term)
    own = packet.get("id")
    return PhenopacketContent(
        name or (own if isinstance(own, str) else ""),
        tuple(present),
        tuple(excluded),
        tuple(_papers(packet, name)),
        _disease(packet, name),
    )


def _camel(value: dict[str, Any]) -> dict[str, Any]:
    """Return an object with its fields named as in JSON, whether written so or as in Protobuf (meta_data)."""
    return {re.sub(r"_([a-z])", lambda match: match[1].upper(), key): inner for key, inner in value.items()}


def _feature(feature: Mapping[str, Any], where: str, name: str) -> tuple[str, bool]:
    kind = _object(feature.get("type"), f"{where}.type", name)
    id = kind.get("id")
    if not isinstance(id, str) or not (_HPO.match(id) or _ELSEWHERE.match(id)):
        raise _invalid(f"{where}.type.id", "an HPO id such as HP:0001250", id, name)
    for field in ("excluded", "negated"):  # as version 2 and version 1 call it
        excluded = feature.get(field)
        if excluded is not None and not isinstance(excluded, bool):
            raise _invalid(f"{where}.{field}", "true or false", excluded, name)
    return id, bool(feature.get("excluded") or feature.get("negated"))


def _papers(packet: Mapping[str, Any], name: str) -> Iterable[str]:
    data = _part(packet, "metaData", "metaData", name)
    for number, reference in enumerate(_list(data, "externalReferences", name)):
        id = _object(reference, f"metaData.externalReferences[{number}]", name).get("id")
        if isinstance(id, str) and id.startswith("PMID:"):
            yield id


def _disease(packet: Mapping[str, Any], name: str) -> str:
    """Return the disease of the first interpretation that has one, else of the first disease that is not excluded."""
    if str(_part(packet, "metaData", "metaData", name).get("createdBy")).startswith(CANDIDATES):
        return ""
    for number, interpretation in enumerate(_list(packet, "interpretations", name)):
        where = f"interpretations[{number}]"
        diagnosis = _part(_object(interpretation, where, name), "diagnosis", f"{where}.diagnosis", name)
        disease = _part(diagnosis, "disease", f"{where}.diagnosis.disease", name).get("id")
        if isinstance(disease, str) and disease:
            return disease
    for number, entry in enumerate(_list(packet, "diseases", name)):
        item = _object(entry, f"diseases[{number}]", name)
        id = _part(item, "term", f"diseases[{number}].term", name).get("id")
        if isinstance(id, str) and id and not item.get("excluded"):
            return id
    return ""


def _object(value: Any, where: str, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _invalid(where, "an object", value, name)
    return value


def _part(packet: Mapping[str, Any], key: str, where: str, name: str) -> dict[str, Any]:
    """Return an object in a packet; empty where it is missing or null."""
    value = packet.get(key)
    return {} if value is None else _object(value, where, name)


def _list(packet: Mapping[str, Any], key: str, name: str) -> list[Any]:
    value = packet.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _invalid(key, "a list", value, name)
    return value


def _invalid(where: str, expected: str, value: Any, name: str) -> PippinError:
    written = json.dumps(value, ensure_ascii=False)[:60] if not isinstance(value, float) else str(value)
    return PippinError(f"{name or 'The phenopacket'}: {where} must be {expected}, not {written}.", input=name)


def write_phenopacket(
    id: str,
    present: Iterable[tuple[str, str]],
    excluded: Iterable[tuple[str, str]],
    ranked: Iterable[tuple[str, str, float]],
    ontology_version: str,
    created: str,
    papers: Iterable[str] = (),
    created_by: str = "Pippin",
) -> dict[str, Any]:
    """Return a phenopacket with findings (id, name) and ranked diseases (id, name, probability) as candidates.

    Where `created_by` begins with CANDIDATES, `read_phenopacket` takes none of them for the diagnosis.
    """
    features: list[dict[str, Any]] = [{"type": {"id": term, "label": label}} for term, label in present]
    features += [{"type": {"id": term, "label": label}, "excluded": True} for term, label in excluded]
    resource = {
        "id": "hp",
        "name": "human phenotype ontology",
        "url": "http://purl.obolibrary.org/obo/hp.owl",
        "version": ontology_version,
        "namespacePrefix": "HP",
        "iriPrefix": "http://purl.obolibrary.org/obo/HP_",
    }
    return {
        "id": id,
        "subject": {"id": id},
        "phenotypicFeatures": features,
        "interpretations": [
            {
                "id": f"{id}-{number}",
                "progressStatus": "IN_PROGRESS",
                "diagnosis": {"disease": {"id": disease, "label": label}},
                "summary": f"candidate {number} of a ranking for research, probability {share:.3f}; no diagnosis",
            }
            for number, (disease, label, share) in enumerate(ranked, 1)
        ],
        "metaData": {
            "created": created,
            "createdBy": created_by,
            "resources": [resource],
            "phenopacketSchemaVersion": "2.0",
            "externalReferences": [{"id": paper} for paper in papers],
        },
    }
