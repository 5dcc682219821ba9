"""`python -m pippin` is the same as `pippin`."""

from pippin.cli import main

main()
