"""Counts and times of a server for Prometheus, added up over its replicas."""

from __future__ import annotations

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from pippin.web.serving.settings import METRICS_FOLDER

STAGES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Requests, errors, seconds by stage, queue, batch size and model, each by application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        by, here = ("application", "command"), self.registry
        self.requests = Counter("pippin_requests", "Requests answered.", (*by, "status"), registry=here)
        self.errors = Counter("pippin_errors", "Requests refused or failed.", (*by, "status"), registry=here)
        self.stages = Histogram(
            "pippin_stage_seconds", "Seconds by stage.", ("application", "stage"), buckets=STAGES, registry=here
        )
        self.seconds = Histogram(
            "pippin_request_seconds", "Seconds of a whole request.", by, buckets=STAGES, registry=here
        )
        self.queue = Gauge("pippin_queue_length", "Requests that wait.", registry=here, multiprocess_mode="livesum")
        self.inside = Gauge(
            "pippin_requests_in_progress", "Requests read, waiting or at work.", registry=here,
            multiprocess_mode="livesum",
        )  # fmt: skip
        self.batches = Histogram(
            "pippin_batch_size", "Inputs of one run.", ("application",), buckets=(1, 2, 4, 8, 16, 32), registry=here
        )
        self.models = Gauge(
            "pippin_model_info", "Replicas that serve a model, by its version.", ("application", "model"),
            registry=here, multiprocess_mode="livesum",
        )  # fmt: skip

    def count(self, application: str, command: str, status: int, seconds: float) -> None:
        """Count a request that was answered, and its time."""
        self.seconds.labels(application, command).observe(seconds)
        self.requests.labels(application, command, str(status)).inc()
        if status >= 400:
            self.errors.labels(application, command, str(status)).inc()

    def change_model(self, application: str, before: str | None, now: str) -> None:
        """Note which version of a model is served now."""
        if before is not None:
            self.models.labels(application, before).set(0)
        self.models.labels(application, now).set(1)

    def text(self) -> bytes:
        """Return all of it in Prometheus's text format."""
        if METRICS_FOLDER not in os.environ:
            return generate_latest(self.registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)
