"""The tests of everything here."""
