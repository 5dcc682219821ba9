"""Tests of `upscale`, which share what draws their pictures."""
