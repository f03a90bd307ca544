"""One folder a lesson: its checks, oracle, misconceptions, variants, probes, and the table of its exercises."""
