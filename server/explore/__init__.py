"""What operators read beside the figures: opinions, conversations, time, the fleet."""
