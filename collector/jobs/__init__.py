"""The life of closed days: settled, folded, archived, made again and deleted, by one job of a shard at a time."""
