"""Evidences and conditions: their structure as published, and our own words for them."""
