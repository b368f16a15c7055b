"""Dialogs: each asks one thing, says what it will do in facts and as a `bak` line, and answers."""
