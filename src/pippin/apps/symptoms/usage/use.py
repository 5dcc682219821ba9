"""Rank conditions by a text: python use.py "my chest burns after meals" (needs pippin, which knows the words).

Research and education; not a medical device, not for diagnosis or treatment.
"""

import sys
from pathlib import Path

from pippin.core.registry import get

application = get("symptoms")
answers = application.export.load(Path(__file__).parent)
for text in sys.argv[1:]:
    (answer,) = answers(application.data.expand(text))
    print(text, answer)
