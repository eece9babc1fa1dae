"""What methods that train networks share: sources of pairs, noise, checkpoints, the training itself."""
