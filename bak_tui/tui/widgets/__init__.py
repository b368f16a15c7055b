"""Widgets that draw lines of spans: text by the cell, colours by token, foreign text always plain."""
