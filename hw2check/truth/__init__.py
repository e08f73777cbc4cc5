"""What is right: forward values, gradients, and checks of these."""
