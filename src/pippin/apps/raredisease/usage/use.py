"""Rank rare diseases by findings: python use.py "HP:0001250 HP:0001263" (needs pippin, which knows the ontology).

Research and education; not a medical device, not for diagnosis or treatment.
"""

import sys
from pathlib import Path

from pippin.core.registry import get

application = get("raredisease")
answers = application.export.load(Path(__file__).parent)
for findings in sys.argv[1:]:
    (answer,) = answers(application.data.expand(findings))
    print(findings, answer)
