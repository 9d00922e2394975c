"""Medians and percentiles of measured seconds, in milliseconds."""

from __future__ import annotations

from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of `values` lie; 0 of nothing."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def latency_ms(seconds: Sequence[float]) -> dict[str, float]:
    """p50, p90, p99 and max in milliseconds, and how many."""
    shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
    return {
        "n": len(seconds),
        **{name: round(percentile(seconds, at) * 1000, 3) for name, at in shares.items()},
    }
