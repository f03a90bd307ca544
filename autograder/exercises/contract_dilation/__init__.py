"""Lesson 3: contract_dilation."""
