"""The embedded PostgreSQL and S3 server behind `bak demo`, also the tests' servers.

On loopback, in a private folder, under random passwords, and gone afterwards: at the end of the `with` block,
with the process when it is killed, and at the latest when the next demo starts. Needs the extra
`bak-tui[demo]`; nothing here is fit to hold anybody's data.
"""
