"""What the metrics of the toolbox are called on pages, and one sentence on each."""

from __future__ import annotations

from pippin.core.terms import Term

LABEL_METRICS = {
    "accuracy": Term("Accuracy", "The share of examples that are given the right label; 1 is all of them."),
    "balanced_accuracy": Term(
        "Balanced accuracy",
        "Accuracy of each label by itself, then their mean, so that a label with many examples does not hide the rest.",
    ),
    "known_accepted": Term(
        "Known labels accepted",
        "The share of examples of labels it was trained on that it names, rather than saying that it does not know.",
    ),
    "unknown_found": Term(
        "Unknown labels noticed",
        "The share of examples of labels it was never shown of which it says that it does not know them.",
    ),
    "ece": Term(
        "Calibration error",
        "How far its confidence is from how often it is right: 0.05 means off by 5 percentage points on average; "
        "0 is best.",
    ),
}
NUMBER_METRICS = {
    "rmse": Term(
        "Root mean squared error",
        "How far its numbers are off, in the unit of the column, large errors counting more; 0 is best.",
    ),
    "mae": Term("Mean absolute error", "How far its numbers are off on average, in the unit of the column; 0 is best."),
    "r2": Term(
        "Variance explained (R²)",
        "1 means that every number is hit; 0 is no better than always answering with the mean.",
    ),
    "coverage": Term(
        "Interval coverage",
        "The share of true numbers inside the interval it gives; 0.9 is what these intervals promise.",
    ),
}
