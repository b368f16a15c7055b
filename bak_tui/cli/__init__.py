"""`bak`: the service layer without a screen, for scripts, cron and Kubernetes.

stdout is the result, stderr is progress and notes. Nothing heavy is imported before a command runs.
"""
