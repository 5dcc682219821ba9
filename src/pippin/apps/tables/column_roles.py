"""From which columns is learned, and why others are left out; every choice is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pippin.apps.tables.column_types import LEFT_OUT, ColumnType, as_text, case_variants, infer_types, parse_types
from pippin.apps.tables.config import TablesConfig
from pippin.apps.tables.label_choice import (
    Columns,
    Roles,
    choose_label,
    label_text,
    refuse_unknown,
    target,
    unwanted_columns,
)
from pippin.apps.tables.label_leakage import follows, gives_away, tells
from pippin.apps.tables.split_hints import hint_splits
from pippin.core.errors import PippinError
from pippin.core.report.formatting import pluralize

MAX_TOLD = 12  # notes on single columns


def decide(columns: Columns, config: TablesConfig) -> Roles:
    """Choose label, task and features by the settings `label`, `task`, `skip`, `types` and `group`."""
    given = config.types
    closed = given.lstrip().startswith("{")
    told = parse_types(given)
    removed = {name for name, found in told.items() if found.kind == LEFT_OUT}
    types = infer_types({name: column for name, column in columns.items() if name not in removed}, given)
    for name in removed & columns.keys():
        types[name] = ColumnType("category", why="left out when the model was made")
    roles = choose_label(columns, types, config)
    roles.known = [index for index, value in enumerate(columns[roles.label]) if value is not None]
    roles.labels = [label_text(columns[roles.label][index]) for index in roles.known]
    unwanted = unwanted_columns(config.skip, columns)
    group = config.group
    refuse_unknown(group, columns, "group")
    refuse_unknown(config.time, columns, "time")
    for name in columns:
        if name != roles.label:
            why = _left_out(name, columns, roles, unwanted)
            if name == group and name not in told:
                why = "it says which rows belong together"
            if name in removed or (closed and name not in told):
                why = "the model was made without it"
            if why:
                roles.left_out[name] = why
            else:
                roles.features.append(name)
    _tell(columns, roles, told, unwanted)
    if not closed:
        kept = {name: columns[name] for name in columns if name not in unwanted}
        roles.notes += hint_splits(kept, types, config)
    learned = [name for name, found in told.items() if closed and found.kind != LEFT_OUT and name not in columns]
    if learned:
        shown = ", ".join(learned[:4]) + (", ..." if len(learned) > 4 else "")
        roles.notes.append(f"The table lacks {pluralize(len(learned), 'column')} the model learned from ({shown}).")
    if not roles.features:
        why = "; ".join(f"{name!r} is left out: {reason}" for name, reason in list(roles.left_out.items())[:3])
        advice = "give a table with others than the label, or take one in with --types 'NAME=number'"
        raise PippinError(f"No column is left to learn {roles.label!r} from ({why}); {advice}.", input=roles.label)
    return roles


def settled_for(columns: Columns, config: TablesConfig) -> TablesConfig:
    """Return settings for another table than the learned one: missing columns are neither skipped nor split by."""
    if not config.types.lstrip().startswith("{"):
        return config
    group, time, skip = (name if name in columns else "" for name in (config.group, config.time, config.skip))
    return replace(config, group=group, time=time, skip=skip)


def _left_out(name: str, columns: Columns, roles: Roles, unwanted: Sequence[str]) -> str:
    """Return why a column is not learned from, or nothing."""
    found, column = roles.types[name], columns[name]
    if name in unwanted:
        return "told so"
    if found.kind == "empty":
        return "it is empty"
    if found.why != "told so" and len(column) > 1 and len(set(column)) == 1:
        return f"it is {as_text(column[0] or '')!r} in every row"
    undecided = found.why != "told so" and roles.task == "classification"
    if undecided and tells([column[index] for index in roles.known], roles.labels):
        return "it gives the label away (each value goes with one)"
    if found.why != "told so" and (same := next((one for one in roles.features if columns[one] == column), "")):
        return f"it repeats {same!r}"
    if found.kind == "id":
        return f"it names the rows ({found.why})" if found.why != "told so" else "it names the rows"
    return ""


def _tell(columns: Columns, roles: Roles, told: Mapping[str, ColumnType], unwanted: Sequence[str]) -> None:
    """Note the columns left out and what is unusual in those learned from."""
    notes = []
    for name, why in roles.left_out.items():
        if name not in unwanted and roles.types[name].why != "left out when the model was made":
            notes.append(f"The column {name!r} is left out: {why}.")
    for name in columns:
        if name != roles.label and name not in unwanted and _alone(name, columns, roles):
            advice = (
                f"it is left out; --types '{name}=number' takes it"
                if name in roles.left_out
                else f"if not, --skip {name!r}"
            )
            notes.append(f"{name!r} alone tells the label; is it known beforehand? ({advice})")
    for name in roles.features:
        if roles.types[name].note and name not in told:
            notes.append(f"{name!r} {roles.types[name].note.replace('NAME', name)}.")
        elif roles.types[name].kind == "text":
            notes.append(f"{name!r} is text: --text=sentences sets a pretrained encoder in place of its words.")
        if roles.types[name].kind == "category":
            texts = {as_text(value) for value in columns[name] if value is not None}
            if same := case_variants(texts):
                notes.append(f"In {name!r} {' and '.join(map(repr, same))} differ in case only.")
    more = len(notes) - MAX_TOLD
    roles.notes += notes[:MAX_TOLD]
    if more > 0:
        roles.notes.append(f"{pluralize(more, 'more note')} on columns: `pippin tables columns FILE` shows all.")


def _alone(name: str, columns: Columns, roles: Roles) -> bool:
    """Return whether a column alone tells the label or the number to estimate."""
    found, column, label = roles.types[name], columns[name], columns[roles.label]
    if "gives the label away" in roles.left_out.get(name, ""):
        return False
    if roles.task == "classification":
        return gives_away([column[index] for index in roles.known], roles.labels, found)
    pairs = [(one, target(other, roles.types[roles.label])) for one, other in zip(column, label, strict=True)]
    both = [(one, other) for one, other in pairs if one is not None and other is not None]
    return bool(both) and follows([one for one, _ in both], [other for _, other in both], found)
