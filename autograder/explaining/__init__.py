"""What `atrous explain` says of a segmentation config: its blocks, its learning rates, where its logits lie, its traps. Trains nothing."""
