"""Measurements, not tests: each module prints ratios of medians, taken in one run on one machine."""
