"""What strangers wrote, files and words: opened, checked and shown without trusting any of it."""
