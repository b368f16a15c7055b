"""What a bucket holds: dumps and their manifests, checks and standing; listed, browsed, deleted."""
