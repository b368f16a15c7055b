"""The four panes of the workbench. Each draws what it is handed; the screen fetches."""
