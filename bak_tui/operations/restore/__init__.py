"""A dump into a database, so that nothing good can be hurt: sources, targets, plan, deed, undo."""
