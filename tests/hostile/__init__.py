"""Input that anybody may have written, through whatever reads it: few examples here, many in the sweep."""
