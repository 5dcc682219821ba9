"""Ontology, annotations and profiles: against what can be counted by hand, and against slow computations."""

from __future__ import annotations

import numpy as np
import pytest

from pippin.apps.raredisease.ontology.annotations import parse_annotations, read_frequency
from pippin.apps.raredisease.ontology.catalogues import find_namesakes
from pippin.apps.raredisease.ontology.knowledge import Knowledge
from pippin.apps.raredisease.ontology.obo import parse_obo
from pippin.apps.raredisease.patients.patient import make_patient
from pippin.apps.raredisease.ranking.encoder import closure_rows
from pippin.apps.raredisease.ranking.overlap import OVERLAPS, information_totals, overlaps
from pippin.apps.raredisease.ranking.scores import (
    NOISE,
    Setting,
    cosines,
    disease_matches,
    excluded_ratios,
    likelihood,
    term_scores,
)
from pippin.core.errors import PippinError


def ids(knowledge: Knowledge, terms: object) -> set[str]:
    return {knowledge.ontology.ids[int(term)] for term in terms}  # type: ignore[attr-defined]


def frequency(knowledge: Knowledge, disease: int, id: str) -> float:
    """The slow way: the highest frequency of any annotated finding that has `id` among its ancestors."""
    ontology = knowledge.ontology
    found = [
        share
        for term, share in zip(*knowledge.profiles.findings(disease), strict=True)
        if ontology.index[id] in ontology.lineage(int(term))
    ]
    return max(found, default=0.0)


def test_ancestors_are_those_of_all_parents(small: Knowledge) -> None:
    lineage = ids(small, small.ontology.lineage(small.ontology.index["HP:0000031"]))
    assert lineage == {"HP:0000031", "HP:0000030", "HP:0000011", "HP:0000020", "HP:0000010", "HP:0000118"}


def test_every_ancestor_comes_before_what_is_below_it(small: Knowledge) -> None:
    for term in range(len(small.ontology.ids)):
        lineage = small.ontology.lineage(term)
        assert lineage[-1] == term
        assert (np.diff(lineage) > 0).all()


def test_below_is_the_inverse_of_lineage(small: Knowledge) -> None:
    count = len(small.ontology.ids)
    for term in range(count):
        assert set(small.ontology.below(term)) == {one for one in range(count) if term in small.ontology.lineage(one)}


def test_replaced_and_alternative_ids_are_resolved(small: Knowledge) -> None:
    assert small.ontology.resolve("HP:0000500") == "HP:0000030"
    assert small.ontology.resolve("HP:0000999") == "HP:0000021"
    assert small.ontology.resolve("HP:7777777") == "HP:7777777"


def test_only_the_catalogue_asked_for_is_there(small: Knowledge) -> None:
    assert small.ids == ["OMIM:1", "OMIM:2", "OMIM:3"]
    assert (small.version, small.ontology.version) == ("2025-01-16", "2025-01-16")


def test_counts_of_papers_add_up_and_negated_rows_are_no_findings(small: Knowledge) -> None:
    terms, shares = small.profiles.findings(0)
    found = {small.ontology.ids[term]: float(share) for term, share in zip(terms, shares, strict=True)}
    assert found == {"HP:0000022": pytest.approx(0.5), "HP:0000030": pytest.approx(0.5)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("7/8", (7, 8)), ("9/8", (8, 8)), ("12.5%", (0.125, 0)), ("HP:0040280", (1, 0)), ("", (0.5, 0)), ("x", (0.5, 0))],
)
def test_frequencies_in_all_their_forms(text: str, expected: tuple[float, float]) -> None:
    assert read_frequency(text) == expected


def test_profiles_pass_frequencies_on_to_more_general_findings(small: Knowledge) -> None:
    for term, id in enumerate(small.ontology.ids):
        diseases, shares = small.profiles.column(term)
        dense = np.zeros(len(small.ids))
        dense[diseases] = shares
        assert dense.tolist() == pytest.approx([frequency(small, disease, id) for disease in range(3)])


def test_rows_of_a_paper_alone_are_left_out(small: Knowledge) -> None:
    chosen, profiles = small.without(["PMID:1"])
    assert [small.ids[disease] for disease in chosen] == ["OMIM:1"]
    terms, shares = profiles.findings(0)
    assert ids(small, terms) == {"HP:0000022"}
    assert shares.tolist() == [0.25]


def test_a_disease_known_from_one_paper_alone_is_left_with_nothing(small: Knowledge) -> None:
    chosen, profiles = small.without(["PMID:3"])
    assert [small.ids[disease] for disease in chosen] == ["OMIM:3"]
    assert profiles.count == 1
    assert len(profiles.terms) == 0
    assert len(profiles.diseases) == 0


def test_a_paper_cited_only_for_inheritance_counts_as_cited(small: Knowledge) -> None:
    assert [small.ids[disease] for disease in small.affected(["PMID:4"])] == ["OMIM:3"]
    assert small.affected(["PMID:12345"]) == []


