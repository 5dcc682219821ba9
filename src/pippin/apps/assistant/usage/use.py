"""Ask what a sentence means: python use.py "what is on tomorrow?" (needs pippin, which splits words into pieces)."""

import sys
from pathlib import Path

from pippin.core.inputs import Text
from pippin.core.registry import get

answers = get("assistant").export.load(Path(__file__).parent)
for sentence, intent in zip(sys.argv[1:], answers([Text.of(one) for one in sys.argv[1:]]), strict=True):
    print(sentence, intent)
