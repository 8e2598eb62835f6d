"""The COREQ items that a study can fill, or half fill, by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ccgmine.domain import PrevalenceTable
from ccgmine.ordering import natural
from ccgmine.report.facts import StudyFacts, authors, listed, n_of


def coreq_items(f: StudyFacts) -> list[tuple[int, str, str]]:
    """Number, topic and text of each item.

    Source:
        Tong, A., Sainsbury, P., & Craig, J. (2007). Consolidated criteria for reporting
        qualitative research (COREQ): a 32-item checklist for interviews and focus groups.
        International Journal for Quality in Health Care 19, 349-357.
    """
    coders = "; ".join(
        f"{name}: {n_of(n, 'coded passage')}, {n_of(read, 'transcript')} read in full or in part"
        for name, read, n in f.coders
    )
    machine = ""
    if f.model is not None:
        machine = (
            f" Machine: {f.model.n_unread:,} of {f.n_segments:,} segments were coded by a "
            "classifier alone."
        )
    tree = (
        f"{n_of(f.n_themes, 'coded theme')}, {f.n_grouping} that group them; {f.n_defined} defined"
    )
    silent = "Every listed participant has text."
    if f.n_silent:
        silent = f"Of those listed, {f.told(f.n_silent)} without text."
    again = "No participant has more than one transcript."
    if f.n_repeated:
        again = f"{f.told(f.n_repeated).capitalize()} with more than one transcript. " + authors(
            "whether these are repeat interviews"
        )
    passages = sum(n for name, _, n in f.coders if name in f.reference)
    rows = [
        (12, "Sample size", f"{n_of(len(f.sample), 'participant')}."),
        (13, "Non-participation", f"{silent} {authors('who refused or dropped out, and why')}"),
        (16, "Description of sample", f"{_sample(f)} {authors('other characteristics')}".strip()),
        (18, "Repeat interviews", again),
        (22, "Data saturation", f"{f.saturation} {authors('how saturation was judged')}".strip()),
        (24, "Number of data coders", f"{len(f.coders)}. {coders}.{machine}" if f.coders else ""),
        (25, "Description of the coding tree", f"{tree}."),
        (26, "Derivation of themes", authors("in advance, or from the data") + machine),
        (27, "Software", software(f)),
        (
            29,
            "Quotations presented",
            f"{n_of(passages, 'passage')} coded by hand, each tied to its participant. "
            + authors("whether the quotations in the paper are identified"),
        ),
        *_major_and_minor(f.table),
    ]
    return [row for row in rows if row[2]]


def _sample(f: StudyFacts) -> str:
    """Participants by site and type, as finely as disclosure control lets them be told."""
    site_and_type = [f"{site or '(no site)'} {kind or '(no type)'}" for site, kind in f.sample]
    sites, types = [site for site, _ in f.sample], [kind for _, kind in f.sample]
    for which in ([site_and_type], [sites, types], [types], [sites]):
        if all(f.may_show(n) for values in which for n in Counter(values).values()):
            return " ".join(f"{listed(_in_order(values))}." for values in which)
    return "Some groups are too small to be told."


def _in_order(values: Sequence[str]) -> list[tuple[str, int]]:
    return sorted(Counter(values).items(), key=lambda counted: natural(counted[0]))


def software(f: StudyFacts) -> str:
    """What the figures were made with."""
    earlier = [
        f"{command} with version {version}" for command, version in f.runs if version != f.version
    ]
    before = f" ({', '.join(earlier)})" if earlier else ""
    text = f"The figures were made with ccgmine {f.version}{before}."
    versions = f.model.provenance.get("versions") if f.model and f.model.provenance else None
    if isinstance(versions, dict):
        used = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
        text += f" The classifier was trained with {used}."
    return text


def _major_and_minor(table: PrevalenceTable | None) -> Sequence[tuple[int, str, str]]:
    """Which themes each word applies to among all participants."""
    if table is None:
        return ()
    words: dict[str, list[str]] = {}
    for row in table.rows:
        if not row.group.values and row.scope == "direct" and row.band:
            words.setdefault(row.band, []).append(row.theme.name)
    if not words:
        return ()
    told = "; ".join(f"{word}: {', '.join(themes)}" for word, themes in words.items())
    if any("estimate" in row.hidden for row in table.rows if not row.group.values):
        told += "; themes whose figure is hidden are left out"
    text = f"Words for all participants, as defined under the prevalence table. {told}."
    return (
        (31, "Clarity of major themes", text),
        (32, "Clarity of minor themes", "See 31. " + authors("diverse cases")),
    )
