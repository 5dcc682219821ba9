"""Run two layers in PyTorch: python step_pytorch.py WEIGHTS.npz STEPS prints outputs and milliseconds as JSON."""

import json
import sys
import time

import numpy as np
import torch

torch.set_num_threads(1)
given = np.load(sys.argv[1])
inputs, labels = torch.from_numpy(given["inputs"]), torch.from_numpy(given["labels"])
weights = [torch.from_numpy(given[name].copy()).requires_grad_() for name in ("w1", "b1", "w2", "b2")]


def forward() -> torch.Tensor:
    """Return the outputs, before the softmax."""
    hidden = torch.relu(inputs @ weights[0] + weights[1])
    return hidden @ weights[2] + weights[3]


outputs = forward().detach().numpy().tolist()
seconds, losses = [], []
for _ in range(int(sys.argv[2])):
    began = time.perf_counter()
    loss = torch.nn.functional.cross_entropy(forward(), labels)
    gradients = torch.autograd.grad(loss, weights)
    with torch.no_grad():
        for weight, gradient in zip(weights, gradients, strict=True):
            weight -= float(given["rate"]) * gradient
    seconds.append(time.perf_counter() - began)
    losses.append(float(loss.detach()))
told = {
    "version": torch.__version__,
    "outputs": outputs,
    "milliseconds": float(np.median(seconds)) * 1000,
    "losses": losses,
}
print(json.dumps(told))
