"""The toolbox applications pick from: networks, loops, readers and measures; it knows `core` only."""

import os

# Threads of numerical libraries that wait for work shall sleep. By default they spin, and where two programs share
# the processor small networks then take ten times as long on two threads as on one. Read when torch is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
