"""How things look: colours by token, glyphs by state, cells of fixed width. Nothing here knows a widget."""
