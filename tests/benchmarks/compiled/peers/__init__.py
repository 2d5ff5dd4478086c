"""What runs in the peers' own environments; nothing of ours is imported here, nor a peer before it is asked for."""
