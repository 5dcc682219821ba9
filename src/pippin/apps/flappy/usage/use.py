"""Decide what to do: python use.py OBSERVATIONS.npy (needs numpy and onnxruntime).

The file holds observations [N, ...] as flappy.json describes them under `about`; what a game shows is yours to record.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession(Path(__file__).with_name("policy.onnx"))
observations = np.load(sys.argv[1], allow_pickle=False)
(logits,) = session.run(["logits"], {session.get_inputs()[0].name: observations})
about = json.loads(Path(__file__).with_name("flappy.json").read_text())
actions = logits.clip(-1, 1) if about["continuous"] else logits.argmax(axis=1)
for number, action in enumerate(actions.tolist()):
    print(number, action)
