"""The verbs, a room for each kind, and `Bak`, the one object a front end holds.

backup/     PostgreSQL to a bucket or a folder        restore/   a dump into a database; undo
transfer/   upload and download                       proof/     verify and prove
bucket/     what a bucket holds; browse, delete       doctor/    what is found, what was left behind
profiles/   stored servers and buckets
"""
