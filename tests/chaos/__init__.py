"""Faults in, figures out: `python -m tests.chaos [--quick] [names...]` breaks things and counts what was lost."""
