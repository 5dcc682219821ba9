"""Predict for the rows of a table: python use.py ROWS.csv (needs pippin, which encodes the columns for the network)."""

import csv
import sys
from pathlib import Path

from pippin.core.inputs import Record
from pippin.core.registry import get

answers = get("tables").export.load(Path(__file__).parent)
with open(sys.argv[1], newline="", encoding="utf-8") as file:
    rows = list(csv.DictReader(file))
for number, answer in enumerate(answers([Record.of(row) for row in rows])):
    print(number, answer)
