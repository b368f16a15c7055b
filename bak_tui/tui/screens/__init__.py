"""The empty frame and the workbench: a screen in storeys, each of which adds one subject to those below.

From the top: `workbench` (panes, layout, header), `job_actions` (jobs), `browsing` (board and folders),
`profile_actions` (profiles), `proof_actions` (verify, prove, undo, delete), `dump_actions` (backup, restore,
transfers). Beside them what they use: `fetching` asks in threads, `arranging` lays out, `leftovers` offers to
clean up, `results` and `whereabouts` put into words.
"""
