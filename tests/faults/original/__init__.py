"""The flow that this project replaces, under the same faults: `python -m tests.faults.original`."""