def test_likelihood_ratio_is_that_of_the_closest_annotated_finding(small: Knowledge) -> None:
    setting, index = Setting(small, small.profiles), small.ontology.index
    ratios, _ = term_scores(setting, index["HP:0000022"])
    for disease in range(3):
        expected = max(
            frequency(small, disease, id) / small.rates[index[id]] for id in ("HP:0000022", "HP:0000020", "HP:0000010")
        )
        assert ratios[disease] == pytest.approx(np.log(NOISE + (1 - NOISE) * expected), rel=1e-4)


def test_an_excluded_finding_speaks_against_diseases_that_show_it(small: Knowledge) -> None:
    ratios = excluded_ratios(Setting(small, small.profiles), small.ontology.index["HP:0000021"])
    assert ratios[1] < 0 < ratios[0] == ratios[2]


def test_likelihood_adds_up_findings(small: Knowledge) -> None:
    setting, index = Setting(small, small.profiles), small.ontology.index
    whole = likelihood(setting, [index["HP:0000022"]], [index["HP:0000021"]])
    assert np.allclose(
        whole, term_scores(setting, index["HP:0000022"])[0] + excluded_ratios(setting, index["HP:0000021"])
    )


def test_cosines_are_those_of_dense_vectors(small: Knowledge) -> None:
    ontology, information = small.ontology, small.information
    closure = ontology.closure([ontology.index["HP:0000022"], ontology.index["HP:0000030"]])
    patient = np.zeros(len(ontology.ids))
    patient[closure] = information[closure]
    found = cosines(Setting(small, small.profiles), closure)
    for disease in range(3):
        vector = np.array([frequency(small, disease, id) for id in ontology.ids]) * information
        expected = vector @ patient / (np.linalg.norm(vector) * np.linalg.norm(patient))
        assert found[disease] == pytest.approx(expected, rel=1e-4)


def test_disease_matches_are_means_by_frequency(small: Knowledge) -> None:
    ontology, information = small.ontology, small.information
    closure = set(ontology.closure([ontology.index["HP:0000020"]]).tolist())
    found, _ = disease_matches(Setting(small, small.profiles), np.array(sorted(closure)))
    for disease in range(3):
        terms, shares = small.profiles.findings(disease)
        best = [max(information[one] for one in ontology.lineage(term) if one in closure) for term in terms]
        assert found[disease] == pytest.approx(np.average(best, weights=shares), rel=1e-4)


def test_closure_rows_are_of_length_one(small: Knowledge) -> None:
    starts, _, weights = closure_rows(small.profiles, small.information)
    for disease in range(3):
        assert np.linalg.norm(weights[starts[disease] : starts[disease + 1]]) == pytest.approx(1, rel=1e-5)


def test_other_files_are_refused_in_a_sentence() -> None:
    with pytest.raises(PippinError, match=r"hp\.obo"):
        parse_obo("format-version: 1.2\n\n[Term]\nid: GO:1\n")
    with pytest.raises(PippinError, match=r"phenotype\.hpoa"):
        parse_annotations("a\tb\nc\td\n")
    with pytest.raises(PippinError, match=r"phenotype\.hpoa"):
        parse_annotations("")


def test_gains_add_up_to_information_along_a_chain(small: Knowledge) -> None:
    ontology = small.ontology
    for id, chain in (("HP:0000022", ("HP:0000118", "HP:0000010", "HP:0000020", "HP:0000022")),):
        total = sum(small.gains[ontology.index[one]] for one in chain)
        assert total == pytest.approx(small.information[ontology.index[id]], abs=1e-5)


def test_overlaps_are_those_counted_by_hand(small: Knowledge) -> None:
    ontology, setting = small.ontology, Setting(small, small.profiles)
    patient = make_patient(ontology, ["HP:0000022", "HP:0000030"], ["HP:0000021"])
    closure = ontology.closure(patient.present)
    found = overlaps(setting, patient, closure, information_totals(setting))
    own = set(closure.tolist())
    for disease in range(3):
        shows = {term for term in range(len(ontology.ids)) if frequency(small, disease, ontology.ids[term]) > 0}
        common, both = (sum(float(small.information[term]) for term in some) for some in (own & shows, own | shows))
        row = dict(zip(OVERLAPS, found[disease].tolist(), strict=True))
        assert row["shared"] == pytest.approx(common / both, rel=1e-4)
        shares = [frequency(small, disease, ontology.ids[term]) for term in patient.present]
        assert row["frequency"] == pytest.approx(np.mean(shares), rel=1e-4)
        assert row["clash"] == pytest.approx(frequency(small, disease, "HP:0000021"))
        ratios = [share / small.rates[term] for share, term in zip(shares, patient.present, strict=True)]
        assert row["exact"] == pytest.approx(sum(np.log(NOISE + (1 - NOISE) * ratio) for ratio in ratios), rel=1e-3)


def test_namesakes_share_all_words_and_are_the_only_ones() -> None:
    names = {
        "OMIM:1": "Syndrome, Griscelli, type 2",
        "ORPHA:1": "Griscelli syndrome type 2",
        "OMIM:2": "Twice",
        "ORPHA:2": "Twice",
        "ORPHA:3": "Twice",
        "OMIM:4": "Alone",
    }
    assert find_namesakes(names, names) == {"OMIM:1": "ORPHA:1", "ORPHA:1": "OMIM:1"}
