"""The side that runs learners' code: loads a submission and calls into it. Knows no expected value and no score.

Imports the standard library, torch and IPython only, so that this folder alone can be shown to a sandbox.
"""
