"""Patients: findings present and excluded, from terms, text and phenopackets."""
