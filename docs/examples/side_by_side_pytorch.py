"""One small network in PyTorch: a layer, a loss, a gradient, a step."""

import numpy as np
import torch
from torch import nn

rng = np.random.default_rng(0)
inputs, labels = rng.normal(size=(6, 4)).astype("float32"), np.array([0, 1, 2, 0, 1, 2])
first, last = rng.normal(size=(4, 5)).astype("float32"), rng.normal(size=(5, 3)).astype("float32")

network = nn.Sequential(nn.Linear(4, 5, bias=False), nn.ReLU(), nn.Linear(5, 3, bias=False))
network[0].weight.data, network[2].weight.data = torch.tensor(first.T), torch.tensor(last.T)
optimizer = torch.optim.SGD(network.parameters(), lr=0.1)

for step in range(3):
    outputs = network(torch.tensor(inputs))
    loss = nn.functional.cross_entropy(outputs, torch.tensor(labels))
    optimizer.zero_grad()
    loss.backward()
    print(f"step {step}: loss {loss.item():.4f}, gradient {network[2].weight.grad[0, 0].item():+.4f}")
    optimizer.step()
