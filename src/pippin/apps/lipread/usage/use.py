"""Read lips: python use.py VIDEO... (needs pippin[lipread], which finds the mouth and decodes the network's output)."""

import sys
from pathlib import Path

from pippin.core.inputs import Video
from pippin.core.registry import get

answers = get("lipread").export.load(Path(__file__).parent)
for path, sentence in zip(sys.argv[1:], answers([Video.of(path) for path in sys.argv[1:]]), strict=True):
    print(path, sentence)
