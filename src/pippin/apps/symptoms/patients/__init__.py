"""Patients: from CSV files of DDXPlus, from text, and drawn from the tables."""
