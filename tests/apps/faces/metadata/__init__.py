"""Tests of names in photographs, with files as other programs write them."""
