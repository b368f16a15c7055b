"""The verbs, one module each, and `Bak`, the one object a front end holds."""
