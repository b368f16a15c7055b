"""One command a module; each is `command` there. They parse, call `Bak`, and print."""
